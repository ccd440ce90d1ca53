"""What takes two people: what one put forward holds when another has signed it, and not without that signature."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.canonical import canonical, digest
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.time import iso
from peelian.governance.act import suspend
from peelian.governance.circumstances.own_records import own_records
from peelian.governance.circumstances.stop_file import KIND as STOP
from peelian.governance.circumstances.sunset import Ground, Verdict
from peelian.governance.circumstances.suspended import KIND, Change, State, changes, halted
from peelian.governance.principals import Signature, verify
from peelian.governance.stopping.stop import approve_resumption, press, propose_resumption, standing
from peelian.governance.stopping.suspension import approve_change, propose_change
from peelian.storage.rows import ApprovalRow
from tests.houses import TestHouse, found

WHY = "The counts of the new records system are read as the old ones were."
LATER = "The council asked for its end, and nobody uses it."
OVER = Verdict(Ground.EXPIRED, "No charter has named it since 2026-03-01.")


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return found(tmp_path)


@pytest.mark.requirement("E04")
def test_what_two_people_decide_about_one_capability_is_decided_about_no_other(house: TestHouse) -> None:
    with house.open() as opened:
        kit, ann, abe = opened.kit, opened.signer("Ann"), opened.signer("Abe")
        now = kit.clock.now()
        first = suspend(kit, "forecast.place", [OVER])
        other = suspend(kit, "patrol.plan", [OVER])
        (entered, _) = own_records(kit, KIND)
        facts = {"capability": "forecast.place", "grounds": ["expired"], "why": OVER.says}
        assert {name: first.facts[name] for name in facts} == facts
        assert entered.body == {"state": "suspended", "to": "suspended", **facts}
        with pytest.raises(BadInput, match="the reason for the change says too little"):
            propose_change(kit, actor=ann, capability="forecast.place", to=State.IN_USE, why="ok now")
        propose_change(kit, actor=ann, capability="forecast.place", to=State.IN_USE, why=WHY)
        propose_change(kit, actor=ann, capability="patrol.plan", to=State.WITHDRAWN, why=LATER)
        assert [halted(kit, name) for name in ("forecast.place", "patrol.plan", "city.load")] == [
            True,
            True,
            False,
        ]
        restored = approve_change(kit, actor=abe, capability="forecast.place")
        assert [halted(kit, name) for name in ("forecast.place", "patrol.plan", "city.load")] == [
            False,
            True,
            False,
        ]
        assert changes(kit) == (
            Change("forecast.place", State.SUSPENDED, now, first.index, OVER.says),
            Change("patrol.plan", State.SUSPENDED, now, other.index, OVER.says),
            Change("forecast.place", State.IN_USE, now, restored.index, WHY),
        )
        proposal, approved = own_records(kit, KIND, subject="forecast.place")[1:]
        said = {"to": "in-use", "why": WHY, "at": iso(now)}
        assert proposal.body == {"state": "proposed", **said}
        assert approved.body == {"state": "approved", "proposal": proposal.record_id, **said}
        assert {name: restored.facts[name] for name in ("suspension", "proposal")} == {
            "suspension": "forecast.place",
            "proposal": proposal.record_id,
        }
        ((row, index),) = kit.store.approvals(proposal.record_id)
        assert (row, index) == (
            ApprovalRow(proposal.record_id, abe.principal.id, row.signature, iso(now)),
            restored.index,
        )
        signed = {"proposal": digest(canonical(dict(proposal.body)))}
        signature = Signature(abe.principal.id, row.signature)
        assert verify(abe.principal, signed, signature, context="suspension-approval")


def test_what_was_put_forward_before_the_last_decision_is_approved_by_nobody(house: TestHouse) -> None:
    with house.open() as opened:
        kit, ann, abe = opened.kit, opened.signer("Ann"), opened.signer("Abe")
        suspend(kit, "forecast.place", [OVER])
        for why in (WHY, LATER):
            propose_change(kit, actor=ann, capability="forecast.place", to=State.IN_USE, why=why)
        approve_change(kit, actor=abe, capability="forecast.place")
        assert changes(kit)[-1].why == LATER
        again = suspend(kit, "forecast.place", [OVER])
        with pytest.raises(BadInput, match=f"about this suspension since ledger entry {again.index} decided"):
            approve_change(kit, actor=abe, capability="forecast.place")
        assert halted(kit, "forecast.place")


FORGED = [
    # what was done to the records past the desk                         what opening the house says
    ("UPDATE approvals SET signature = '00' || substr(signature, 3)", "is not Abe's"),
    (
        "UPDATE approvals SET principal_id = (SELECT principal_id FROM principals WHERE name = 'Aud')",
        "is not Aud's",
    ),
    ("DELETE FROM approvals", "two people decided was signed by no second person"),
]


@pytest.mark.requirement("H01", "E04")
@pytest.mark.parametrize(("statement", "says"), FORGED)
@pytest.mark.parametrize("what", ["a stop", "a suspension"])
def test_nothing_is_given_back_without_the_second_persons_signature(
    house: TestHouse, *, what: str, statement: str, says: str
) -> None:
    if what == "a stop":
        press(house.home, name="Col", why=LATER, clock=house.clock)
    with house.open() as opened:
        kit, col, abe = opened.kit, opened.signer("Col"), opened.signer("Abe")
        if what == "a stop":
            propose_resumption(kit, actor=col, why=WHY)
            approve_resumption(kit, actor=abe)
        else:
            suspend(kit, "forecast.place", [OVER])
            propose_change(
                kit, actor=opened.signer("Ann"), capability="forecast.place", to=State.IN_USE, why=WHY
            )
            approve_change(kit, actor=abe, capability="forecast.place")
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute(statement)
    with pytest.raises(Tampered, match=says), house.open() as opened:
        halted(opened.kit, "forecast.place")


TERM = timedelta(days=3653)
"""So long the register lets what is about stops be kept, each record from its own day on."""


def test_a_lift_holds_when_what_was_put_forward_is_over_and_a_later_stop_is_not_lifted_by_it(
    house: TestHouse,
) -> None:
    press(house.home, name="Col", why=LATER, clock=house.clock)
    with house.open() as opened:
        propose_resumption(opened.kit, actor=opened.signer("Col"), why=WHY)
    over = house.clock.now() + TERM
    house.clock.advance(timedelta(days=2))
    with house.open() as opened:
        approve_resumption(opened.kit, actor=opened.signer("Abe"))
    house.clock.set(over)
    with house.open() as opened:
        (left,) = own_records(opened.kit, STOP)
        assert (left.body["state"], standing(opened.kit)) == ("approved", ())
    press(house.home, name="Aud", why="The findings are wrong again.", clock=house.clock)
    with house.open() as opened:
        assert [stop.why for stop in standing(opened.kit)] == ["The findings are wrong again."]
