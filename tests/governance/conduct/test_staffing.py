"""Training that has run out makes a role inactive; nobody vouches for themselves; no role reads and keeps the keys."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import SimulatedClock
from peelian.governance.card import Action
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.roles_today import FIRST_TERM_DAYS, active_roles, unit_of
from peelian.governance.conduct.staffing import post, record_training
from peelian.governance.house import create_workspace
from peelian.governance.ledger.entry import Entry
from peelian.governance.people import people
from peelian.governance.policy import Policy
from peelian.governance.policy_table import permissions
from peelian.governance.principals import CONFLICTS, Role, check_roles
from peelian.governance.reconciled import hold_against_ledger
from peelian.governance.register import installed_register
from peelian.governance.service import enrol, person_named
from peelian.governance.stopping.stop import approve_resumption, press, propose_resumption
from tests.houses import START, TestHouse, found

SAFE = "The sensor was taken down and its findings were looked through."


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    made.schooled = False
    return made


@pytest.mark.requirement("H06")
def test_a_role_is_inactive_from_the_day_its_training_has_run_out(house: TestHouse) -> None:
    first = house.clock.now()
    with house.open() as opened:
        kit, col = opened.kit, opened.signer("Col")
        until = (first + timedelta(days=FIRST_TERM_DAYS)).date()
        assert active_roles(kit, col.principal, today=until - timedelta(days=1)) == {Role.COMMANDER}
        assert active_roles(kit, col.principal, today=until) == frozenset()
    house.clock.set(first + timedelta(days=FIRST_TERM_DAYS + 1))
    with house.open() as opened:
        kit, adm, col, abe = opened.kit, *(opened.signer(name) for name in ("Adm", "Col", "Abe"))
        with pytest.raises(Refused, match=r"\[training-expired: .*Article 26\(2\).*peelian principal train"):
            post(kit, actor=col, person=abe.principal, unit="North")
        with pytest.raises(Refused, match="two-persons"):
            record_training(
                kit, actor=col, person=col.principal, role=Role.COMMANDER, course="A", until=_in(house, 9)
            )
        record_training(
            kit,
            actor=adm,
            person=col.principal,
            role=Role.COMMANDER,
            course="Command 2",
            until=_in(house, 9),
            beside=abe,
        )
        post(kit, actor=col, person=abe.principal, unit="South")
        post(kit, actor=col, person=abe.principal, unit="North")
        post(kit, actor=col, person=adm.principal, unit="East")
        units = [unit_of(kit, signer.principal.id) for signer in (abe, adm, col)]
        assert units == ["North", "East", None], "each one's own, the last"
    house.clock.advance(timedelta(days=9))
    with house.open() as opened, pytest.raises(Refused, match="training-expired"):
        abe = opened.signer("Abe")
        post(opened.kit, actor=opened.signer("Col"), person=abe.principal, unit="North")


OTHERS = [
    {},
    {"Col": Role.COMMANDER},
    {"Aud": Role.AUDITOR},
    {"Rea": Role.REVIEWER, "Rio": Role.RIGHTS_OFFICER},
]


@pytest.mark.requirement("H06")
@pytest.mark.parametrize("others", OTHERS)
def test_a_house_of_five_years_ago_comes_back_by_three_people_at_a_time(
    tmp_path: Path, others: dict[str, Role]
) -> None:
    """Nobody's training is in date; whatever roles there are beside the three every house needs, all are trained."""
    house = staffed_with(tmp_path, {"Ann": Role.ANALYST, "Abe": Role.APPROVER, **others})
    house.clock.advance(timedelta(days=5 * 365))
    with house.open() as opened:
        kit, signer = opened.kit, opened.signer
        everybody = {person.name: person for person in people(kit)}
        today = local_day(kit)
        assert not any(active_roles(kit, person, today=today) for person in everybody.values())

        def train(by: str, whom: str, *, beside: str | None) -> Entry:
            (role,) = everybody[whom].roles
            third = None if beside is None else signer(beside)
            return record_training(
                kit,
                actor=signer(by),
                person=everybody[whom],
                role=role,
                course="A",
                until=_in(house, 90),
                beside=third,
            )

        for by, whom, beside, rule in STUCK:
            with pytest.raises(Refused, match=rule):
                train(by, whom, beside=beside)
        entry = train("Abe", "Adm", beside="Ann")
        assert (entry.kind, entry.facts["beside"]) == ("training.recorded", everybody["Ann"].id)
        for name in everybody.keys() - {"Adm"}:
            train("Adm", name, beside=None)
        assert all(active_roles(kit, person, today=today) == person.roles for person in everybody.values())
        hold_against_ledger(kit)


STUCK = [
    # by    whom   with   refused by
    ("Abe", "Adm", None, "training-expired"),
    ("Abe", "Adm", "Abe", "two-persons"),
    ("Abe", "Adm", "Adm", "two-persons"),
    ("Adm", "Adm", "Ann", "two-persons"),
    ("Ann", "Adm", "Abe", "default-deny"),
]


