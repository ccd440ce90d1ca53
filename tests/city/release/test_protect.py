"""What is published, drawn so that a lawyer can check it by hand, and the law that nothing small can be computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.release.audit import audit
from peelian.city.release.figures import Figure, Slice, standing
from peelian.city.release.past import cells_of
from peelian.city.release.protect import Counts, partition, protect

MARCH = Slice(date(2026, 3, 1), date(2026, 4, 1), "burglary", "victim-reported")
APRIL = Slice(date(2026, 4, 1), date(2026, 5, 1), "burglary", "victim-reported")

Members = frozenset[tuple[Slice, int]]


def counts(*values: int) -> Counts:
    return np.array(values, dtype=np.int64)


def said(figures: Iterable[Figure]) -> list[str]:
    """Spell figures as `first-last: count`, places counted from 1."""
    return [
        f"{figure.first + 1}-{figure.stop}: {f'fewer than {figure.k}' if figure.count is None else figure.count}"
        for figure in figures
    ]


# In the data: incidents of one offence in one month, in the places 1, 2, 3 ... of the declared order; k = 10.
# Published: what the public gets. Why: which rule. At best: what somebody who knows all the rules can work out.
DRAWN = """
In the data          Published               Why                                      At best
14 11 30             1-1: 14 2-2: 11 3-3: 30 every place has 10 or more               the counts themselves
3 12 25              1-2: 15 3-3: 25         1 has fewer than 10, so it joins 2       1 has 0 to 9, 2 has 6 to 15
0 12 25              1-2: 12 3-3: 25         no incidents are no exception            1 has 0 to 9, 2 has 3 to 12
4 5 3 20             1-3: 12 4-4: 20         three together reach 10                  1 has 0 to 9, 3 has 3 to 12
25 13 6              1-1: 25 2-3: 19         the rest joins the last run              3 has 0 to 19
25 13 0              1-1: 25 2-3: 13         the rest joins, empty or not             3 has 0 to 13
4 3 1                1-3: fewer than 10      the whole area has fewer than 10         each has 0 to 9
0 0 0                1-3: fewer than 10      none is not told from few                each has 0 to 9
9 0 1                1-3: 10                 all three are needed to reach 10         each has 0 to 10
"""


@pytest.mark.parametrize("line", DRAWN.strip().splitlines()[1:])
def test_the_drawn_table_is_what_is_published(line: str) -> None:
    figures = protect({MARCH: counts(*map(int, line[:21].split()))}, history=(), k=10, edition=1)
    assert " ".join(said(figures)) == line[21:45].strip()


@pytest.mark.parametrize("line", DRAWN.strip().splitlines()[1:])
def test_the_drawn_table_is_what_an_attacker_can_work_out(line: str) -> None:
    """Every possible table is tried; those that would have been published alike are what he must reckon with."""
    data = tuple(map(int, line[:21].split()))
    total, runs = sum(data), partition(data, k=10)
    alike = [
        other
        for other in product(range(max(total, 9) + 1), repeat=len(data))
        if (sum(other) == total if runs else sum(other) < 10)
        and partition(other, k=10) == runs
        and all(sum(other[a:b]) == sum(data[a:b]) for a, b in runs)
    ]
    for claim in line[86:].split(", "):
        if claim != "the counts themselves":
            words = claim.replace("each", "1").split()
            place, low, high = int(words[0]), int(words[2]), int(words[4])
            assert {other[place - 1] for other in alike} == set(range(low, high + 1))


# Three releases of the same month, as reports come in late and others are taken back.
RELEASES = """
In the data          Published               Why
14 3 9               1-1: 14 2-3: 12         the runs are drawn, once
17 3 9               1-1: 14 2-3: 12         3 more are not 10 more
12 3 9               1-1: 14 2-3: 12         a figure is never lowered
23 30 9              1-1: 14 2-3: 39         9 more are not 10, 27 more are
24 30 9              1-1: 24 2-3: 39         10 more are
"""


def test_a_figure_stands_until_ten_more_are_known() -> None:
    history: tuple[Figure, ...] = ()
    for edition, line in enumerate(RELEASES.strip().splitlines()[1:], start=1):
        now = {MARCH: counts(*map(int, line[:21].split()))}
        history += protect(now, history=history, k=10, edition=edition)
        assert " ".join(said(standing(history))) == line[21:45].strip()


def test_a_slice_withheld_at_first_is_counted_whole_when_it_has_grown() -> None:
    first = protect({MARCH: counts(2, 3)}, history=(), k=10, edition=1)
    second = protect({MARCH: counts(12, 13)}, history=first, k=10, edition=2)
    assert said(standing((*first, *second))) == ["1-2: 25"]


def test_what_was_said_under_a_smaller_k_is_not_built_upon() -> None:
    first = protect({MARCH: counts(12, 3)}, history=(), k=10, edition=1)
    assert protect({MARCH: counts(90, 90)}, history=first, k=20, edition=2) == ()


@given(st.lists(st.integers(0, 25), min_size=1, max_size=30), st.integers(1, 20))
@settings(deadline=None)
def test_runs_cover_every_place_once_and_hold_k(values: list[int], k: int) -> None:
    runs = partition(values, k=k)
    if not runs:
        assert sum(values) < k
        return
    assert runs[0][0] == 0
    assert runs[-1][1] == len(values)
    assert all(before[1] == after[0] for before, after in pairwise(runs))
    assert all(sum(values[first:stop]) >= k for first, stop in runs)


def vectors(places: int, total: int) -> Iterator[tuple[int, ...]]:
    return (each for each in product(range(total + 1), repeat=places) if sum(each) <= total)


@pytest.mark.parametrize(("places", "k", "total"), [(2, 4, 14), (3, 3, 10), (4, 3, 9), (5, 2, 6)])
def test_every_set_that_cuts_a_run_has_k_possible_counts(places: int, k: int, total: int) -> None:
    """The theorem of `protect`, by exhaustion: all tables that would be published alike, and all sets of places."""
    alike: dict[tuple[tuple[int, int], ...] | tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for table in vectors(places, total):
        runs = partition(table, k=k)
        alike[(runs, tuple(sum(table[a:b]) for a, b in runs))].append(table)
    for (runs, _), tables in alike.items():
        whole = [set(range(first, stop)) for first, stop in runs]
        for size in range(1, places + 1):
            for chosen in map(set, combinations(range(places), size)):
                possible = {sum(table[place] for place in chosen) for table in tables}
                if runs and all(run <= chosen or not run & chosen for run in whole):
                    assert min(possible) >= k
                else:
                    assert len(possible) >= k


@pytest.mark.parametrize(("places", "k", "total"), [(2, 3, 16), (3, 2, 11)])
def test_two_releases_leave_every_set_of_incidents_k_possible_counts_or_none_below_k(
    places: int, k: int, total: int
) -> None:
    """By exhaustion over all pairs of tables in which records are added: every set of old and of new incidents."""
    alike: dict[tuple[Figure, ...], list[tuple[int, ...]]] = defaultdict(list)
    for both in vectors(2 * places, total):
        first, added = counts(*both[:places]), counts(*both[places:])
        early = protect({MARCH: first}, history=(), k=k, edition=1)
        late = protect({MARCH: first + added}, history=early, k=k, edition=2)
        alike[(*early, *late)].append(both)
    judged = [figures for figures in alike if most_behind(figures) <= total]
    assert len(judged) > 20
    for figures in judged:
        for size in range(1, 2 * places + 1):
            for chosen in combinations(range(2 * places), size):
                possible = {sum(both[each] for each in chosen) for both in alike[figures]}
                assert min(possible) >= k or len(possible) >= k


def most_behind(figures: tuple[Figure, ...]) -> int:
    """Return the most incidents there can be behind these figures: k - 1 more than each of them says."""
    return sum((figure.count or 0) + figure.k - 1 for figure in standing(figures))


def sums(figures: tuple[Figure, ...]) -> dict[Members, int]:
    """Return the sum of all neighbouring figures, by the slices and places they are about."""
    shown = [figure for figure in figures if figure.count is not None]
    parts = [shown[first:stop] for first, stop in combinations(range(len(shown) + 1), 2)]
    return {
        frozenset((figure.slice, place) for figure in part for place in range(*figure.run[1:])): sum(
            figure.count or 0 for figure in part
        )
        for part in parts
    }


@st.composite
def histories(draw: st.DrawFn) -> list[dict[Slice, Counts]]:
    """Draw the counts of two slices at up to four releases; records come and go in between."""
    places = draw(st.integers(1, 6))
    few = st.lists(st.integers(0, 16), min_size=places, max_size=places)
    now = {each: counts(*draw(few)) for each in (MARCH, APRIL)}
    found = [now]
    for _ in range(draw(st.integers(0, 3))):
        change = st.lists(st.sampled_from((0, 0, 0, 1, 3, 9, 15, -1, -4)), min_size=places, max_size=places)
        now = {each: np.maximum(now[each] + counts(*draw(change)), 0) for each in now}
        found.append(now)
    return found


@given(histories(), st.integers(5, 10))
@settings(deadline=None, max_examples=40)
def test_no_release_gives_anything_away_beside_all_earlier_ones(
    releases: list[dict[Slice, Counts]], k: int
) -> None:
    history: tuple[Figure, ...] = ()
    for edition, now in enumerate(releases, start=1):
        news = protect(now, history=history, k=k, edition=edition)
        assert audit(cells_of(history, lattice="x"), cells_of(news, lattice="x"), k=k) is None
        history += news


@given(histories(), st.integers(5, 10))
@settings(deadline=None)
def test_no_two_published_tables_differ_by_fewer_than_k_where_one_holds_the_other(
    releases: list[dict[Slice, Counts]], k: int
) -> None:
    """Tables are all sums of neighbouring figures of one release; the naive attacker subtracts any two of them.

    Who takes an earlier, larger table from a later, smaller one must believe that nothing changed in between; where
    the smaller one was visibly raised he cannot.
    """
    history: tuple[Figure, ...] = ()
    tables: list[dict[Members, int]] = []
    for edition, now in enumerate(releases, start=1):
        history += protect(now, history=history, k=k, edition=edition)
        tables.append(sums(standing(history)))
    for late, early in product(range(len(tables)), repeat=2):
        for (one, small), (other, large) in product(tables[late].items(), tables[early].items()):
            if one <= other and (late <= early or tables[early].get(one) == small):
                assert large == small or large - small >= k


@given(histories())
@settings(deadline=None)
def test_first_figures_lose_no_incident(releases: list[dict[Slice, Counts]]) -> None:
    news = protect(releases[0], history=(), k=10, edition=1)
    for each, table in releases[0].items():
        figures = [figure for figure in news if figure.slice == each]
        if figures[0].count is not None:
            assert sum(figure.count or 0 for figure in figures) == table.sum()
