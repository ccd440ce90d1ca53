"""What is restricted stays and is not worked with; what is corrected is what the next read gives."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.time import SimulatedClock
from peelian.governance.act import carry_out_as_house
from peelian.governance.circumstances.own_records import new_record
from peelian.governance.conduct.case_acts import open_case
from peelian.governance.conduct.staffing import post
from peelian.governance.desk import NewRecord
from peelian.governance.dropped import CORRECTED
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Asks, Cause, Outcome, State
from peelian.governance.service import hold_against_ledger, person_named
from peelian.storage.rows import Writes
from tests.governance.persons.made import (
    OTHER_PLATE,
    PLATE,
    PURPOSE,
    STATED,
    SUSPECT,
    FileHouse,
)
from tests.governance.residue import residue
from tests.governance.rights.made import REMEDY, ZONE, ordered, with_officers


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> FileHouse:
    """A house with a record about one person, and one about another."""
    house = with_officers(tmp_path_factory.mktemp("town"))
    house.keep(house.register())
    house.keep(house.register(SUSPECT, OTHER_PLATE), body={"seen": "elsewhere"})
    return house


@pytest.fixture
def house(founded: FileHouse, tmp_path: Path) -> FileHouse:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    return FileHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")


def subject_of(house: FileHouse) -> str:
    found = house.sought()
    assert found is not None
    return found.subject_id


def restricted(house: FileHouse, cause: Cause = Cause.CONTESTED) -> str:
    """Restrict the person, and return the request's id."""
    request_id = ordered(house, Outcome.RESTRICT, asks=Asks.RESTRICTION)
    with house.desk("Ria") as desk:
        (entry,) = rights.restrict(desk, request_id=request_id, identifiers=[PLATE], cause=cause)
        assert rights.fulfil(desk, request_id=request_id, entries=[entry.index]).state is State.FULFILLED
    return request_id


@pytest.mark.requirement("T05")
def test_restricted_records_stay_and_are_not_handed_out(house: FileHouse) -> None:
    restricted(house)
    found = house.sought()
    assert found is not None
    assert found.restricted
    with pytest.raises(Refused, match="restricted-records"):
        house.read(found)
    assert (house.last()[0].kind, house.last()[0].rule) == ("request.refused", "restricted-records")
    with house.sit() as sitting:
        (other,) = sitting.records("sighting")
        assert (other.body["seen"], other.restricted) == ("elsewhere", False)
    with house.open() as opened:
        assert opened.kit.store.records_about(found.subject_id) == 2  # the record and its mark
        hold_against_ledger(opened.kit)
    with house.desk("Ann") as desk, pytest.raises(Refused, match="default-deny"):
        rights.restrictions(desk)
    with house.desk("Rob") as desk:
        (mark,) = rights.restrictions(desk)
        assert (mark.subject_id, mark.cause, mark.may_end) == (found.subject_id, Cause.CONTESTED, None)


@pytest.mark.parametrize(("reason", "shown"), [("court-order", True), ("recorded-crime", False)])
def test_evidence_is_shown_upon_a_court_order_and_upon_nothing_else(
    house: FileHouse, reason: str, *, shown: bool
) -> None:
    restricted(house, Cause.EVIDENCE)
    with house.open() as opened:
        ann, col = person_named(opened.kit, "Ann"), opened.signer("Col")
        post(opened.kit, actor=opened.signer("Adm"), person=ann, unit="first")
        open_case(opened.kit, actor=col, case_id="C-1/26", purpose=PURPOSE, unit="first", officers=[ann])
        desk = opened.desk(opened.signer("Ann"))
        with desk.open(purpose=PURPOSE, capability="file.keep", case="C-1/26", reason=reason) as sitting:
            found = sitting.find_subject(PLATE)
            assert found is not None
            if shown:
                assert [
                    kept.restricted for kept in sitting.records("sighting", subject=found.subject_id)
                ] == [True]
            else:
                with pytest.raises(Refused, match="restricted-records"):
                    sitting.records("sighting", subject=found.subject_id)


def test_a_merger_lifts_no_restriction(house: FileHouse) -> None:
    first = subject_of(house)
    restricted(house)
    other = house.sought(OTHER_PLATE)
    assert other is not None
    with house.sit() as sitting:
        sitting.merge_subjects(first, into=other.subject_id)
        for each in (first, other.subject_id):
            with pytest.raises(Refused, match="restricted-records"):
                sitting.records("sighting", subject=each)
        assert sitting.records("sighting") == ()


