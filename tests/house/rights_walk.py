"""The doors of rights, in an order in which each step finds what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from peelian.forecast import service as forecasting
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Outcome, Point, Proof, Reasons
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


def _prove_and_withdraw(stage: Stage) -> Stage:
    case = rights.ask(_desk(stage), about=About.PERSON, zone=ZONE)
    rights.prove(_desk(stage), request_id=case.request.request_id, how=Proof.IN_PERSON)
    return replace(stage, request_id=case.request.request_id)


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
    "governance.rights.prove": _prove_and_withdraw,
    "governance.rights.withdraw": lambda s: void(rights.withdraw(_desk(s), request_id=s.request_id)),
}


def void(_: object) -> None:
    """Drop what a door returned."""
