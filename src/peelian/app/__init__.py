"""Where the rooms are put together and meet people: wiring, command line, report, demonstration.

For: opening the house for a command (`wiring`), carrying a request to a room's door, showing the answer.
Not for: rules, science or storage. What this room needs of another it asks at its `service`.
"""
