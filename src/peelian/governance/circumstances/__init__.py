"""What the desk finds out by itself before it asks the policy: stop, suspension, training, case, authorisation.

For: facts about the house and its people that no caller is believed about.
Not for: changing any of them; `stopping` and `conduct` do, each by an act with its entry.
"""
