"""A house with records about persons, two rights officers and two people of the supervisory authority."""

from __future__ import annotations

from pathlib import Path

from peelian.governance.principals import Role
from peelian.governance.review.service import HOLDING
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Asks, Outcome, Proof, Reasons, SealedKinds
from peelian.governance.service import enrol
from tests.governance.persons.made import PLATE, FileHouse, found_files

ZONE = "America/Chicago"
REMEDY = "Write to the supervisory authority."
OFFICERS = {
    "Ria": Role.RIGHTS_OFFICER,
    "Rob": Role.RIGHTS_OFFICER,
    "Sue": Role.SUPERVISOR,
    "Sam": Role.SUPERVISOR,
}
REASONS = Reasons(
    facts="Whether the record is right cannot be ascertained.",
    rule="Directive (EU) 2016/680, Article 16.",
    decider="A rights officer of this house.",
    remedy="You may contest this.",
)
ROOMS = (HOLDING, SealedKinds("file.keep", frozenset({"sighting", "statement", "suspicion"})))


def with_officers(folder: Path) -> FileHouse:
    """Found such a house."""
    house = found_files(folder)
    with house.open() as opened:
        for name, role in OFFICERS.items():
            enrol(
                opened.kit,
                actor=opened.signer("Adm"),
                name=name,
                roles=[role],
                keys=opened.folder("keys"),
            )
    return house


def ordered(house: FileHouse, outcome: Outcome, *, asks: Asks) -> str:
    """Have Ria answer a person's request and Rob decide about it; return its id."""
    with house.desk("Ria") as desk:
        request_id = rights.ask(desk, about=About.PERSON, asks=asks, zone=ZONE).request.request_id
        rights.prove(desk, request_id=request_id, how=Proof.IN_PERSON)
        rights.answer_person(desk, request_id=request_id, identifiers=[PLATE], remedy=REMEDY, rooms=ROOMS)
    with house.desk("Rob") as desk:
        rights.decide(desk, request_id=request_id, outcome=outcome, reasons=REASONS)
    return request_id
