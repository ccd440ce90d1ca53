"""After their term whoever left is erased by name; the ledger verifies, and an entry names an id that nobody knows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import Tampered
from peelian.domain.time import iso
from peelian.governance.chartered import local_day
from peelian.governance.conduct.departing import Because, approve_departure, propose_departure
from peelian.governance.conduct.staffing import post
from peelian.governance.dropped import require_left_before
from peelian.governance.house import House
from peelian.governance.keeping.due import falls_due
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import approve_hold, set_hold
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.people import people, person_of
from peelian.governance.principals import Role
from peelian.governance.reconciled import hold_against_ledger
from peelian.governance.retention import since_departure
from peelian.governance.service import enrol, person_named
from tests.houses import TestHouse, charter, found

TERM = timedelta(days=3653)


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    with made.open() as opened:
        for name, role in (("Bea", Role.ANALYST), ("Dee", Role.COMMANDER)):
            enrol(
                opened.kit,
                actor=opened.signer("Adm"),
                name=name,
                roles=[role],
                keys=opened.folder("keys"),
            )
    return made


def left(house: TestHouse, name: str) -> tuple[str, date]:
    """Post somebody, end their enrolment today, and return their id and the day."""
    with house.open() as opened:
        kit, person = opened.kit, person_named(opened.kit, name)
        day = local_day(kit)
        post(kit, actor=opened.signer("Adm"), person=person, unit="North of the river")
        propose_departure(kit, actor=opened.signer("Adm"), person=person, because=Because.LEFT, day=day)
        approve_departure(kit, actor=opened.signer("Abe"), person=person)
    return person.id, day


def at(house: TestHouse, instant: datetime) -> None:
    house.clock.set(instant - timedelta(minutes=1))


def there(opened: House, person_id: str) -> tuple[bool, int, bool]:
    """Whether their row, how many records under them, and whether their key are there."""
    kit = opened.kit
    key = opened.folder("keys") / f"{person_id}.pem"
    return (
        any(person.id == person_id for person in people(kit)),
        len(kit.store.records(subject=person_id)),
        key.exists(),
    )


def bytes_of(house: TestHouse, *words: bytes) -> set[bytes]:
    """Return which of these words stand in any file of records and keys."""
    files = [
        path for folder in ("records", "keys") for path in (house.home / folder).rglob("*") if path.is_file()
    ]
    content = [path.read_bytes() for path in files]
    return {word for word in words if any(word in each for each in content)}


@pytest.mark.requirement("R01", "R03")
def test_name_key_and_rows_of_whoever_left_go_when_their_term_is_over_and_the_ledger_verifies(
    house: TestHouse,
) -> None:
    with house.open() as opened:
        person = person_named(opened.kit, "Bea")
        words = (person.public_key.hex().encode(), person.id.encode(), b'"Bea"')
    person_id, day = left(house, "Bea")
    assert bytes_of(house, *words) == set(words)
    over = since_departure(day, days=TERM.days)
    at(house, over - timedelta(minutes=1))
    with house.open() as opened:
        assert there(opened, person_id)[::2] == (True, True)
        (due,) = (
            each
            for each in falls_due(opened.kit, actor=opened.signer("Abe"), within=timedelta(days=1))
            if each.kind == "principal"
        )
        assert (due.count, due.rows) == (1, 0)
    at(house, over)
    with house.open() as opened:
        kit = opened.kit
        assert there(opened, person_id) == (False, 0, False)
        (swept,) = (each for each in opened.sweeper.swept if each.kind == "principal")
        assert swept.sentence().startswith("Destroyed 1 person of principal that fell due")
        entry = kit.ledger.entry(swept.entry_index)
        assert entry.facts["ended"]["principals"][0][1] == person_id  # type: ignore[index,call-overload]
        hold_against_ledger(kit)
        enrolments = [e for e in kit.ledger.entries() if e.facts.get("principal") == person_id]
        assert [e.kind for e in enrolments] == ["principal.enrolled"]
        with pytest.raises(Tampered, match="not enrolled; where their departure is over"):
            person_of(kit, person_id)
    assert bytes_of(house, *words) == set()
    with house.open() as opened:
        assert not any(each.kind == "principal" for each in opened.sweeper.swept)


def test_what_somebody_signed_and_what_a_hold_keeps_keeps_them(house: TestHouse) -> None:
    charter(house)  # by Ann, approved by Abe
    for name in ("Ann", "Bea"):
        with house.open() as opened:
            enrol(
                opened.kit,
                actor=opened.signer("Adm"),
                name=f"After {name}",
                roles=[Role.ANALYST],
                keys=opened.folder("keys"),
            )
        person_id, day = left(house, name)
        if name == "Ann":
            ann = person_id
    over = since_departure(day, days=TERM.days)
    at(house, over - timedelta(days=3))
    with house.open() as opened:
        held = set_hold(
            opened.kit,
            actor=opened.signer("Col"),
            scope=Scope(kind="principal", record=person_id),
            authority="Court of Appeal",
            why="Proceedings about a look-up, file 12/3456.",
            ends=over + timedelta(days=5),
        )
        approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=held.hold_id)
    at(house, over + timedelta(days=4))
    with house.open() as opened:
        assert there(opened, ann)[0]
        assert there(opened, person_id)[0]
        hold_against_ledger(opened.kit)
    at(house, over + timedelta(days=6))
    with house.open() as opened:
        assert there(opened, ann)[0], "her charter stands for ten years after its own end"
        assert not there(opened, person_id)[0]
        assert {row.author for row, _ in opened.kit.store.charters()} == {ann}
    at(house, over + timedelta(days=3653))
    with house.open() as opened:
        assert opened.kit.store.charters() == ()
        assert not there(opened, ann)[0]
        hold_against_ledger(opened.kit)


def entry(index: int, kind: str, *, time: datetime, **facts: object) -> Entry:
    draft = Draft(kind, actor="house", facts=facts)  # type: ignore[arg-type]  # of canonical values
    return Entry.write(draft, index=index, time=time, blob=None)


@pytest.mark.requirement("R01")
def test_an_erasure_of_a_person_who_had_not_left_long_ago_is_found() -> None:
    day = date(2026, 3, 2)
    over = since_departure(day, days=30)
    assert iso(over) == "2026-04-01T00:00:00.000Z"

    def acts(*, at: datetime, who: str = "p", order: tuple[int, int] = (1, 2)) -> list[Entry]:
        gone = entry(
            order[0], "departure.approved", time=over - timedelta(days=31), departure="p", day=str(day)
        )
        swept = entry(order[1], "retention.swept", time=at, ended={"principals": [[0, who]]})
        return sorted([gone, swept], key=lambda each: each.index)

    require_left_before(acts(at=over), days=30)
    require_left_before([entry(1, "retention.swept", time=over, ended={"records": []})], days=30)
    for wrong in (
        acts(at=over - timedelta(milliseconds=1)),
        acts(at=over, who="q"),
        acts(at=over, order=(2, 1)),
    ):
        with pytest.raises(Tampered, match=r"erased a person who had not left, or not long enough ago"):
            require_left_before(wrong, days=30)


def test_an_interrupted_erasure_is_done_again_whole(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off after the entry and the key, before the rows: the rows go at the next sweep, by another entry."""
    person_id, day = left(house, "Bea")
    at(house, since_departure(day, days=TERM.days))
    with monkeypatch.context() as cut:
        cut.setattr("peelian.storage.store.Store.write", _power_cut)
        with pytest.raises(KeyboardInterrupt), house.open():
            pass
    assert not (house.home / "keys" / f"{person_id}.pem").exists()
    with house.open() as opened:
        assert len(opened.abandoned) == 1
        assert there(opened, person_id) == (False, 0, False)
        hold_against_ledger(opened.kit)


def _power_cut(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
