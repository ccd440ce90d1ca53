"""The door of the boundaries: take a version of a layer or of the shifts in, and hand out what held when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TypeVar

import shapely

from peelian.city.area_of_use import check_area_of_use
from peelian.city.boundaries.counts import counts_by_area
from peelian.city.boundaries.extracts import BOUNDARY_AREAS, SHIFT_TIMES
from peelian.city.boundaries.outlines import AreaFile, read_outlines
from peelian.city.boundaries.revise import Order, Revision, Version, revise, standing
from peelian.city.boundaries.shifts import read_shifts, shift_of
from peelian.city.boundaries.snapshot import snapshot
from peelian.city.boundaries.tables import area_table, areas_of, shift_table, shifts_of
from peelian.city.place_set import (
    Delivery,
    PlaceSet,
    PlaceSetReport,
    Progress,
    Provenance,
    check_unchanged,
    place_set_of,
    source_files,
)
from peelian.domain.areas import Area, Areas
from peelian.domain.errors import BadInput
from peelian.domain.shifts import Shift
from peelian.governance.desk import Condition, Desk, NewRecord, NewTable, Operator, Sitting

__all__ = [
    "AreaFile",
    "PlaceSetReport",
    "Provenance",
    "areas",
    "counts_by_area",
    "load_boundaries",
    "load_shifts",
    "shift_of",
    "shifts",
]

CAPABILITY = "city.places"
SHIFT = "shift"
V = TypeVar("V", bound=Version)


def load_boundaries(
    desk: Desk,
    *,
    purpose: str,
    file: AreaFile,
    layer: str,
    valid_from: date | None,
    provenance: Provenance,
    epsg: int,
    progress: Progress,
) -> PlaceSetReport:
    """Take in a layer as it is from `valid_from` on (None: as it always was).

    Versions that held until then end there, where an area changed or vanished; what later deliveries say of
    later days stays true. Nothing stored is altered. `epsg` is the deployment's projected system.
    """
    _check_layer(layer)
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        delivered = source_files([file.path], progress=progress)
        outlines = read_outlines(file)
        middle = shapely.get_coordinates(shapely.centroid(outlines.geometry))
        check_area_of_use(middle[:, 0], middle[:, 1], epsg=epsg, name=file.path.name)
        found = snapshot(outlines, layer=layer, name=file.path.name)
        check_unchanged(delivered, [file.path])
        sets = _sets(sitting, _subject(layer))
        present = standing(_ordered(_areas(sitting, layer), sets))
        revision = revise(present, found.areas, day=valid_from, spoken_of=[each.valid_from for each in sets])
        set_id = sitting.new_id()
        delivery = Delivery(
            set_id=set_id,
            subject=_subject(layer),
            provenance=provenance,
            files=delivered,
            valid_from=valid_from,
            counts=(("boundary", len(revision.rows)),),
            findings={**found.findings.document(), **revision.document()},
        )
        return _store(
            sitting, delivery, NewTable("boundary", layer, area_table(revision.rows, set_id=set_id))
        )


def areas(desk: Desk, *, purpose: str, layer: str, as_of: date | None = None) -> Areas:
    """Return all versions of the areas of a layer, or those that held on the day `as_of`."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        sets = _sets(sitting, _subject(layer))
        if not sets:
            raise BadInput(f"No areas of the layer {layer!r} have been taken in; load them first.")
        found = Areas(standing(_ordered(_areas(sitting, layer), sets)))
        return found if as_of is None else found.on(as_of)


def load_shifts(
    desk: Desk,
    *,
    purpose: str,
    file: Path,
    valid_from: date | None,
    provenance: Provenance,
    progress: Progress,
) -> PlaceSetReport:
    """Take in the shifts as they are worked from `valid_from` on, in the way of `load_boundaries`."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        delivered = source_files([file], progress=progress)
        wanted = read_shifts(file)
        check_unchanged(delivered, [file])
        sets = _sets(sitting, SHIFT)
        present = standing(_ordered(shifts_of(sitting.read(SHIFT_TIMES)), sets))
        revision: Revision[Shift] = revise(
            present, wanted, day=valid_from, spoken_of=[each.valid_from for each in sets]
        )
        set_id = sitting.new_id()
        delivery = Delivery(
            set_id=set_id,
            subject=SHIFT,
            provenance=provenance,
            files=delivered,
            valid_from=valid_from,
            counts=(("shift", len(revision.rows)),),
            findings={"read": len(wanted), **revision.document()},
        )
        return _store(sitting, delivery, NewTable("shift", SHIFT, shift_table(revision.rows, set_id=set_id)))


def shifts(desk: Desk, *, purpose: str) -> tuple[Shift, ...]:
    """Return all versions of the shifts, in order of id and first day."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        sets = _sets(sitting, SHIFT)
        if not sets:
            raise BadInput("No shifts have been taken in; load them first.")
        found = standing(_ordered(shifts_of(sitting.read(SHIFT_TIMES)), sets))
        return tuple(sorted(found, key=lambda each: (each.shift_id, each.first_day)))


def _check_layer(layer: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", layer):
        raise BadInput(
            f"{layer!r} is no name of a layer; use lower-case letters, digits and hyphens, as in beat."
        )


def _subject(layer: str) -> str:
    return f"boundary {layer}"


def _sets(sitting: Sitting, subject: str) -> list[PlaceSet]:
    return [
        place_set_of(kept.body, subject=kept.subject, entry_index=kept.entry_index)
        for kept in sitting.records("place-set")
        if kept.subject == subject
    ]


def _ordered(rows: Iterable[tuple[str, V]], sets: Iterable[PlaceSet]) -> list[tuple[Order, V]]:
    """Return rows with the order of their sets; a set that is no longer on record came before all that are."""
    entries = {each.set_id: each.entry_index for each in sets}
    return [((entries.get(set_id, -1), set_id), row) for set_id, row in rows]


def _areas(sitting: Sitting, layer: str) -> list[tuple[str, Area]]:
    return areas_of(sitting.read(BOUNDARY_AREAS, where=(Condition("layer", Operator.EQ, layer),)))


def _store(sitting: Sitting, delivery: Delivery, table: NewTable) -> PlaceSetReport:
    entry = sitting.act(
        "places.loaded",
        action="collect",
        resource=table.kind,
        facts=delivery.facts(),
        tables=[table],
        records=[NewRecord(delivery.set_id, "place-set", delivery.subject, delivery.body())],
    )
    return PlaceSetReport(delivery, entry.index)
