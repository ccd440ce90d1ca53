"""What may be asked of the stored areas and shifts, the same that `card.yaml` shows to the public."""

from __future__ import annotations

from peelian.city.boundaries.tables import AREAS, SHIFTS
from peelian.governance.extract import Extract

BOUNDARY_AREAS = Extract(
    name="boundary-areas",
    version=1,
    kind="boundary",
    columns=tuple(AREAS.names),
    schema=AREAS,
    charter_scope=False,
)
"""Areas with their days of validity."""

SHIFT_TIMES = Extract(
    name="shift-times",
    version=1,
    kind="shift",
    columns=tuple(SHIFTS.names),
    schema=SHIFTS,
    charter_scope=False,
)
"""Shifts with their days of validity."""
