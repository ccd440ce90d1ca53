"""The quality page is one file that asks nothing of anybody and shows every finding with its figure and its picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from peelian.app.report.quality_page import QualityPage, render_quality, write_quality_page
from peelian.app.report.quality_plots import aloud, bars, spots, written
from peelian.city.quality.service import (
    Bars,
    Effect,
    Examination,
    Finding,
    Measure,
    Severity,
    Spots,
    UnreliableWindow,
)
from peelian.domain.time import Period
from tests.app.page import Element, read
from tests.app.test_report_browser import CHROMIUM, visit

DAYS = Period(date(2026, 2, 9), date(2026, 2, 12), "America/Chicago")
OUTAGE = Finding(
    name="days-without-data",
    severity=Severity.ALARM,
    measures=(Measure("days", 3, "days"), Measure("rows missing", 1_201, "rows")),
    sentence="From 2026-02-09 the file has no rows <where> 1,201 are usual.",
    rule="a scan",
    p=1e-40,
    period=DAYS,
    plot=Bars(
        "Rows a day",
        "rows a day",
        ("8 Feb", "9 Feb", "10 Feb"),
        (400, 0, 0),
        (False, True, True),
        (401, 400, 399),
    ),
    effect=Effect("A model expects too little.", 0.0125, 0.0),
)
PILES = Finding(
    name="place-piles",
    severity=Severity.NOTE,
    measures=(Measure("rows", 217, "rows"),),
    sentence="217 rows lie in piles.",
    rule="piles",
    p=0.0002,
    place="A & B",
    plot=Spots("Piles", (0.0, 1_000.0), (0.0, 500.0), (100, 25), (True, False)),
    effect=Effect("Centres enter the top cells.", 0.001),
)
WINDOW = UnreliableWindow("w", DAYS, "beat", ("0421",), ("burglary",), "The records system was changed.", "p")
PAGE = QualityPage(
    title="Testville",
    made_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    examination=Examination((OUTAGE, PILES), (WINDOW,), 96_000, ("test-source",)),
    areas_known=False,
    synthetic=True,
)


@pytest.fixture(scope="module")
def page() -> Element:
    return read(render_quality(PAGE))


def test_nothing_is_loaded_from_anywhere(page: Element) -> None:
    assert not page.all("script")
    for element in page.all():
        for name, value in element.attributes.items():
            assert name != "style", f"<{element.name}> has a style attribute, which the policy refuses"
            assert not name.startswith("on")
            if name in {"src", "href", "srcset", "action", "poster"}:
                assert (value or "").startswith("#") or value == "data:,"


def test_every_finding_has_its_figure_effect_and_picture(page: Element) -> None:
    articles = page.all("article")
    assert [each.all("h3")[0].text for each in articles] == [
        "alarm days without data",
        "note place piles: A & B",
    ]
    outage, piles = articles
    assert [each.text for each in outage.all("dd")][:2] == ["3 days", "1,201 rows"]
    assert "none of the top 1 % of cells" in outage.text
    assert "top 1 %" not in piles.text
    assert all(len(each.all("svg")) == 1 for each in articles)
    assert "less than one in a million" in outage.text


def test_what_a_finding_says_is_text_and_never_markup(page: Element) -> None:
    assert "no rows <where> 1,201" in page.text
    assert not page.all("where")


def test_marks_and_limits_are_on_it(page: Element) -> None:
    assert "The records system was changed." in page.text
    assert "beat 0421" in page.text
    assert "Areas were not looked at one by one" in page.text
    assert "SYNTHETIC" in page.text


def test_a_page_without_findings_says_so() -> None:
    silent = replace(PAGE, examination=Examination((), (), 0, ()), areas_known=True, synthetic=False)
    text = read(render_quality(silent)).text
    assert "No rule raised an alarm." in text
    assert "Nobody has marked any days" in text
    assert "SYNTHETIC" not in text


def test_the_same_page_gives_the_same_bytes_and_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "quality.html"
    write_quality_page(PAGE, path)
    assert path.read_text(encoding="utf-8") == render_quality(PAGE)
    with pytest.raises(AttributeError):
        write_quality_page(replace(PAGE, made_at=None), path)  # type: ignore[arg-type]
    assert [each.name for each in tmp_path.iterdir()] == ["quality.html"]
    assert path.read_text(encoding="utf-8") == render_quality(PAGE)


def test_a_picture_is_said_aloud() -> None:
    assert isinstance(OUTAGE.plot, Bars)
    assert isinstance(PILES.plot, Spots)
    assert aloud(OUTAGE.plot) == "3 bars, 2 of them marked, at 0 rows a day"
    assert aloud(PILES.plot) == "2 points, 1 of them marked"
    shares = replace(OUTAGE.plot, unit="share of rows", values=(0.1, 0.25, 0.5))
    assert aloud(shares).endswith("at 25.0\u202f% of rows to 50.0\u202f% of rows")


def test_the_larger_pile_is_the_larger_dot_and_marked_ones_lie_on_top() -> None:
    assert isinstance(PILES.plot, Spots)
    drawn = read(spots(PILES.plot)).all("circle")
    assert [each.attributes["class"] for each in drawn] == ["spot", "spot marked"]
    assert [each.attributes["r"] for each in drawn] == ["5.5", "11"]


def test_bars_end_where_they_were_expected_if_nothing_is_wrong() -> None:
    plot = Bars("Rows", "rows", ("a", "b"), (10, 5), (False, False), (10, 5))
    drawing = read(bars(plot))
    tops = [float(each.attributes["y"] or 0) for each in drawing.all("rect")]
    (line,) = [each for each in drawing.all("path") if each.attributes["class"] == "expected"]
    assert [f" {top:g}h" in (line.attributes["d"] or "") for top in tops] == [True, True]


def test_the_line_of_what_was_expected_breaks_where_that_is_not_known() -> None:
    plot = Bars("Rows", "rows", ("a", "b", "c", "d"), (4, 8, 4, 4), (False,) * 4, (4, None, 2, 1))
    (line,) = [each for each in read(bars(plot)).all("path") if each.attributes["class"] == "expected"]
    drawn = line.attributes["d"] or ""
    assert "".join(each for each in drawn if each.isalpha()) == "MhMhLh"
    unknown = replace(plot, expected=(None,) * 4)
    assert not [each for each in read(bars(unknown)).all("path") if each.attributes["class"] == "expected"]


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1, "rows", "1 row"),
        (1, "rows a day", "1 row a day"),
        (1, "h later", "1 h later"),
        (1.5, "days", "1.50 days"),
        (1_201, "rows", "1,201 rows"),
    ],
)
def test_one_row_is_one_row(value: float, unit: str, told: str) -> None:
    assert written(value, unit) == told


def test_a_title_names_a_delivery_by_its_day_and_not_by_its_id() -> None:
    load_id = "019cadc6-9a80-7abc-8abc-0123456789ab"  # of 2 March 2026
    shown = replace(PAGE, examination=replace(PAGE.examination, findings=(replace(OUTAGE, place=load_id),)))
    (title,) = [each.text for each in read(render_quality(shown)).all("h3")]
    assert title == "alarm days without data: delivery of 2026-03-02 (id ends in 6789ab)"


def test_nothing_to_draw_is_no_error() -> None:
    assert "too few rows" in spots(Spots("Piles", (), (), (), ()))


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (.ci/run installs it)")
def test_a_browser_opens_it_from_disk_and_complains_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "quality.html"
    write_quality_page(PAGE, path)
    seen = visit(path, scratch=tmp_path)
    assert len(read(seen.document).all("article")) == 2
    assert (seen.complaints, seen.asked) == ((), ())