@pytest.mark.requirement("T05")
def test_a_restriction_ends_by_two_people_after_the_person_was_told(house: FileHouse) -> None:
    restricted(house)
    subject = house.sought()
    assert subject is not None
    with house.desk("Rob") as desk:
        with pytest.raises(BadInput, match="put that forward first"):
            rights.approve_lifting(desk, subject_id=subject.subject_id)
        letter = rights.propose_lifting(
            desk, subject_id=subject.subject_id, why="The plate was read twice.", remedy=REMEDY
        ).letter
        for said in ("you contested that they are right", "read twice", "may end on 2026-", REMEDY):
            assert said in letter.text()
        with pytest.raises(Refused, match="independent-review"):
            rights.approve_lifting(desk, subject_id=subject.subject_id)
    with house.desk("Ria") as desk, pytest.raises(Refused, match="told-before-lifting"):
        rights.approve_lifting(desk, subject_id=subject.subject_id)
    house.clock.advance(timedelta(days=14))
    with pytest.raises(Refused, match="restricted-records"):
        house.read(subject)
    with house.desk("Ria") as desk:
        assert rights.approve_lifting(desk, subject_id=subject.subject_id).kind == "lifting.approved"
        assert rights.restrictions(desk) == ()
    assert len(house.read(subject)) == 1
    with house.open() as opened:
        hold_against_ledger(opened.kit)


def test_nobody_is_restricted_without_another_persons_decision(house: FileHouse) -> None:
    request_id = ordered(house, Outcome.RESTRICT, asks=Asks.RESTRICTION)
    with house.desk("Rob") as desk, pytest.raises(Refused, match="independent-review"):
        rights.restrict(desk, request_id=request_id, identifiers=[PLATE], cause=Cause.CONTESTED)
    other = ordered(house, Outcome.CORRECT, asks=Asks.CORRECTION)
    with house.desk("Ria") as desk:
        with pytest.raises(BadInput, match="No restriction is ordered"):
            rights.restrict(desk, request_id=other, identifiers=[PLATE], cause=Cause.CONTESTED)
        with pytest.raises(BadInput, match="nothing to restrict"):
            nobody = rights.Identifier("plate", "ZZ99 AAA")
            rights.restrict(desk, request_id=request_id, identifiers=[nobody], cause=Cause.CONTESTED)


def test_a_restriction_goes_with_the_person(house: FileHouse) -> None:
    restricted(house)
    subject = house.sought()
    assert subject is not None
    house.erase(house.order(subject))
    with house.open() as opened:
        assert opened.kit.store.records("restriction") == ()
        hold_against_ledger(opened.kit)


@pytest.mark.requirement("T05")
def test_what_is_corrected_is_what_the_next_read_gives(house: FileHouse) -> None:
    subject = house.sought()
    assert subject is not None
    (wrong,) = house.read(subject)
    restricted(house)  # contested meanwhile: whoever corrects need not read it
    request_id = ordered(house, Outcome.CORRECT, asks=Asks.CORRECTION)
    with house.desk(
        "Ria"
    ) as desk:  # what comes after it, of another request or of another kind, is no step of this one
        another = rights.ask(desk, about=About.PERSON, zone=ZONE).request.request_id
        rights.withdraw(desk, request_id=another)
    with house.open() as opened:
        ((_, decided),) = opened.kit.store.records("rights-step", subject=request_id)[-1:]
        beside = new_record(opened.kit, "watch-list", subject=request_id, body={"tags": []})
        writes = Writes(records=(beside,))
        carry_out_as_house(opened.kit, "watch.kept", rule="none", facts={}, writes=writes)
    with house.sit() as sitting:
        right = NewRecord(sitting.new_id(), "sighting", subject.subject_id, {"seen": "nowhere"}, STATED)
        entry = sitting.correct(right, replaces=wrong.record_id, request_id=request_id)
    told: Document = {
        "corrects": wrong.record_id,
        "request": request_id,
        "decision": decided,
        "named_by": [],
        "reason": "request-of-the-person",
        "case": None,
    }
    assert {name: entry.facts[name] for name in told} == told
    with house.desk("Ria") as desk:
        rights.fulfil(desk, request_id=request_id, entries=[entry.index])
        rights.propose_lifting(desk, subject_id=subject.subject_id, why="It was put right.", remedy=REMEDY)
    house.clock.advance(timedelta(days=14))
    with house.desk("Rob") as desk:
        rights.approve_lifting(desk, subject_id=subject.subject_id)
    assert [kept.body for kept in house.read(subject)] == [{"seen": "nowhere"}]
    assert residue(house.home.parent, ["blue ladder"]) == []
    with house.sit() as sitting, pytest.raises(BadInput, match="No correction is ordered"):
        sitting.correct(right, replaces=right.record_id, request_id=request_id)
    with house.open() as opened:
        hold_against_ledger(opened.kit)


def test_a_correction_that_nobody_decided_on_is_noticed(house: FileHouse) -> None:
    (kept,) = house.read(house.sought() or pytest.fail("sought"))
    with house.open() as opened:
        ((record, _),) = opened.kit.store.records("sighting", record_id=kept.record_id)
        carry_out_as_house(opened.kit, CORRECTED, rule="none", facts={}, writes=Writes(gone=()))
        with pytest.raises(Tampered, match="more than put one record in the place of one"):
            hold_against_ledger(opened.kit)
        assert record.kind == "sighting"
