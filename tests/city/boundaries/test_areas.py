"""In which area a point lay on a day: one at most, always the same, and that of the boundaries of its day."""

from __future__ import annotations

import time
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.boundaries.counts import counts_by_area
from peelian.city.boundaries.outlines import AreaFile, read_outlines
from peelian.city.boundaries.snapshot import snapshot
from peelian.domain.areas import Area, Areas
from peelian.domain.errors import BadInput
from peelian.domain.place import project
from peelian.domain.time import Period
from tests.city.boundaries.drawn import at, drawn_areas
from tests.data import DATA, data_folder

CHANGE = date(2026, 3, 16)
BEFORE = drawn_areas("AAB AAB", valid_to=CHANGE)
AFTER = drawn_areas("ABB ABC", valid_from=CHANGE)
BEATS = Areas((*BEFORE, *AFTER))

#         before 16 March     from 16 March on
#            A A B               A B B
#            A A B               A B C
WHERE = """
east north  15 March  16 March
0.5  0.5    A         A
1.5  0.5    A         B
2.5  0.5    B         C
2.5  1.5    B         B
1.0  0.5    A         A       on the edge of A and B: the smaller id
2.0  0.5    A         B
2.5  1.0    B         B
3.0  2.0    B         B       a corner
3.1  0.5    -         -       outside
nan  0.5    -         -
"""


@pytest.mark.parametrize("line", WHERE.strip().splitlines()[1:])
def test_a_point_lies_in_the_area_of_its_day(line: str) -> None:
    east, north, *expected = line.split()[:4]
    lon, lat = at(float(east), float(north))
    days = [CHANGE - timedelta(days=1), CHANGE]
    assert [each or "-" for each in BEATS.of([lon, lon], [lat, lat], days)] == expected


#    day      east north      day: of March
HAPPENED = """
14  0.5  0.5
15  1.5  0.5
15  1.5  0.7
15  2.5  0.5
16  1.5  0.5
16  1.5  1.5
17  2.5  0.5
17  2.5  1.5
17  9.0  9.0
"""
COUNTED = """
area  start  end  days  incidents
A     9      16   7     3
B     9      16   7     1
-     9      16   7     0
A     16     23   7     0
B     16     23   7     3
C     16     23   7     1
-     16     23   7     1
A     14     18   4     3
B     14     18   4     4
C     14     18   2     1
-     14     18   4     1
"""


def happened() -> pa.Table:
    rows = [line.split() for line in HAPPENED.strip().splitlines()]
    places = [at(float(east), float(north)) for _, east, north in rows]
    return pa.table(
        {
            "local_date": [date(2026, 3, int(day)) for day, _, _ in rows],
            "lon": [lon for lon, _ in places],
            "lat": [lat for _, lat in places],
        }
    )


def march(start: int, end: int) -> Period:
    return Period(date(2026, 3, start), date(2026, 3, end), "America/Chicago")


def shown(counts: pa.Table) -> set[tuple[str, int, int, int, int]]:
    return {
        (row["area_id"] or "-", row["start"].day, row["end"].day, row["days"], row["incidents"])
        for row in counts.to_pylist()
    }


def test_a_beat_change_in_the_middle_of_a_window_gives_the_right_counts_on_both_sides() -> None:
    counts = counts_by_area(happened(), BEATS, [march(9, 16), march(16, 23), march(14, 18)])
    expected = [line.split() for line in COUNTED.strip().splitlines()[1:]]
    assert shown(counts) == {(area, *(int(number) for number in rest)) for area, *rest in expected}


def test_places_in_metres_are_counted_as_places_in_degrees_are() -> None:
    table = happened()
    x_m, y_m = project(table["lon"], table["lat"], source="EPSG:4326", target="EPSG:32616")
    metres = pa.table({"local_date": table["local_date"], "x_m": x_m, "y_m": y_m})
    periods = [march(9, 16), march(16, 23)]
    assert counts_by_area(metres, BEATS, periods, epsg=32616).equals(counts_by_area(table, BEATS, periods))
    with pytest.raises(BadInput, match="The places are in metres; say of which projected system"):
        counts_by_area(metres, BEATS, periods)


def test_nothing_happened_is_counted_as_nothing() -> None:
    counts = counts_by_area(happened().slice(0, 0), BEATS, [march(14, 18)])
    assert counts.num_rows == 4
    assert sum(counts["incidents"].to_pylist()) == 0


