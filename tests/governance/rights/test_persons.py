"""Requests about persons: open ones tell all, restricted ones tell nobody anything, not even by their shape."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import iso
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.asides import open_aside
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.silence import SLOTS
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Notice, Proof, Restriction, State
from peelian.governance.rights.taking import REASON
from peelian.governance.service import enrol, hold_against_ledger
from peelian.storage.store import Store
from peelian.storage.subject_keys import SubjectKeys
from tests.governance.persons.made import NAME, PLATE, VICTIM, FileHouse, found_files
from tests.governance.residue import residue
from tests.governance.rights.made import ROOMS

NOBODY = (Identifier("plate", "ZZ99 AAA"), Identifier("name+birth", "Nemo Nobody|1970-01-01"))
ZONE = "America/Chicago"
REMEDY = "Write to the supervisory authority."


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    made = found_files(tmp_path)
    with made.open() as opened:
        for name in ("Ria", "Rob"):
            enrol(
                opened.kit,
                actor=opened.signer("Adm"),
                name=name,
                roles=[Role.RIGHTS_OFFICER],
                keys=opened.folder("keys"),
            )
    return made


def asked(house: FileHouse, *, restricted: Restriction | None, contact: str | None = None) -> str:
    with house.desk("Ria") as desk:
        case = rights.ask(desk, about=About.PERSON, zone=ZONE, contact=contact)
        request_id = case.request.request_id
        rights.prove(desk, request_id=request_id, how=Proof.IN_PERSON, restricted=restricted)
    return request_id


def answered(
    house: FileHouse,
    identifiers: Sequence[Identifier],
    *,
    restricted: Restriction | None = Restriction.OFFENCES,
) -> tuple[str, str, tuple[Entry, ...]]:
    """Return a request's id, its letter, and all entries that answering it made."""
    request_id = asked(house, restricted=restricted)
    with house.open() as opened:
        before = opened.kit.ledger.size
        _, letter = rights.answer_person(
            opened.desk(opened.signer("Ria")),
            request_id=request_id,
            identifiers=identifiers,
            remedy=REMEDY,
            rooms=ROOMS,
        )
        return request_id, letter.text(), tuple(opened.kit.ledger.entries(before))


def shape(entry: Entry, request_id: str) -> tuple[object, ...]:
    """What an auditor sees of an entry, but for what every entry has of its own: index, time, ids and commitments."""
    facts = json.dumps(entry.facts).replace(request_id, "REQUEST")
    hidden = "".join("#" if sign in "0123456789abcdef" else sign for sign in facts)
    return entry.kind, entry.rule, hidden, entry.blob is not None, len(entry.envelope)


def present(house: FileHouse, records: int = 5) -> None:
    suspect, victim = house.register(), house.register(VICTIM)
    for _ in range(records):
        house.keep(suspect)
    house.keep(victim, "statement")


@pytest.mark.requirement("T05")
def test_neither_letter_nor_ledger_tell_whether_anybody_is_known(house: FileHouse) -> None:
    present(house)
    first, told, entries = answered(house, (PLATE, NAME))
    second, told_nobody, entries_nobody = answered(house, NOBODY)
    assert told.replace(first, second) == told_nobody
    assert "neither confirmed nor denied" in told
    assert [shape(e, first) for e in entries] == [shape(e, second) for e in entries_nobody]
    assert [e.facts for e in entries if e.kind == "rights.searched"] == [
        {
            "request": first,
            "looked_up": looked_up,
            "slot": slot,
            "reason": "request-of-the-person",
            "case": None,
        }
        for looked_up in ("plate", "name+birth")
        for slot in range(SLOTS)
    ]
    with house.open() as opened:
        ledger = opened.kit.ledger
        sizes = [[len(ledger.blob(e.index) or b"") for e in each] for each in (entries, entries_nobody)]
        assert sizes[0] == sizes[1]
        hold_against_ledger(opened.kit)


@pytest.mark.requirement("T05")
def test_the_truth_is_sealed_and_opens_for_governance_alone(house: FileHouse) -> None:
    present(house)
    truths = []
    for identifiers in ((PLATE,), NOBODY[:1]):
        _, _, entries = answered(house, identifiers)
        with house.open() as opened:
            asides = [open_aside(opened.kit, e.index) for e in entries if e.kind == "rights.searched"]
            truths.append(sorted((each["known"], each["records"]) for each in asides if each))
    assert truths == [[(False, 0), (True, 1), (True, 5)], [(False, 0)] * SLOTS]


