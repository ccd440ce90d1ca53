"""What was sealed away from an answer opens for two people of the supervisory authority, and for nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.principals import Signature, check_signature
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Proof, Restriction
from peelian.governance.service import hold_against_ledger, person_named
from tests.governance.persons.made import PLATE, VICTIM, FileHouse
from tests.governance.rights.made import REMEDY, ROOMS, ZONE, with_officers

NOBODY = Identifier("plate", "ZZ99 AAA")
REFERENCE = "DPA 17/2026"
SAID = {"reason": "request-of-the-person", "case": None}


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    return with_officers(tmp_path)


def answered(house: FileHouse, identifier: Identifier, *, silent: bool = True) -> str:
    with house.desk("Ria") as desk:
        request_id = rights.ask(desk, about=About.PERSON, zone=ZONE).request.request_id
        how = Restriction.OFFENCES if silent else None
        rights.prove(desk, request_id=request_id, how=Proof.IN_PERSON, restricted=how)
        rights.answer_person(
            desk, request_id=request_id, identifiers=[identifier], remedy=REMEDY, rooms=ROOMS
        )
    return request_id


def asked(house: FileHouse, request_id: str) -> str:
    with house.desk("Sue") as desk:
        return rights.ask_to_open(desk, request_id=request_id, reference=REFERENCE)


def bytes_of(house: FileHouse, size: int) -> list[tuple[bytes, bytes | None]]:
    with house.open() as opened:
        ledger = opened.kit.ledger
        return [(ledger.entry(index).envelope, ledger.blob(index)) for index in range(size)]


@pytest.mark.requirement("T05")
def test_two_people_of_the_authority_see_the_truth_and_what_was_answered_stays_as_it_is(
    house: FileHouse,
) -> None:
    house.keep(house.register())
    house.keep(house.register(VICTIM), "statement")
    known, nobody = answered(house, PLATE), answered(house, NOBODY)
    with house.open() as opened:
        size = opened.kit.ledger.size
    before = bytes_of(house, size)
    seen = {}
    for request_id in (known, nobody):
        opening_id = asked(house, request_id)
        with house.desk("Sam") as desk:
            entry, truths = rights.open_truth(desk, opening_id=opening_id)
        seen[request_id] = sorted((truth.known, truth.records) for truth in truths)
        assert (entry.kind, entry.facts["request"]) == ("truth.opened", request_id)
        assert "known" not in entry.envelope.decode()
    assert seen == {known: [(False, 0), (True, 1), (True, 1)], nobody: [(False, 0)] * 3}
    assert bytes_of(house, size) == before
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        ((approval, index),) = opened.kit.store.approvals(opening_id)
        sam = person_named(opened.kit, "Sam")
        signature = Signature(sam.id, approval.signature)
        check_signature(sam, {"opening": opening_id}, signature, context="truth-opening")
        assert (index, approval.principal_id) == (entry.index, sam.id)
        bodies = [
            json.loads(record.body)
            for record, _ in opened.kit.store.records("truth-opening", subject=request_id)
        ]
    assert bodies == [{"reference": REFERENCE, "opening": each} for each in (None, opening_id)]
    assert entry.rule == "supervisor-opens"
    assert entry.facts.items() >= {"request": request_id, "opening": opening_id, **SAID}.items()


@pytest.mark.parametrize("name", ["Adm", "Ann", "Abe", "Col", "Aud", "Ria", "Rob"])
def test_nobody_else_asks_for_it_or_opens_it(house: FileHouse, name: str) -> None:
    request_id = answered(house, PLATE)
    opening_id = asked(house, request_id)
    with house.desk(name) as desk:
        with pytest.raises(Refused):
            rights.ask_to_open(desk, request_id=request_id, reference=REFERENCE)
        with pytest.raises(Refused):
            rights.open_truth(desk, opening_id=opening_id)
    assert "truth.opened" not in house.entries()


def test_one_person_of_the_authority_is_not_enough(house: FileHouse) -> None:
    opening_id = asked(house, answered(house, PLATE))
    with house.desk("Sue") as desk, pytest.raises(Refused, match="two-persons"):
        rights.open_truth(desk, opening_id=opening_id)


def test_nothing_opens_at_another_act_than_the_opening_of_that_request(house: FileHouse) -> None:
    first, second = answered(house, PLATE), answered(house, NOBODY)
    opening_id = asked(house, first)
    with house.desk("Sam") as desk:
        entry, _ = rights.open_truth(desk, opening_id=opening_id)
        with desk.open(purpose="supervision", capability="governance.supervision") as sitting:
            with pytest.raises(BadInput, match="does not open the request"):
                sitting.sealed_truths(second, opened=entry)
            with pytest.raises(BadInput, match="does not open the request"):
                sitting.sealed_truths(first, opened=sitting.entered(0))
    with house.sit() as sitting, pytest.raises(BadInput, match="for this person"):
        sitting.sealed_truths(first, opened=entry)


def test_of_a_person_erased_since_the_truth_is_gone(house: FileHouse) -> None:
    subject = house.register()
    house.keep(subject)
    request_id = answered(house, PLATE)
    house.erase(house.order(subject))
    opening_id = asked(house, request_id)
    with house.desk("Sam") as desk:
        _, truths = rights.open_truth(desk, opening_id=opening_id)
    assert [(each.known, each.records) for each in truths] == [(None, None)] * 3


def test_an_open_answer_has_nothing_to_open(house: FileHouse) -> None:
    request_id = answered(house, PLATE, silent=False)
    with house.desk("Sue") as desk, pytest.raises(BadInput, match="nothing was sealed"):
        rights.ask_to_open(desk, request_id=request_id, reference=REFERENCE)
