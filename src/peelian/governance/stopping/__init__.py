"""The stop and suspensions: halting what makes something new, and coming back only by two people.

For: the stop button, the sunset of capabilities, and their lifting.
Not for: what goes on while stopped; that is one table in `circumstances`.
"""
