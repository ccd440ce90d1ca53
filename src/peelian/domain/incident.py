"""What an incident is here: something reported to have happened, at a place and a time, with a source."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """Who brought the incident to light. Only victim-reported incidents are a forecast input by default,
    because counting what patrols find sends patrols where patrols already are.
    """

    VICTIM_REPORTED = "victim-reported"
    ENFORCEMENT_FOUND = "enforcement-found"
    SENSOR_FOUND = "sensor-found"
    UNKNOWN = "unknown"


class TimeNote(StrEnum):
    """What the clocks did to a local time."""

    PLAIN = "plain"
    AMBIGUOUS = "ambiguous"  # it happened twice that night; the first was taken
    GAP = "gap"  # it did not exist that night; carried forward by the length of the gap
    MONTH = "month"  # the source tells the month only; its first day stands for it
