"""Somebody contests what was decided about a place: from the question to a forecast that has changed, by real doors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from peelian.app import journey
from peelian.app import rights as answering
from peelian.domain.errors import BadInput, Refused
from peelian.forecast import service as forecasting
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About, Asks, Outcome, Point, Reasons, State
from peelian.governance.service import enrol, hold_against_ledger
from tests.houses import PURPOSE, TestHouse, charter, found, week_of_incidents

PLACE = Point(-87.65, 41.85)
"""Where a burglary is reported every day."""
DAYS = 34
FOUND = Reasons(
    facts="Thirty of the burglaries recorded here happened elsewhere; the district had entered its own address.",
    rule="Directive (EU) 2016/680, Article 16(1): what is inaccurate is rectified.",
    decider="Rights officer of the agency, who had no part in the plan.",
    remedy="You may contest this, or complain to the supervisory authority.",
)


@dataclass
class Line:
    """The house, and what of it is asked about."""

    house: TestHouse
    folder: Path
    forecast_id: str
    plan_id: str

    def commit(self) -> forecasting.KeptForecast:
        with self.house.open() as opened:
            return forecasting.commit(
                opened.desk(opened.signer("Ann")),
                purpose=PURPOSE,
                grid=opened.settings.grid,
                zone=opened.settings.zone,
            )


@pytest.fixture
def line(tmp_path: Path) -> Line:
    house = found(tmp_path)
    charter(house)
    with house.open() as opened:
        keys = opened.folder("keys")
        for name in ("Ria", "Rob", "Roy"):
            enrol(opened.kit, actor=opened.signer("Adm"), name=name, roles=[Role.RIGHTS_OFFICER], keys=keys)
    house.load(week_of_incidents(first=date(2026, 1, 26), days=DAYS))
    here = Line(house, tmp_path, "", "")
    here.forecast_id = here.commit().forecast_id
    with house.open() as opened:
        kept = journey.propose(
            opened,
            actor=opened.signer("Ann"),
            purpose=PURPOSE,
            forecast_id=here.forecast_id,
            offence="burglary",
            shift_start=(house.clock.now() + timedelta(days=2)).replace(tzinfo=None),
            places=2,
            seed=1,
        )
        journey.approve(opened, actor=opened.signer("Col"), purpose=PURPOSE, plan_id=kept.plan.plan_id)
    here.plan_id = kept.plan.plan_id
    return here


def moved_away() -> list[str]:
    """The same deliveries with the repeated place put right, two kilometres off."""
    return [
        row.replace("|-87.6500|41.8500|", "|-87.6300|41.8600|")
        for row in week_of_incidents(first=date(2026, 1, 26), days=DAYS)
        if "-0|" in row
    ]


@pytest.mark.requirement("T05", "F03")
def test_a_place_is_contested_corrected_and_forecast_anew_and_the_ledger_shows_it(line: Line) -> None:
    house = line.house
    with house.open() as opened:
        desk = opened.desk(opened.signer("Ria"))
        zone = opened.settings.zone
        request = rights.ask(desk, about=About.PLACE, asks=Asks.CORRECTION, point=PLACE, zone=zone).request
        letter = line.folder / "letter.txt"
        answered, _ = answering.answer_place(
            opened, actor=opened.signer("Ria"), request_id=request.request_id, path=letter
        )
    assert answered.state is State.ANSWERED
    told = letter.read_text()
    assert line.forecast_id in told
    assert line.plan_id in told
    for part in ("What was found:", "On which rule:", "Who decided:", "What you can do:"):
        assert part in told
    with house.open() as opened:
        desk = opened.desk(opened.signer("Rob"))
        ordered = rights.decide(desk, request_id=request.request_id, outcome=Outcome.CORRECT, reasons=FOUND)
    report = house.load(moved_away())
    assert report.corrected == DAYS
    again = line.commit()
    with house.open() as opened:
        actor = opened.signer("Rob")
        done = answering.fulfil(
            opened,
            actor=actor,
            request_id=request.request_id,
            entries=[report.entry_index],
            forecast=again.forecast_id,
        )
        certificate = answering.close(
            opened, actor=actor, request_id=request.request_id, path=line.folder / "certificate.json"
        )
        hold_against_ledger(opened.kit)
        entries = tuple(opened.kit.ledger.entries())
    fulfilled = entries[done.steps[-1].entry_index]
    assert fulfilled.facts["acts"] == [report.entry_index]
    before = next(e for e in entries if e.facts.get("forecast") == line.forecast_id)
    assert fulfilled.facts["recomputed"] == {
        "before": before.index,
        "after": again.entry_index,
        "same_period": True,
        "differs": True,
    }
    assert ordered.steps[-1].entry_index < report.entry_index < again.entry_index < fulfilled.index
    document = json.loads((line.folder / "certificate.json").read_text())["certificate"]
    assert document == certificate.document
    assert document["outcome"] == "correct"
    assert not document["late"]
    assert [entries[step["entry"]].kind for step in document["steps"]] == [
        "rights.answered",
        "rights.decided",
        "rights.fulfilled",
        "rights.closed",
    ]


@pytest.mark.requirement("T05")
def test_who_answered_or_took_part_does_not_decide_and_the_refusal_is_entered(line: Line) -> None:
    with line.house.open() as opened:
        desk = opened.desk(opened.signer("Ria"))
        request = rights.ask(desk, about=About.PLACE, point=PLACE, zone=opened.settings.zone).request
        answering.answer_place(
            opened,
            actor=opened.signer("Ria"),
            request_id=request.request_id,
            path=line.folder / "letter.txt",
        )
        with pytest.raises(Refused, match="independent-review"):
            rights.decide(desk, request_id=request.request_id, outcome=Outcome.ANSWERED, reasons=FOUND)
        assert [entry.kind for entry in opened.kit.ledger.entries()][-1] == "request.refused"
        for name in ("Ann", "Col", "Abe", "Aud", "Adm"):
            with pytest.raises(Refused):
                rights.decide(
                    opened.desk(opened.signer(name)),
                    request_id=request.request_id,
                    outcome=Outcome.ANSWERED,
                    reasons=FOUND,
                )


@pytest.mark.requirement("T05")
def test_what_comes_to_be_contested_is_decided_by_others_on_a_new_clock(line: Line) -> None:
    with line.house.open() as opened:
        zone = opened.settings.zone
        ria, rob, roy = (opened.desk(opened.signer(name)) for name in ("Ria", "Rob", "Roy"))
        request_id = rights.ask(ria, about=About.PLACE, point=PLACE, zone=zone).request.request_id
        answering.answer_place(
            opened, actor=opened.signer("Ria"), request_id=request_id, path=line.folder / "1.txt"
        )
        rights.decide(rob, request_id=request_id, outcome=Outcome.REFUSED, reasons=FOUND)
        rights.close(rob, request_id=request_id)
    line.house.clock.advance(timedelta(days=40))
    with line.house.open() as opened:
        ria, rob, roy = (opened.desk(opened.signer(name)) for name in ("Ria", "Rob", "Roy"))
        case = rights.contest(ria, request_id=request_id, zone=zone)
        assert case.due > case.steps[-1].at + timedelta(days=27)
        answering.answer_place(
            opened, actor=opened.signer("Roy"), request_id=request_id, path=line.folder / "2.txt"
        )
        for desk in (ria, rob, roy):
            with pytest.raises(Refused, match="independent-review"):
                rights.decide(desk, request_id=request_id, outcome=Outcome.ANSWERED, reasons=FOUND)


def test_an_act_that_cannot_have_carried_out_the_order_does_not_count(line: Line) -> None:
    with line.house.open() as opened:
        ria, rob = opened.desk(opened.signer("Ria")), opened.desk(opened.signer("Rob"))
        request_id = rights.ask(
            ria, about=About.PLACE, point=PLACE, zone=opened.settings.zone
        ).request.request_id
        answering.answer_place(
            opened, actor=opened.signer("Ria"), request_id=request_id, path=line.folder / "1.txt"
        )
        with pytest.raises(Refused, match="A request that is answered cannot fulfil"):
            rights.fulfil(rob, request_id=request_id, entries=[3])
        rights.decide(rob, request_id=request_id, outcome=Outcome.ERASE, reasons=FOUND)
        loads = [e.index for e in opened.kit.ledger.entries() if e.kind == "load.accepted"]
        with pytest.raises(BadInput, match=r"cannot have carried out the order to erase.*rows\.erased"):
            rights.fulfil(rob, request_id=request_id, entries=loads)
        with pytest.raises(BadInput, match="Name the ledger entries"):
            rights.fulfil(rob, request_id=request_id, entries=[])


def test_a_letter_that_is_there_is_not_overwritten_and_nothing_is_entered(line: Line) -> None:
    path = line.folder / "letter.txt"
    path.write_text("another letter")
    with line.house.open() as opened:
        ria = opened.desk(opened.signer("Ria"))
        request_id = rights.ask(
            ria, about=About.PLACE, point=PLACE, zone=opened.settings.zone
        ).request.request_id
        with pytest.raises(BadInput, match="never overwritten"):
            answering.answer_place(opened, actor=opened.signer("Ria"), request_id=request_id, path=path)
        assert rights.case_of(ria, request_id=request_id).state is State.IDENTIFIED
    assert path.read_text() == "another letter"
