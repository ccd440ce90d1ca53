"""A backup is no way back for what was decided since: whoever left stays away, what rests and what halts stay so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from peelian.domain.time import SimulatedClock
from peelian.governance.act import suspend
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.backups.past_decisions import PastDecision, decisions
from peelian.governance.backups.sealed_keys import open_keys, seal_keys
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.departures import has_left
from peelian.governance.circumstances.sunset import Ground, Verdict
from peelian.governance.circumstances.suspended import State, states
from peelian.governance.conduct.departing import Because, approve_departure, propose_departure
from peelian.governance.house import House
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.restricted import restricted_ids
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import Asks, Cause, Outcome
from peelian.governance.service import enrol, hold_against_ledger, person_named
from peelian.governance.stopping.suspension import approve_change, propose_change
from tests.governance.persons.made import OTHER_PLATE, PLATE, SUSPECT, FileHouse
from tests.governance.rights.made import ordered, with_officers

PASSPHRASE = "correct horse battery"
CAPABILITY = "forecast.place"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> FileHouse:
    """A house with records about one person, and with an analyst more than it needs."""
    house = with_officers(tmp_path_factory.mktemp("town"))
    house.keep(house.register())
    with house.open() as opened:
        enrol(
            opened.kit,
            actor=opened.signer("Adm"),
            name="Bea",
            roles=[Role.ANALYST],
            keys=opened.folder("keys"),
        )
    return house


def copied(founded: FileHouse, folder: Path) -> FileHouse:
    shutil.copytree(founded.home.parent, folder / "live")
    return FileHouse(
        folder / "live" / "home", SimulatedClock(founded.clock.now()), folder / "live" / "witness"
    )


def backed_up(live: FileHouse, folder: Path) -> None:
    with live.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=folder / "backup")
    seal_keys(live.home / "keys", folder / "keys.sealed", passphrase=PASSPHRASE)


@pytest.fixture
def house(founded: FileHouse, tmp_path: Path) -> FileHouse:
    """A copy of that house, and a backup of it beside it."""
    live = copied(founded, tmp_path)
    backed_up(live, tmp_path)
    return live


def leave(house: FileHouse) -> None:
    with house.open() as opened:
        kit, bea = opened.kit, person_named(opened.kit, "Bea")
        day = local_day(kit)
        propose_departure(kit, actor=opened.signer("Adm"), person=bea, because=Because.LEFT, day=day)
        approve_departure(kit, actor=opened.signer("Abe"), person=bea)


def restrict(house: FileHouse) -> None:
    request_id = ordered(house, Outcome.RESTRICT, asks=Asks.RESTRICTION)
    with house.desk("Ria") as desk:
        rights.restrict(desk, request_id=request_id, identifiers=[PLATE], cause=Cause.CONTESTED)


def halt(house: FileHouse) -> None:
    with house.open() as opened:
        suspend(opened.kit, CAPABILITY, [Verdict(Ground.UNREVIEWED, "Nobody looked at it for a year.")])


def change(house: FileHouse, *, to: State) -> None:
    with house.open() as opened:
        why = "The council has looked at the figures of the year."
        propose_change(opened.kit, actor=opened.signer("Ann"), capability=CAPABILITY, to=to, why=why)
        approve_change(opened.kit, actor=opened.signer("Abe"), capability=CAPABILITY)


def brought_back(house: FileHouse, folder: Path) -> tuple[FileHouse, tuple[Entry, ...]]:
    """Restore the backup beside the house, and bring it up to date by the list that the house exports now."""
    erasures = folder / "erasures.json"
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=erasures)
    open_keys(folder / "keys.sealed", folder / "keys", passphrase=PASSPHRASE)
    restore_backup(folder / "backup", folder / "copy" / "home", keys=folder / "keys")
    clock = SimulatedClock(house.clock.now())
    copy = FileHouse(folder / "copy" / "home", clock, folder / "copy" / "witness", schooled=False)
    with copy.open() as opened:
        nothing: Callable[..., object] = lambda body: pytest.fail("no rows were erased")  # noqa: E731
        entries = bring_up_to_date(opened, erasures=erasures, erasable=nothing)  # type: ignore[arg-type]
        hold_against_ledger(opened.kit)
    return copy, entries


def stands(opened: House) -> tuple[bool, int, State | None]:
    """Return whether Bea has left, how many persons' data rest, and what became of the capability."""
    kit = opened.kit
    last = states(kit).get(CAPABILITY)
    bea = person_named(kit, "Bea").id
    return (
        has_left(kit, bea, today=local_day(kit)),
        len(restricted_ids(kit)),
        None if last is None else last.state,
    )


