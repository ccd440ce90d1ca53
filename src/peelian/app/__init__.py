"""Where the rooms are put together and meet people: wiring, command line, report, demonstration.

For: building a deployment once (`wiring`), carrying a request to a room's door, showing the answer.
Not for: rules, science or storage. What this room needs of another it asks at its `service`.
"""
