"""The life of a request: what the table has can happen, what it has not cannot, and every request can end."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.pages.rights import page
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.rights.case import RightsCase, Taken
from peelian.governance.rights.reasons import Reasons
from peelian.governance.rights.request import About, Asks, Point, RightsRequest, request_from
from peelian.governance.rights.states import ENDED, TABLE, State, Step, transition

DAY = datetime(2026, 5, 4, 9, tzinfo=UTC)

MAY = """
received   prove     identified
received   withdraw  withdrawn
identified answer    answered
identified withdraw  withdrawn
answered   order     ordered
answered   decide    decided
answered   withdraw  withdrawn
ordered    fulfil    fulfilled
fulfilled  close     closed
decided    close     closed
closed     contest   identified
"""


def test_what_may_follow_and_what_may_not() -> None:
    may = {(State(a), Step(b)): State(c) for a, b, c in map(str.split, MAY.strip().splitlines())}
    for state, step in itertools.product(State, Step):
        if (state, step) in may:
            assert transition(state, step).after is may[state, step]
        else:
            with pytest.raises(Refused, match=f"A request that is {state} cannot {step}"):
                transition(state, step)


def test_nothing_is_done_about_a_person_before_it_is_known_who_asks() -> None:
    assert {line.step for line in TABLE if line.before is State.RECEIVED} == {Step.PROVE, Step.WITHDRAW}


def test_every_request_can_end_and_none_ends_undecided_but_by_whoever_asked() -> None:
    ends = set(ENDED)
    while more := {line.before for line in TABLE if line.after in ends and line.before} - ends:
        ends |= more
    assert ends == set(State)
    into_closed = {line.before for line in TABLE if line.after is State.CLOSED}
    assert into_closed == {State.DECIDED, State.FULFILLED}


def test_every_step_has_its_entry_kind_and_the_page_shows_it() -> None:
    shown = page()
    for line in TABLE:
        assert KINDS[line.kind].act
        assert f"| {line.step} | {line.after} | `{line.kind}` |" in shown
        assert f"{line.before or '[*]'} --> {line.after}: {line.step}" in shown


def request(about: About = About.PERSON) -> RightsRequest:
    point = Point(-87.65, 41.85) if about is About.PLACE else None
    return RightsRequest("r", about, Asks.ACCESS, point, DAY, DAY + timedelta(days=30))


def taken(step: Step, after: State, number: int) -> Taken:
    body = {"due": (DAY + timedelta(days=99)).isoformat()} if step is Step.CONTEST else {}
    return Taken(step, after, DAY, "p", number, body)


@given(st.lists(st.sampled_from([line for line in TABLE if line.before]), max_size=8))
def test_a_case_whose_records_skip_a_step_is_refused(lines: list) -> None:
    steps = tuple(taken(line.step, line.after, number) for number, line in enumerate(lines))
    state, sound = State.RECEIVED, True
    for line in lines:
        sound = sound and (state, line.step, line.after) in {(t.before, t.step, t.after) for t in TABLE}
        state = line.after
    if sound:
        case = RightsCase(request(), State.RECEIVED, 0, "p", steps)
        assert case.state is state
        assert case.overdue(DAY + timedelta(days=100)) == (state not in ENDED)
    else:
        with pytest.raises(Tampered, match="a step that the table does not have"):
            RightsCase(request(), State.RECEIVED, 0, "p", steps)


def test_a_request_is_late_from_the_first_instant_after_its_term() -> None:
    case = RightsCase(request(), State.RECEIVED, 0, "p", ())
    assert not case.overdue(case.due - timedelta(milliseconds=1))
    assert case.overdue(case.due)
    assert not case.unproven(DAY + timedelta(days=14), zone="UTC")
    assert case.unproven(DAY + timedelta(days=15), zone="UTC")


@pytest.mark.parametrize("about", list(About))
def test_a_request_reads_back_as_it_was_recorded(about: About) -> None:
    assert request_from(request(about).document()) == request(about)


@pytest.mark.parametrize(("lon", "lat"), [(-181, 0), (0, 91), (float("nan"), 0)])
def test_a_place_lies_on_earth(lon: float, lat: float) -> None:
    with pytest.raises(BadInput, match="no place on Earth"):
        Point(lon, lat)


GOOD = {
    "facts": "The rows were counted twice.",
    "rule": "The charter of this house.",
    "decider": "A rights officer here.",
    "remedy": "You may contest this.",
}


@pytest.mark.requirement("T05")
@pytest.mark.parametrize("part", GOOD)
@pytest.mark.parametrize(
    "text", ["", "  ", "n/a", "none", "<write the facts here>", "to do: TODO", "w " * 3000]
)
def test_no_reasons_without_facts_rule_decider_and_remedy(part: str, text: str) -> None:
    assert len(Reasons(**GOOD).lines()) == 4
    with pytest.raises(BadInput, match=f"'{part}' does not say enough"):
        Reasons(**(GOOD | {part: text}))
