"""Erasing a person: ordered by one, carried out by another, no byte left, and answered like a stranger ever after."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from peelian.domain.errors import BadInput, Busy, PeelianError, Refused, Tampered
from peelian.domain.time import SimulatedClock
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import approve_hold, set_hold
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.log import Ledger
from peelian.governance.persons.identifiers import Identifier, name_of
from peelian.governance.persons.subjects import Subject
from peelian.governance.service import hold_against_ledger
from peelian.storage.store import Store
from peelian.storage.subject_keys import SubjectKeys
from tests.governance.persons.made import (
    NAME,
    NEEDLES,
    OTHER_PLATE,
    PLATE,
    SUSPECT,
    VICTIM,
    FileHouse,
    found_files,
)
from tests.governance.residue import residue


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> FileHouse:
    """A house in which a person was sought before they were known, registered, filed and looked at."""
    house = found_files(tmp_path_factory.mktemp("town"))
    assert house.sought() is None
    subject = house.register()
    for _ in range(3):
        house.keep(subject)
    assert len(house.read(subject)) == 3
    assert house.sought() == subject
    return house


@pytest.fixture
def house(founded: FileHouse, tmp_path: Path) -> FileHouse:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    return FileHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")


def the_person(house: FileHouse) -> Subject:
    found = house.sought()
    assert found is not None
    return found


def what_tells_of(house: FileHouse, subject: Subject) -> list[str | bytes]:
    """Return everything that must be gone: key, names, and what the records say."""
    with house.open() as opened:
        key = opened.kit.subject_keys.key(subject.subject_id)
        names = [name_of(each, secret=opened.kit.identifiers_key) for each in (PLATE, NAME)]
    assert key is not None
    return [*NEEDLES, key, *names]


def shape(entry: Entry) -> tuple[object, ...]:
    """Return what an entry shows but when it was, and which random bytes it commits to."""
    told = {name: value for name, value in entry.facts.items() if name not in ("began", "ended")}
    return entry.kind, entry.actor, entry.rule, told, len(entry.envelope), entry.blob is None


@pytest.mark.requirement("R03", "S03")
@pytest.mark.parametrize("permanent", [False, True])
def test_nothing_of_a_person_is_left_and_every_proof_stands(house: FileHouse, permanent: bool) -> None:
    subject = the_person(house)
    gone = what_tells_of(house, subject)
    with house.open() as opened:
        size = opened.kit.ledger.size
        before = [opened.kit.ledger.prove_inclusion(index, size) for index in range(size)]
    (erased,) = house.erase(house.order(subject, permanent=permanent))
    assert residue(house.home.parent, gone) == []
    with house.open() as opened:
        assert [opened.kit.ledger.prove_inclusion(index, size) for index in range(size)] == before
        hold_against_ledger(opened.kit)
        assert opened.kit.subject_keys.subjects() == frozenset()
        sought = [entry for entry in opened.kit.ledger.entries() if entry.kind == "subject.sought"]
        assert [opened.kit.ledger.blob(entry.index) for entry in sought] == [None] * len(sought)
    assert (erased.kind, erased.facts["gone"]) == ("subject.erased", [subject.subject_id])


@pytest.mark.requirement("R03")
def test_one_who_was_erased_is_answered_and_entered_like_a_stranger(house: FileHouse) -> None:
    subject = the_person(house)
    house.erase(house.order(subject))
    assert house.sought() is None
    (erased,) = house.last()
    assert house.sought(OTHER_PLATE) is None
    (stranger,) = house.last()
    assert shape(erased) == shape(stranger)
    assert house.read(subject) == ()
    (erased,) = house.last()
    assert house.read(Subject("01985a00-0000-7000-8000-000000000001", SUSPECT)) == ()
    (stranger,) = house.last()
    assert shape(erased) == shape(stranger)
    with house.open() as opened:
        blobs = {len(opened.kit.ledger.blob(each.index) or b"") for each in house_entries(opened.kit.ledger)}
    assert len(blobs) == 1


def house_entries(ledger: Ledger) -> tuple[Entry, ...]:
    return tuple(ledger.entries())[-4:]


def test_a_person_comes_back_as_a_new_one_unless_the_order_was_for_good(house: FileHouse) -> None:
    first = the_person(house)
    house.erase(house.order(first))
    second = house.register()
    assert second.subject_id != first.subject_id
    assert house.read(second) == ()
    house.erase(house.order(second, permanent=True))
    for identifier in (PLATE, NAME, Identifier("plate", "qx-19-zzt")):
        with pytest.raises(Refused) as refused:
            house.register(VICTIM, identifier)
        assert str(refused.value) == (
            "This person is not registered here. "
            "[erased-for-good: house rule, after Directive (EU) 2016/680, Article 16(2)] "
            "Keep nothing about them; who has a new ground for it asks the oversight body."
        )
        (entered,) = house.last()
        assert (entered.kind, entered.rule) == ("request.refused", "erased-for-good")
        why = {"reason": "request-of-the-person", "case": None}
        assert entered.facts == {"action": "collect", "resource": "subject", **why}
    house.register(SUSPECT, OTHER_PLATE)
    with house.open() as opened:
        hold_against_ledger(opened.kit)


def test_nobody_erases_whom_they_ordered_to_be_erased(house: FileHouse) -> None:
    subject = the_person(house)
    order_id = house.order(subject)
    with pytest.raises(Refused, match="two-persons"):
        house.erase(order_id, "Ann")
    assert house.erase(order_id)
    assert house.erase(order_id) == ()
    with pytest.raises(BadInput, match="There is no subject"):
        house.order(subject)


def test_two_subjects_that_are_one_person_are_read_and_erased_together(house: FileHouse) -> None:
    subject = the_person(house)
    other = house.register(SUSPECT, OTHER_PLATE)
    house.keep(other)
    gone = [*what_tells_of(house, subject), *what_tells_of(house, other)]
    with house.sit() as sitting:
        sitting.merge_subjects(other.subject_id, into=subject.subject_id)
    assert house.sought(OTHER_PLATE) == subject
    assert len(house.read(subject)) == len(house.read(other)) == 4
    victim = house.register(VICTIM, OTHER_PLATE)
    with house.sit() as sitting, pytest.raises(BadInput, match="stays two"):
        sitting.merge_subjects(victim.subject_id, into=subject.subject_id)
    (erased,) = house.erase(house.order(other))
    assert set(erased.facts["gone"]) == {subject.subject_id, other.subject_id}  # type: ignore[arg-type]
    left = {thing for _, thing in residue(house.home, gone)}
    assert left == {str(name) for name in gone[-2:-1]} or left == set()
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        assert opened.kit.subject_keys.subjects() == {victim.subject_id}


class Struck(BaseException):
    """The machine stops here."""


@dataclass(frozen=True)
class Blow:
    """Where an erasure is cut off: at which step, before or after it did its work, by a kill or by an error."""

    owner: type
    method: str
    after: bool
    error: type[BaseException]

    def __str__(self) -> str:
        return (
            f"{self.error.__name__} {'after' if self.after else 'before'} {self.owner.__name__}.{self.method}"
        )


BLOWS = [
    Blow(owner, method, after, error)
    for owner, method in (
        (Ledger, "append"),
        (Store, "write"),
        (Store, "forget"),
        (Ledger, "destroy_blobs"),
        (SubjectKeys, "destroy"),
        (SubjectKeys, "truncate"),
    )
    for after in (False, True)
    for error in (Struck, PeelianError)
    # What was written is never reported as an error: SQLite fails before or at the commit.
    if not (after and error is PeelianError and method in ("append", "write"))
]


@pytest.mark.fault
@pytest.mark.requirement("R03")
@pytest.mark.parametrize("blow", BLOWS, ids=str)
def test_cut_off_anywhere_an_erasure_is_done_or_not_begun(
    house: FileHouse, monkeypatch: pytest.MonkeyPatch, blow: Blow
) -> None:
    subject = the_person(house)
    gone = what_tells_of(house, subject)
    order_id = house.order(subject)
    work: Callable[..., object] = getattr(blow.owner, blow.method)

    def struck(*arguments: Any, **named: Any) -> object:
        told = arguments[1] if len(arguments) > 1 else None
        if getattr(told, "kind", "subject.erased") != "subject.erased":
            return work(*arguments, **named)
        if blow.after:
            work(*arguments, **named)
        raise blow.error

    with house.sit("Abe", capability="governance.subjects") as sitting, monkeypatch.context() as patch:
        patch.setattr(blow.owner, blow.method, struck)
        with pytest.raises(blow.error):
            sitting.erase_subject(order_id)
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        there = opened.kit.subject_keys.subjects()
    if there:
        assert len(house.read(subject)) == 3
        assert house.erase(order_id)
    assert residue(house.home.parent, gone) == []
    assert house.sought() is None


def test_a_reader_of_the_keys_who_holds_old_pages_is_told_of_and_the_work_is_finished_later(
    house: FileHouse,
) -> None:
    subject = the_person(house)
    gone = what_tells_of(house, subject)
    order_id = house.order(subject)
    with house.sit("Abe", capability="governance.subjects") as sitting:
        sitting._kit.subject_keys._database.execute("PRAGMA busy_timeout = 50")
        reader = sqlite3.connect(house.home / "keys" / "subjects.db")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM subject_keys").fetchone()
        with pytest.raises(Busy, match="open the workspace again"):
            sitting.erase_subject(order_id)
        reader.close()
    assert house.sought() is None
    assert residue(house.home.parent, gone) == []


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM subjects", "announced 1 subjects, but 0"),
        ("UPDATE subjects SET category = 'victim'", "was changed past the desk"),
        ("UPDATE subjects SET seal = 'x'", "was changed past the desk"),
        ("DELETE FROM records WHERE kind = 'sighting'", "announced 1 records, but 0"),
    ],
)
def test_a_person_changed_past_the_desk_is_noticed(house: FileHouse, statement: str, says: str) -> None:
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute(statement)
    with house.open() as opened, pytest.raises(Tampered, match=says):
        hold_against_ledger(opened.kit)


def test_a_person_who_was_erased_and_is_back_past_the_desk_is_noticed(house: FileHouse) -> None:
    records = house.home / "records" / "records.db"
    with sqlite3.connect(records) as database:
        kept = database.execute("SELECT * FROM subjects").fetchall()
        filed = database.execute("SELECT * FROM records WHERE kind = 'sighting'").fetchall()
    house.erase(house.order(the_person(house)))
    for table, (row, *_) in (("subjects", kept), ("records", filed)):
        with sqlite3.connect(records) as database:
            database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        with house.open() as opened, pytest.raises(Tampered, match="past the desk"):
            hold_against_ledger(opened.kit)


@pytest.mark.requirement("R05")
@pytest.mark.parametrize(
    "about", ["the person", "a record", "all persons", "another kind", "another person's record"]
)
def test_a_person_of_whom_a_hold_keeps_anything_is_erased_when_it_has_ended(
    house: FileHouse, about: str
) -> None:
    subject = the_person(house)
    other = house.keep(house.register(SUSPECT, OTHER_PLATE))
    scope = {
        "another person's record": Scope(record=other),
        "all persons": Scope(kind="subject"),
        "the person": Scope(subject=subject.subject_id),
        "a record": Scope(record=house.read(subject)[0].record_id),
        "another kind": Scope(kind="statement"),
    }[about]
    order_id = house.order(subject)
    with house.open() as opened:
        ends = opened.kit.clock.now() + timedelta(days=20)
        hold = set_hold(
            opened.kit,
            actor=opened.signer("Ann"),
            scope=scope,
            authority="District court, order 12/26",
            why="evidence in a trial",
            ends=ends,
        )
        approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=hold.hold_id)
    if about.startswith("another"):
        assert house.erase(order_id)
        return
    with pytest.raises(Refused) as refused:
        house.erase(order_id)
    assert str(refused.value) == (
        f"Records about this person are kept by the legal hold {hold.hold_id} until {ends:%Y-%m-%d %H:%M} UTC. "
        "[legal-hold: house rule, after Directive (EU) 2016/680, Article 16(3)(b)] "
        "Carry the order out when the hold has ended, or have another person than its author lift it."
    )
    (entered,) = house.last()
    assert (entered.kind, entered.rule) == ("request.refused", "legal-hold")
    assert entered.facts == {"hold": hold.hold_id, "reason": "request-of-the-person", "case": None}
    assert len(house.read(subject)) == 3
    house.clock.advance(timedelta(days=21))
    assert house.erase(order_id)
    assert house.sought() is None
