"""Slips of the pen: which ones a name suffered, in the fewest that explain it, and the commonest of those."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from peelian.city.geocode.likeness import Likeness
from peelian.city.geocode.slips import HOW_OFTEN, NEIGHBOURS, Slip, rarity, slips, ways
from peelian.city.geocode.unlisted import measure_unlisted
from tests.city.geocode.drawn import TABLES, geocoder, index

SUFFERED = """
hasy      | hays      | swapped
hasy      | hay       | added
kain      | kamin     | dropped
kain      | main      | neighbour
carol     | carroll   | halved halved
carrol    | carroll   | halved
richhland | richland  | doubled
brentwead | brentwood | sound sound
lawron    | lawton    | neighbour
lawron    | lawson    | mistaken
felmore   | fillmore  | halved sound
frtiptt   | fortpitt  | dropped swapped
main      | main      |
"""


@pytest.mark.parametrize("line", SUFFERED.strip().splitlines())
def test_what_was_done_to_a_name(line: str) -> None:
    said, meant, expected = (part.strip() for part in line.split("|"))
    assert sorted(slips(said, meant, edits=OSA.distance(said, meant))) == expected.split()


WORDS = st.text(alphabet="abcey", max_size=8)


@settings(deadline=None, max_examples=500)
@given(said=WORDS, meant=WORDS)
def test_there_are_as_many_slips_as_edits(said: str, meant: str) -> None:
    if (edits := OSA.distance(said, meant)) <= 3:
        assert len(slips(said, meant, edits=edits)) == edits


@given(said=WORDS, meant=WORDS)
def test_who_slips_one_way_may_slip_back(said: str, meant: str) -> None:
    back = {
        Slip.DROPPED: Slip.ADDED,
        Slip.ADDED: Slip.DROPPED,
        Slip.HALVED: Slip.DOUBLED,
        Slip.DOUBLED: Slip.HALVED,
    }
    if OSA.distance(said, meant) == 1:
        (there,) = slips(said, meant, edits=1)
        assert slips(meant, said, edits=1) == (back.get(there, there),)


def test_the_shares_of_all_slips_are_one() -> None:
    assert sum(HOW_OFTEN.values()) == pytest.approx(1)
    assert set(HOW_OFTEN) == set(Slip)


def test_a_key_beside_another_has_it_beside_itself() -> None:
    assert all(key in NEIGHBOURS[other] for key, others in NEIGHBOURS.items() for other in others)
    assert sorted(NEIGHBOURS["g"]) == sorted("fhtyvb")


@given(length=st.integers(1, 40))
def test_a_common_slip_is_likelier_than_any_letter_for_any_other(length: int) -> None:
    chance = {slip: HOW_OFTEN[slip] / ways(slip, length) for slip in Slip}
    assert max(chance[Slip.ADDED], chance[Slip.MISTAKEN]) < min(
        chance[slip] for slip in Slip if slip not in {Slip.ADDED, Slip.MISTAKEN}
    )
    assert rarity([Slip.MISTAKEN]) > rarity([Slip.SWAPPED])


def test_a_name_that_sounds_alike_is_near_by_one_slip_of_the_ear() -> None:
    town = Likeness(index().entries, TABLES)
    (near,) = town.near(["seintclair"])["seintclair"]
    assert (near.key, near.slips) == ("saintclair", (Slip.SOUND,))


def test_what_chance_would_do_is_measured_in_shares() -> None:
    town = geocoder()
    unlisted = measure_unlisted(town.index, Likeness(town.index.entries, TABLES))
    for only in (True, False):
        assert sum(unlisted.by_slip[only, slip] for slip in Slip) == pytest.approx(1)
