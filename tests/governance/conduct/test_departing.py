"""Two people end an enrolment; whoever left can do nothing, is handed nothing, and comes back as somebody else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.governance.card import Action
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.departures import departures, has_left, require_enrolled
from peelian.governance.circumstances.roles_today import active_roles
from peelian.governance.conduct.case_acts import assign, open_case
from peelian.governance.conduct.departing import (
    AHEAD,
    NEEDED,
    Because,
    approve_departure,
    propose_departure,
    reason_to_end,
)
from peelian.governance.conduct.staffing import post, record_training
from peelian.governance.house import House
from peelian.governance.people import people
from peelian.governance.policy import Policy
from peelian.governance.policy_table import permissions
from peelian.governance.principals import Role, Signer
from peelian.governance.reconciled import hold_against_ledger
from peelian.governance.register import installed_register
from peelian.governance.review.service import hand_over
from peelian.governance.service import enrol, person_named
from peelian.governance.stopping.stop import press
from tests.houses import PURPOSE, TestHouse, charter, found


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    """A house with a second analyst, so that the first can leave."""
    made = found(tmp_path)
    with made.open() as opened:
        enrolled(opened, "Bea", Role.ANALYST)
    return made


def enrolled(opened: House, name: str, role: Role) -> Signer:
    keys, adm = opened.folder("keys"), opened.signer("Adm")
    return enrol(opened.kit, actor=adm, name=name, roles=[role], keys=keys)


def ended(opened: House, name: str, *, day: date | None = None, because: Because = Because.LEFT) -> None:
    kit, person = opened.kit, person_named(opened.kit, name)
    day = day or local_day(kit)
    propose_departure(kit, actor=opened.signer("Adm"), person=person, because=because, day=day)
    approve_departure(kit, actor=opened.signer("Abe"), person=person)


@pytest.mark.requirement("S04")
def test_the_acts_of_two_people_are_those_of_the_policy() -> None:
    asked = permissions(Policy.load(), installed_register())
    may = {(each.action, each.data_kind): set() for each in asked}
    for each in asked:
        if each.decision.allowed:
            may[each.action, each.data_kind].add(each.role)
    drawn = {act.kind: (act.first, act.second) for act in NEEDED}
    assert len(drawn) == len(NEEDED)
    approved = {kind for (action, kind), roles in may.items() if action is Action.APPROVE and roles}
    assert drawn.keys() == approved | {"subject", "judgement"}
    for kind in approved:
        first = may[Action.SUBMIT, kind] | may[Action.PROPOSE, kind]
        assert drawn[kind] == (first, may[Action.APPROVE, kind]), kind
    assert drawn["subject"] == (may[Action.SUBMIT, "subject-order"], may[Action.ERASE, "subject"])
    assert drawn["judgement"] == (may[Action.JUDGE, "judgement"],) * 2


@pytest.mark.requirement("S04")
def test_two_others_end_an_enrolment_and_the_ledger_says_whose_and_when_but_not_why(house: TestHouse) -> None:
    with house.open() as opened:
        kit, adm, abe = opened.kit, opened.signer("Adm"), opened.signer("Abe")
        ann, today = person_named(kit, "Ann"), local_day(kit)
        with pytest.raises(Refused, match="default-deny"):
            propose_departure(kit, actor=opened.signer("Col"), person=ann, because=Because.LEFT, day=today)
        with pytest.raises(BadInput, match="Nobody has put forward"):
            approve_departure(kit, actor=abe, person=ann)
        proposed = propose_departure(kit, actor=adm, person=ann, because=Because.MOVED, day=today)
        assert departures(kit) == {}
        with pytest.raises(Refused, match="two-persons"):
            approve_departure(kit, actor=adm, person=ann)
        approved = approve_departure(kit, actor=abe, person=ann)
        for entry, kind, by in ((proposed, "departure.proposed", adm), (approved, "departure.approved", abe)):
            assert (entry.kind, entry.actor) == (kind, by.principal.id)
            assert (entry.facts["departure"], entry.facts["day"]) == (ann.id, today.isoformat())
            assert b"moved" not in entry.envelope
        assert departures(kit) == {ann.id: today}
        assert {r.body for r, _ in kit.store.records("departure") if "moved" not in r.body} == set()
        with pytest.raises(BadInput, match=f"ends on {today} is entered already"):
            propose_departure(kit, actor=adm, person=ann, because=Because.LEFT, day=today)
        hold_against_ledger(kit)


@pytest.mark.requirement("S04")
def test_nobody_ends_their_own_enrolment(house: TestHouse) -> None:
    with house.open() as opened:
        kit, today = opened.kit, local_day(opened.kit)
        adm, zoe = opened.signer("Adm"), enrolled(opened, "Zoe", Role.ADMINISTRATOR)
        with pytest.raises(Refused, match="two-persons"):
            propose_departure(kit, actor=zoe, person=zoe.principal, because=Because.LEFT, day=today)
        second = enrolled(opened, "Amy", Role.APPROVER)
        propose_departure(kit, actor=adm, person=second.principal, because=Because.LEFT, day=today)
        with pytest.raises(Refused, match="two-persons"):
            approve_departure(kit, actor=second, person=second.principal)
        assert [entry.kind for entry in kit.ledger.entries(kit.ledger.size - 1)] == ["request.refused"]


@pytest.mark.requirement("S04")
@pytest.mark.parametrize(("name", "kinds"), [("Adm", "witness-set, departure"), ("Abe", "charter, stop")])
def test_the_last_who_is_needed_stays_until_somebody_else_is_enrolled(
    house: TestHouse, name: str, kinds: str
) -> None:
    role = {"Adm": Role.ADMINISTRATOR, "Abe": Role.APPROVER}[name]
    with house.open() as opened:
        kit, today, person = opened.kit, local_day(opened.kit), person_named(opened.kit, name)
        adm = opened.signer("Adm")
        other = adm if name == "Abe" else opened.signer("Abe")
        with pytest.raises(Refused, match=r"two people any more for: .*people-needed.*S04") as refusal:
            propose_departure(kit, actor=other, person=person, because=Because.LEFT, day=today)
        assert all(kind in str(refusal.value) for kind in kinds.split(", "))
        new = enrolled(opened, "New", role)
        by = adm if name == "Abe" else new
        propose_departure(kit, actor=by, person=person, because=Because.LEFT, day=today)
        approve_departure(kit, actor=new if name == "Abe" else opened.signer("Abe"), person=person)
        with pytest.raises(Refused, match="people-needed"):
            propose_departure(kit, actor=other, person=new.principal, because=Because.LEFT, day=today)


def test_whose_going_takes_nothing_away_may_go_though_the_house_lacks_others(house: TestHouse) -> None:
    """A house without rights officers can do nothing of theirs before and after: nothing is lost."""
    with house.open() as opened:
        ended(opened, "Col")
        rita, today = enrolled(opened, "Rita", Role.RIGHTS_OFFICER), local_day(opened.kit)
        ended(opened, "Rita")
        assert has_left(opened.kit, rita.principal.id, today=today)
        for name in ("Rod", "Rex"):
            enrolled(opened, name, Role.RIGHTS_OFFICER)
        with pytest.raises(Refused, match="for: rights-step, restriction"):
            ended(opened, "Rod")


def test_an_end_lies_between_today_and_a_year_ahead_and_comes_on_its_day(house: TestHouse) -> None:
    with house.open() as opened:
        kit, adm, ann = opened.kit, opened.signer("Adm"), opened.signer("Ann")
        today = local_day(kit)
        for day in (today - timedelta(days=1), today + AHEAD + timedelta(days=1)):
            with pytest.raises(BadInput, match="lies outside"):
                propose_departure(kit, actor=adm, person=ann.principal, because=Because.LEFT, day=day)
        propose_departure(kit, actor=adm, person=ann.principal, because=Because.LEFT, day=today + AHEAD)
        day = today + timedelta(days=3)
        ended(opened, "Ann", day=day)
        assert not has_left(kit, ann.principal.id, today=day - timedelta(days=1))
        assert has_left(kit, ann.principal.id, today=day)
        assert active_roles(kit, ann.principal, today=day - timedelta(days=1)) == {Role.ANALYST}
        assert active_roles(kit, ann.principal, today=day) == frozenset()
        with pytest.raises(Refused, match="people-needed"):
            ended(opened, "Bea")
        with pytest.raises(BadInput, match="There is already a principal named like"):
            enrolled(opened, "ann", Role.ANALYST)


def test_an_end_that_nobody_approved_by_its_day_is_put_forward_again(house: TestHouse) -> None:
    with house.open() as opened:
        kit, ann = opened.kit, person_named(opened.kit, "Ann")
        propose_departure(
            kit, actor=opened.signer("Adm"), person=ann, because=Because.LEFT, day=local_day(kit)
        )
    house.clock.advance(timedelta(days=1))
    with house.open() as opened, pytest.raises(BadInput, match="is over; put it forward again"):
        approve_departure(opened.kit, actor=opened.signer("Abe"), person=ann)


@pytest.mark.requirement("S04")
def test_whoever_left_can_do_nothing_and_the_refusal_is_entered(house: TestHouse) -> None:
    charter(house)
    with house.open() as opened:
        ended(opened, "Ann")
        ann = opened.signer("Ann")
        with pytest.raises(Refused, match=r"\[enrolment-ended: house rule, requirement S04"):
            opened.desk(ann).retention("incident", purpose=PURPOSE, capability="city.load")
            with opened.desk(ann).open(purpose=PURPOSE, capability="city.quality") as sitting:
                sitting.records("load")
        last = opened.kit.ledger.entry(opened.kit.ledger.size - 1)
        assert (last.kind, last.actor, last.rule) == (
            "request.refused",
            ann.principal.id,
            "enrolment-ended",
        )


def test_nothing_is_handed_to_whoever_left(house: TestHouse) -> None:
    charter(house)
    with house.open() as opened:
        kit, col, adm = opened.kit, opened.signer("Col"), opened.signer("Adm")
        for name in ("Rev", "Ria", "Ron"):
            enrolled(opened, name, Role.REVIEWER)
        ria, ann = person_named(kit, "Ria"), opened.signer("Ann")
        open_case(kit, actor=col, case_id="C-100", purpose=PURPOSE, unit="North", officers=[ann.principal])
        ended(opened, "Ria")
        ended(opened, "Ann")
        until = local_day(kit) + timedelta(days=30)
        with pytest.raises(BadInput, match="Ann is not enrolled any more"):
            assign(kit, actor=col, case_id="C-100", officers=[ann.principal])
        with pytest.raises(BadInput, match="Ann is not enrolled any more"):
            open_case(kit, actor=col, case_id="C-101", purpose=PURPOSE, unit="N", officers=[ann.principal])
        with pytest.raises(BadInput, match="Ann is not enrolled any more"):
            post(kit, actor=adm, person=ann.principal, unit="North")
        bea = person_named(kit, "Bea")
        with pytest.raises(BadInput, match="Ann is not enrolled any more"):
            record_training(
                kit, actor=adm, person=bea, role=Role.ANALYST, course="A", until=until, beside=ann
            )
        require_enrolled(kit, bea, today=local_day(kit))
        with pytest.raises(BadInput, match="Ria is not enrolled any more"):
            hand_over(
                opened.desk(opened.signer("Rev")),
                purpose=PURPOSE,
                to=ria,
                note="A quiet night: nothing is open and nothing waits for the next shift.",
            )


@pytest.mark.requirement("S04")
def test_whoever_comes_back_is_another_principal_under_the_same_name(house: TestHouse) -> None:
    with house.open() as opened:
        before = person_named(opened.kit, "Ann")
        ended(opened, "Ann")
        again = enrolled(opened, "Ann", Role.APPROVER).principal
        assert again.id != before.id
        assert again.public_key != before.public_key
        assert person_named(opened.kit, "Ann") == again
        assert [person.id for person in people(opened.kit) if person.name == "Ann"] == [before.id, again.id]
        assert active_roles(opened.kit, again, today=local_day(opened.kit)) == {Role.APPROVER}
        with pytest.raises(BadInput, match="There is already"):
            enrolled(opened, "Ann", Role.ANALYST)
        hold_against_ledger(opened.kit)
    pressed = press(house.home, name="Ann", why="Back, and it stops.", clock=house.clock)
    assert pressed.signed


def test_the_reasons_are_a_closed_list() -> None:
    assert {reason_to_end(each.value) for each in Because} == set(Because)
    assert [each.value for each in Because] == ["left", "moved", "term-over", "enrolled-in-error", "died"]
    with pytest.raises(BadInput, match="known reason"):
        reason_to_end("lazy")
