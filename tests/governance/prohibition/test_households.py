"""How small a place may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import Refused
from peelian.governance.house import create_workspace
from peelian.governance.prohibition.households import (
    LEAST_DWELLINGS,
    are_a_home,
    check_cell,
    check_dwellings,
    too_few_dwellings,
)


@pytest.mark.parametrize("size_m", [99.99, 50.0, 1.0, 0.0, -250.0, float("nan")])
def test_a_cell_as_small_as_a_few_homes_makes_no_workspace(tmp_path: Path, size_m: float) -> None:
    with pytest.raises(Refused, match="may each be one household") as refusal:
        create_workspace(tmp_path / "home", name="a/b", zone="UTC", epsg=32616, cell_m=size_m, synthetic=True)
    assert refusal.value.rule == "no-household-place"
    assert not (tmp_path / "home").exists()


def test_a_hundred_metres_is_enough() -> None:
    check_cell(100.0)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.integers(0, 40)), st.integers(1, 30))
def test_a_place_is_a_home_if_it_has_dwellings_and_too_few(dwellings: dict[str, int], least: int) -> None:
    few = too_few_dwellings(dwellings, least=least)
    assert list(few) == sorted(few)
    for place, count in dwellings.items():
        assert (place in few) == (1 <= count < least)


@pytest.mark.parametrize(("dwellings", "home"), [(0, False), (1, True), (9, True), (10, False)])
def test_one_to_nine_dwellings_are_a_home(dwellings: int, home: bool) -> None:
    assert are_a_home(dwellings) is home


def test_cells_are_told_by_their_names() -> None:
    assert too_few_dwellings({(3, 1): 9, (1, 2): 1, (0, 0): 0, (5, 5): 10}) == ((1, 2), (3, 1))


def test_homes_are_named_and_a_place_nobody_counted_stands() -> None:
    counted = {"a": 1, "b": LEAST_DWELLINGS, "c": 0}
    check_dwellings(["b", "c", "unknown"], dwellings=counted)
    with pytest.raises(Refused, match=r"1 of the places .* fewer than 10 dwellings each \(a\)"):
        check_dwellings(["a", "b"], dwellings=counted)


def test_of_many_homes_five_are_named() -> None:
    with pytest.raises(Refused) as refusal:
        check_dwellings("fedcba", dwellings=dict.fromkeys("abcdef", 3))
    assert "6 of the places have fewer than 10 dwellings each (a, b, c, d, e)." in str(refusal.value)
    assert refusal.value.remedy == "Leave them out, or take larger places."
