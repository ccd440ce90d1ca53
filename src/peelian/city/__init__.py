"""What is known of the city: incidents from publishers' files, each row accounted for.

For: reading a publisher's file by its mapping (`sources/`, one YAML each), cleaning it, telling new incidents
from corrections, and figures about the quality of what was published.
Not for: deciding whether a load is allowed (governance), keeping it (storage), or saying what it means for
next week (forecast). Names, case numbers, address text and narratives are never read out of a file.
"""
