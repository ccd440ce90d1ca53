"""The page of places names every publisher and draws every set, and no household can be found on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.app.report.places_page import HeldPlaces, PlacesPage, render_places, write_places_page
from peelian.app.report.places_plots import drawn_areas, drawn_features, drawn_shifts, drawn_streets
from peelian.app.showing import by_month
from peelian.domain.areas import Area, Areas
from peelian.domain.shifts import Shift
from peelian.domain.streets import NO_NUMBER, StreetEdges, StreetNetwork, StreetNodes
from tests.app.page import Element, read
from tests.app.test_report_browser import CHROMIUM, visit

EPSG = 32616
ORIGIN_M = np.array([440_000.0, 4_630_000.0])


def features(*cells: tuple[int, int, int]) -> pa.Table:
    """Return `n` features in each cell (x, y, n) of 500 m, all a little beside its middle."""
    spots = [ORIGIN_M + np.array([500 * x + 217.0, 500 * y + 309.0]) for x, y, n in cells for _ in range(n)]
    return pa.table({"x_m": [spot[0] for spot in spots], "y_m": [spot[1] for spot in spots]})


SQUARE = shapely.box(-87.66, 41.84, -87.64, 41.86)
HOLE = shapely.box(-87.655, 41.845, -87.645, 41.855)
BEATS = Areas((Area("beat", "1", "First & last", None, None, shapely.difference(SQUARE, HOLE)),))
SHIFTS = (
    Shift("D", "Day", 360, 840, (1, 2, 3, 4, 5, 6, 7)),
    Shift("N", "Night", 1320, 360, (5, 6)),
)
STREETS = StreetNetwork(
    nodes=StreetNodes(["a", "b", "c"], [-87.66, -87.65, -87.64], [41.84, 41.85, 41.84]),
    edges=StreetEdges(
        tail=[0, 1],
        head=[1, 2],
        length_m=[900.0, 1200.0],
        speed_kph=[30.0, 30.0],
        speed_assumed=[True, True],
        oneway=[False, False],
        road_class=["", ""],
        name=["", ""],
        house_numbers=np.full((2, 4), NO_NUMBER),
        geometry=[None, None],
    ),
)
DAY = date(2026, 3, 2)


def held(subject: str, picture, **changes) -> HeldPlaces:
    made = HeldPlaces(
        subject=subject,
        publisher="City of <Testville>",
        licence="CC BY 4.0",
        as_of=date(2026, 2, 20),
        valid_from=None,
        sets=2,
        counts=(("layer", 1_234),),
        entry_index=17,
        picture=picture,
        caption=f"What {subject} looks like",
    )
    return replace(made, **changes)


PAGE = PlacesPage(
    title="Testville",
    made_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    today=DAY,
    held=(
        held("boundary beat", drawn_areas(BEATS, epsg=EPSG, title="Beats")),
        held("layer lights-out", drawn_features(features((0, 0, 40), (3, 2, 4)), title="Lights out")),
        held("shift", drawn_shifts(SHIFTS, title="Shifts")),
        held("street", drawn_streets(STREETS, epsg=EPSG, title="Streets"), as_of=date(2024, 1, 1)),
        held("condition rain", None, caption="Nothing is known of rain in the last 24 months."),
    ),
    synthetic=True,
)


@pytest.fixture(scope="module")
def page() -> Element:
    return read(render_places(PAGE))


def test_nothing_is_loaded_from_anywhere(page: Element) -> None:
    assert not page.all("script")
    for element in page.all():
        for name, value in element.attributes.items():
            assert name != "style", f"<{element.name}> has a style attribute, which the policy refuses"
            if name in {"src", "href", "srcset", "action", "poster"}:
                assert (value or "").startswith("#") or value == "data:,"


def test_every_set_has_its_publisher_licence_cutoff_and_picture(page: Element) -> None:
    for each, article in zip(PAGE.held, page.all("article"), strict=True):
        for word in (
            "City of <Testville>",
            "CC BY 4.0",
            "1,234 layer",
            "all days",
            "2, the newest by ledger entry 17",
        ):
            assert word in article.text
        assert len(article.all("svg")) == (each.picture is not None)
        for drawing in article.all("svg"):
            assert drawing.attributes["role"] == "img"
            assert drawing.attributes["aria-label"]
    assert not page.all("testville")


def test_an_old_set_is_called_old(page: Element) -> None:
    beats, _, _, streets, _ = page.all("article")
    assert "10 days old" in beats.text
    assert "look for a newer one" not in beats.text
    assert "791 days old: look for a newer one" in streets.text


def test_a_day_is_one_day() -> None:
    assert PAGE.age(held("shift", None, as_of=date(2026, 3, 1))) == "1 day old"


def test_an_area_with_a_hole_is_drawn_with_both_rings() -> None:
    (outline,) = read(drawn_areas(BEATS, epsg=EPSG, title="Beats")).all("path")
    assert (outline.attributes["d"] or "").count("z") == 2
    assert outline.text == "First & last"


SHIFT_BARS = """
shift  from   to
D      90     210
N      330    360
N      0      90
"""


def test_a_shift_over_midnight_is_drawn_on_both_sides_of_it() -> None:
    bars = read(drawn_shifts(SHIFTS, title="Shifts")).all("rect")
    found = [(float(b.attributes["x"] or 0), float(b.attributes["width"] or 0)) for b in bars]
    lines = [line.split()[1:] for line in SHIFT_BARS.strip().splitlines()[1:]]
    assert found == [(float(start), float(end) - float(start)) for start, end in lines]
    assert "Night: 22:00 to 06:00, Fri, Sat" in read(drawn_shifts(SHIFTS, title="Shifts")).text


def test_a_small_count_is_not_told() -> None:
    drawing = read(drawn_features(features((0, 0, 40), (3, 2, 4), (5, 5, 9)), title="Lights out"))
    assert [each.text for each in drawing.all("rect")] == ["40 features", "fewer than 10", "fewer than 10"]
    same = drawn_features(features((0, 0, 40), (3, 2, 9), (5, 5, 4)), title="Lights out")
    assert read(same).all("rect")[1].attributes == drawing.all("rect")[1].attributes


HIDDEN = st.integers(1, 9)
CELLS = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), st.none() | st.integers(10, 40), min_size=1, max_size=6
)


@settings(deadline=None)
@given(CELLS, st.data())
def test_no_arithmetic_on_the_drawing_tells_a_small_count(
    cells: dict[tuple[int, int], int | None], data: st.DataObject
) -> None:
    """Two layers that differ only in cells of fewer than ten are drawn alike, to the last byte."""

    def drawn() -> str:
        counts = [(x, y, data.draw(HIDDEN) if n is None else n) for (x, y), n in cells.items()]
        return str(drawn_features(features(*counts), title="Lights out"))

    assert drawn() == drawn()


@settings(deadline=None, max_examples=30)
@given(east=st.floats(1, 499), north=st.floats(1, 499))
def test_where_in_its_cell_a_feature_lies_changes_nothing(east: float, north: float) -> None:
    base = features((0, 0, 12), (2, 3, 1))
    x_m, y_m = base["x_m"].to_numpy().copy(), base["y_m"].to_numpy().copy()
    x_m[-1], y_m[-1] = ORIGIN_M + np.array([1000 + east, 1500 + north])
    moved = drawn_features(pa.table({"x_m": x_m, "y_m": y_m}), title="Lights out")
    assert moved == drawn_features(base, title="Lights out")


SERIES = """
start       value   month    mean
2026-01-05  2       2026-01  3
2026-01-20  4       2026-02  0
2026-03-01  10      2026-03  10
"""


def spans(starts: list[str], values: list[float | None]) -> pa.Table:
    moments = pa.array([datetime.fromisoformat(each) for each in starts], pa.timestamp("us"))
    return pa.table(
        {"start": moments.cast(pa.timestamp("us", tz="UTC")), "value": pa.array(values, pa.float64())}
    )


def test_a_series_is_drawn_by_its_monthly_mean() -> None:
    rows = [line.split() for line in SERIES.strip().splitlines()[1:]]
    plot = by_month(
        spans([row[0] for row in rows], [float(row[1]) for row in rows]),
        name="rain",
        first=np.datetime64("2025-12"),
    )
    means = dict(zip(plot.labels, plot.values, strict=True))
    assert [means[row[2]] for row in rows] == [float(row[3]) for row in rows]


def test_a_series_without_numbers_is_drawn_by_how_often_it_was() -> None:
    plot = by_month(
        spans(["2026-01-05", "2026-01-06"], [None, None]), name="event", first=np.datetime64("2026-01")
    )
    assert (plot.title, plot.values[:2]) == ("event: how often a month", (2.0, 0.0))


def test_a_page_of_nothing_says_so() -> None:
    text = read(render_places(replace(PAGE, held=(), synthetic=False))).text
    assert "Nothing has been taken in" in text
    assert "SYNTHETIC" not in text


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (.ci/run installs it)")
def test_a_browser_opens_it_from_disk_and_complains_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "places.html"
    write_places_page(PAGE, path)
    seen = visit(path, scratch=tmp_path)
    assert len(read(seen.document).all("article")) == len(PAGE.held)
    assert (seen.complaints, seen.asked) == ((), ())
