"""Break-glass: for hours, with a reason, told at once, reviewed afterwards; a review that does not come freezes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import iso, utc
from peelian.governance.circumstances.elevations import Elevation, elevations
from peelian.governance.conduct.break_glass import break_glass, escalate, read_elevations, review_elevation
from peelian.governance.conduct.case_acts import open_case
from peelian.governance.house import House
from peelian.governance.principals import Role
from tests.houses import PURPOSE, START, TestHouse, found

NOTE = "Both commanders are at the flood and a child is missing since noon."
LOOKED = "The child was found, and the two look-ups fit the search."


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return found(tmp_path)


def broken(
    opened: House, *, name: str = "Ann", role: Role = Role.COMMANDER, note: str = NOTE, hours: int = 2
) -> None:
    break_glass(
        opened.kit, actor=opened.signer(name), role=role, hours=hours, reason="missing-person", note=note
    )


def command(opened: House, number: int) -> None:
    """Do what only a commander may."""
    open_case(
        opened.kit,
        actor=opened.signer("Ann"),
        case_id=f"C-{number}",
        purpose=PURPOSE,
        unit="North",
        officers=[],
    )


@pytest.mark.requirement("S05")
def test_the_role_holds_for_its_hours_and_oversight_is_told_at_once(house: TestHouse) -> None:
    with house.open() as opened:
        with pytest.raises(Refused, match="default-deny"):
            command(opened, 100)
        broken(opened)
        (notice,) = opened.folder("reports").glob("oversight-*.json")
        told = json.loads(notice.read_text())
        entry, noted = list(opened.kit.ledger.entries())[-2:]
        (one,) = elevations(opened.kit)
        facts: Document = {
            "person": opened.signer("Ann").principal.id,
            "role": "commander",
            "reason": "missing-person",
            "hours": 2,
        }
        now = opened.kit.clock.now()
        assert told == {
            **facts,
            "state": "opened",
            "note": NOTE,
            "begun": iso(now),
            "ends": iso(now + timedelta(hours=2)),
            "elevation": one.elevation_id,
            "for": "the oversight body",
        }
        assert (entry.kind, {name: entry.facts[name] for name in facts}) == ("glass.broken", facts)
        assert (noted.kind, noted.facts["of"]) == ("file.written", "break-glass")
        assert NOTE.encode() not in entry.envelope
        command(opened, 101)
    house.clock.advance(timedelta(minutes=118))
    with house.open() as opened:
        command(opened, 102)
    house.clock.advance(timedelta(minutes=1))
    with house.open() as opened, pytest.raises(Refused, match="default-deny"):
        command(opened, 103)


SPOILT = [
    # what is asked otherwise                      what refuses
    ({"hours": 5}, "1 to 4 hours"),
    ({"hours": 0}, "1 to 4 hours"),
    ({"note": "urgent case"}, "says too little"),
    ({"role": Role.ANALYST}, "no glass to break"),
    ({"role": Role.AUDITOR}, "separation-of-duties"),
    ({"role": Role.ADMINISTRATOR}, "separation-of-duties"),
    ({"name": "Aud"}, "separation-of-duties"),
    ({"name": "Adm"}, "separation-of-duties"),
]


@pytest.mark.requirement("S04", "S05")
def test_which_glass_does_not_break(house: TestHouse) -> None:
    with house.open() as opened:
        for otherwise, says in SPOILT:
            with pytest.raises((BadInput, Refused), match=says):
                broken(opened, **otherwise)  # type: ignore[arg-type]
        broken(opened)
        with pytest.raises(BadInput, match="given before"):
            broken(opened, note=NOTE.upper(), role=Role.APPROVER)


@pytest.mark.requirement("S05")
def test_an_auditor_reviews_it_and_nobody_reviews_their_own(house: TestHouse) -> None:
    with house.open() as opened:
        broken(opened)
        (one,) = read_elevations(opened.kit, actor=opened.signer("Aud"))
        told = {"elevation_id": one.elevation_id, "outcome": "justified", "note": LOOKED}
        for name, rule in (("Ann", "two-persons"), ("Col", "default-deny"), ("Adm", "default-deny")):
            with pytest.raises(Refused, match=rule):
                review_elevation(opened.kit, actor=opened.signer(name), **told)
        with pytest.raises(BadInput, match="is neither"):
            review_elevation(opened.kit, actor=opened.signer("Aud"), **(told | {"outcome": "fine"}))
        reviewed = review_elevation(opened.kit, actor=opened.signer("Aud"), **told)
        said = {"elevation": one.elevation_id, "outcome": "justified", "of_entry": one.entry_index}
        assert (reviewed.kind, {name: reviewed.facts[name] for name in said}) == ("glass.reviewed", said)
        with pytest.raises(BadInput, match="waits for review"):
            review_elevation(opened.kit, actor=opened.signer("Aud"), **told)
        with pytest.raises(Refused, match="default-deny"):
            command(opened, 104)  # it ended with the review
    house.clock.advance(timedelta(days=9))
    with house.open() as opened:
        assert escalate(opened.kit) == ()


@pytest.mark.requirement("S05")
def test_after_72_hours_without_review_it_is_escalated_and_freezes_until_one_comes(house: TestHouse) -> None:
    with house.open() as opened:
        broken(opened)
    house.clock.set(house.clock.now() + timedelta(hours=72) - timedelta(minutes=2))
    with house.open() as opened:
        assert "glass.escalated" not in {entry.kind for entry in opened.kit.ledger.entries()}
        broken(
            opened,
            role=Role.APPROVER,
            note="The approver is at the flood as well, and a plan waits for the search.",
        )
    house.clock.advance(timedelta(minutes=1))
    with house.open() as opened:
        kinds = [entry.kind for entry in opened.kit.ledger.entries()]
        assert kinds.count("glass.escalated") == 1
        first, _ = elevations(opened.kit)
        (told,) = (entry.facts for entry in opened.kit.ledger.entries() if entry.kind == "glass.escalated")
        said = {"elevation": first.elevation_id, "person": first.person_id, "role": "commander"}
        assert {name: told[name] for name in said} == said
        with pytest.raises(Refused, match=r"\[break-glass-unreviewed"):
            command(opened, 105)
        with pytest.raises(Refused, match="was not reviewed within 72 hours"):
            broken(opened, name="Abe", note="The commander fell ill and somebody has to send the boats.")
        late, _ = elevations(opened.kit)
        review_elevation(
            opened.kit,
            actor=opened.signer("Aud"),
            elevation_id=late.elevation_id,
            outcome="unjustified",
            note="Nobody knew of a missing child; both look-ups were of a neighbour.",
        )
        broken(opened, name="Abe", note="The commander fell ill and somebody has to send the boats.")
    with house.open() as opened:
        assert [entry.kind for entry in opened.kit.ledger.entries()].count("glass.escalated") == 1


@given(hours=st.integers(1, 4), seconds=st.integers(-100_000, 400_000), reviewed=st.booleans())
@settings(deadline=None)
def test_it_never_holds_outside_its_hours_and_is_never_overdue_before_72(
    hours: int, seconds: int, reviewed: bool
) -> None:
    ends, at = START + timedelta(hours=hours), START + timedelta(seconds=seconds)
    outcome = "justified" if reviewed else None
    one = Elevation("e", "p", Role.COMMANDER, "missing-person", START, ends, 1, outcome, False)
    assert one.holds(at=at) == (not reviewed and 0 <= seconds < hours * 3600)
    assert one.overdue(at=at) == (not reviewed and utc(at) - utc(START) >= timedelta(hours=72))
