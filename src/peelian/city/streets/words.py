"""What publishers' words about a street mean: its direction, its speed, and the speed assumed without one."""

from __future__ import annotations

import re

OTHER_KPH = 25.0
DEFAULT_KPH = {
    "motorway": 90.0,
    "motorway_link": 45.0,
    "trunk": 85.0,
    "trunk_link": 40.0,
    "primary": 65.0,
    "primary_link": 30.0,
    "secondary": 55.0,
    "secondary_link": 25.0,
    "tertiary": 40.0,
    "tertiary_link": 20.0,
    "unclassified": 25.0,
    "residential": 25.0,
    "living_street": 10.0,
    "service": 15.0,
}
"""Speeds in km/h assumed where none is signed: those of OSRM's car profile, OTHER_KPH for other classes."""

BELIEVABLE_KPH = (5.0, 160.0)
KPH_PER_MPH = 1.609344

FORWARD = frozenset({"yes", "true", "1", "1.0", "t", "y", "ft"})
BACKWARD = frozenset({"-1", "-1.0", "reverse", "tf"})
BOTH_WAYS = frozenset({"", "no", "false", "0", "0.0", "f", "n", "b"})

_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?", re.IGNORECASE)


def direction(word: str) -> int | None:
    """Return 1 for one-way as drawn, -1 for one-way against it, 0 for both ways, None for an unknown word."""
    lowered = word.strip().lower()
    return next((d for d, words in ((1, FORWARD), (-1, BACKWARD), (0, BOTH_WAYS)) if lowered in words), None)


def signed_kph(word: str) -> float | None:
    """Return the signed speed, the lowest where a word names several; None where it names no number.

    OpenStreetMap's `maxspeed` is in km/h unless it says mph. Words such as "RO:urban", "walk", "none" or
    "signals" give no number, so the default of the road class is assumed.
    """
    parts = (part.strip(" '\"") for part in re.split(r"[;,|\[\]]", word))
    found = [match for part in parts if (match := _SPEED.fullmatch(part))]
    speeds = [float(m[1]) * (KPH_PER_MPH if (m[2] or "").lower() == "mph" else 1.0) for m in found]
    return min(speeds, default=None)


def several(word: str) -> tuple[str, ...]:
    """Return the words of a list as OSMnx writes it into text, "['a', 'b']"; any other word alone."""
    quoted = re.finditer(r"'([^']*)'|\"([^\"]*)\"", word) if word.startswith("[") else ()
    return tuple(part[1] or part[2] for part in quoted) or (word,)
