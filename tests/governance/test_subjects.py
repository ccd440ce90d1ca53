"""Persons at the desk: found without a trace of who they are, their records sealed, each look entered."""

from __future__ import annotations

from pathlib import Path

import pytest

from peelian.governance.service import hold_against_ledger
from tests.governance.persons import BODY, NAME, NEEDLES, PLATE, SUSPECT, FileHouse, found_files
from tests.governance.residue import residue


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    return found_files(tmp_path)


@pytest.mark.requirement("S03")
def test_nothing_that_tells_who_a_person_is_lies_in_any_file(house: FileHouse) -> None:
    subject = house.register()
    record_id = house.keep(subject)
    with house.sit() as sitting:
        assert sitting.find_subject(PLATE) == subject
        (kept,) = sitting.records("sighting", subject=subject.subject_id)
    assert (kept.record_id, kept.body) == (record_id, BODY)
    assert residue(house.home.parent, NEEDLES) == []
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        key = opened.kit.subject_keys.key(subject.subject_id)
    assert key is not None
    assert {path for path, _ in residue(house.home.parent, [key])} == {"home/keys/subjects.db"}
    assert subject.category is SUSPECT
    assert NAME.spelled == "wilhelminaquartermaine|1980-02-29"
