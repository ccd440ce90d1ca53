"""The twenty kinds of planted defects, as `docs/quality-defects.md` says them: what is done to which real file.

Each plants into the publisher's columns, with the number of the kind as its seed, and says what must be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from peelian.domain.place import project
from tests.data import DATA


@dataclass(frozen=True)
class File:
    """A real file, the mapping it comes through, and its system and zone."""

    name: str
    source: str
    epsg: int
    zone: str

    def table(self) -> pa.Table:
        return pq.read_table(DATA / "forecast" / self.name)


CHICAGO = File("chicago_2016_2017Q3.parquet", "chicago-2016", 32616, "America/Chicago")
NEW_YORK = File("nyc_2014_2015.parquet", "nyc-2014", 32618, "America/New_York")
THEFT_OF_AUTO = File(
    "portland_nij_theft_of_auto_to_2017-02-28.parquet", "portland-theft-of-auto", 32610, "America/Los_Angeles"
)
BURGLARY = File(
    "portland_nij_burglary_to_2017-02-28.parquet", "portland-burglary", 32610, "America/Los_Angeles"
)


@dataclass(frozen=True)
class Truth:
    """What must be found: the size within `tolerance` (a share), the days, and other measures as (value, margin)."""

    size: float
    tolerance: float
    start: date | None = None
    end: date | None = None
    margin_days: int = 0
    place: str = ""
    others: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """One kind of defect: its number, its finding's name, the file, and how it is planted."""

    number: int
    name: str
    file: File
    plant: Callable[[pa.Table, np.random.Generator], tuple[pa.Table, Truth]]

    def planted(self) -> tuple[pa.Table, Truth]:
        return self.plant(self.file.table(), np.random.default_rng(self.number))


Times = NDArray[np.datetime64]


def times(table: pa.Table) -> Times:
    moments: Times = table["t"].cast(pa.timestamp("s")).to_numpy().astype("M8[s]")
    return moments


