"""A hold that came, was approved or lifted after a backup stands so in the copy, and its keys are kept as long."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from peelian.city.erasure.service import erasable
from peelian.domain.errors import Refused
from peelian.domain.time import SimulatedClock
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import approve_hold, holds, lift_hold, set_hold
from peelian.governance.principals import Role
from peelian.governance.service import enrol, hold_against_ledger
from peelian.storage.backup_keys import BackupKeys
from tests.city.erasure.orders import found_town, stored
from tests.houses import TestHouse

TERM = timedelta(days=1095)
ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    "A2|2026-02-03 11:00:00|2026-02-04 10:00:00|-87.61|41.86|burglary",
]


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return found_town(tmp_path, ROWS)


def held(house: TestHouse, *, kind: str = "incident", days: int = 700, approve: bool = True) -> str:
    with house.open() as opened:
        ends = house.clock.now() + timedelta(days=days)
        said = {"scope": Scope(kind=kind), "authority": "Circuit Court, 2026-CR-17", "why": "Evidence."}
        hold_id = set_hold(opened.kit, actor=opened.signer("Ann"), ends=ends, **said).hold_id
    if approve:
        approved(house, hold_id)
    return hold_id


def approved(house: TestHouse, hold_id: str) -> None:
    with house.open() as opened:
        approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=hold_id)


def backed_up(house: TestHouse, folder: Path) -> Path:
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=folder)
    return folder


def restored(house: TestHouse, backup: Path) -> TestHouse:
    """Restore a backup with today's keys and today's list."""
    folder = backup.parent
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=folder / "list.json")
    restore_backup(backup, folder / "copy", keys=house.home / "keys")
    copy = TestHouse(folder / "copy", SimulatedClock(house.clock.now()), folder / "copy-witness")
    with copy.open() as opened:
        bring_up_to_date(opened, erasures=folder / "list.json", erasable=erasable(opened.naming_key))
    return copy


def states(house: TestHouse) -> dict[str, str]:
    with house.open() as opened:
        return {hold.hold_id: hold.state(at=opened.kit.clock.now()) for hold in holds(opened.kit)}


@pytest.mark.requirement("R05", "S07")
def test_what_a_hold_keeps_that_was_set_after_the_backup_is_in_the_copy_until_the_hold_ends(
    house: TestHouse, tmp_path: Path
) -> None:
    backup = backed_up(house, tmp_path / "backup")
    house.clock.advance(TERM - timedelta(days=30))
    hold_id = held(house, days=60)
    house.clock.advance(timedelta(days=40))
    assert len(stored(house)) == 2, "over for ten days, and held"
    copy = restored(house, backup)
    assert states(copy) == {hold_id: "in force"}
    assert len(stored(copy)) == 2
    with copy.open() as opened:
        hold_against_ledger(opened.kit)
    for each in (house, copy):
        each.clock.advance(timedelta(days=20))
        assert stored(each) == []
    assert not [name for name in BackupKeys(house.home / "keys").all() if name.startswith("part:incident")]


@pytest.mark.requirement("R05")
def test_a_copy_takes_over_what_was_approved_and_lifted_since(house: TestHouse, tmp_path: Path) -> None:
    late, lifted, known = held(house, approve=False), held(house, kind="forecast"), held(house, kind="plan")
    backup = backed_up(house, tmp_path / "backup")
    approved(house, late)
    with house.open() as opened:
        lift_hold(opened.kit, actor=opened.signer("Abe"), hold_id=lifted, why="The case was closed.")
    copy = restored(house, backup)
    copy.clock.advance(timedelta(days=4))
    assert states(copy) == {late: "in force", lifted: "lifted", known: "in force"}
    assert copy.entries().count("hold.restored") == 2, "one that is as the copy knows it is left alone"


def test_a_hold_that_was_taken_over_is_approved_and_lifted_by_another_than_who_set_it(
    house: TestHouse, tmp_path: Path
) -> None:
    """Also where that person was enrolled after the backup, and is nobody the copy knows."""
    backup = backed_up(house, tmp_path / "backup")
    with house.open() as opened:
        admin, keys = opened.signer("Adm"), opened.folder("keys")
        enrol(opened.kit, actor=admin, name="Eve", roles=[Role.ANALYST], keys=keys)
        ends = house.clock.now() + timedelta(days=30)
        said = {"scope": Scope(kind="incident"), "authority": "Circuit Court", "why": "Evidence."}
        theirs = set_hold(opened.kit, actor=opened.signer("Eve"), ends=ends, **said).hold_id
    anns = held(house, kind="forecast", approve=False)
    copy = restored(house, backup)
    with copy.open() as opened, pytest.raises(Refused, match="one person"):
        approve_hold(opened.kit, actor=opened.signer("Ann"), hold_id=anns)
    for hold_id in (theirs, anns):
        approved(copy, hold_id)
    copy.clock.advance(timedelta(days=4))
    assert states(copy) == {theirs: "in force", anns: "in force"}
    with copy.open() as opened:
        lift_hold(opened.kit, actor=opened.signer("Abe"), hold_id=theirs, why="The case was closed.")
        hold_against_ledger(opened.kit)
    assert states(copy) == {theirs: "lifted", anns: "in force"}
