"""What is restricted stays and is not worked with; what is corrected is what the next read gives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.canonical import Document, Json
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.time import SimulatedClock, iso
from peelian.governance.act import carry_out_as_house
from peelian.governance.circumstances.own_records import new_record
from peelian.governance.conduct.case_acts import open_case
from peelian.governance.conduct.staffing import post
from peelian.governance.desk import NewRecord
from peelian.governance.dropped import CORRECTED
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.principals import Signature, check_signature
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Asks, Cause, Outcome, Point, State
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
from tests.governance.rights.made import REASONS, REMEDY, ZONE, ordered, with_officers


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


SAID = {"reason": "request-of-the-person", "case": None}
"""Why every act here was done, as its entry says."""


def restricted(house: FileHouse, cause: Cause = Cause.CONTESTED, *others: Identifier) -> str:
    """Restrict the person (and others with them), and return the request's id."""
    request_id = ordered(house, Outcome.RESTRICT, asks=Asks.RESTRICTION)
    with house.desk("Ria") as desk:
        entries = rights.restrict(desk, request_id=request_id, identifiers=[PLATE, *others], cause=cause)
        done = rights.fulfil(desk, request_id=request_id, entries=[entry.index for entry in entries])
        assert (done.state, len(entries)) == (State.FULFILLED, 1 + len(others))
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


def acts(entries: Sequence[Entry]) -> list[tuple[str, str | None, Document]]:
    """Return what an auditor reads of acts: kind, rule, and the facts but for the commitments to their rows."""
    rows = ("parts", "records", "rejected", "approvals", "principals", "charters")
    return [
        (entry.kind, entry.rule, {key: each for key, each in entry.facts.items() if key not in rows})
        for entry in entries
    ]


@pytest.mark.requirement("T05")
@pytest.mark.parametrize(
    ("about", "point", "begins"),
    [
        (About.PLACE, Point(-87.65, 41.85), State.IDENTIFIED),
        (About.PERSON, None, State.RECEIVED),
    ],
)
def test_what_is_asked_stands_as_it_was_answered_to_whoever_asked(
    house: FileHouse, about: About, point: Point | None, begins: State
) -> None:
    with house.desk("Ria") as desk:
        other = rights.ask(desk, about=About.PERSON, asks=Asks.ERASURE, zone=ZONE, contact="Nemo")
        case = rights.ask(desk, about=about, asks=Asks.CORRECTION, point=point, zone=ZONE)
        taken_back = rights.withdraw(desk, request_id=other.request.request_id)
        request_id = case.request.request_id
        assert (case.state, case.steps) == (begins, ())
        assert rights.case_of(desk, request_id=request_id) == case
        assert rights.cases(desk) == (taken_back, case)
        assert rights.contact_of(desk, request_id=request_id) is None
        assert rights.contact_of(desk, request_id=other.request.request_id) == "Nemo"
    with house.open() as opened:
        entry = opened.kit.ledger.entry(case.first_entry)
        assert entry.actor == case.taken_in_by == person_named(opened.kit, "Ria").id
    told = {"request": request_id, "about": about.value, "asks": "correction", "due": iso(case.request.due)}
    assert acts([entry]) == [("rights.requested", "rights-are-answered", told | SAID)]


@pytest.mark.requirement("T05")
def test_each_step_of_a_request_is_entered_and_the_certificate_names_them_all(house: FileHouse) -> None:
    request_id = restricted(house, Cause.EVIDENCE)
    with house.desk("Ria") as desk:
        case, certificate = rights.close(desk, request_id=request_id)
        assert rights.case_of(desk, request_id=request_id) == case
    house.clock.advance(timedelta(days=1))
    with house.desk("Ria") as desk:
        other = rights.ask(desk, about=About.PERSON, zone=ZONE)
        again = rights.contest(desk, request_id=request_id, zone=ZONE)
        assert (again.state, case.due < other.due == again.due) == (State.IDENTIFIED, True)
        assert rights.cases(desk) == (again, other)
    with house.open() as opened:
        entries = tuple(opened.kit.ledger.entries())
    steps = [entries[step.entry_index] for step in again.steps]
    order = steps[2]
    (done,) = (entry for entry in entries if entry.kind == "subject.restricted")
    due = iso(again.due)

    def step(named: str, **more: Json) -> Document:
        return {"request": request_id, "step": named, **more, **SAID}

    assert acts([*steps, done]) == [
        ("rights.identified", "rights-are-answered", step("prove", restricted=False)),
        ("rights.answered", "rights-are-answered", step("answer")),
        ("rights.decided", "rights-are-decided", step("order", outcome="restrict")),
        ("rights.fulfilled", "rights-are-answered", step("fulfil", acts=[done.index], recomputed=None)),
        ("rights.closed", "rights-are-answered", step("close")),
        ("rights.contested", "rights-are-answered", step("contest", due=due)),
        (
            "subject.restricted",
            "persons-are-restricted",
            {"request": request_id, "cause": "evidence", "decision": order.index, **SAID},
        ),
    ]
    reasons = vars(REASONS)
    assert [step.body for step in again.steps] == [
        {"step": "prove", "after": "identified", "how": "in-person", "restricted": None},
        {"step": "answer", "after": "answered"},
        {"step": "order", "after": "ordered", "outcome": "restrict", "reasons": reasons},
        {
            "step": "fulfil",
            "after": "fulfilled",
            "acts": [[done.index, "subject.restricted"]],
            "recomputed": None,
        },
        {"step": "close", "after": "closed"},
        {"step": "contest", "after": "identified", "due": due},
    ]
    assert certificate.request_id == request_id
    assert json.loads(certificate.text()) == {
        "certificate": {
            "request_id": request_id,
            "about": "person",
            "asks": "restriction",
            "point": None,
            "received": iso(case.request.received),
            "due": iso(case.due),
            "state": "closed",
            "outcome": "restrict",
            "entries": [case.first_entry, *(entry.index for entry in steps[:-1])],
            "steps": [
                {"step": named, "at": iso(entry.time), "entry": entry.index}
                for named, entry in zip(
                    ("prove", "answer", "order", "fulfil", "close"), steps[:-1], strict=True
                )
            ],
            "late": False,
            "reasons": reasons,
        },
        "proof": certificate.proof,
    }


