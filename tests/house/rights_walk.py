"""The doors of rights, in an order in which each step finds what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

from peelian.forecast import service as forecasting
from peelian.governance.card import SubjectCategory
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import (
    About,
    Identifier,
    Notice,
    Outcome,
    Point,
    Proof,
    Reasons,
    Restriction,
)
from peelian.governance.service import enrol
from peelian.patrol import service as patrol
from tests.house.stage import Stage
from tests.houses import PURPOSE

HERE = Point(-87.65, 41.85)
ZONE = "America/Chicago"
REASONS = Reasons(
    facts="The rows were counted twice.",
    rule="The charter of this house.",
    decider="A rights officer of this house.",
    remedy="You may contest this.",
)


def _desk(stage: Stage, name: str = "Ria"):
    return stage.house.desk(stage.house.signer(name))


def _statements(stage: Stage) -> tuple[rights.PlaceStatement, ...]:
    return forecasting.about_place(_desk(stage), purpose=PURPOSE, lon_deg=HERE.lon_deg, lat_deg=HERE.lat_deg)


def _ask(stage: Stage) -> Stage:
    for name in ("Ria", "Rob"):
        enrol(
            stage.house.kit,
            actor=stage.house.signer("Adm"),
            name=name,
            roles=[Role.RIGHTS_OFFICER],
            keys=stage.house.folder("keys"),
        )
    case = rights.ask(_desk(stage), about=About.PLACE, point=HERE, zone=ZONE)
    return replace(stage, request_id=case.request.request_id)


def _answer(stage: Stage) -> None:
    rights.answer_place(
        _desk(stage), request_id=stage.request_id, statements=_statements(stage), remedy="Ask the board."
    )


def _decide(stage: Stage) -> None:
    desk = _desk(stage, "Rob")
    rights.decide(desk, request_id=stage.request_id, outcome=Outcome.CORRECT, reasons=REASONS)


def _fulfil(stage: Stage) -> None:
    from tests.house.test_no_act_without_entry import _delivered

    _delivered(stage, "K30,2026-03-01 09:00:00,2026-03-01 10:00:00")
    load = [e.index for e in stage.house.kit.ledger.entries() if e.kind == "load.accepted"][-1]
    rights.fulfil(_desk(stage), request_id=stage.request_id, entries=[load])


def _prove(stage: Stage) -> Stage:
    case = rights.ask(_desk(stage), about=About.PERSON, zone=ZONE, contact="Nemo, Harbour Row")
    request_id = case.request.request_id
    rights.prove(_desk(stage), request_id=request_id, how=Proof.IN_PERSON, restricted=Restriction.OTHERS)
    return replace(stage, request_id=request_id)


def _answer_person(stage: Stage) -> None:
    plate = Identifier("plate", "ZZ99 AAA")
    rights.answer_person(
        _desk(stage), request_id=stage.request_id, identifiers=[plate], remedy="Ask the board."
    )


def _subject(stage: Stage) -> str:
    """Register somebody for one step alone."""
    with _desk(stage).open(purpose="rights", capability="governance.rights") as sitting:
        account = Identifier("account", sitting.new_id())
        return sitting.register_subject(category=SubjectCategory.SUSPECT, identifiers=[account]).subject_id


def _defer_notice(stage: Stage) -> None:
    until = stage.house.kit.clock.now() + timedelta(days=9)
    rights.defer_notice(_desk(stage), subject_id=_subject(stage), ground=Restriction.OTHERS, until=until)


def _give_notice(stage: Stage) -> None:
    points = dict.fromkeys((field.name for field in fields(Notice)), "as the law of this place says")
    rights.give_notice(_desk(stage), subject_id=_subject(stage), notice=Notice(**points))


RIGHTS_WALK: dict[str, Callable[[Stage], Stage | object | None]] = {
    "governance.rights.ask": _ask,
    "forecast.about_place": lambda s: void(_statements(s)),
    "patrol.about_place": lambda s: void(
        patrol.about_place(_desk(s), purpose=PURPOSE, lon_deg=HERE.lon_deg, lat_deg=HERE.lat_deg)
    ),
    "governance.rights.answer_place": _answer,
    "governance.rights.decide": _decide,
    "governance.rights.fulfil": _fulfil,
    "governance.rights.case_of": lambda s: void(rights.case_of(_desk(s), request_id=s.request_id)),
    "governance.rights.close": lambda s: void(rights.close(_desk(s), request_id=s.request_id)),
    "governance.rights.contest": lambda s: void(rights.contest(_desk(s), request_id=s.request_id, zone=ZONE)),
    "governance.rights.cases": lambda s: void(rights.cases(_desk(s))),
    "governance.rights.prove": _prove,
    "governance.rights.contact_of": lambda s: void(rights.contact_of(_desk(s), request_id=s.request_id)),
    "governance.rights.answer_person": _answer_person,
    "governance.rights.defer_notice": _defer_notice,
    "governance.rights.give_notice": _give_notice,
    "governance.rights.notices_due": lambda s: void(rights.notices_due(_desk(s))),
    "governance.rights.withdraw": lambda s: void(rights.withdraw(_desk(s), request_id=s.request_id)),
}


def void(_: object) -> None:
    """Drop what a door returned."""
