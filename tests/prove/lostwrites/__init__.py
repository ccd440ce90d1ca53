"""A disk that forgets what was not synced: a library below SQLite (C), and the power cut that takes changes back.

`compiled` builds the library with the machine's C compiler; `Disk.environment` loads it below a process; `power_cut`
takes back, after that process was killed, any part of what it had not made durable.
"""
