"""A backup is no way back for a person who was erased: neither with old keys nor with new ones."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import Refused
from peelian.domain.time import SimulatedClock
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.backups.sealed_keys import open_keys, seal_keys
from peelian.governance.persons.identifiers import name_of
from peelian.governance.persons.subjects import Subject
from peelian.governance.service import hold_against_ledger
from tests.governance.persons.made import NAME, NEEDLES, OTHER_PLATE, PLATE, SUSPECT, FileHouse, found_files
from tests.governance.residue import residue

PASSPHRASE = "correct horse battery"


@dataclass
class Town:
    """A house with a backup and sealed keys of one moment, and a person in both; where a copy would be restored."""

    house: FileHouse
    person: Subject
    copy: FileHouse

    @property
    def folder(self) -> Path:
        return self.house.home.parent

    def restore(self, *, keys: Path) -> None:
        """Lay the backup out, and carry out in it what was erased since."""
        path = self.folder / "erasures.json"
        with self.house.open() as opened:
            export_erasures(opened, actor=opened.signer("Adm"), path=path)
        restore_backup(self.folder / "backup", self.copy.home, keys=keys)
        self.copy.clock.advance(timedelta(days=1))
        with self.copy.open() as opened:
            bring_up_to_date(opened, erasures=path, erasable=lambda body: pytest.fail("no rows were erased"))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> FileHouse:
    folder = tmp_path_factory.mktemp("town")
    house = found_files(folder)
    assert house.sought() is None
    house.keep(house.register())
    house.keep(house.register(SUSPECT, OTHER_PLATE))
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=folder / "backup")
    seal_keys(house.home / "keys", folder / "keys.sealed", passphrase=PASSPHRASE)
    return house


@pytest.fixture
def town(founded: FileHouse, tmp_path: Path) -> Town:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    house = FileHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")
    copy = FileHouse(tmp_path / "restored", house.clock, tmp_path / "other-witness")
    open_keys(tmp_path / "keys.sealed", tmp_path / "old-keys", passphrase=PASSPHRASE)
    person = house.sought()
    assert person is not None
    return Town(house, person, copy)


@pytest.mark.requirement("S03")
def test_a_backup_holds_nothing_that_opens_a_persons_records(town: Town) -> None:
    with town.house.open() as opened:
        key = opened.kit.subject_keys.key(town.person.subject_id)
    assert key is not None
    assert residue(town.folder / "backup", [key, *NEEDLES]) == []


@pytest.mark.requirement("R03", "S07")
@pytest.mark.parametrize("keys", ["old-keys", "home/keys"])
@pytest.mark.parametrize("permanent", [False, True])
def test_a_person_erased_since_is_erased_in_a_restored_copy_too(
    town: Town, keys: str, permanent: bool
) -> None:
    with town.house.open() as opened:
        kit = opened.kit
        key = kit.subject_keys.key(town.person.subject_id)
        names = [name_of(each, secret=kit.identifiers_key) for each in (PLATE, NAME)]
    assert key is not None
    town.house.erase(town.house.order(town.person, permanent=permanent))
    town.restore(keys=town.folder / keys)
    assert residue(town.copy.home, [key, *names, *NEEDLES]) == []
    with town.copy.open() as opened:
        hold_against_ledger(opened.kit)
        assert town.person.subject_id not in opened.kit.subject_keys.subjects()
        entries = tuple(opened.kit.ledger.entries())
        blobs = [opened.kit.ledger.blob(each.index) for each in entries if each.kind == "subject.sought"]
    assert blobs[:1] == [None]
    assert town.copy.sought() is None
    other = town.copy.sought(OTHER_PLATE)
    assert other is not None
    assert len(town.copy.read(other)) == 1
    if permanent:
        with pytest.raises(Refused, match="erased-for-good"):
            town.copy.register(SUSPECT, PLATE)
    else:
        assert town.copy.register(SUSPECT, PLATE).subject_id != town.person.subject_id


def test_a_copy_of_a_copy_still_erases_the_person(town: Town) -> None:
    """The house's own act in a copy stands in that copy's list."""
    town.house.erase(town.house.order(town.person))
    town.restore(keys=town.folder / "old-keys")
    again = Town(
        town.copy, town.person, FileHouse(town.folder / "third", town.copy.clock, town.folder / "w3")
    )
    again.restore(keys=town.folder / "old-keys")
    assert again.copy.sought() is None
    with again.copy.open() as opened:
        hold_against_ledger(opened.kit)
        assert len(opened.kit.subject_keys.subjects()) == 1
