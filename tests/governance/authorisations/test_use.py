"""Identifying persons under an authorisation: who may when, who sees what came of it, and the clock that ends it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.governance.authorisation import (
    DECIDABLE,
    ENDED,
    TERM_OF,
    Authorisation,
    Route,
    Ruling,
    State,
    Use,
)
from peelian.governance.clocks import elapsed, term
from peelian.governance.conduct.authorisation_acts import (
    NewRequest,
    read_authorisations,
    request_authorisation,
    urgent_uses,
)
from peelian.governance.desk import NewRecord, NewTable
from tests.governance.authorisations.made import CASE, KEEP, TELL, WHY, TellingHouse, found_telling
from tests.governance.persons.made import OTHER_PLATE, PLATE, STATED
from tests.houses import PURPOSE

OTHER_WHY = "The same car was seen beside a fourth house while its owners were at a funeral."


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> TellingHouse:
    return found_telling(tmp_path_factory.mktemp("town"))


@pytest.fixture
def house(founded: TellingHouse, tmp_path: Path) -> TellingHouse:
    return founded.copied(tmp_path)


@pytest.mark.requirement("P04", "R04")
def test_nobody_is_identified_without_leave_nor_before_a_prior_one_is_granted(house: TellingHouse) -> None:
    with house.under(None) as sitting, pytest.raises(Refused, match="authorisation-required"):
        sitting.find_subject(PLATE)
    asked = house.ask(Route.PRIOR)
    with house.under(asked.authorisation_id) as sitting, pytest.raises(Refused, match="authorisation-waits"):
        sitting.find_subject(PLATE)
    house.clock.advance(timedelta(days=60))  # a prior request does not lapse: nothing came of it
    house.decide(asked, granted=True)
    house.tell(asked)
    assert len(house.seen(asked.authorisation_id)) == 2


@pytest.mark.requirement("R04")
def test_what_came_of_it_is_shown_to_whoever_stands_under_it_alone(house: TellingHouse) -> None:
    asked, other = house.ask(), house.ask(Route.URGENT, why=OTHER_WHY)
    house.tell(asked)
    assert len(house.seen(asked.authorisation_id)) == 2
    assert house.seen(None) == ()
    assert house.seen(other.authorisation_id) == ()
    with house.open() as opened:
        tagged = [e for e in opened.kit.ledger.entries() if e.facts.get("authorisation")]
        assert {e.facts["authorisation"] for e in tagged} == {asked.authorisation_id, other.authorisation_id}
        assert {"subject.registered", "record.kept", "subject.sought"} <= {e.kind for e in tagged}


def test_when_its_time_is_over_what_was_found_is_read_and_nobody_is_found(house: TellingHouse) -> None:
    asked = house.ask()
    house.tell(asked)
    house.decide(asked, granted=True, days=3)
    house.clock.advance(timedelta(days=4))
    with house.under(asked.authorisation_id) as sitting, pytest.raises(Refused, match="authorisation-over"):
        sitting.find_subject(OTHER_PLATE)
    assert len(house.seen(asked.authorisation_id, capability=KEEP)) == 2


UNTIL = datetime(2026, 3, 5, tzinfo=UTC)
INSTANTS = [
    # from the end on which it was granted     whether persons are identified     how an act stands to it
    (timedelta(microseconds=-1), True, Use.STANDS),
    (timedelta(0), True, Use.OVER),
    (timedelta(0), False, Use.STANDS),
]


@pytest.mark.requirement("R04")
@pytest.mark.parametrize(("since", "identifies", "expected"), INSTANTS)
def test_nobody_is_identified_from_the_very_instant_on_at_which_it_is_over(
    since: timedelta, identifies: bool, expected: Use
) -> None:
    start = UNTIL - timedelta(days=3)
    ruling = Ruling(True, "Circuit Court", "2026-CR-17", UNTIL, "abe", start)
    made = Authorisation(
        "id",
        Route.URGENT,
        TELL,
        PURPOSE,
        CASE,
        WHY,
        "ann",
        start,
        start + timedelta(hours=24),
        ruling,
        None,
        7,
    )
    stands = made.use(capability=TELL, purpose=PURPOSE, identifies=identifies, at=UNTIL + since)
    assert stands is expected


def test_it_is_for_one_purpose_and_is_known_by_its_id_alone(house: TellingHouse) -> None:
    asked = house.ask()
    with (
        house.under(asked.authorisation_id, purpose="research") as sitting,
        pytest.raises(Refused, match=r"authorisation-for-another-use"),
    ):
        sitting.find_subject(PLATE)
    with pytest.raises(BadInput, match="There is no authorisation"), house.under("Wilhelmina"):
        pass
    with house.open() as opened:
        assert b"Wilhelmina" not in b"".join(e.envelope for e in opened.kit.ledger.entries())


def test_only_what_can_be_destroyed_by_itself_is_stored_under_it(house: TellingHouse) -> None:
    import pyarrow as pa

    asked = house.ask()
    table = NewTable("incident", "2026-01", pa.table({"n": [1]}))
    with (
        house.under(asked.authorisation_id, capability="city.load") as sitting,
        pytest.raises(Refused, match="authorisation-records-alone"),
    ):
        sitting.act("load.accepted", action="collect", resource="incident", facts={}, tables=[table])
    assert not list((house.home / "warehouse").rglob("*.parquet"))


SPOILT = [
    # what is asked otherwise                          what refuses
    ({"capability": KEEP}, "identifies nobody"),
    ({"purpose": "research"}, "No charter in force"),
    ({"case": "C-99"}, "no open case"),
    ({"why": "investigation"}, "says too little"),
]


@pytest.mark.parametrize(("otherwise", "says"), SPOILT)
def test_what_no_authorisation_can_open(house: TellingHouse, otherwise: dict[str, str], says: str) -> None:
    new = replace(NewRequest(Route.URGENT, TELL, PURPOSE, CASE, WHY), **otherwise)
    with house.open() as opened, pytest.raises(BadInput, match=says):
        request_authorisation(opened.kit, actor=opened.signer("Ann"), new=new)


@pytest.mark.requirement("R04")
def test_who_asks_does_not_enter_the_decision_and_what_is_decided_stays_so(house: TellingHouse) -> None:
    asked = house.ask()
    with pytest.raises(Refused, match="two-persons"):
        house.decide(asked, granted=True, name="Ann")
    with pytest.raises(Refused, match="default-deny"):
        house.decide(asked, granted=True, name="Col")
    with pytest.raises(BadInput, match="at most 92 days"):
        house.decide(asked, granted=True, days=93)
    granted = house.decide(asked, granted=True)
    assert granted.ruling is not None
    assert granted.ruling.entered_by != granted.requested_by
    with pytest.raises(BadInput, match="is granted and cannot be granted"):
        house.decide(asked, granted=True)
    house.decide(asked, granted=False)  # a court set it aside
    with pytest.raises(BadInput, match="is refused and cannot be granted"):
        house.decide(asked, granted=True)


def test_an_urgent_use_is_told_to_the_oversight_body_at_once_and_counted(house: TellingHouse) -> None:
    asked = house.ask(Route.URGENT)
    (notice,) = (house.home / "reports").glob("oversight-*.json")
    told = json.loads(notice.read_text())
    assert (told["authorisation"], told["why"], told["for"]) == (
        asked.authorisation_id,
        WHY,
        "the oversight body",
    )
    house.ask(Route.PRIOR, why=OTHER_WHY)
    with house.open() as opened:
        found = read_authorisations(opened.kit, actor=opened.signer("Aud"))
        assert (len(found), urgent_uses(found)) == (2, 1)
        assert WHY.encode() not in b"".join(entry.envelope for entry in opened.kit.ledger.entries())


def test_what_was_looked_at_when_its_term_ended_is_not_handed_out(house: TellingHouse) -> None:
    asked = house.ask()
    subject = house.tell(asked)
    assert asked.due is not None
    with house.under(asked.authorisation_id) as sitting:
        news = [NewRecord(sitting.new_id(), "sighting", subject, {}, STATED)]

        def at_the_last_moment(kind: str) -> str:
            assert asked.due is not None
            house.clock.set(asked.due)
            return until(kind)

        until = sitting.keep_until
        sitting.keep_until = at_the_last_moment  # type: ignore[method-assign]  # while the act is put together
        with pytest.raises(Refused, match=r"lapsed while this was being made.*\[authorisation-lapsed"):
            sitting.act("record.kept", action="collect", resource="sighting", facts={}, records=news)


# What becomes of a use, by route, when it is decided (hours after the request) and when one looks.
COURSES = """
prior       -          1000  requested
prior       granted@9  1000  granted
prior       refused@9  1000  refused
following   -          47.9  requested
following   -          48    lapsed
following   granted@47 900   granted
following   refused@1  1     refused
urgent      -          23.9  requested
urgent      -          24    lapsed
urgent      granted@23 900   granted
"""


@pytest.mark.requirement("P04", "R04")
@pytest.mark.parametrize("line", COURSES.strip().splitlines(), ids=lambda line: " ".join(line.split()))
def test_what_becomes_of_a_use(house: TellingHouse, line: str) -> None:
    route, decided, hours, state = line.split()
    asked = house.ask(Route(route))
    if decided != "-":
        outcome, _, at = decided.partition("@")
        house.clock.set(asked.requested + timedelta(hours=float(at)) - timedelta(minutes=1))
        house.decide(asked, granted=outcome == "granted")
    house.clock.set(max(house.clock.now(), asked.requested + timedelta(hours=float(hours), minutes=-1)))
    with house.open() as opened:
        (now,) = read_authorisations(opened.kit, actor=opened.signer("Aud"))
        assert now.state(at=opened.kit.clock.now()) == state
        assert (now.cleared is not None) == (State(state) in ENDED)


AWKWARD = (
    datetime(2026, 3, 7, 9, tzinfo=UTC),
    datetime(2026, 10, 31, 9, tzinfo=UTC),
    datetime(2028, 2, 28, 9, tzinfo=UTC),
)
"""The days before the clocks of Chicago change in 2026, and before a leap day."""


def drawn(rulings: list[tuple[int, bool]], *, hours: int, look: int) -> str:
    """Say by hand what has become of a use after `look` minutes, given when decisions were to be entered."""
    state = "requested"
    for minute, granted in rulings:
        if minute > look or state == "refused" or (state == "requested" and minute >= hours * 60):
            break
        state = "granted" if granted else "refused"
    return "lapsed" if state == "requested" and look >= hours * 60 else state


@pytest.mark.requirement("P04", "R04")
@settings(deadline=None)
@given(
    st.sampled_from(AWKWARD),
    st.sampled_from([(Route.FOLLOWING, 48), (Route.URGENT, 24)]),
    st.lists(st.tuples(st.integers(0, 3600), st.booleans()), max_size=3).map(sorted),
    st.one_of(st.integers(0, 3600), st.sampled_from([1439, 1440, 2879, 2880])),
)
def test_a_use_goes_on_inside_its_term_or_by_leave_and_nothing_revives_it(
    start: datetime, course: tuple[Route, int], rulings: list[tuple[int, bool]], look: int
) -> None:
    route, hours = course
    due = elapsed(term(TERM_OF[route]), start=start)
    one = Authorisation("a", route, TELL, PURPOSE, CASE, WHY, "p", start, due, None, None, 1)
    for minute, granted in rulings:
        decided = start + timedelta(minutes=minute)
        after = State.GRANTED if granted else State.REFUSED
        if minute <= look and after in DECIDABLE[one.state(at=decided)]:
            one = replace(one, ruling=Ruling(granted, "c", "n", None, "q", decided))
    at = start + timedelta(minutes=look)
    expected = drawn(rulings, hours=hours, look=look)
    assert one.state(at=at) == expected
    use = one.use(capability=TELL, purpose=PURPOSE, identifies=True, at=at)
    assert use == (expected if expected in ENDED else Use.STANDS)
