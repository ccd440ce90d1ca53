"""The real street file of Pittsburgh: the goals of `benchmarks.geocoder`, on a sample small enough for every run."""

from __future__ import annotations

import pytest

from benchmarks.geocoder import WITHHELD, Answer, Generator, answered, row
from benchmarks.geocoder_addresses import read_city, share_of, without
from peelian.city.geocode.geocoder import Geocoder
from peelian.city.geocode.index import build_index
from peelian.city.geocode.wording import wording
from tests.data import DATA, data_folder

pytestmark = data_folder("streets")


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    city = read_city(DATA / "streets")
    withheld = frozenset(name for name in city.blocks if share_of(name, salt="withheld") < WITHHELD)
    town = Geocoder(build_index(without(city, withheld), tables=wording()), wording(), fingerprint=str)
    generator = Generator(city, withheld=withheld, held_out=True, seed=1)
    return answered(town, generator.positives(1_500) + generator.negatives(300))[0]


def test_damaged_addresses_that_fit_one_place_are_found(answers: list[Answer]) -> None:
    found = row("", [one for one in answers if one.asked.truth is not None and one.asked.decidable])
    assert found["match"] >= 0.95
    assert found["median_m"] <= 30


def test_hardly_anything_is_placed_where_it_is_not(answers: list[Answer]) -> None:
    assert row("", answers)["wrong"] <= 0.005


def test_numbers_out_of_range_and_streets_that_do_not_meet_are_never_placed(answers: list[Answer]) -> None:
    nowhere = [
        one for one in answers if one.asked.damage in {"number out of range", "streets that do not meet"}
    ]
    assert nowhere
    assert not any(one.placed for one in nowhere)