def in_the_clear(past: PastDecision) -> dict[str, str]:
    """Return what an entry says of it: who left and what halts, but never whose data rest."""
    if past.kind == "departure":
        return {"departure": past.subject, "day": past.body["day"]}
    return {"capability": past.subject, "to": "suspended"} if past.kind == "suspension" else {}


TAKEN = [
    # what was decided since the backup     what stands in the copy then     the entries that say so
    ([], (False, 0, None), []),
    ([leave], (True, 0, None), ["departure.approved"]),
    ([restrict], (False, 1, None), ["subject.restricted"]),
    ([halt], (False, 0, State.SUSPENDED), ["capability.suspended"]),
    (
        [leave, restrict, halt],
        (True, 1, State.SUSPENDED),
        ["departure.approved", "capability.suspended", "subject.restricted"],
    ),
]


@pytest.mark.requirement("R04")
@pytest.mark.parametrize(("taken", "expected", "kinds"), TAKEN)
def test_a_copy_gives_back_nothing_that_was_taken_since(
    house: FileHouse,
    tmp_path: Path,
    taken: list[Callable[[FileHouse], None]],
    expected: tuple[bool, int, State | None],
    kinds: list[str],
) -> None:
    for act in taken:
        act(house)
    copy, entries = brought_back(house, tmp_path)
    assert [entry.kind for entry in entries[:-1]] == kinds
    assert {entry.actor for entry in entries} == {"house"}
    with copy.open() as opened, house.open() as live:
        assert stands(opened) == expected == stands(live)
        told, known = decisions(opened.kit), decisions(live.kit)
        assert [(past.kind, past.subject) for past in told] == [(past.kind, past.subject) for past in known]
        assert [entry.facts["of_entry"] for entry in entries[:-1]] == [past.entry_index for past in known]
        for entry, past in zip(entries[:-1], known, strict=True):
            wanted = in_the_clear(past)
            assert {name: entry.facts.get(name) for name in wanted} == wanted
            assert wanted or past.subject not in str(entry.facts)


@pytest.mark.parametrize(
    ("since", "stands_then", "entered"),
    [
        (State.WITHDRAWN, State.WITHDRAWN, [("capability.suspended", "withdrawn")]),
        (State.IN_USE, State.SUSPENDED, []),  # what was given back is for people to give back again
    ],
)
def test_what_halted_before_the_backup_goes_on_only_where_people_say_so_again(
    founded: FileHouse,
    tmp_path: Path,
    since: State,
    stands_then: State,
    entered: list[tuple[str, str]],
) -> None:
    live = copied(founded, tmp_path)
    halt(live)
    backed_up(live, tmp_path)
    change(live, to=since)
    copy, entries = brought_back(live, tmp_path)
    assert [(entry.kind, entry.facts.get("to")) for entry in entries[:-1]] == entered
    with copy.open() as opened:
        assert stands(opened) == (False, 0, stands_then)


def test_what_the_copy_knows_already_is_not_entered_again_and_what_came_after_it_is(
    founded: FileHouse, tmp_path: Path
) -> None:
    live = copied(founded, tmp_path)
    leave(live)
    backed_up(live, tmp_path)
    halt(live)
    copy, entries = brought_back(live, tmp_path)
    assert [entry.kind for entry in entries] == ["capability.suspended", "rows.erased"]
    with copy.open() as opened:
        assert stands(opened) == (True, 0, State.SUSPENDED)


def test_somebody_registered_since_the_backup_is_nobody_to_the_copy(house: FileHouse, tmp_path: Path) -> None:
    house.keep(house.register(SUSPECT, OTHER_PLATE), body={"seen": "elsewhere"})
    with house.open() as opened:
        keys = opened.folder("keys")
        enrol(opened.kit, actor=opened.signer("Adm"), name="Cay", roles=[Role.ANALYST], keys=keys)
        cay, day = person_named(opened.kit, "Cay"), local_day(opened.kit)
        propose_departure(opened.kit, actor=opened.signer("Adm"), person=cay, because=Because.LEFT, day=day)
        approve_departure(opened.kit, actor=opened.signer("Abe"), person=cay)
    request_id = ordered(house, Outcome.RESTRICT, asks=Asks.RESTRICTION)
    with house.desk("Ria") as desk:
        rights.restrict(desk, request_id=request_id, identifiers=[OTHER_PLATE], cause=Cause.EVIDENCE)
    copy, entries = brought_back(house, tmp_path)
    assert [entry.kind for entry in entries] == ["rows.erased"]
    with copy.open() as opened:
        assert decisions(opened.kit) == ()
