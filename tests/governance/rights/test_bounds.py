"""Where the bounds of a request lie: the edges of the Earth, the shortest and longest reasons, the steps left open."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.governance.clocks import due, term
from peelian.governance.rights.case import RightsCase
from peelian.governance.rights.reasons import LONGEST, Reasons, reasons_from
from peelian.governance.rights.request import About, Asks, Point, RightsRequest
from peelian.governance.rights.states import State, Step, transition

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENTENCE = "The rows were counted twice."
LONG = ("the rows were counted twice; " * LONGEST)[:LONGEST]


@pytest.mark.parametrize(("lon", "lat"), [(-180, -90), (180, 90), (0, 0)])
def test_the_edges_of_the_earth_are_on_it(lon: float, lat: float) -> None:
    assert Point(lon, lat).document() == {"lon_deg": lon, "lat_deg": lat}


@pytest.mark.parametrize(("lon", "lat"), [(-180.001, 0), (180.5, 0), (0, -90.5), (0, 90.001)])
def test_what_lies_just_beyond_is_no_place(lon: float, lat: float) -> None:
    with pytest.raises(
        BadInput, match=rf"^{lon}, {lat} is no place on Earth; give longitude, then latitude\.$"
    ):
        Point(lon, lat)


@pytest.mark.parametrize("text", ["counted them twice", LONG])
def test_three_words_are_enough_and_the_longest_text_is_taken(text: str) -> None:
    reasons = Reasons(text, SENTENCE, SENTENCE, SENTENCE)
    assert reasons.facts == text
    assert reasons_from(reasons.document()) == reasons


@pytest.mark.parametrize("text", ["counted twice", f"{LONG}."])
def test_two_words_are_too_few_and_one_character_more_is_too_many(text: str) -> None:
    with pytest.raises(BadInput, match="'remedy' does not say enough, or too much"):
        Reasons(SENTENCE, SENTENCE, SENTENCE, text)


@pytest.mark.parametrize(
    ("before", "remedy"),
    [(State.RECEIVED, "What can follow is: "), (State.WITHDRAWN, "It has ended; ask anew.")],
)
def test_a_step_that_is_not_open_is_refused_with_those_that_are(before: State, remedy: str) -> None:
    with pytest.raises(Refused, match=f"^A request that is {before} cannot {Step.CONTEST}") as refusal:
        transition(before, Step.CONTEST)
    assert refusal.value.rule == "rights-steps"
    assert refusal.value.remedy.startswith(remedy)
    if before is State.RECEIVED:
        named = re.sub("What can follow is: |[.]", "", refusal.value.remedy).split(", ")
        assert all(transition(before, Step(name)) for name in named)


def test_who_asks_is_asked_again_from_the_instant_the_term_is_over() -> None:
    request = RightsRequest("r", About.PERSON, Asks.ACCESS, None, DAY, DAY)
    case = RightsCase(request, State.RECEIVED, 0, "p", ())
    assert case.unproven(due(term("identity"), start=DAY, zone="UTC"), zone="UTC")
