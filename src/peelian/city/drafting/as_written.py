"""How the mapping page says what its YAML says: the words of the roles, how times are written, what is let in."""

from __future__ import annotations

from collections.abc import Mapping

from peelian.city.intake.parse import TIME_ROLES
from peelian.city.mapping.parts import EVERYWHERE
from peelian.city.mapping.source import WGS84, SourceMapping


def word_of(role: str, mapping: SourceMapping) -> str:
    """Return what the YAML calls `role`."""
    degrees = mapping.crs == WGS84
    words: Mapping[str, str] = {"occurred_start": "time"} | ({"x": "lon", "y": "lat"} if degrees else {})
    return words.get(role, role)


def time_formats(mapping: SourceMapping) -> str:
    """Return how times are written: one format, or one for each role where they differ."""
    forms = {
        word_of(role, mapping): mapping.format_of(role) or "ISO 8601"
        for role in TIME_ROLES
        if role in mapping.columns.by_role()
    }
    if len(set(forms.values())) == 1:
        return next(iter(forms.values()))
    return "; ".join(f"{word} {form}" for word, form in forms.items())


def finest_time(mapping: SourceMapping) -> str:
    """Return the finest unit that the start of an incident can tell, as its format writes it."""
    form = mapping.format_of("occurred_start")
    if mapping.time_resolution != "second":
        return f"the {mapping.time_resolution}"
    if form is None:
        return "the second at best"
    units = {"second": "STXcsf", "minute": "MR", "hour": "HI", "day": "djDFx"}
    return next(
        (f"the {unit}" for unit, letters in units.items() if any(f"%{each}" in form for each in letters)),
        "the month",
    )


def let_in(mapping: SourceMapping) -> tuple[str, str]:
    """Return the box and the days outside which rows are turned away."""
    box, days = mapping.bbox, mapping.dates
    where = f"{box.west:g} to {box.east:g} degrees east, {box.south:g} to {box.north:g} degrees north"
    later = days.latest_days_after_load
    until = str(days.latest or f"the day of the load, and {later} {'day' if later == 1 else 'days'} more")
    return "anywhere" if box == EVERYWHERE else where, f"{days.earliest} to {until}"
