"""The report is one file that asks nothing of anybody, says what it is not, and is the same every time."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from dataclasses import replace
from datetime import date
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.app.report import riskmap, svg, wording
from peelian.app.report.plots import Interval
from peelian.app.report.render import render, render_index, write_report
from peelian.app.report.view import Figure, ForecastView, Unit
from peelian.domain.dwellings import LeftOut
from peelian.domain.errors import BadInput
from peelian.domain.plan import LEGAL_EFFECT
from peelian.domain.surface import Contribution, Model, RiskSurface, Scale
from tests.app.page import Element, read
from tests.app.views import WEEK, a_report, a_surface, some_streets

SECTIONS = ["what", "forecast", "evaluation", "plan", "score", "data", "charter", "receipts", "limits"]
STYLE = files("peelian.app.report").joinpath("style.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def html() -> str:
    return render(a_report())


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read(html)


def rows(page: Element, table: str) -> list[list[str]]:
    """Return the texts of the body of the first table of that class."""
    found = next(each for each in page.all("table") if table in (each.attributes["class"] or ""))
    body = [row for part in found.all("tbody") for row in part.all("tr")]
    return [[cell.text for cell in row.children] for row in body]


# One file


def test_nothing_is_loaded_from_anywhere(page: Element) -> None:
    assert not page.all("script")
    for element in page.all():
        for name, value in element.attributes.items():
            assert name != "style", f"<{element.name}> has a style attribute, which the policy refuses"
            assert not name.startswith("on"), f"<{element.name}> has the handler {name}"
            if name in {"src", "href", "srcset", "action", "xlink:href", "poster"}:
                assert (value or "").startswith("#") or value == "data:,", f"{name}={value}"
    assert not re.search(r"url\((?!#)|@import|@font-face", STYLE)


def test_the_policy_allows_its_own_style_sheet_and_nothing_else(page: Element) -> None:
    metas = [each.attributes for each in page.all("meta")]
    (policy,) = [each["content"] for each in metas if each.get("http-equiv") == "Content-Security-Policy"]
    (style,) = page.all("style")
    digest = base64.b64encode(hashlib.sha256("".join(map(str, style.parts)).encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_the_same_view_gives_the_same_bytes(html: str) -> None:
    assert render(a_report()) == html


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path, html: str) -> None:
    path = tmp_path / "week.html"
    write_report(a_report(), path)
    assert path.read_text(encoding="utf-8") == html
    broken = replace(a_report(), made_at=None)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        write_report(broken, path)
    assert path.read_text(encoding="utf-8") == html
    assert [each.name for each in tmp_path.iterdir()] == ["week.html"]


def test_a_city_of_8000_cells_and_30000_streets_stays_under_1500_kilobytes() -> None:
    surface = a_surface(width=100, height=80)
    streets = np.concatenate([some_streets(surface) + shift for shift in range(0, 200, 15)])
    assert (len(surface.cells), len(streets) > 30_000) == (8_000, True)
    view = a_report(surface=surface)
    crowded = replace(view, forecast=replace(view.forecast, streets=streets))
    assert len(render(crowded).encode()) < 1_500_000


# What it says


def test_sections_come_in_order_and_the_contents_lead_to_them(page: Element) -> None:
    assert [each.attributes["id"] for each in page.all("section")] == SECTIONS
    links = [each.attributes["href"] for each in page.all("nav")[0].all("a")]
    assert links == [f"#{name}" for name in SECTIONS]


def test_the_legal_effect_stands_beside_what_it_is_not_and_at_the_end(page: Element) -> None:
    assert LEGAL_EFFECT in page.all("section")[0].text
    assert LEGAL_EFFECT in page.all("footer")[0].text


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_is_said_on_top_in_the_title_in_the_maps_and_at_the_end(*, synthetic: bool) -> None:
    page = read(render(replace(a_report(), synthetic=synthetic)))
    maps = [each for each in page.all("svg") if each.attributes.get("class") == "map"]
    said = [page.all("body")[0].children[1], page.all("title")[0], *maps, page.all("footer")[0]]
    assert [("SYNTHETIC" in each.text) for each in said] == [synthetic] * 5


def test_places_are_ranked_beside_plain_counts(page: Element) -> None:
    view = a_report()
    surface, counts = view.forecast.surface, view.forecast.baseline
    shown = rows(page, "places")
    assert len(shown) == 15
    first = int(surface.ranking()[0])
    position = counts.ranking()[~counts.abstained[counts.ranking()]].tolist().index(first) + 1
    ix, iy = surface.cells[first]
    number, place, expected, share, why, plain = shown[0]
    assert number == "1 in the plan"
    assert place == f"cell {ix}, {iy} 38.4120{wording.THIN}N, 89.2234{wording.THIN}W"
    assert expected == f"{surface.mean[first]:.2f} {surface.lo[first]:.0f} to {surface.hi[first]:.0f}"
    assert share == f"{surface.mean[first] / surface.mean.sum() * 100:.1f}{wording.THIN}%"
    assert re.match(rf"[\d.]+{wording.THIN}% last 8 weeks here ", why)
    assert plain == f"rank {position}"


def test_abstained_cells_are_hatched_and_never_ranked() -> None:
    surface = a_surface()
    hottest = surface.ranking()[0]
    silent = replace(surface, abstained=np.arange(len(surface.cells)) == hottest)
    page = read(render(replace(a_report(surface=silent), plan=None)))
    ix, iy = surface.cells[hottest]
    assert all(f"cell {ix}, {iy} " not in row[1] for row in rows(page, "places"))
    (forecast, _) = [each for each in page.all("svg") if each.attributes.get("class") == "map"]
    (hatched,) = [each for each in forecast.all("path") if each.attributes.get("class") == "abstained"]
    assert hatched.attributes["fill"] == "url(#hatch-forecast)"
    assert (hatched.attributes["d"] or "").count("M") == 1


def test_the_page_says_how_many_homes_are_left_out_of_forecast_and_comparison(page: Element) -> None:
    text = page.text
    assert "places have was not known at the cutoff: all that keeps one of them" in text
    assert "No place was left out: how many dwellings each has was not known" in text
    homes = LeftOut("no-household-place", "s", date(2026, 1, 1), least=10, places=1312)
    view = a_report(surface=replace(a_surface(), left_out=homes))
    lines = tuple(replace(line, left_out=1300) for line in view.evaluation)
    said = read(render(replace(view, evaluation=lines))).text
    assert "of 1,312 places with 1 to 9 dwellings, as counted on 1 Jan 2026 (rule no-household-place)" in said
    assert "All were judged on the same places, without 1,300 places with 1 to 9 dwellings." in said


FACTORS = (Contribution("last 8 weeks", np.array([4.0])), Contribution("lights out", np.array([0.5])))


@pytest.mark.parametrize(
    ("scale", "contributions", "said"),
    [
        (
            Scale.SUM,
            (Contribution("a", np.array([1.5])), Contribution("b", np.array([0.5]))),
            "75.0 % a 25.0 % b",
        ),
        (Scale.FACTOR, FACTORS, "×4.0 last 8 weeks ×0.50 lights out"),
        (Scale.NONE, (), "this model cannot say why"),
    ],
)
def test_reasons_are_told_on_the_scale_of_the_model(
    scale: Scale, contributions: tuple[Contribution, ...], said: str
) -> None:
    surface = one_cell(mean=2.0, contributions=contributions, scale=scale)
    page = read(render(replace(a_report(surface=surface), plan=None)))
    assert rows(page, "places")[0][4].replace(wording.THIN, " ") == said


def test_the_plan_is_in_local_time_with_who_proposed_and_who_approved(page: Element) -> None:
    section = page.all("section")[SECTIONS.index("plan")].text
    assert "Proposed by A. Lindqvist, analyst, 2 Mar 2025, 15:24 UTC , ledger entry 46" in section
    assert "Approved by M. Adeyemi, commander, 2 Mar 2025, 15:59 UTC , ledger entry 47" in section
    order, arrive, place, minutes, *_ = rows(page, "visits")[0]
    assert (order, arrive, place.split(" cell")[0], minutes) == ("1", "Mon 3 Mar, 14:00 CST", "No. 1", "10")


def test_the_plan_says_which_of_its_numbers_nobody_decided(page: Element) -> None:
    section = page.all("section")[SECTIONS.index("plan")].text
    assert (
        "house defaults, not in the charter: 2 cars, a shift of 480 minutes, 2 visits to each place, travel at 15 km/h"
        in section
    )


def test_marks_reach_the_report_with_what_they_would_change(page: Element) -> None:
    section = page.all("section")[SECTIONS.index("data")].text.replace(wording.THIN, " ")
    assert "1 Nov 2024 to 14 Nov 2024, beat 4, 7: the old system was switched off" in section
    assert "Without 14 marked days, recency v1 would expect 99.5 burglary instead of 96.0" in section
    assert "12.5 % of the top 1 % of cells would be others; of 2 cells too little would be left" in section


def test_marks_that_change_no_figure_are_named_all_the_same() -> None:
    text = read(render(replace(a_report(), without_marks=()))).text
    assert "beat 4, 7: the old system was switched off" in text
    assert "Either this forecast saw none of them" in text


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("charter", "may be kept under the charter. What lies in the warehouse is erased only by the order"),
        ("receipts", "where nobody holds both its key and the witness's, a rewritten past would be noticed"),
        ("receipts", "a second name and not a second person"),
    ],
)
def test_no_guarantee_is_told_without_its_condition(page: Element, section: str, sentence: str) -> None:
    assert sentence in page.all("section")[SECTIONS.index(section)].text


def test_a_plan_nobody_approved_is_called_a_proposal() -> None:
    view = a_report()
    assert view.plan
    proposed = replace(view, plan=replace(view.plan, approvals=()))
    assert "A proposal only." in read(render(proposed)).text


def test_a_plan_from_another_forecast_is_not_shown() -> None:
    with pytest.raises(BadInput, match="another forecast"):
        replace(a_report(), forecast=a_report(surface=a_surface(smooth=0.9)).forecast)


def test_a_forecast_stands_only_beside_plain_counts_of_the_same_cells() -> None:
    with pytest.raises(BadInput, match="only like beside like"):
        ForecastView(a_surface(), a_surface(width=31), None, None, late=False, smallest=10)


def test_a_late_forecast_says_so() -> None:
    view = a_report()
    late = replace(view, forecast=replace(view.forecast, late=True, witnessed_at=None))
    text = read(render(late)).text
    assert "Late. No witness had seen this forecast before its period began." in text
    assert "not witnessed" in text


def test_what_is_missing_is_said_and_not_left_blank() -> None:
    bare = replace(a_report(), marks=(), plan=None, score=None, evaluation=(), checkpoint=None)
    text = read(render(bare)).text
    for sentence in (
        "No plan was made from this forecast.",
        "Nothing has been scored yet.",
        "Nobody has marked any days of burglary as unreliable.",
        "nothing here says how good the forecast is",
        "the operator alone vouches for the past",
        "not yet witnessed",
    ):
        assert sentence in text


def test_undefined_figures_are_written_so_and_not_drawn() -> None:
    nan = math.nan
    view = a_report()
    line = replace(view.evaluation[0], value=nan, lo=nan, hi=nan, diff=nan, diff_lo=nan, diff_hi=nan)
    page = read(render(replace(view, evaluation=(line,))))
    section = page.all("section")[SECTIONS.index("evaluation")]
    assert "undefined no interval" in section.text
    assert not section.all("svg")
    assert "nan" not in section.text.split()


def test_an_empty_forecast_and_one_that_expects_nothing_can_be_shown() -> None:
    nothing = one_cell(mean=0.0, contributions=(), scale=Scale.NONE)
    for surface in (nothing, cut(nothing, 0)):
        page = read(render(replace(a_report(surface=surface), plan=None, evaluation=())))
        assert len(rows(page, "places")) == len(surface.cells)


HOSTILE = '<script>alert(1)</script><img src="https://example.invalid/x" onerror=alert(1)>'


def test_markup_in_any_text_is_inert() -> None:
    view = a_report()
    assert view.plan
    hostile = replace(
        view,
        title=HOSTILE,
        home_note=HOSTILE,
        charter=replace(view.charter, title=HOSTILE, responsible=((HOSTILE, HOSTILE),)),
        evaluation=tuple(replace(line, model=f'{HOSTILE}"') for line in view.evaluation),
        receipts=tuple(replace(each, kind=HOSTILE, proof=HOSTILE) for each in view.receipts),
        not_shown=(HOSTILE,),
        how_to_verify=(HOSTILE,),
    )
    page = read(render(hostile))
    assert page.all("h1")[0].text == HOSTILE
    assert not page.all("script")
    assert not page.all("img")
    assert read(render_index([HOSTILE])).all("a")[0].text == HOSTILE


# For everyone


def test_every_table_has_a_caption_and_every_head_cell_a_scope(page: Element) -> None:
    tables = page.all("table")
    assert len(tables) >= 7
    for table in tables:
        assert table.children[0].name == "caption"
        assert table.children[0].text
        scopes = {each.attributes.get("scope") for each in table.all("th")}
        assert scopes <= {"col", "row", "rowgroup"}
        assert {"col", "row"} <= scopes


def test_every_drawing_is_named_or_hidden(page: Element) -> None:
    for drawing in page.all("svg"):
        if drawing.attributes.get("aria-hidden") != "true":
            assert drawing.attributes["role"] == "img"
            assert [each.name for each in drawing.children[:2]] == ["title", "desc"]
            assert drawing.attributes["aria-label"]


def test_headings_descend_without_a_gap_and_ids_are_unique(page: Element) -> None:
    levels = [int(each.name[1]) for each in page.all() if re.fullmatch("h[1-6]", each.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert {each.attributes.get("aria-labelledby") for each in page.all()} - {None} <= set(ids)


def test_language_and_skip_link(page: Element) -> None:
    assert page.all("html")[0].attributes["lang"] == "en"
    skip = page.all("body")[0].children[0]
    assert (skip.name, skip.attributes["href"]) == ("a", "#content")
    assert page.all("main")[0].attributes["id"] == "content"


def palette(theme: str) -> dict[str, str]:
    """Return the colour variables of a theme as the style sheet sets them."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
    names = (re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block) for block in blocks)
    light, dark = (dict(each) for each in names)
    return light if theme == "light" else {**light, **dark}


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