def test_as_much_is_asked_of_the_stores_for_nobody_as_for_somebody(
    house: FileHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    present(house)
    calls: Counter[str] = Counter()

    def counted(name: str, original: Callable[..., object]) -> Callable[..., object]:
        def count(*given: object, **named: object) -> object:
            calls[name] += 1
            return original(*given, **named)

        return count

    for owner, names in ((Store, ("records", "records_about", "subjects")), (SubjectKeys, ("key", "named"))):
        for name in names:
            monkeypatch.setattr(owner, name, counted(name, getattr(owner, name)))
    made = []
    for identifiers in ((PLATE, NAME), NOBODY):
        calls.clear()
        answered(house, identifiers)
        made.append(dict(calls))
    assert made[0] == made[1]


def test_whether_to_say_neither_is_laid_down_before_the_search_and_cannot_change(house: FileHouse) -> None:
    request_id = asked(house, restricted=Restriction.OFFENCES)
    with house.desk("Rob") as desk, pytest.raises(Refused, match="that is identified cannot prove"):
        rights.prove(desk, request_id=request_id, how=Proof.AUTHORITY)


@pytest.mark.requirement("T05")
def test_an_open_answer_shows_what_is_held_and_each_look_is_entered(house: FileHouse) -> None:
    subject = house.register()
    with house.desk("Ria") as desk:
        rights.defer_notice(
            desk,
            subject_id=subject.subject_id,
            ground=Restriction.INQUIRIES,
            until=house.clock.now() + timedelta(days=30),
        )
    _, told, entries = answered(house, (PLATE,), restricted=None)
    assert "What was found: Held on you here, and shown above: 1 record." in told
    assert "inquiries" in told
    kinds = [e.kind for e in entries]
    assert kinds[:2] == ["record.read"] * 2  # the request and its steps
    assert kinds[2:-1] == [
        *("subject.sought", *["record.read"] * 2),
        *("subject.sought", *["record.read"] * 3),
    ]
    assert residue(house.home.parent, ("QX19 ZZT", "inquiries")) == []
    _, nothing, _ = answered(house, NOBODY[:1], restricted=None)
    assert "No record on you is held here." in nothing


@pytest.mark.requirement("T05")
def test_an_open_answer_tells_what_every_room_holds(house: FileHouse) -> None:
    present(house, records=2)
    _, told, _ = answered(house, (PLATE,), restricted=None)
    assert "shown above: 3 records." in told
    assert told.count("blue ladder") == 3
    assert "statement, as victim" in told
    assert "sighting, as suspect" in told


def test_an_open_answer_that_would_leave_a_room_out_is_not_given(house: FileHouse) -> None:
    request_id = asked(house, restricted=None)
    with house.desk("Ria") as desk:
        with pytest.raises(BadInput, match="No room answers for what is kept as 'sighting'"):
            rights.answer_person(
                desk, request_id=request_id, identifiers=[PLATE], remedy=REMEDY, rooms=ROOMS[:1]
            )
        assert rights.case_of(desk, request_id=request_id).state is State.IDENTIFIED
        with pytest.raises(BadInput, match="at least one identifier"):
            rights.answer_person(desk, request_id=request_id, identifiers=[], remedy=REMEDY)


def test_nobody_is_answered_before_it_is_shown_who_asks(house: FileHouse) -> None:
    with house.desk("Ria") as desk:
        request_id = rights.ask(desk, about=About.PERSON, zone=ZONE).request.request_id
        with pytest.raises(Refused, match="A request that is received cannot answer"):
            rights.answer_person(desk, request_id=request_id, identifiers=[PLATE], remedy=REMEDY)


def test_who_asks_is_sealed_and_tied_to_nothing_else(house: FileHouse) -> None:
    present(house)
    request_id = asked(house, restricted=None, contact="Wilhelmina Quartermaine, 1 Harbour Row")
    assert residue(house.home.parent, ("Quartermaine", "Harbour Row")) == []
    with house.desk("Rob") as desk:
        assert rights.contact_of(desk, request_id=request_id) == "Wilhelmina Quartermaine, 1 Harbour Row"
    with house.sit() as sitting:
        found = {
            each.subject_id for each in sitting.find_subjects(PLATE, categories=frozenset(rights.EVERYBODY))
        }
    with house.open() as opened:
        holders = {record.subject for record, _ in opened.kit.store.records("contact")}
    assert not found & holders


NOTICE = Notice(
    controller="The agency",
    officer="its data protection officer",
    purpose="finding a stolen vehicle",
    legal_basis="The police act of this place, section 12.",
    kept="until the case is closed, at most a year",
    recipients="the prosecutor",
    remedy="You may ask for access, correction and erasure, and complain to the authority.",
)


@pytest.mark.requirement("T05")
def test_a_notice_put_off_comes_due_until_it_is_given(house: FileHouse) -> None:
    subject_id = house.register().subject_id
    until = house.clock.now() + timedelta(days=30)
    with house.desk("Ria") as desk:
        rights.defer_notice(desk, subject_id=subject_id, ground=Restriction.INQUIRIES, until=until)
        assert rights.notices_due(desk) == ()
    house.clock.advance(timedelta(days=30))
    with house.desk("Ria") as desk:
        assert rights.notices_due(desk) == (subject_id,)
        told = rights.give_notice(desk, subject_id=subject_id, notice=NOTICE)
        assert rights.notices_due(desk) == ()
        with desk.open(purpose="rights", capability="governance.rights", reason=REASON) as sitting:
            first, given = sitting.records("notice", categories=rights.EVERYBODY)
    assert {first.subject, given.subject} == {subject_id}
    assert first.body == {"given": False, "ground": "inquiries", "until": iso(until)}
    assert (given.record_id, given.body) == (told.notice_id, {"given": True, "ground": None, "until": None})
    with house.open() as opened:
        for kept, kind in ((first, "notice.deferred"), (given, "notice.given")):
            entry = opened.kit.ledger.entry(kept.entry_index)
            assert (entry.kind, entry.rule) == (kind, "persons-are-told")
            assert {"reason": REASON, "case": None}.items() <= entry.facts.items()
            assert not {"ground", "until", "subject"} & set(entry.facts), (
                "who is told, and why not yet, is sealed"
            )
    letter = told.letter.text()
    for said in ("stolen vehicle", "section 12", "at most a year", "the prosecutor", "complain"):
        assert said in letter


@pytest.mark.parametrize("days", [-1, 0, 184])
def test_no_notice_is_put_off_without_a_near_end(house: FileHouse, days: int) -> None:
    subject_id = house.register().subject_id
    with house.desk("Ria") as desk, pytest.raises(BadInput, match="put off until an instant within 183 days"):
        until = house.clock.now() + timedelta(days=days)
        rights.defer_notice(desk, subject_id=subject_id, ground=Restriction.OTHERS, until=until)
