"""Sunset by dates and register: found out at every act, entered once, whoever remembers or forgets to look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import Refused
from peelian.governance import house as houses
from peelian.governance.charter import example_text
from peelian.governance.circumstances import sunset_facts
from peelian.governance.circumstances.sunset_facts import over
from peelian.governance.circumstances.suspended import State
from peelian.governance.reconciled import hold_against_ledger
from peelian.governance.register import installed_register
from peelian.governance.stopping.suspension import approve_change, propose_change
from tests.houses import PURPOSE, START, TestHouse, charter, found

WHY = "The charter was looked through again and stands for another year."


def propose(house: TestHouse) -> None:
    """Do an act that makes something new."""
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
        sitting.act("plan.proposed", action="propose", resource="plan", facts={"plan": sitting.new_id()})


def look(house: TestHouse) -> None:
    """Look at something, which a suspension leaves standing."""
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
        sitting.records("plan")


def suspended(house: TestHouse) -> list[tuple[object, object]]:
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        entries = [e for e in opened.kit.ledger.entries() if e.kind == "capability.suspended"]
    return [(entry.facts["capability"], entry.facts["grounds"]) for entry in entries]


def two_years(first: date) -> str:
    return example_text(valid_from=first, expires=first + timedelta(days=730))


@pytest.mark.requirement("E04")
def test_a_capability_past_its_expiry_is_suspended_at_the_next_look_and_a_new_charter_alone_does_not_restore_it(
    tmp_path: Path,
) -> None:
    house = found(tmp_path)
    charter(house)
    propose(house)
    house.clock.set(datetime(2027, 3, 2, 12, tzinfo=UTC))
    for _ in range(2):
        with pytest.raises(Refused):
            look(house)
    assert suspended(house) == [("patrol.plan", ["expired"])]
    text = example_text(valid_from=date(2027, 3, 2), expires=date(2028, 3, 1)).replace(
        "version = 1", "version = 2"
    )
    charter(house, text=text)
    look(house)
    with pytest.raises(Refused, match="suspended-capability"):
        propose(house)
    with house.open() as opened:
        kit, ann, abe = opened.kit, opened.signer("Ann"), opened.signer("Abe")
        propose_change(kit, actor=ann, capability="patrol.plan", to=State.IN_USE, why=WHY)
        approve_change(kit, actor=abe, capability="patrol.plan")
    propose(house)
    assert suspended(house) == [("patrol.plan", ["expired"])]


@pytest.mark.requirement("E04")
def test_a_capability_that_nobody_reviewed_for_a_year_is_suspended_though_its_charter_holds(
    tmp_path: Path,
) -> None:
    house = found(tmp_path)
    charter(house, text=two_years(START.date()))
    house.clock.set(START + timedelta(days=365))
    propose(house)
    house.clock.set(START + timedelta(days=366))
    for _ in range(2):
        with pytest.raises(Refused, match="suspended-capability"):
            propose(house)
        look(house)
    assert suspended(house) == [("patrol.plan", ["unreviewed"])]


@pytest.mark.requirement("E04")
def test_a_capability_that_the_register_lost_is_suspended_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = found(tmp_path)
    charter(house)
    propose(house)
    cards = tuple(
        replace(card, capabilities=tuple(c for c in card.capabilities if c.id != "patrol.plan"))
        for card in installed_register().cards
    )
    fewer = replace(installed_register(), cards=cards)
    monkeypatch.setattr(houses, "installed_register", lambda: fewer)
    with pytest.raises(Refused, match="suspended-capability"):
        propose(house)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="forecast.place") as sitting:
        sitting.records("forecast")
        sitting.require(action="commit", resource="forecast", case_facts={"period_started": False})
    assert suspended(house) == [("patrol.plan", ["unregistered"])]


def test_what_is_over_is_worked_out_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = found(tmp_path)
    charter(house)
    asked: list[str] = []
    once = sunset_facts.charters

    def counted(kit: object) -> object:
        asked.append("charters")
        return once(kit)  # type: ignore[arg-type]

    monkeypatch.setattr(sunset_facts, "charters", counted)
    with house.desk() as desk:
        for _ in range(3):
            with desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
                sitting.act("plan.proposed", action="propose", resource="plan", facts={})
        assert asked == ["charters"]
        house.clock.advance(timedelta(days=1))
        with desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
            sitting.records("plan")
        assert asked == ["charters"] * 2
    with house.open() as opened:
        assert over(opened.kit, "governance.staff", today=date(2099, 1, 1)) == (), "no charter ever named it"
