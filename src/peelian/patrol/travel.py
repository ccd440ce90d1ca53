"""How long a car needs from one place to the next, until routes on real streets take over."""

from __future__ import annotations

import math

TRAVEL_KMH = 15.0
"""Average in a city along the straight line, stopping and parking included; stated beside every plan."""


def travel_minutes(metres: float) -> int:
    """Return whole minutes, rounded up, for a straight line of that length."""
    return math.ceil(metres / 1000 / TRAVEL_KMH * 60)
