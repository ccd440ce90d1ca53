"""The doors of rights beyond the letter: restriction and its end, and what the supervisory authority opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from peelian.governance.card import SubjectCategory
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Cause, Identifier, Outcome, Proof, Restriction
from peelian.governance.service import enrol
from tests.house.rights_walk import REASONS, ZONE, void
from tests.house.stage import Stage

PLATE = Identifier("plate", "QX19 ZZT")
TOLD = "governance.rights.approve_lifting"
"""The step that waits until the person has been told for some days."""


def _desk(stage: Stage, name: str = "Ria"):
    return stage.house.desk(stage.house.signer(name))


def _restrict(stage: Stage) -> Stage:
    with _desk(stage).open(purpose="rights", capability="governance.rights") as sitting:
        subject = sitting.register_subject(category=SubjectCategory.SUSPECT, identifiers=[PLATE])
    request_id = rights.ask(_desk(stage), about=About.PERSON, zone=ZONE).request.request_id
    rights.prove(_desk(stage), request_id=request_id, how=Proof.IN_PERSON, restricted=Restriction.OTHERS)
    rights.answer_person(_desk(stage), request_id=request_id, identifiers=[PLATE], remedy="Ask the board.")
    rights.decide(_desk(stage, "Rob"), request_id=request_id, outcome=Outcome.RESTRICT, reasons=REASONS)
    rights.restrict(_desk(stage), request_id=request_id, identifiers=[PLATE], cause=Cause.CONTESTED)
    return replace(stage, request_id=request_id, finding_id=subject.subject_id)


def _propose(stage: Stage) -> None:
    told = "The plate was read twice."
    rights.propose_lifting(_desk(stage), subject_id=stage.finding_id, why=told, remedy="Ask the board.")


def _ask_to_open(stage: Stage) -> Stage:
    for name in ("Sue", "Sam"):
        enrol(
            stage.house.kit,
            actor=stage.house.signer("Adm"),
            name=name,
            roles=[Role.SUPERVISOR],
            keys=stage.house.folder("keys"),
        )
    opening = rights.ask_to_open(_desk(stage, "Sue"), request_id=stage.request_id, reference="DPA 17/26")
    return replace(stage, order_id=opening)


PERSONS_WALK: dict[str, Callable[[Stage], Stage | object | None]] = {
    "governance.rights.restrict": _restrict,
    "governance.rights.restrictions": lambda s: void(rights.restrictions(_desk(s))),
    "governance.rights.ask_to_open": _ask_to_open,
    "governance.rights.open_truth": lambda s: void(rights.open_truth(_desk(s, "Sam"), opening_id=s.order_id)),
    "governance.rights.propose_lifting": _propose,
    TOLD: lambda s: void(rights.approve_lifting(_desk(s, "Rob"), subject_id=s.finding_id)),
}
