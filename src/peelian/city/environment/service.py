"""The door to layers and conditions: take a delivery in, ask what was there or held, as far as it was known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from peelian.city.environment.condition import (
    conditions_of_rows,
    conditions_of_spans,
    public_holidays,
    read_calendar,
)
from peelian.city.environment.extracts import CONDITION_SERIES, LAYER_FEATURES
from peelian.city.environment.features import dwellings_known, held_between, there_on
from peelian.city.environment.features_file import read_rows
from peelian.city.environment.layer import Turned, clean_layer
from peelian.city.environment.mapping import (
    TABULAR,
    ConditionMapping,
    LayerMapping,
    parse_condition_mapping,
    parse_layer_mapping,
)
from peelian.city.environment.moments import known_from
from peelian.city.place_set import (
    Delivery,
    PlaceSet,
    PlaceSetReport,
    Provenance,
    SourceFile,
    newest,
    place_set_of,
)
from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.dwellings import LAYER as DWELLINGS
from peelian.domain.dwellings import Cell, Dwellings, fewest
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.domain.time import local_midnight
from peelian.governance.desk import Desk, Kept, NewRecord, NewRejection, NewTable, Sitting

__all__ = [
    "ConditionMapping",
    "Conditions",
    "LayerFeatures",
    "LayerMapping",
    "PlaceSet",
    "PlaceSetReport",
    "conditions",
    "dwellings",
    "fewest_dwellings",
    "layer",
    "load_conditions",
    "load_layer",
    "parse_condition_mapping",
    "parse_layer_mapping",
    "place_sets",
]

CAPABILITY = "city.places"


@dataclass(frozen=True, eq=False)
class LayerFeatures:
    """The features of one layer that were there on a day, as far as known, and the set they stand in."""

    features: pa.Table
    of_set: PlaceSet


@dataclass(frozen=True, eq=False)
class Conditions:
    """What held between two instants, as far as known by `known_by`: each span once, as last told."""

    spans: pa.Table
    known_by: datetime


def load_layer(
    desk: Desk, *, purpose: str, file: Path, mapping: LayerMapping, as_of: date, epsg: int
) -> PlaceSetReport:
    """Take in one delivery of a layer, a snapshot as of a day; features that cannot be used are kept sealed."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        rows = read_rows(file, format=mapping.format, columns=mapping.columns())
        cleaned = clean_layer(rows, mapping=mapping, epsg=epsg)
        findings: Document = {
            "mapping": digest(canonical(mapping.document())),
            "read": cleaned.read - cleaned.other,
            "rejected": dict(Counter(row.reason for row in cleaned.rejected)),
            "other": cleaned.other,
            "known": known_from(as_of, zone=mapping.zone).isoformat(),
        }
        delivery = Delivery(
            set_id=sitting.new_id(),
            subject=f"layer {mapping.layer}",
            provenance=Provenance(mapping.publisher, mapping.licence, as_of),
            files=(rows.file,),
            valid_from=as_of,
            counts=(("layer", cleaned.accepted.num_rows),),
            findings=findings,
        )
        return _keep(sitting, delivery, cleaned.accepted, rejected=cleaned.rejected)


def load_conditions(
    desk: Desk, *, purpose: str, file: Path | None, mapping: ConditionMapping, as_of: date
) -> PlaceSetReport:
    """Take in one delivery of a series; public holidays are computed and need no file."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        spans, files = _spans(file, mapping=mapping, as_of=as_of)
        findings: Document = {"mapping": digest(canonical(mapping.document())), "read": spans.num_rows}
        delivery = Delivery(
            set_id=sitting.new_id(),
            subject=f"condition {mapping.series}",
            provenance=Provenance(mapping.publisher, mapping.licence, as_of),
            files=files,
            valid_from=None,
            counts=(("condition", spans.num_rows),),
            findings=findings,
        )
        return _keep(sitting, delivery, spans)


def layer(desk: Desk, *, purpose: str, name: str, day: date, known_by: datetime) -> LayerFeatures:
    """Return the features of a layer that were there on `day`, from the newest set known by `known_by`.

    A set is known from the midnight, in its mapping's zone, that ends its as-of day; what the source recorded after
    `known_by` is left out. Columns as in the extract `layer-features`; places are metres of the deployment's
    projected system.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        found = _newest_layer(sitting, name=name, known_by=known_by)
        chosen = there_on(found.set_id, day=day, known_by=known_by)
        return LayerFeatures(sitting.read(LAYER_FEATURES, expression=chosen), found)


