"""Rights and contestation: what somebody asks about a place or a person, and how it is answered, decided and undone.

For: the life of a request with its clock, answers that give facts, rule, decider and remedy, the decision by somebody
independent, the account of what was corrected and recomputed, the certificate, notices to persons, restriction and its
end, and what the supervisory authority opens.
Not for: correcting or erasing rows (the rooms that keep them do), and finding persons in forecasts: there are none.
"""