def with_times(table: pa.Table, moments: Times) -> pa.Table:
    return with_column(table, "t", pa.array(moments.astype("M8[us]")))


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def with_places(table: pa.Table, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> pa.Table:
    return with_column(with_column(table, "lon", pa.array(lon)), "lat", pa.array(lat))


def places(table: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return table["lon"].to_numpy().copy(), table["lat"].to_numpy().copy()


def within(table: pa.Table, start: date, end: date) -> NDArray[np.int64]:
    moments = times(table)
    return np.flatnonzero((moments >= np.datetime64(start)) & (moments < np.datetime64(end)))


# Places


def missing(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    chosen = rng.choice(within(table, date(2016, 9, 5), date(2016, 10, 3)), 2_000, replace=False)
    gone = np.isin(np.arange(table.num_rows), chosen)
    lon, lat = (pa.array(each, mask=gone) for each in places(table))
    return with_column(with_column(table, "lon", lon), "lat", lat), Truth(2_000, 0)


def at_zero(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    lon, lat = places(table)
    chosen = rng.choice(len(lon), 1_500, replace=False)
    lon[chosen] = lat[chosen] = 0.0
    return with_places(table, lon, lat), Truth(1_500, 0)


def exchanged(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    lon, lat = places(table)
    chosen = rng.choice(len(lon), 1_200, replace=False)
    lon[chosen], lat[chosen] = lat[chosen], lon[chosen]
    return with_places(table, lon, lat), Truth(1_200, 0)


def default_point(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    lon, lat = places(table)
    chosen = rng.choice(len(lon), 2_800, replace=False)
    lon[chosen], lat[chosen] = -87.632400, 41.883900
    x_m, y_m = project([-87.632400], [41.883900], source="EPSG:4326", target="EPSG:32616")
    others = {"x": (float(x_m[0]), 1.0), "y": (float(y_m[0]), 1.0)}
    return with_places(table, lon, lat), Truth(2_800, 0.05, others=others)


def centroids(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    lon, lat = places(table)
    month = within(table, date(2015, 3, 1), date(2015, 4, 1))
    chosen = rng.choice(month, round(0.3 * len(month)), replace=False)
    precinct = table["precinct"].to_numpy()
    for each in np.unique(precinct[chosen]):
        here = chosen[precinct[chosen] == each]
        lon[here], lat[here] = lon[precinct == each].mean(), lat[precinct == each].mean()
    return with_places(table, lon, lat), Truth(
        len(chosen), 0.15, start=date(2015, 3, 1), end=date(2015, 4, 1)
    )


def three_decimals(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    lon, lat = places(table)
    chosen = rng.choice(len(lon), 5_657, replace=False)
    lon[chosen], lat[chosen] = lon[chosen].round(3), lat[chosen].round(3)
    return with_places(table, lon, lat), Truth(5_657, 0.02, others={"decimals": (3, 0)})


def shifted(table: pa.Table, _: np.random.Generator) -> tuple[pa.Table, Truth]:
    lon, lat = places(table)
    month = within(table, date(2017, 2, 1), date(2017, 3, 1))
    x_m, y_m = project(lon[month], lat[month], source="EPSG:4326", target="EPSG:32616")
    lon[month], lat[month] = project(x_m + 80, y_m + 60, source="EPSG:32616", target="EPSG:4326")
    truth = Truth(
        len(month),
        0.001,
        start=date(2017, 2, 1),
        end=date(2017, 3, 1),
        others={"east": (80, 3), "north": (60, 3)},
    )
    return with_places(table, lon, lat), truth


def hole(table: pa.Table, _: np.random.Generator, *, area_of: NDArray[np.str_]) -> tuple[pa.Table, Truth]:
    areas, counts = np.unique(area_of[area_of != ""], return_counts=True)
    area = str(areas[np.argsort(counts)[len(counts) // 2]])
    start, end = date(2016, 8, 1), date(2016, 8, 22)
    gone = np.intersect1d(within(table, start, end), np.flatnonzero(area_of == area))
    kept = np.delete(np.arange(table.num_rows), gone)
    others = {"rows missing": (float(len(gone)), 0.25 * len(gone))}
    return table.take(pa.array(kept)), Truth(
        21, 0.2, start=start, end=end, margin_days=2, place=area, others=others
    )


# Times


def midnight(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    moments = times(table)
    minute = (moments - moments.astype("M8[D]")).astype(int) // 60
    at_23, at_0, at_1 = (int(np.isin(minute, [60 * hour, 60 * hour + 1]).sum()) for hour in (23, 0, 1))
    chosen = rng.choice(len(moments), 5_657, replace=False)
    moments[chosen] = moments[chosen].astype("M8[D]")
    return with_times(table, moments), Truth(5_657 + at_0 - (at_23 + at_1) / 2, 0.10)


def first_day(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    moments = times(table)
    chosen = rng.choice(len(moments), 5_657, replace=False)
    day = moments[chosen].astype("M8[D]")
    moments[chosen] -= day - day.astype("M8[M]").astype("M8[D]")
    return with_times(table, moments), Truth(5_657, 0.15)


def full_hours(table: pa.Table, _: np.random.Generator) -> tuple[pa.Table, Truth]:
    moments = times(table)
    start, end = date(2016, 10, 1), date(2016, 11, 1)
    month = within(table, start, end)
    before = moments[month]
    moments[month] = before.astype("M8[h]")
    return with_times(table, moments), Truth(
        int((moments[month] != before).sum()), 0.10, start=start, end=end
    )


def four_hours_later(table: pa.Table, _: np.random.Generator) -> tuple[pa.Table, Truth]:
    moments = times(table)
    start, end = date(2015, 6, 1), date(2015, 7, 1)
    month = within(table, start, end)
    moments[month] += np.timedelta64(4, "h")
    return with_times(table, moments), Truth(len(month), 0.02, start=start, end=end, others={"hours": (4, 0)})


def day_and_month(table: pa.Table, _: np.random.Generator) -> tuple[pa.Table, Truth]:
    moments = times(table)
    start, end = date(2016, 5, 1), date(2016, 6, 1)
    rows = within(table, start, date(2016, 5, 13))
    day = (moments[rows].astype("M8[D]") - np.datetime64("2016-05-01")).astype(int) + 1
    within_day = moments[rows] - moments[rows].astype("M8[D]")
    moments[rows] = (np.datetime64("2016-01") + (day - 1)).astype("M8[D]") + 4 + within_day
    return with_times(table, moments), Truth(int((day != 5).sum()), 0.10, start=start, end=end)


def outage(table: pa.Table, _: np.random.Generator) -> tuple[pa.Table, Truth]:
    start, end = date(2016, 11, 10), date(2016, 11, 14)
    kept = np.delete(np.arange(table.num_rows), within(table, start, end))
    return table.take(pa.array(kept)), Truth(4, 0, start=start, end=end)


# Rows


def with_lag(table: pa.Table, rng: np.random.Generator, *, slower_from: date | None) -> pa.Table:
    """Return Chicago's file with a time of record, drawn; none of the real files has one."""
    moments = times(table)
    days = rng.lognormal(np.log(0.5), 1.0, len(moments))
    if slower_from is not None:
        days[moments >= np.datetime64(slower_from)] *= 3
    recorded = moments + np.rint(days * 86_400).astype("m8[s]")
    return table.append_column("recorded", pa.array(recorded.astype("M8[us]")))


def slower(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    start = date(2017, 5, 1)
    return with_lag(table, rng, slower_from=start), Truth(
        1.5, 0.15, start=start, end=date(2017, 10, 1), others={"days before": (0.5, 0.075)}
    )


def renamed(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    words = np.array(table["category"].to_pylist(), dtype=object)
    start, end = date(2017, 3, 1), date(2017, 10, 1)
    late = within(table, start, end)
    assaults = late[words[late] == "ASSAULT"]
    chosen = rng.choice(assaults, round(0.6 * len(assaults)), replace=False)
    words[chosen] = "BATTERY"
    return with_column(table, "category", pa.array(words, pa.string())), Truth(
        len(chosen), 0.15, start=start, end=end, place="assault -> battery"
    )


def page_again(table: pa.Table, _: np.random.Generator) -> tuple[pa.Table, Truth]:
    order = np.argsort(times(table), kind="stable")
    first = int(np.searchsorted(times(table)[order], np.datetime64("2017-01-16")))
    page = table.take(pa.array(order[first : first + 1_000]))
    return pa.concat_tables([table, page]), Truth(1_000, 0.10, start=date(2017, 1, 16), end=date(2017, 1, 23))


def entered_twice(table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, Truth]:
    start, end = date(2015, 9, 7), date(2015, 9, 21)
    rows = table.take(pa.array(rng.choice(within(table, start, end), 600, replace=False)))
    later = times(rows) + (rng.integers(2, 11, 600) * 60).astype("m8[s]")
    lon, lat = places(rows)
    x_m, y_m = project(lon, lat, source="EPSG:4326", target="EPSG:32618")
    metres, angle = rng.uniform(10, 60, 600), rng.uniform(0, 2 * np.pi, 600)
    there = project(
        x_m + metres * np.cos(angle), y_m + metres * np.sin(angle), source="EPSG:32618", target="EPSG:4326"
    )
    again = with_places(with_times(rows, later), *there)
    return pa.concat_tables([table, again.cast(table.schema)]), Truth(600, 0.15, start=start, end=end)


KINDS = (
    Kind(1, "place-missing", CHICAGO, missing),
    Kind(2, "at-zero", CHICAGO, at_zero),
    Kind(3, "swapped", CHICAGO, exchanged),
    Kind(4, "default-point", CHICAGO, default_point),
    Kind(5, "place-piles", NEW_YORK, centroids),
    Kind(6, "precision-lost", CHICAGO, three_decimals),
    Kind(7, "places-shifted", CHICAGO, shifted),
    Kind(9, "midnight", CHICAGO, midnight),
    Kind(10, "first-of-month", CHICAGO, first_day),
    Kind(11, "rounded-times", CHICAGO, full_hours),
    Kind(12, "hours-shifted", NEW_YORK, four_hours_later),
    Kind(13, "day-month-swapped", CHICAGO, day_and_month),
    Kind(14, "days-without-data", CHICAGO, outage),
    Kind(15, "lag-growth", CHICAGO, slower),
    Kind(17, "code-drift", CHICAGO, renamed),
    Kind(19, "equal-rows", CHICAGO, page_again),
    Kind(20, "near-duplicates", NEW_YORK, entered_twice),
)
"""All but 8 (needs areas), 16 and 18 (need deliveries), which stand in their own tests."""