@pytest.mark.requirement("T05")
def test_a_restriction_ends_by_two_people_after_the_person_was_told(house: FileHouse) -> None:
    request_id = restricted(house, Cause.CONTESTED, OTHER_PLATE)
    subject, other = house.sought(), house.sought(OTHER_PLATE)
    assert subject is not None
    assert other is not None
    with house.desk("Rob") as desk:
        with pytest.raises(BadInput, match="put that forward first"):
            rights.approve_lifting(desk, subject_id=subject.subject_id)
        since = {each.subject_id: each.since for each in rights.restrictions(desk)}
        rights.propose_lifting(desk, subject_id=subject.subject_id, why="It was read again.", remedy=REMEDY)
        house.clock.advance(timedelta(minutes=1))
        told = rights.propose_lifting(
            desk, subject_id=subject.subject_id, why="The plate was read twice.", remedy=REMEDY
        )
        ends = iso(desk.now() + timedelta(days=14))
        for said in ("you contested that they are right", "read twice", f"may end on {ends},", REMEDY):
            assert said in told.letter.text()
        assert [each.document() for each in rights.restrictions(desk)] == [
            {
                "subject": each,
                "cause": "contested",
                "since": iso(since[each]),
                "may_end": ends if each == subject.subject_id else None,
            }
            for each in since
        ]
        with desk.open(purpose="rights", capability="governance.rights", reason=SAID["reason"]) as sitting:
            _, notice = sitting.records("notice", categories=rights.EVERYBODY)
        assert (notice.record_id, notice.subject) == (told.notice_id, subject.subject_id)
        assert notice.body == {"given": True, "ground": None, "until": None}
        with pytest.raises(Refused, match="independent-review"):
            rights.approve_lifting(desk, subject_id=subject.subject_id)
    with house.desk("Ria") as desk, pytest.raises(Refused, match="told-before-lifting"):
        rights.approve_lifting(desk, subject_id=subject.subject_id)
    house.clock.advance(timedelta(days=14))
    with pytest.raises(Refused, match="restricted-records"):
        house.read(subject)
    with house.desk("Ria") as desk:
        lifted = rights.approve_lifting(desk, subject_id=subject.subject_id)
        assert [each.subject_id for each in rights.restrictions(desk)] == [other.subject_id]
    assert len(house.read(subject)) == 1
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        kept = opened.kit.store.records("restriction", subject=subject.subject_id)
        bodies = [json.loads(record.body) for record, _ in kept]
        first, _, proposal, _ = (record.record_id for record, _ in kept)
        asked = {"request": request_id, "cause": "contested"}
        assert bodies == [
            asked | {"mark": "set"},
            *[asked | {"mark": "lifting-proposed", "set": first}] * 2,
            asked | {"mark": "lifted", "set": first, "proposal": proposal},
        ]
        ((approval, index),) = opened.kit.store.approvals(proposal)
        ria = person_named(opened.kit, "Ria")
        signature = Signature(ria.id, approval.signature)
        check_signature(ria, {"proposal": proposal}, signature, context="restriction-lifting")
        assert (index, approval.principal_id) == (lifted.index, ria.id)
        proposed = opened.kit.ledger.entry(kept[2][1])
    assert acts([proposed, lifted]) == [
        ("lifting.proposed", "persons-are-restricted", SAID),
        ("lifting.approved", "restrictions-are-lifted", {"proposal": proposal, **SAID}),
    ]


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
