"""An approval counts only with the signature of the person it names over exactly what was approved, by another."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.governance.charter import Charter, example_text
from peelian.governance.chartered import CONTEXT, charters
from peelian.governance.house import House
from peelian.governance.ledger.entry import Draft
from peelian.governance.people import Approved, person_of
from peelian.governance.service import approve_charter, charters_in_force, person_named, submit_charter
from tests.houses import TestHouse, charter, found


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return found(tmp_path)


def alter(house: TestHouse, statement: str) -> None:
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE approvals SET signature = '00' || substr(signature, 3)", "is not Abe's"),
        (
            "UPDATE approvals SET principal_id = (SELECT principal_id FROM principals WHERE name = 'Col')",
            "is not Col's",
        ),
        (
            'UPDATE principals SET body = replace(body, \'"name":"Abe"\', \'"name":"Eve"\')',
            "The enrolment of 'Abe' is not the one",
        ),
    ],
)
def test_a_forged_approval_stops_everything(house: TestHouse, statement: str, says: str) -> None:
    charter(house)
    alter(house, statement)
    with pytest.raises(Tampered, match=says), house.open() as opened:
        charters_in_force(opened.kit)


def waiting(opened: House, house: TestHouse) -> Charter:
    """Submit a charter by Ann that nobody has approved."""
    first = house.clock.now().date()
    text = example_text(valid_from=first, expires=first.replace(year=first.year + 1))
    return submit_charter(opened.kit, actor=opened.signer("Ann"), text=text)


def forge(opened: House, house: TestHouse, *, by: str, kind: str, actor: str, listed: object) -> str:
    """Enter what looks like an approval, and write its row past the desk; return what the charter is called."""
    submitted, signer = waiting(opened, house), opened.signer(by)
    signature = signer.sign({"digest": submitted.digest}, context=CONTEXT).hex
    row = [submitted.digest, signer.principal.id, signature]
    facts = {"approvals": [row] if listed == "it" else listed}
    entry = opened.kit.ledger.append(Draft(kind, actor=opened.signer(actor).principal.id, facts=facts))  # type: ignore[arg-type]  # broken on purpose
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        at = house.clock.now().isoformat()
        database.execute("INSERT INTO acts VALUES (?, ?, ?)", (entry.index, kind, at))
        database.execute("INSERT INTO approvals VALUES (?, ?, ?, ?, ?)", (entry.index, *row, at))
    return submitted.digest


@pytest.mark.parametrize(
    ("by", "kind", "actor", "listed", "says"),
    [
        ("Abe", "charter.submitted", "Abe", "it", "not the act of ledger entry"),
        ("Abe", "charter.approved", "Col", "it", "not the act of ledger entry"),
        ("Abe", "charter.approved", "Abe", [], "not the act of ledger entry"),
        ("Abe", "charter.approved", "Abe", 1, "not the act of ledger entry"),
        ("Ann", "charter.approved", "Ann", "it", "no one could have given"),
    ],
)
def test_a_signature_is_no_approval_without_the_act_of_another_person(
    house: TestHouse, *, by: str, kind: str, actor: str, listed: object, says: str
) -> None:
    with house.open() as opened:
        forge(opened, house, by=by, kind=kind, actor=actor, listed=listed)
        with pytest.raises(Tampered, match=says):
            charters_in_force(opened.kit)


def test_what_an_approval_tells(house: TestHouse) -> None:
    with house.open() as opened:
        submitted, abe = waiting(opened, house), opened.signer("Abe")
        entry = approve_charter(opened.kit, actor=abe, charter_digest=submitted.digest)
        signature = abe.sign(
            {"digest": submitted.digest}, context=CONTEXT
        ).hex  # Ed25519 signs alike each time
        (found_,) = charters(opened.kit)
        assert found_.approvals == (Approved(abe.principal, entry.time, entry.index, signature),)
        assert (found_.author, found_.charter) == (opened.signer("Ann").principal, submitted)
        said = {"charter": submitted.id, "version": submitted.version, "digest": submitted.digest}
        of_both = [e for e in opened.kit.ledger.entries() if e.kind.startswith("charter.")]
        assert [{name: e.facts[name] for name in said} for e in of_both] == [said, said]
        assert {e.purpose for e in of_both} == {"governance"}
        assert entry.facts["approvals"] == [[submitted.digest, abe.principal.id, signature]]


def test_whom_nobody_enrolled_is_nobody(house: TestHouse) -> None:
    with house.open() as opened:
        for name in ("Adm", "Ann", "Aud"):
            person = person_named(opened.kit, name)
            assert person_of(opened.kit, person.id) == person
        with pytest.raises(Tampered, match="not enrolled"):
            person_of(opened.kit, "01985a00-0000-7000-8000-000000000009")
        with pytest.raises(BadInput, match="Nobody named 'Eve'"):
            person_named(opened.kit, "Eve")


def test_an_unapproved_charter_is_not_in_force(house: TestHouse) -> None:
    first = house.clock.now().date()
    with house.open() as opened:
        text = example_text(valid_from=first, expires=first.replace(year=first.year + 1))
        submit_charter(opened.kit, actor=opened.signer("Ann"), text=text)
        assert charters_in_force(opened.kit) == ()


def test_nobody_approves_their_own_charter(house: TestHouse) -> None:
    first = house.clock.now().date()
    text = example_text(valid_from=first, expires=first.replace(year=first.year + 1))
    with house.open() as opened:
        submitted = submit_charter(opened.kit, actor=opened.signer("Ann"), text=text)
        with pytest.raises(Refused, match="two-persons"):
            approve_charter(opened.kit, actor=opened.signer("Ann"), charter_digest=submitted.digest)
        with pytest.raises(Refused, match="default-deny"):
            approve_charter(opened.kit, actor=opened.signer("Col"), charter_digest=submitted.digest)
        asked = [e for e in opened.kit.ledger.entries() if e.kind == "request.refused"]
        ann = opened.signer("Ann").principal.id
        assert [(e.actor, e.rule, e.purpose) for e in asked] == [
            (ann, "two-persons", "governance"),
            (opened.signer("Col").principal.id, "default-deny", "governance"),
        ]
        assert {name: asked[0].facts[name] for name in ("author", "digest")} == {
            "author": ann,
            "digest": submitted.digest,
        }
    assert house.entries()[-2:] == ("request.refused", "request.refused")