places = st.tuples(st.floats(-1, 4), st.floats(-1, 3))
edges = st.tuples(st.sampled_from([0.0, 1.0, 2.0, 3.0]), st.sampled_from([0.0, 1.0, 2.0]))


@given(
    points=st.lists(st.tuples(places | edges, st.integers(1, 28)), min_size=1, max_size=40),
    spans=st.lists(st.tuples(st.integers(1, 27), st.integers(1, 9)), max_size=4),
)
def test_every_incident_of_a_period_is_counted_once(
    points: list[tuple[tuple[float, float], int]], spans: list[tuple[int, int]]
) -> None:
    lonlat = np.array([at(*place) for place, _ in points])
    days = [date(2026, 3, day) for _, day in points]
    table = pa.table({"local_date": days, "lon": lonlat[:, 0], "lat": lonlat[:, 1]})
    periods = [Period(date(2026, 3, day), date(2026, 3, day) + timedelta(days=n), "UTC") for day, n in spans]
    counts = counts_by_area(table, BEATS, periods)
    for period in set(periods):
        rows = [row for row in counts.to_pylist() if (row["start"], row["end"]) == (period.start, period.end)]
        inside = [day for day in days if period.start <= day < period.end]
        assert sum(row["incidents"] for row in rows) == len(inside) * periods.count(period)


@given(points=st.lists(places | edges, min_size=1, max_size=40), day=st.integers(1, 28))
def test_the_area_is_the_smallest_id_of_those_that_touch_the_point(
    points: list[tuple[float, float]], day: int
) -> None:
    lonlat, on = np.array([at(*place) for place in points]), date(2026, 3, day)
    held = BEATS.on(on).versions
    expected = [
        min((area.area_id for area in held if area.geometry.intersects(shapely.Point(p))), default=None)
        for p in lonlat
    ]
    assert BEATS.of(*lonlat.T, on).tolist() == expected


def test_two_versions_of_an_area_never_hold_on_the_same_day() -> None:
    with pytest.raises(BadInput, match="beat A has two versions that both hold on 2026-03-15"):
        Areas((*BEFORE, *drawn_areas("A", valid_from=CHANGE - timedelta(days=1))))


def test_layers_are_kept_apart() -> None:
    with pytest.raises(BadInput, match="layers beat, district came together"):
        Areas((*BEFORE, *drawn_areas("A", layer="district")))


REAL = """
file                                  id        crs        read  areas  repaired  slivers
policeBeats.geojson.gz                District  -          277   275    0         0
policeDistricts.geojson.gz            District  -          25    23     0         0
chicagoNhoods.geojson.gz              name      -          98    98     4         7
portland_police_districts_ft.json.gz  DISTRICT  EPSG:2913  60    60     0         0
"""


def real(line: str) -> tuple[tuple[Area, ...], dict[str, object]]:
    name, area_id, crs = line.split()[:3]
    file = AreaFile(DATA / "forecast" / name, area_id, crs=None if crs == "-" else crs)
    taken = snapshot(read_outlines(file), layer="beat", name=name)
    return taken.areas, dict(taken.findings.document())


@data_folder("forecast")
@pytest.mark.parametrize("line", REAL.strip().splitlines()[1:], ids=lambda line: line.split()[0])
def test_real_layers_are_read_whole(line: str) -> None:
    _, findings = real(line)
    assert list(findings.values()) == [int(number) for number in line.split()[3:]]


@data_folder("forecast")
def test_a_million_points_are_placed_in_seconds_and_rightly() -> None:
    areas = Areas(real(REAL.strip().splitlines()[1])[0])
    west, south, east, north = shapely.total_bounds([area.geometry for area in areas.versions])
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(west, east, 1_000_000), rng.uniform(south, north, 1_000_000)
    began = time.process_time()
    rows = areas.rows_of(lon, lat, date(2026, 3, 1))
    assert time.process_time() - began < 5
    some = rng.choice(1_000_000, 2_000, replace=False)
    tree = shapely.STRtree([area.geometry for area in areas.versions])
    point, area = tree.query(shapely.points(lon[some], lat[some]), predicate="intersects")
    expected = np.full(len(some), -1)
    expected[point[::-1]] = area[::-1]
    assert np.array_equal(rows[some], expected)