def staffed_with(folder: Path, roles: dict[str, Role]) -> TestHouse:
    """Found a house with one administrator and these people, each with one role."""
    home = folder / "home"
    create_workspace(home, name="test/old", zone="Europe/Berlin", epsg=32633, cell_m=250.0, synthetic=True)
    house = TestHouse(home, SimulatedClock(START), folder / "witness", schooled=False)
    with house.open() as opened:
        keys = opened.folder("keys")
        admin = enrol(opened.kit, actor=None, name="Adm", roles=[Role.ADMINISTRATOR], keys=keys)
        for name, role in roles.items():
            enrol(opened.kit, actor=admin, name=name, roles=[role], keys=keys)
    return house


@pytest.mark.requirement("H06")
def test_training_that_runs_out_between_two_people_stops_the_second(house: TestHouse) -> None:
    house.clock.advance(timedelta(days=FIRST_TERM_DAYS - 2))
    press(house.home, name="Col", why="A drill.", clock=house.clock)
    with house.open() as opened:
        propose_resumption(opened.kit, actor=opened.signer("Col"), why=SAFE)
    house.clock.advance(timedelta(days=3))
    with house.open() as opened, pytest.raises(Refused, match="training-expired"):
        approve_resumption(opened.kit, actor=opened.signer("Abe"))


SPOILT = [
    # role, course, days            what the sentence says
    (Role.ANALYST, "A", 30, "training gives nobody a role"),
    (Role.COMMANDER, "A", 0, "lies outside"),
    (Role.COMMANDER, "A", 367, "lies outside"),
    (Role.COMMANDER, " ", 30, "Name the course"),
]


def test_which_training_is_none(house: TestHouse) -> None:
    with house.open() as opened:
        kit, adm = opened.kit, opened.signer("Adm")
        col = person_named(kit, "Col")
        for role, course, days, says in SPOILT:
            with pytest.raises(BadInput, match=says):
                record_training(kit, actor=adm, person=col, role=role, course=course, until=_in(house, days))
        with pytest.raises(Refused, match="default-deny"):
            post(kit, actor=opened.signer("Ann"), person=col, unit="North")


@pytest.mark.requirement("S04")
def test_no_set_of_roles_reads_data_and_keeps_the_keys_or_the_machine() -> None:
    """Every set of roles that one person may hold, and everything the policy then lets them do, all else in order."""
    register = installed_register()
    asked = permissions(Policy.load(), register)
    chartered = {
        kind.id for kind in register.data_kinds if kind.chartered or kind.id in ("subject", "contact")
    }
    holders = 0
    for roles in _sets_that_may_be_held():
        may = {(p.action, p.data_kind) for p in asked if p.role in roles and p.decision.allowed}
        keeps = bool(may & {(Action.EXPORT, "backup"), (Action.ENROLL, "principal")})
        reads = {kind for action, kind in may if action is Action.READ and kind in chartered}
        audits = any(action is Action.AUDIT for action, _ in may)
        acts = any(
            action not in (Action.READ, Action.AUDIT, Action.EXPORT) and kind in chartered
            for action, kind in may
        )
        assert not (keeps and reads), roles
        assert not (audits and keeps), roles
        holders += keeps + audits
        assert not (audits and acts) or _marks_only(may, chartered), roles
    assert holders >= 2
    altering = {p.action for p in asked if p.data_kind == "ledger" and p.decision.allowed}
    assert altering == {Action.READ, Action.AUDIT, Action.EXPORT}, "nobody erases or alters the ledger"


def _sets_that_may_be_held() -> list[frozenset[Role]]:
    sets = [frozenset(each) for n in range(1, len(Role) + 1) for each in itertools.combinations(Role, n)]
    allowed = []
    for roles in sets:
        try:
            check_roles(roles)
        except Refused:
            continue
        allowed.append(roles)
    assert all(not (CONFLICTS.get(role, frozenset()) & roles) for roles in allowed for role in roles)
    return allowed


def _marks_only(may: set[tuple[Action, str]], chartered: set[str]) -> bool:
    acts = {
        (action, kind)
        for action, kind in may
        if kind in chartered and action not in (Action.READ, Action.AUDIT, Action.EXPORT)
    }
    return acts <= {
        (Action.SUBMIT, "unreliable-window"),
        (Action.PUBLISH, "release"),
        (Action.PUBLISH, "report"),
    }


def test_one_person_with_two_accounts_is_one_person_and_nobody_acts_for_another(house: TestHouse) -> None:
    """The second account bears the same name in other letters; and no act takes anybody's place but the signer's."""
    press(house.home, name="Col", why="A drill.", clock=house.clock)
    with house.open() as opened:
        kit, keys = opened.kit, opened.folder("keys")
        with pytest.raises(BadInput, match="already a principal named like"):
            enrol(
                kit,
                actor=opened.signer("Adm"),
                name="C\N{CYRILLIC SMALL LETTER O}l",
                roles=[Role.APPROVER],
                keys=keys,
            )
        propose_resumption(kit, actor=opened.signer("Abe"), why=SAFE)
        with pytest.raises(Refused, match="two-persons"):
            approve_resumption(kit, actor=opened.signer("Abe"))
    assert "delegate" not in {action.value for action in Action}, "there is no delegation, so it has no loops"


def _in(house: TestHouse, days: int):
    return (house.clock.now() + timedelta(days=days)).date()