def dwellings(sitting: Sitting, *, day: date, zone: str) -> Dwellings | None:
    """Return the dwellings that stood on `day`, as known when that day began in `zone`; None where none was known.

    It is asked at the sitting of whoever would name a place, and refused there where its charter does not name layers.
    """
    if not sitting.dwellings_counted():
        return None
    known_by = local_midnight(day, zone)
    found = _known(_layer_sets(sitting, name=DWELLINGS), known_by=known_by)
    if found is None:
        return None
    rows = sitting.read(LAYER_FEATURES, expression=dwellings_known(found.set_id, day=day, known_by=known_by))
    return Dwellings(found.set_id, found.as_of, *(rows[name].to_numpy() for name in ("x_m", "y_m", "number")))


def fewest_dwellings(sitting: Sitting, *, grid: Grid, cells: Iterable[Cell], zone: str) -> int | None:
    """Return the fewest dwellings of any of these cells that has some, as known when today began; None without any.

    Whoever is about to name cells to people tells it to the policy, which refuses the homes of a few.
    """
    today = sitting.now().astimezone(ZoneInfo(zone)).date()
    counted = dwellings(sitting, day=today, zone=zone)
    return None if counted is None else fewest(counted.by_cell(grid), cells)


def conditions(
    desk: Desk, *, purpose: str, series: str, start: datetime, end: datetime, known_by: datetime
) -> Conditions:
    """Return what held of a series from `start` up to `end`, as it was last known by `known_by`."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        chosen = held_between(series, start=start, end=end, known_by=known_by)
        spans = sitting.read(CONDITION_SERIES, expression=chosen)
        return Conditions(spans.sort_by([("start", "ascending"), ("area_id", "ascending")]), known_by)


def place_sets(desk: Desk, *, purpose: str, subject: str | None = None) -> tuple[PlaceSet, ...]:
    """Return every place set taken in, or those about one subject, oldest first: who publishes what maps are drawn
    from, on which terms, as of which day.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return _sets(sitting, subject=subject)


def _sets(sitting: Sitting, *, subject: str | None = None) -> tuple[PlaceSet, ...]:
    return tuple(_place_set(kept) for kept in sitting.records("place-set", subject=subject))


def _place_set(kept: Kept) -> PlaceSet:
    return place_set_of(kept.body, subject=kept.subject, entry_index=kept.entry_index)


def _layer_sets(sitting: Sitting, *, name: str) -> tuple[tuple[datetime, PlaceSet], ...]:
    """Return the sets of a layer, each with the instant from which it was known."""
    kept = sitting.records("place-set", subject=f"layer {name}")
    return tuple((datetime.fromisoformat(each.body["findings"]["known"]), _place_set(each)) for each in kept)


def _known(sets: Sequence[tuple[datetime, PlaceSet]], *, known_by: datetime) -> PlaceSet | None:
    return newest([each for since, each in sets if since <= known_by], as_of=None)


def _newest_layer(sitting: Sitting, *, name: str, known_by: datetime) -> PlaceSet:
    sets = _layer_sets(sitting, name=name)
    found = _known(sets, known_by=known_by)
    if found is None:
        _, first = min(sets, key=lambda each: each[0], default=(None, None))
        told = (
            f"the earliest is as of {first.as_of}, known when that day is over"
            if first
            else "none was taken in"
        )
        raise BadInput(f"No layer called {name!r} was known by {known_by.isoformat()}: {told}.")
    return found


def _spans(
    file: Path | None, *, mapping: ConditionMapping, as_of: date
) -> tuple[pa.Table, tuple[SourceFile, ...]]:
    if mapping.format == "public-holidays":
        return conditions_of_spans(public_holidays(mapping), mapping=mapping, as_of=as_of), ()
    if file is None:
        raise BadInput(f"The series {mapping.series} is read from a file; name it.")
    if mapping.format in TABULAR:
        rows = read_rows(file, format=mapping.format, columns=mapping.columns())
        return conditions_of_rows(rows, mapping=mapping, as_of=as_of), (rows.file,)
    calendar = read_calendar(file, zone=mapping.zone)
    return conditions_of_spans(calendar.spans, mapping=mapping, as_of=as_of), (calendar.file,)


def _keep(
    sitting: Sitting, delivery: Delivery, rows: pa.Table, *, rejected: tuple[Turned, ...] = ()
) -> PlaceSetReport:
    """Store a set's rows and its record in one act."""
    as_of = delivery.provenance.as_of
    if local_midnight(as_of, "UTC") > sitting.now():
        raise BadInput(f"The {delivery.subject} is as of {as_of}, which has not come yet; give its day.")
    named = pa.repeat(pa.scalar(delivery.set_id), rows.num_rows)
    kind, label = delivery.counts[0][0], str(as_of)
    entry = sitting.act(
        "places.loaded",
        action="collect",
        resource=kind,
        facts=delivery.facts(),
        tables=[NewTable(kind, label, rows.set_column(0, rows.schema.field("set_id"), named))],
        records=[NewRecord(delivery.set_id, "place-set", delivery.subject, delivery.body())],
        rejected=[NewRejection(row.row_number, row.reason, row.content) for row in rejected],
    )
    return PlaceSetReport(delivery, entry.index)
