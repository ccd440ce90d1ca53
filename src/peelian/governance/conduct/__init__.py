"""How those who use the house behave: cases, training, misuse, break-glass, breaches.

For: the oversight body, and whoever keeps the house's people in order.
Not for: judging anybody by itself; a flag is read by people.
"""
