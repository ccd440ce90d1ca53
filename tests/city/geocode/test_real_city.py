"""The real street file of Pittsburgh: the goals of `benchmarks.geocoder`, on a sample small enough for every run."""

from __future__ import annotations

import pytest

from benchmarks.geocoder import Answer, answered, build_town, row
from benchmarks.geocoder_asked import Generator
from benchmarks.geocoder_ceiling import could_be, outcomes
from tests.data import DATA, data_folder

pytestmark = data_folder("streets")


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    town = build_town(DATA / "streets")
    generator = Generator(town.city, withheld=town.withheld, held_out=True, seed=1)
    return answered(town.geocoder, generator.positives(1_500) + generator.negatives(300))[0]


def test_damaged_addresses_that_fit_one_place_are_found(answers: list[Answer]) -> None:
    found = row("", [one for one in answers if one.asked.truth is not None and one.asked.decidable])
    assert found["match"] >= 0.97
    assert found["median_m"] <= 30


def test_hardly_anything_is_placed_where_it_is_not(answers: list[Answer]) -> None:
    assert row("", answers)["wrong"] <= 0.005


def test_numbers_out_of_range_and_streets_that_do_not_meet_are_never_placed(answers: list[Answer]) -> None:
    nowhere = [
        one for one in answers if one.asked.damage in {"number out of range", "streets that do not meet"}
    ]
    assert nowhere
    assert not any(one.placed for one in nowhere)


def test_nearly_all_that_could_be_placed_without_a_guess_are_placed(answers: list[Answer]) -> None:
    asked = [one for one in answers if one.asked.truth is not None]
    ceiling = sum(one.asked.decidable for one in asked) / len(asked)
    assert row("", asked)["match"] >= ceiling - 0.02


def test_what_a_damage_can_do_is_told_in_full() -> None:
    assert set(outcomes("dropped letter", "Main Street")) == {
        "ain Street",
        "Min Street",
        "Man Street",
        "Mai Street",
    }
    assert (
        len(set(outcomes("two slips", "Main Street")))
        > len(set(outcomes("transposed letters", "Main Street")))
        == 3
    )
    assert could_be(
        "Min Street", ["Main Street", "Mine Street", "Minn Street", "Oak Street"], damage="dropped letter"
    ) == ["Main Street", "Mine Street", "Minn Street"]
