"""The auditor finds every small number that adding and subtracting can give away, and raises no false alarm."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.release import attack
from peelian.city.release.audit import Disclosure, audit, check_release
from peelian.city.release.knowledge import Cell, Knowledge, contradictory
from peelian.domain.errors import Refused

K = 10


def cells(drawing: str) -> list[Cell]:
    """Read lines of `table  cell  members  count`, `<10` for a withheld one, `@2` in the table for its release."""
    found = []
    for line in drawing.strip().splitlines():
        table, name, members, count = (part.strip() for part in line.split("  ") if part.strip())
        edition = int(table.split("@")[1]) if "@" in table else 1
        low, high = (0, int(count[1:]) - 1) if count.startswith("<") else (int(count), int(count))
        found.append(Cell(table, name, edition, low, high, frozenset(members.split("+"))))
    return found


PLANTED = {
    "a small number in plain sight": (
        "",
        "beats  beat 1  a  7",
        {"beats"},
    ),
    "two overlapping periods": (
        "half  Jan-Jun  jan+feb+mar+apr+may+jun  120",
        "seven  Jan-Jul  jan+feb+mar+apr+may+jun+jul  124",
        {"half", "seven"},
    ),
    "overlapping periods in two releases": (
        "half @1  Jan-Jun  jan+feb+mar+apr+may+jun  120",
        "seven @2  Jan-Jul  jan+feb+mar+apr+may+jun+jul  124",
        {"half @1", "seven @2"},
    ),
    "the city minus all beats but one": (
        """
        city   city    a+b+c+d  100
        """,
        """
        beats  beat a  a  40
        beats  beat b  b  31
        beats  beat c  c  25
        """,
        {"city", "beats"},
    ),
    "late reports between two releases": (
        "March @1  beat 1  a  52",
        "March @2  beat 1  a  55",
        {"March @1", "March @2"},
    ),
    "records taken back between two releases": (
        "March @1  beat 1  a  52",
        "March @2  beat 1  a  49",
        {"March @1", "March @2"},
    ),
    "late reports seen only in a total": (
        """
        March @1  city    a+b  100
        March @1  beat 1  a    40
        """,
        """
        April @2  beat 1  a    55
        April @2  beat 2  b    63
        """,
        {"March @1", "April @2"},
    ),
    "two geographies over the same incidents": (
        """
        beats  beat 1  w+x  30
        beats  beat 2  y+z  30
        """,
        """
        wards  ward 1  w      14
        wards  ward 2  x+y    20
        """,
        {"beats", "wards"},
    ),
    "a group total minus its members": (
        """
        groups  property     burglary+theft+arson  90
        """,
        """
        kinds   burglary     burglary              45
        kinds   theft        theft                 41
        """,
        {"groups", "kinds"},
    ),
    "two withheld cells beside a total that they nearly fill": (
        """
        beats  beat 1  a  <10
        beats  beat 2  b  <10
        """,
        "city  city  a+b  18",
        {"beats", "city"},
    ),
    "a zero that empties all but one": (
        """
        beats  beat 1  a      0
        beats  beat 2  b      0
        """,
        """
        city   city    a+b+c  11
        beats  beat 3  c      <10
        """,
        {"beats", "city"},
    ),
    "three tables, no two of which tell": (
        """
        one    ab  a+b  20
        two    bc  b+c  20
        """,
        "three  ca  c+a  34",
        {"one", "two", "three"},
    ),
    "two withheld beats, each safe, whose sum can be computed": (
        """
        beats  beat 1  a  <10
        beats  beat 2  b  <10
        beats  beat 3  c  20
        beats  beat 4  d  20
        """,
        "city   city    a+b+c+d  49",
        {"beats", "city"},
    ),
    "a withheld group beside a total": (
        """
        small  left   a+b  <10
        small  right  c+d  <10
        """,
        "city   city   a+b+c+d  12",
        {"small", "city"},
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_every_planted_disclosure_is_found_and_named(name: str) -> None:
    published, candidate, tables = PLANTED[name]
    found = audit(cells(published), cells(candidate), k=K)
    assert found is not None
    assert set(found.tables) <= tables
    assert len(found.tables) >= min(2, len(tables))


def test_the_tables_and_the_cell_stand_in_the_refusal() -> None:
    published, candidate, _ = PLANTED["two overlapping periods"]
    with pytest.raises(Refused, match="'Jan-Jun' of 'half' and 'Jan-Jul' of 'seven' differ by 4") as refused:
        check_release(cells(published), cells(candidate), k=K)
    assert refused.value.rule == "no-small-number"


def test_a_published_total_that_contradicts_the_others_is_refused() -> None:
    found = audit(cells("one @1  city  a  60"), cells("two @2  city  a  40"), k=K)
    assert isinstance(found, Disclosure)
    assert found.low is None
    assert "cannot all be true" in str(found)


HARMLESS = {
    "nothing": ("", ""),
    "counts of k and more": ("", "beats  beat 1  a  10"),
    "none at all is about nobody": ("", "beats  beat 1  a  0"),
    "a withheld cell alone": ("", "beats  beat 1  a  <10"),
    "nested cells that differ by k": ("city  city  a+b  40", "beats  beat 1  a  30"),
    "a figure raised by k": ("March @1  beat 1  a  52", "March @2  beat 1  a  62"),
    "withheld at first, counted later": ("March @1  beat 1  a  <10", "March @2  beat 1  a  10"),
    "withheld three times": (
        "March @1  beat 1  a  <10\nMarch @2  beat 1  a  <10",
        "March @3  beat 1  a  <10",
    ),
    "three withheld beside a total in the middle": (
        "beats  1  a  <10\nbeats  2  b  <10\nbeats  3  c  <10",
        "city  city  a+b+c  14",
    ),
    "geographies that overlap by k and more": (
        "beats  1  w+x  30\nbeats  2  y+z  30",
        "wards  1  w  15\nwards  2  x+y  30",
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_tables_pass(name: str) -> None:
    published, candidate = HARMLESS[name]
    assert audit(cells(published), cells(candidate), k=K) is None


def test_what_was_published_before_is_not_held_against_an_unrelated_release() -> None:
    assert audit(cells("old  beat 9  z  3"), cells("new  beat 1  a  20"), k=K) is None


def test_tables_that_cannot_be_judged_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack, "GROUPS_MAX", 1)
    found = audit(cells("city  city  a+b  40"), cells("beats  beat 1  a  20"), k=K)
    assert found is not None
    assert "too entangled" in str(found)


def test_tables_that_no_whole_numbers_agree_with_are_refused() -> None:
    published = "one  ab  a+b  41\ntwo  bc  b+c  41"
    found = audit(cells(published), cells("three  ca  c+a  41"), k=K)
    assert found is not None
    assert "no whole numbers" in str(found)


SMALL_K = 4


@st.composite
def tables(draw: st.DrawFn) -> tuple[Cell, ...]:
    """Draw true statements about up to five members in one or two releases, records only ever being added."""
    members = "abcde"[: draw(st.integers(2, 5))]
    first = {member: draw(st.integers(0, 9)) for member in members}
    second = {member: first[member] + draw(st.sampled_from((0, 0, 1, 4, 8))) for member in members}
    some = st.sets(st.sampled_from(members), min_size=1).map(frozenset)
    hierarchy = [frozenset(members), *map(frozenset, members)] if draw(st.booleans()) else []
    found = []
    for number, subset in enumerate(
        [*hierarchy, *draw(st.lists(some, min_size=1, max_size=5 - len(hierarchy) // 2))]
    ):
        edition = draw(st.sampled_from((1, 1, 1, 2)))
        count = sum((first if edition == 1 else second)[member] for member in subset)
        low, high = (0, SMALL_K - 1) if count < SMALL_K else (count, count)
        found.append(Cell(f"table {number}", "cell", edition, low, high, subset))
    return tuple(found)


def given_away(known: tuple[Cell, ...]) -> bool:
    """Try every set of groups by linear programming, under both beliefs, and every nested pair: the slow attacker."""
    for one, other in product(known, known):
        nested = one.exact and other.exact and one.members <= other.members
        if nested and 0 < abs(one.low - other.low) < SMALL_K:
            return True
    for additions in (True, False):
        knowledge = Knowledge.of(known, additions=additions)
        if contradictory(knowledge):
            continue
        for chosen in product((0.0, 1.0), repeat=knowledge.matrix.shape[1]):
            low, high = knowledge.bounds(np.array(chosen)) or (0.0, 0.0)
            if high > 1 - 1e-6 and low < SMALL_K - 1e-6 and high - low < SMALL_K - 1 - 1e-6:
                return True
    return False


@given(tables())
@settings(deadline=None, max_examples=40)
def test_what_passes_withstands_the_attacker_who_tries_every_set(known: tuple[Cell, ...]) -> None:
    if audit([], known, k=SMALL_K) is None:
        assert not given_away(known)


@given(tables())
@settings(deadline=None, max_examples=40)
def test_what_is_refused_really_is_given_away(known: tuple[Cell, ...]) -> None:
    found = audit([], known, k=SMALL_K)
    if found is not None:
        assert given_away(found.cells) or given_away(known)


@given(tables(), st.integers(0, 5))
@settings(deadline=None, max_examples=40)
def test_it_does_not_matter_what_was_published_first(known: tuple[Cell, ...], cut: int) -> None:
    if audit([], known, k=SMALL_K) is None:
        assert audit(known[:cut], known[cut:], k=SMALL_K) is None