TEXT = """
    ink on paper            muted on paper          link on paper           accent on paper
    ink on raised           link on raised          banner-ink on banner    notice-ink on notice
"""
SHAPES = """
    accent on paper         level-3 on paper        hatch on area           muted on paper
    level-5 on area         level-4 on area         part-0 on ground        ink on paper
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_contrast_meets_wcag_aa(theme: str, pairs: str, least: float) -> None:
    colours = palette(theme)
    found = {
        pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in re.findall(r"(\S+) on (\S+)", pairs)
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_map_classes_differ_in_lightness_so_that_they_need_no_colour_sight(theme: str) -> None:
    colours = palette(theme)
    scale = [colours["area"], *(colours[f"level-{i}"] for i in range(riskmap.CLASSES))]
    steps = [contrast(low, high) for low, high in pairwise(scale)]
    lights = [luminance(colour) for colour in scale]
    assert lights in (sorted(lights), sorted(lights, reverse=True))
    assert min(steps) > 1.1


# Maps and numbers


def test_cells_and_metres_land_on_the_same_drawing() -> None:
    surface = a_surface(width=4, height=3)
    frame = riskmap.Frame.around(surface)
    centres = frame.points(surface.grid.centres(surface.cells))
    assert (centres == frame.corners(surface.cells) + riskmap.CELL // 2).all()
    assert (frame.width, frame.height) == (5 * riskmap.CELL, 4 * riskmap.CELL)
    north_west = surface.cells[(surface.cells[:, 0] == 1200) & (surface.cells[:, 1] == 17002)]
    assert frame.corners(north_west).tolist() == [[riskmap.CELL // 2, riskmap.CELL // 2]]


@pytest.mark.parametrize(
    ("highest", "bounds"),
    [
        (2.3, (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)),
        (1.0, (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)),
        (0.049, (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02)),
        (0.0, ()),
    ],
)
def test_classes_go_in_steps_of_1_2_5_below_the_highest(highest: float, bounds: tuple[float, ...]) -> None:
    assert riskmap.class_bounds(np.array([0.0, highest])) == pytest.approx(bounds)


def test_no_map_colours_more_cells_than_it_may() -> None:
    flat = np.linspace(0.02, 1.0, 20_000)
    bounds = riskmap.class_bounds(flat, flat[:10])
    assert bounds
    assert (flat >= bounds[0]).sum() <= riskmap.MOST_CELLS


def test_a_fortnight_is_mapped_per_week() -> None:
    surface = a_surface()
    longer = replace(surface, period=replace(WEEK, end=WEEK.end.replace(day=17)))
    assert riskmap.weekly(longer) == pytest.approx(riskmap.weekly(surface) / 2)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (1e-9, "0"),
        (1234.5, "1,234"),
        (12.345, "12.3"),
        (-0.0421, "−0.0421"),
        (math.inf, "undefined"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, written: str) -> None:
    assert wording.number(value) == written


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_numbers_are_never_in_exponent_notation_nor_with_a_hyphen(value: float) -> None:
    assert re.fullmatch(r"−?[\d,]+(\.\d+)?", wording.number(value))


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_nice_numbers_are_1_2_or_5_and_not_above(value: float) -> None:
    nice = svg.nice_below(value)
    assert nice <= value * (1 + 1e-9)
    assert nice > value / 2.5 * (1 - 1e-9)
    assert f"{nice:e}"[0] in "125"


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        (Figure("rows", 12_345.0), "12,345"),
        (Figure("rejected", 0.0213, Unit.SHARE), "2.1 %"),
        (Figure("lag", 2.4, Unit.DAYS), "2.40 days"),
        (Figure("ratio", 1.0, Unit.NUMBER), "1.00"),
        (Figure("repeats", None), "withheld (too few)"),
    ],
)
def test_figures_are_written_in_their_unit(figure: Figure, written: str) -> None:
    assert wording.figure(figure).replace(wording.THIN, " ") == written


@pytest.mark.parametrize(
    ("lo", "hi", "hollow"), [(-1, 1, True), (0, 1, True), (0.1, 1, False), (-2, -0.1, False)]
)
def test_a_dot_is_hollow_where_no_difference_is_established(lo: float, hi: float, *, hollow: bool) -> None:
    assert Interval("model", (lo + hi) / 2, lo, hi).holds(0.0) is hollow


def one_cell(*, mean: float, contributions: tuple[Contribution, ...], scale: Scale) -> RiskSurface:
    """Return a surface of one cell."""
    whole = a_surface(width=1, height=1)
    at = np.array([mean])
    return replace(
        whole, mean=at, lo=at * 0, hi=at * 2, contributions=contributions, scale=scale,
        abstained=np.array([False]), model=Model("drawn", 1),
    )  # fmt: skip


def cut(surface: RiskSurface, n: int) -> RiskSurface:
    """Return the first n cells of a surface without contributions."""
    names = ("cells", "mean", "lo", "hi", "abstained")
    return replace(surface, **{name: getattr(surface, name)[:n] for name in names})
