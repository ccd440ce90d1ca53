"""Open release: tables of counts that the public may have, with an auditor that says no.

For: counting incidents by place, period, offence and origin, withholding what is small, checking every new table
against all that was published before, and writing it with a datasheet (Croissant).
Not for: points, hours, persons, or a second opinion on what the counts mean. The protection and its proof stand in
`protect`, the attacker who tries to break it in `audit`.
"""
