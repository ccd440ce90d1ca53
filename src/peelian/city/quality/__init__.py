"""What can be said of the data as such, before any map is drawn: figures, findings and days not to be relied on.

For: figures (`figures`), rules that notice what looks wrong and say how large it is, how likely a clean file
would raise it and what it would do to a forecast (`examine`, one file for each family of rules), and windows that
people mark as unreliable (`window`).
Not for: mending anything. A finding is a proposal to look; the publisher's rows stay as they are.
"""
