"""What somebody with write access to the files, but not the keys, tries past the desk, and how it comes out."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.city.extracts import COUNTS
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.governance.charter import example_text
from peelian.governance.principals import Role
from peelian.governance.service import (
    approve_charter,
    charters_in_force,
    enrol,
    hold_against_ledger,
    submit_charter,
)
from tests.houses import PURPOSE, TestHouse, charter, found, week_of_incidents


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    founded = found(tmp_path)
    charter(founded)
    founded.load(["BAD|never|2026-02-01 10:00:00|-87.65|41.85|burglary", *week_of_incidents()])
    return founded


def alter(house: TestHouse, statement: str, *values: object) -> None:
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute(statement, values)


@pytest.mark.parametrize("table", ["parts", "records", "rejected_rows", "approvals"])
def test_a_removed_row_is_missed_when_the_ledger_is_verified(house: TestHouse, table: str) -> None:
    with house.open() as opened:
        hold_against_ledger(opened.kit)
    alter(house, f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})")
    with house.open() as opened, pytest.raises(Tampered, match="removed or added past the desk"):
        hold_against_ledger(opened.kit)


def test_older_records_are_refused_before_anything_is_abandoned_or_swept(house: TestHouse) -> None:
    records = house.home / "records"
    shutil.copytree(records, house.home.parent / "old")
    for number in range(2):
        house.load([f"NEW{number}|2026-02-20 10:00:00|2026-02-21 10:00:00|-87.65|41.85|burglary"])
    entries, parts = house.entries(), sorted((house.home / "warehouse").rglob("*.parquet"))
    shutil.rmtree(records)
    shutil.move(house.home.parent / "old", records)
    with pytest.raises(Tampered, match="older records were put back"), house.open():
        pass
    assert sorted((house.home / "warehouse").rglob("*.parquet")) == parts
    shutil.rmtree(records)
    assert "act.abandoned" not in entries


def test_an_approval_written_past_the_desk_does_not_count(tmp_path: Path) -> None:
    """Abe's signature is genuine, but no act of his stands in the ledger."""
    house = found(tmp_path)
    first = house.clock.now().date()
    with house.open() as opened:
        text = example_text(valid_from=first, expires=first + timedelta(days=30))
        submitted = submit_charter(opened.kit, actor=opened.signer("Ann"), text=text)
        abe = opened.signer("Abe")
        signature = abe.sign({"digest": submitted.digest}, context="charter-approval")
        last = max(index for index, _ in opened.kit.store.acts())
    alter(
        house,
        "INSERT INTO approvals VALUES (?, ?, ?, ?, ?)",
        *(last, submitted.digest, abe.principal.id, signature.hex, "2026-03-02T00:00:00.000Z"),
    )
    with house.open() as opened, pytest.raises(Tampered, match="written past the desk"):
        charters_in_force(opened.kit)


def test_a_new_version_of_a_charter_replaces_the_old_one_whole(house: TestHouse) -> None:
    first = house.clock.now().date()
    text = example_text(valid_from=first, expires=first + timedelta(days=30)).replace(
        "version = 1", "version = 2"
    )
    charter(house, text=text.replace('"patrol.plan", ', "").replace('"patrol.plan" = "DEMO-2026-2"\n', ""))
    with house.open() as opened:
        (standing,) = charters_in_force(opened.kit)
    assert standing.version == 2
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
        with pytest.raises(Refused, match="charter-required"):
            _ = sitting.charter
    assert house.entries()[-1] == "request.refused"


def test_nobody_approves_a_charter_twice(house: TestHouse) -> None:
    with house.open() as opened:
        (standing,) = charters_in_force(opened.kit)
        with pytest.raises(BadInput, match=r"approved .* before"):
            approve_charter(opened.kit, actor=opened.signer("Abe"), charter_digest=standing.digest)


@pytest.mark.parametrize("name", ["Abe", "abe", " ABE", "Аbe"])
def test_one_person_is_not_enrolled_twice_in_disguise(house: TestHouse, name: str) -> None:
    with house.open() as opened, pytest.raises(BadInput):
        keys, admin = opened.folder("keys"), opened.signer("Adm")
        enrol(opened.kit, actor=admin, name=name, roles=[Role.APPROVER], keys=keys)


@pytest.mark.parametrize("secret", ["naming.key", "sealing.key"])
def test_a_lost_or_open_secret_is_refused_and_never_made_anew(house: TestHouse, secret: str) -> None:
    path = house.home / "keys" / secret
    path.chmod(0o644)
    with pytest.raises(BadInput, match="can be read by others"), house.open():
        pass
    path.unlink()
    with pytest.raises(BadInput, match="missing or damaged"), house.open():
        pass
    assert not path.exists()


def test_an_old_entry_rewritten_with_its_part_is_refused_on_reading(house: TestHouse) -> None:
    """Changing the ledger's own row does not help: the newest signed head holds the entry as it was."""
    with house.open() as opened:
        opened.cosign()
        index = next(e.index for e in opened.kit.ledger.entries() if e.kind == "load.accepted")
    with sqlite3.connect(house.home / "ledger" / "ledger.db") as database:
        database.execute(
            "UPDATE entries SET envelope = replace(envelope, 'load.accepted', 'load.held') WHERE idx = ?",
            (index,),
        )
    with pytest.raises(Tampered):
        with house.desk() as desk, desk.open(purpose=PURPOSE, capability="forecast.place") as sitting:
            sitting.read(COUNTS)


def test_a_delivery_of_twenty_years_can_be_loaded(house: TestHouse) -> None:
    """One entry names every part; rows of many months are filed by year so that it can."""
    days = [f"{year}-{month:02d}-05" for year in range(2020, 2026) for month in range(1, 13)]
    rows = [f"Y{n}|{day} 10:00:00|{day} 12:00:00|-87.65|41.85|burglary" for n, day in enumerate(days)]
    assert house.load(rows).new == len(rows)
    labels = {path.parent.name for path in (house.home / "warehouse" / "incident").rglob("*.parquet")}
    assert {"2020", "2025"} <= labels


def test_settings_are_decided_once(house: TestHouse) -> None:
    path = house.home / "peelian.toml"
    assert "synthetic = true" in path.read_text()
    path.write_text(path.read_text().replace("synthetic = true", "synthetic = false"))
    with pytest.raises(Tampered, match="what this workspace was opened with"), house.open():
        pass
