"""An approval counts only with the signature of the person it names over exactly what was approved."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from peelian.domain.errors import Refused, Tampered
from peelian.governance.charter import example_text
from peelian.governance.service import approve_charter, charters_in_force, submit_charter
from tests.houses import TestHouse, charter, found


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return found(tmp_path)


def alter(house: TestHouse, statement: str) -> None:
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE approvals SET signature = '00' || substr(signature, 3)",
        "UPDATE approvals SET principal_id = (SELECT principal_id FROM principals WHERE name = 'Col')",
        'UPDATE principals SET body = replace(body, \'"name":"Abe"\', \'"name":"Eve"\')',
    ],
)
def test_a_forged_approval_stops_everything(house: TestHouse, statement: str) -> None:
    charter(house)
    alter(house, statement)
    with pytest.raises(Tampered), house.open() as opened:
        charters_in_force(opened.kit)


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
    assert house.entries()[-2:] == ("request.refused", "request.refused")
