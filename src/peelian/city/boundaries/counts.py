"""Counts of incidents by area and period, each incident in the area in which it lay on its own day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.domain.areas import Areas
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, project
from peelian.domain.time import Period

COUNTS = pa.schema(
    [
        ("area_id", pa.string()),
        ("start", pa.date32()),
        ("end", pa.date32()),
        ("days", pa.int32()),
        ("incidents", pa.int64()),
    ]
)
"""One row for each area and period: days of the period on which the area was there, and incidents on them."""


def counts_by_area(
    incidents: pa.Table, areas: Areas, periods: Sequence[Period], *, epsg: int | None = None
) -> pa.Table:
    """Return the counts (schema COUNTS) of every area in every period on any day of which it was there.

    The last rows, with a null `area_id`, count for each period what lay in no area of its day: the rows of a
    period always add up to its incidents. Several versions of one area are counted together.

    Parameters
    ----------
    incidents : columns local_date and either lon and lat (degrees) or x_m and y_m (metres of `epsg`).
    periods : they may overlap; each is counted for itself.
    """
    lon, lat = _degrees(incidents, epsg=epsg)
    days = incidents["local_date"].to_numpy(zero_copy_only=False).astype("M8[D]")
    ids = sorted({area.area_id for area in areas.versions})
    place = {area_id: number for number, area_id in enumerate(ids)}
    number_of = np.array([*(place[area.area_id] for area in areas.versions), len(ids)], dtype=np.int64)
    numbers = number_of[areas.rows_of(lon, lat, days)]  # NOWHERE is -1, the last
    order = np.argsort(days, kind="stable")
    days, numbers = days[order], numbers[order]

    spans = [_within(days, period) for period in periods]
    counted = np.array([np.bincount(numbers[span], minlength=len(ids) + 1) for span in spans])
    lasted = np.array([_days_there(areas, place, period) for period in periods])
    return _table([*ids, None], periods, counted.reshape(-1, len(ids) + 1), lasted.reshape(-1, len(ids) + 1))


def _degrees(incidents: pa.Table, *, epsg: int | None) -> tuple[Floats, Floats]:
    if "lon" in incidents.column_names:
        return incidents["lon"].to_numpy(), incidents["lat"].to_numpy()
    if epsg is None:
        raise BadInput(
            "The places are in metres; say of which projected system (epsg), or hand over lon and lat."
        )
    x_m, y_m = incidents["x_m"].to_numpy(), incidents["y_m"].to_numpy()
    return project(x_m, y_m, source=f"EPSG:{epsg}", target="EPSG:4326")


def _within(days: NDArray[np.datetime64], period: Period) -> slice:
    start, stop = np.searchsorted(days, np.array([period.start, period.end], "M8[D]"))
    return slice(int(start), int(stop))


def _days_there(areas: Areas, place: dict[str, int], period: Period) -> NDArray[np.int64]:
    """Return for each area, and at last for nowhere, the days of the period on which it was there."""
    lasted = np.zeros(len(place) + 1, dtype=np.int64)
    lasted[-1] = period.days
    for area in areas.versions:
        shared = min(area.end_day, period.end) - max(area.first_day, period.start)
        lasted[place[area.area_id]] += max(shared, timedelta()).days
    return lasted


def _table(
    ids: list[str | None], periods: Sequence[Period], counted: NDArray[np.int64], lasted: NDArray[np.int64]
) -> pa.Table:
    column, row = np.nonzero(lasted.T)
    starts: list[date] = [period.start for period in periods]
    ends: list[date] = [period.end for period in periods]
    return pa.table(
        [
            pa.array([ids[each] for each in column], pa.string()),
            pa.array([starts[each] for each in row], pa.date32()),
            pa.array([ends[each] for each in row], pa.date32()),
            pa.array(lasted[row, column], pa.int32()),
            pa.array(counted[row, column], pa.int64()),
        ],
        schema=COUNTS,
    )
