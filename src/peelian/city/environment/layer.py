"""Cleaning a layer: every feature is taken in or turned away with its reason; too many turned away hold the file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import CRS

from peelian.city.area_of_use import MARGIN_DEG, check_area_of_use
from peelian.city.environment.features_file import LAT, LON, Rows
from peelian.city.environment.mapping import WGS84, LayerMapping
from peelian.city.environment.moments import Told, read_moments
from peelian.city.environment.tables import INSTANT, LAYER
from peelian.city.intake.parse import read_numbers, read_words
from peelian.domain.dwellings import LAYER as DWELLINGS
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, project

MOST_CATEGORIES = 200
"""A category is a kind of feature; a column with more different words tells of each feature by itself."""


MOST_DWELLINGS = 100_000
"""More dwellings than any building has: such a number is a code or a year with something behind it."""


class Reason(StrEnum):
    """Why a feature was turned away; where several apply, the first is given."""

    AT_ZERO = "at-zero"
    PLACE_MISSING = "place-missing"
    OUTSIDE_AREA = "outside-area"  # of use of the system in which the deployment measures
    TIME_UNREADABLE = "time-unreadable"
    END_BEFORE_START = "end-before-start"


@dataclass(frozen=True)
class Turned:
    """A feature that was turned away: its number in the file from 1, the reason, and its mapped columns."""

    row_number: int
    reason: str
    content: str


@dataclass(frozen=True, eq=False)
class CleanedLayer:
    """What became of a file: read = accepted + rejected + other; `accepted` is as LAYER, its `set_id` still blank."""

    accepted: pa.Table
    rejected: tuple[Turned, ...]
    read: int
    other: int


def clean_layer(rows: Rows, *, mapping: LayerMapping, epsg: int) -> CleanedLayer:
    """Return the features of the layer; `other` counts rows of the file that `keep` leaves to other layers.

    Raises
    ------
    BadInput : no row of the layer, exchanged coordinates, places of another city, a category that is no kind of
        feature, or more features turned away than the mapping allows.
    """
    mine = _mine(rows.table, mapping)
    table = rows.table.filter(pa.array(mine))
    lon, lat, x_m, y_m = _places(table, mapping, epsg)
    at_zero = (lon == 0) & (lat == 0)
    check_area_of_use(np.where(at_zero, np.nan, lon), lat, epsg=epsg, name=rows.name)
    start, end = (_days(table, column, mapping) for column in (mapping.valid_from, mapping.valid_to))
    recorded = _recorded(table, mapping)
    against = {
        Reason.AT_ZERO: at_zero,
        Reason.PLACE_MISSING: np.isnan(lon) | np.isnan(lat),
        Reason.OUTSIDE_AREA: _outside(lon, lat, epsg) | ~np.isfinite(x_m),
        Reason.TIME_UNREADABLE: start.unreadable | end.unreadable | recorded.unreadable,
        Reason.END_BEFORE_START: end.moment < start.moment,
    }
    verdict = np.select([*against.values()], range(len(against)), default=len(against))
    kept = verdict == len(against)
    rejected = _rejected(table, verdict, np.flatnonzero(mine) + 1)
    if len(rejected) > mapping.rejected_max * max(len(kept), 1):
        raise BadInput(_too_many(rows.name, rejected, len(kept), mapping))
    columns = {
        "set_id": pa.repeat(pa.scalar(""), len(kept)),
        "layer": pa.repeat(pa.scalar(mapping.layer), len(kept)),
        "category": _categories(table, mapping, rows.name),
        "valid_from": pa.array(start.moment.astype("M8[D]"), pa.date32()),
        "valid_to": pa.array(end.moment.astype("M8[D]"), pa.date32()),
        "recorded": pa.array(recorded.moment, INSTANT),
        "lon": pa.array(lon),
        "lat": pa.array(lat),
        "x_m": pa.array(x_m),
        "y_m": pa.array(y_m),
        "value": _values(table, mapping),
    }
    accepted = pa.table(columns).filter(pa.array(kept))
    if mapping.layer == DWELLINGS:
        _check_counts(accepted["value"], rows.name)
    return CleanedLayer(accepted.cast(LAYER), rejected, rows.table.num_rows, int((~mine).sum()))


def _mine(table: pa.Table, mapping: LayerMapping) -> NDArray[np.bool_]:
    mine = np.ones(table.num_rows, dtype=bool)
    for column, values in mapping.keep:
        among = pc.is_in(read_words(table[column]), value_set=pa.array(values))
        mine &= among.to_numpy(zero_copy_only=False)
    if not mine.any():
        raise BadInput(f"The file has no row of the layer {mapping.layer}; check `keep` in its mapping.")
    return mine


def _places(table: pa.Table, mapping: LayerMapping, epsg: int) -> tuple[Floats, Floats, Floats, Floats]:
    of_file = mapping.format == "geojson"
    x, y = (read_numbers(table[name]) for name in ((LON, LAT) if of_file else (mapping.x, mapping.y)))
    source = WGS84 if of_file else mapping.crs
    lon, lat = (x, y) if source == WGS84 else project(x, y, source=source, target=WGS84)
    return lon, lat, *project(x, y, source=source, target=f"EPSG:{epsg}")


def _outside(lon: Floats, lat: Floats, epsg: int) -> NDArray[np.bool_]:
    area = CRS.from_epsg(epsg).area_of_use
    if area is None:
        return np.zeros(len(lon), dtype=bool)
    west, south, east, north = area.bounds
    beside = (lon < west - MARGIN_DEG) | (lon > east + MARGIN_DEG)
    outside: NDArray[np.bool_] = beside | (lat < south - MARGIN_DEG) | (lat > north + MARGIN_DEG)
    return outside


def _days(table: pa.Table, column: str | None, mapping: LayerMapping) -> Told:
    return read_moments(table, column, zone=mapping.zone, time_format=mapping.time_format, civil=True)


def _recorded(table: pa.Table, mapping: LayerMapping) -> Told:
    return read_moments(table, mapping.recorded, zone=mapping.zone, time_format=mapping.time_format)


def _categories(table: pa.Table, mapping: LayerMapping, name: str) -> pa.Array:
    if mapping.category is None:
        return pa.repeat(pa.scalar(mapping.layer), table.num_rows)
    categories = pc.fill_null(read_words(table[mapping.category]), mapping.layer)
    if (different := len(pc.unique(categories))) > MOST_CATEGORIES:
        raise BadInput(
            f"{name} is held back: its column {mapping.category!r} has {different:,} different words, and a category "
            f"is a kind of feature, of which a layer has at most {MOST_CATEGORIES}; name another column, or none."
        )
    return categories


def _values(table: pa.Table, mapping: LayerMapping) -> pa.Array:
    if mapping.value is None:
        return pa.nulls(table.num_rows, pa.float64())
    numbers = read_numbers(table[mapping.value])
    return pa.array(numbers, mask=np.isnan(numbers))


def _check_counts(values: pa.ChunkedArray, name: str) -> None:
    """Refuse numbers of dwellings that count nothing; where none is told, the feature is one dwelling."""
    numbers = values.drop_null().to_numpy()
    wrong = numbers[(numbers < 0) | (numbers > MOST_DWELLINGS) | (numbers != np.floor(numbers))]
    if len(wrong):
        raise BadInput(
            f"{name} is held back: it counts {wrong[0]:g} dwellings at one place, where a layer called {DWELLINGS!r} "
            f"tells whole numbers from 0 to {MOST_DWELLINGS:,}; name the column that does, or none."
        )


def _rejected(table: pa.Table, verdict: NDArray[np.intp], numbers: NDArray[np.intp]) -> tuple[Turned, ...]:
    reasons = tuple(Reason)
    away = np.flatnonzero(verdict < len(reasons))
    told = table.take(pa.array(away)).to_pylist()
    return tuple(
        Turned(int(numbers[row]), reasons[verdict[row]].value, json.dumps(fields, ensure_ascii=False))
        for row, fields in zip(away, told, strict=True)
    )


def _too_many(name: str, rejected: tuple[Turned, ...], rows: int, mapping: LayerMapping) -> str:
    first = rejected[0]
    return (
        f"{name} is held back: {len(rejected):,} of {rows:,} features cannot be used, where at most "
        f"{mapping.rejected_max:.1%} may (first: row {first.row_number:,}, {first.reason}); nothing of it was kept."
    )
