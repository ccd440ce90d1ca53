"""A backup is no way back for what a refusal ended, even with keys that were sealed before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from peelian.governance.authorisation import State
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.backups.sealed_keys import open_keys, seal_keys
from peelian.governance.circumstances.authorisation_records import authorisations
from peelian.governance.persons.identifiers import name_of
from peelian.governance.service import hold_against_ledger
from tests.governance.authorisations.made import TellingHouse, found_telling
from tests.governance.persons.made import NEEDLES, PLATE
from tests.governance.residue import residue

PASSPHRASE = "correct horse battery"


@pytest.mark.requirement("R04")
@pytest.mark.parametrize("granted", [False, True])
def test_a_copy_knows_what_was_ruled_since_its_backup(tmp_path: Path, granted: bool) -> None:
    house = found_telling(tmp_path / "live")
    asked = house.ask()
    subject = house.tell(asked)
    with house.open() as opened:
        key = opened.kit.subject_keys.key(subject)
        gone = [*NEEDLES, name_of(PLATE, secret=opened.kit.identifiers_key), key or b""]
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "backup")
    seal_keys(house.home / "keys", tmp_path / "keys.sealed", passphrase=PASSPHRASE)
    house.decide(asked, granted=granted)
    erasures = tmp_path / "erasures.json"
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=erasures)

    open_keys(tmp_path / "keys.sealed", tmp_path / "keys", passphrase=PASSPHRASE)
    restore_backup(tmp_path / "backup", tmp_path / "copy" / "home", keys=tmp_path / "keys")
    copy = TellingHouse(
        tmp_path / "copy" / "home", house.clock, tmp_path / "copy" / "witness", schooled=False
    )
    copy.clock.set(asked.due or pytest.fail("it has a term"))
    with copy.open() as opened:
        bring_up_to_date(opened, erasures=erasures, erasable=lambda body: pytest.fail("no rows were erased"))
    with copy.open() as opened:
        hold_against_ledger(opened.kit)
        (there,) = authorisations(opened.kit)
        assert there.state(at=opened.kit.clock.now()) is (State.GRANTED if granted else State.REFUSED)
    if granted:
        assert len(copy.seen(asked.authorisation_id)) == 2
    else:
        assert residue(copy.home, gone) == []
