"""The door of quality: findings about what is stored, and marks on days that are not to be relied on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.city.extracts import QUALITY
from peelian.city.quality.addresses import addresses
from peelian.city.quality.drift import drift
from peelian.city.quality.examine import examine
from peelian.city.quality.finding import Bars, Effect, Finding, Measure, Severity, Spots
from peelian.city.quality.profile import profile_of_load
from peelian.city.quality.turned_away import account_of_load, by_source
from peelian.city.quality.window import (
    SHORTEST_REASON,
    UnreliableWindow,
    excluded_days,
    window_from_document,
    without,
)
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Grid
from peelian.domain.time import Period
from peelian.governance.desk import Desk, Kept, NewRecord, Sitting

__all__ = [
    "Bars",
    "Effect",
    "Examination",
    "Finding",
    "Measure",
    "Severity",
    "Spots",
    "UnreliableWindow",
    "excluded_days",
    "findings",
    "lift_window",
    "mark_window",
    "windows",
    "without",
]

CAPABILITY = "city.quality"
KIND = "unreliable-window"
AreaOf = Callable[[Floats, Floats], NDArray[np.str_]]
"""Returns the id of the area in which each point (x_m, y_m) lies, "" for none."""


@dataclass(frozen=True)
class Examination:
    """What was found in everything stored, and the marks that stand.

    Parameters
    ----------
    findings : of deliveries and rows, alarms first.
    windows : marks that were not lifted.
    incidents : current incidents that were examined.
    sources : the mappings they came through.
    """

    findings: tuple[Finding, ...]
    windows: tuple[UnreliableWindow, ...]
    incidents: int
    sources: tuple[str, ...]


def findings(
    desk: Desk, *, purpose: str, zone: str, grid: Grid, area_of: AreaOf | None = None
) -> Examination:
    """Examine all stored incidents and all deliveries; without `area_of` no area is looked at by itself."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        loads = [record.body for record in sitting.records("load")]
        incidents = sitting.read(QUALITY)
        areas = None
        if area_of is not None:
            areas = area_of(incidents["x_m"].to_numpy(), incidents["y_m"].to_numpy())
        profiles = (profile_of_load(load) for load in loads)
        found = (
            *by_source(account_of_load(load) for load in loads),
            *addresses(loads),
            *drift(profile for profile in profiles if profile is not None),
            *examine(incidents, zone=zone, grid=grid, area_of=areas),
        )
        return Examination(
            findings=tuple(sorted(found, key=lambda each: each.severity is not Severity.ALARM)),
            windows=_standing(sitting.records(KIND)),
            incidents=incidents.num_rows,
            sources=tuple(sorted({load["source"] for load in loads})),
        )


def mark_window(
    desk: Desk,
    *,
    purpose: str,
    period: Period,
    reason: str,
    areas: Sequence[str] = (),
    offences: Sequence[str] = (),
) -> UnreliableWindow:
    """Mark days as unreliable, in the whole city or in areas, for all offences or some; `reason` names no person."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        window = UnreliableWindow(
            window_id=sitting.new_id(),
            period=period,
            areas=tuple(areas),
            offences=tuple(offences),
            reason=reason,
            marked_by=sitting.actor.principal.id,
        )
        _enter(sitting, window, body=window.document(), record_id=window.window_id, standing=True)
        return window


def lift_window(desk: Desk, *, purpose: str, window_id: str, reason: str) -> None:
    """Lift a mark; it stays on record with who lifted it and why."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadInput(
            f"The reason {reason!r} for lifting a mark is too short; say in a sentence what is known now."
        )
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        standing = {window.window_id: window for window in _standing(sitting.records(KIND))}
        if window_id not in standing:
            raise BadInput(f"No mark that stands has the id {window_id}; list the marks to see their ids.")
        body: Document = {"lifts": window_id, "reason": reason, "lifted_by": sitting.actor.principal.id}
        _enter(sitting, standing[window_id], body=body, record_id=sitting.new_id(), standing=False)


def windows(desk: Desk, *, purpose: str) -> tuple[UnreliableWindow, ...]:
    """Return the marks that stand, oldest first."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return _standing(sitting.records(KIND))


def _standing(records: Sequence[Kept]) -> tuple[UnreliableWindow, ...]:
    lifted = {record.body["lifts"] for record in records if "lifts" in record.body}
    marks = (window_from_document(record.body) for record in records if "lifts" not in record.body)
    return tuple(window for window in marks if window.window_id not in lifted)


def _enter(
    sitting: Sitting, window: UnreliableWindow, *, body: Document, record_id: str, standing: bool
) -> None:
    """Write a mark, or its end. The reason is free text, so it stays in the record and out of the ledger."""
    facts: Document = {
        "window_id": window.window_id,
        "period": window.period.document(),
        "areas": list(window.areas),
        "offences": list(window.offences),
        "standing": standing,
    }
    sitting.act(
        "window.marked",
        action="submit",
        resource=KIND,
        facts=facts,
        records=[NewRecord(record_id, KIND, window.window_id, body)],
    )
