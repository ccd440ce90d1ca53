"""The door of quality: findings about what is stored, and marks on days that are not to be relied on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from peelian.city.extracts import QUALITY
from peelian.city.features import examined, rows_by_source
from peelian.city.quality.addresses import addresses
from peelian.city.quality.coverage import Located
from peelian.city.quality.drift import drift
from peelian.city.quality.examine import FEWEST, examine
from peelian.city.quality.finding import Bars, Effect, Finding, Measure, Severity, Spots
from peelian.city.quality.profile import profile_of_load
from peelian.city.quality.rows import Rows, rows_of
from peelian.city.quality.turned_away import account_of_load, by_source, of_incidents
from peelian.city.quality.window import (
    SHORTEST_REASON,
    UnreliableWindow,
    window_from_document,
)
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Grid, Ints
from peelian.domain.time import Period
from peelian.governance.desk import Condition, Desk, Kept, NewRecord, Operator, Sitting

__all__ = [
    "AskedAreas",
    "Bars",
    "Effect",
    "Examination",
    "Finding",
    "Measure",
    "Severity",
    "Spots",
    "UnreliableWindow",
    "findings",
    "lift_window",
    "mark_window",
    "windows",
]

CAPABILITY = "city.quality"
KIND = "unreliable-window"
AreaOf = Callable[[Floats, Floats], Ints]
"""Returns for each point (x_m, y_m) the place of its area among those asked about, -1 for none."""


@dataclass(frozen=True)
class AskedAreas:
    """The areas that are to be looked at one by one: their ids, and which of them each point lies in."""

    ids: tuple[str, ...]
    area_of: AreaOf


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
    desk: Desk, *, purpose: str, zone: str, grid: Grid, areas: AskedAreas | None = None
) -> Examination:
    """Examine all stored incidents, source by source, and their deliveries; without `areas` none is looked at alone."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        every = [record.body for record in sitting.records("load")]
        loads = of_incidents(every)
        stored = sitting.read(QUALITY, expression=rows_by_source).to_pylist()
        profiles = (profile_of_load(load) for load in loads)
        found = [
            *by_source(account_of_load(load) for load in loads),
            *addresses(every),  # calls are placed by the same streets
            *drift(profile for profile in profiles if profile is not None),
        ]
        for source in sorted(each["source"] for each in stored if each["rows"] >= FEWEST):
            found += _examined(sitting, source, zone=zone, grid=grid, areas=areas)
        return Examination(
            findings=tuple(sorted(found, key=lambda each: each.severity is not Severity.ALARM)),
            windows=_standing(sitting.records(KIND)),
            incidents=sum(each["rows"] for each in stored),
            sources=tuple(sorted(each["source"] for each in stored)),
        )


def _examined(
    sitting: Sitting, source: str, *, zone: str, grid: Grid, areas: AskedAreas | None
) -> tuple[Finding, ...]:
    """Examine the rows of one source; of millions, the table is let go of once the rules have their arrays."""
    where = [Condition("source", Operator.EQ, source)]
    rows = rows_of(sitting.read(QUALITY, where=where, expression=examined), zone=zone, epsg=grid.epsg)
    located = None if areas is None else _located(rows, areas)
    return examine(rows, source=source, grid=grid, located=located)


def _located(rows: Rows, areas: AskedAreas) -> Located:
    found = [areas.area_of(rows.x_m[block], rows.y_m[block]) for block in rows.blocks]
    return Located(areas.ids, np.concatenate(found).astype(np.int32))


def mark_window(
    desk: Desk,
    *,
    purpose: str,
    period: Period,
    reason: str,
    layer: str = "",
    areas: Sequence[str] = (),
    offences: Sequence[str] = (),
) -> UnreliableWindow:
    """Mark days as unreliable, in the whole city or in areas, for all offences or some; `reason` names no person.

    Areas are named with the `layer` they are of, since a beat and a district may have the same id.
    """
    if bool(layer) != bool(areas):
        raise BadInput(
            "A mark of single areas needs both, their ids and the layer they are of (such as beat); a mark of the "
            "whole city has neither."
        )
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        window = UnreliableWindow(
            window_id=sitting.new_id(),
            period=period,
            layer=layer,
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
        "layer": window.layer,
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
