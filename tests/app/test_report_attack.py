"""An attacker who has a published report, the releases beside it, and the source code: which small counts are his?

Nothing that the page says of plain counts may depend on one below k: pages of two houses that differ in such counts
only are the same, to the last byte. What it says of the data and of a score leaves k numbers possible.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from peelian.app import compose
from peelian.app.report.render import render
from peelian.app.report.view import ReportView
from peelian.city.service import Share
from peelian.domain.surface import Model
from tests.app.views import a_report, a_score, a_surface

K = 10
SURFACE = a_surface(width=5, height=5)
CELLS = len(SURFACE.cells)
SPOKEN = [row for row in SURFACE.ranking().tolist() if not SURFACE.abstained[row]]


def page_of(counts: list[int]) -> ReportView:
    """Return the report whose plain counts are these incidents by cell, of a year."""
    report = a_report(surface=SURFACE)
    mean = np.array(counts) * SURFACE.period.days / 365
    baseline = replace(SURFACE, model=Model("plain-counts", 1), mean=mean, lo=mean * 0, hi=mean + 1)
    return replace(report, forecast=replace(report.forecast, baseline=baseline))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.none() | st.integers(K, 60), min_size=CELLS, max_size=CELLS),
    st.lists(st.integers(1, K - 1), min_size=CELLS, max_size=CELLS),
    st.lists(st.integers(1, K - 1), min_size=CELLS, max_size=CELLS),
)
def test_plain_counts_of_cells_below_k_change_nothing_on_the_page(
    large: list[int | None], one: list[int], other: list[int]
) -> None:
    small = [row for row in SPOKEN if large[row] is None]
    assume(len(small) >= 2)
    pages = []
    for drawn in (one, other):
        counts = [drawn[row] if n is None else n for row, n in enumerate(large)]
        counts[small[0]] = 1
        pages.append(render(page_of(counts)))
    assert pages[0] == pages[1]


def test_plain_counts_of_many_are_still_told() -> None:
    """The law above would hold of a page that tells nothing."""
    few, many = [1] * CELLS, [1] * CELLS
    many[SPOKEN[0]] = 40
    assert "rank 1" not in render(page_of(few))
    assert "rank 1" in render(page_of(many))


@settings(deadline=None)
@given(st.integers(20 * K, 1000 * K), st.data())
def test_each_share_that_is_told_stands_for_k_numbers(of: int, data: st.DataObject) -> None:
    """He may even know how many rows there are in all."""
    n = data.draw(st.integers(0, of))
    told = compose._figure(Share("times", "times", n, of), least=K).value
    near = range(max(0, n - of // 50), min(of, n + of // 50) + 1)
    alike = [m for m in near if compose._figure(Share("times", "times", m, of), least=K).value == told]
    assert told is None or len(alike) >= K


@pytest.mark.parametrize("lines", [(), a_score().lines])
def test_a_score_says_how_good_and_never_of_how_many(lines) -> None:  # type: ignore[no-untyped-def]
    page = render(replace(a_report(surface=SURFACE), score=replace(a_score(), lines=lines)))
    assert ("Withheld: fewer than 10 incidents were recorded since" in page) == (not lines)
