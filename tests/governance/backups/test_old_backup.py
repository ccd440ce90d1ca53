"""A backup that an older version made: in the clear, with its tables and a charter of its day, and still of use."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from peelian.city.erasure.service import erasable
from peelian.domain.errors import Refused
from peelian.domain.time import SimulatedClock
from peelian.governance import charter as charter_file
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.charter import example_text
from peelian.governance.service import charters_in_force, hold_against_ledger
from peelian.storage.database import HEAD
from tests.city.erasure.orders import stored
from tests.houses import TestHouse, charter, found

OF_THEN = "0002"
"""The revision of the records when backups were still made in the clear."""

ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    "A2|2026-02-03 11:00:00|2026-02-04 10:00:00|-87.61|41.86|burglary",
    "bad|1729 Ramanujan Street|2026-02-04 10:00:00|-87.6|41.86|burglary",
]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestHouse:
    """A house whose charter has no registration, which no rule asked for then."""
    made = found(tmp_path)
    first = made.clock.now().date()
    text = example_text(valid_from=first, expires=first + timedelta(days=365))
    begin, _, rest = text.partition("[registration]")
    with monkeypatch.context() as then:
        then.setattr(charter_file, "check_registration", lambda *_: None)
        charter(made, text=begin + rest[rest.index("\n[") + 1 :])
        made.load(ROWS)
    return made


def in_the_clear(house: TestHouse, folder: Path) -> Path:
    """Make a backup as it was made then: every file a copy, and nothing sealed."""
    with house.open() as opened:
        manifest = make_backup(opened, actor=opened.signer("Adm"), folder=folder.with_name("sealed"))
    for database in ("records/records.db", "ledger/ledger.db"):
        (folder / database).parent.mkdir(parents=True)
        with (
            closing(sqlite3.connect(house.home / database)) as source,
            closing(sqlite3.connect(folder / database)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
    put_back(folder / "records" / "records.db")
    for name in ("charters", "warehouse"):
        shutil.copytree(house.home / name, folder / name)
    shutil.copyfile(house.home / "peelian.toml", folder / "peelian.toml")
    files = [
        [str(path.relative_to(folder)), sha256(path.read_bytes()).hexdigest(), path.stat().st_size]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    told = {
        "backup_id": manifest.backup_id,
        "made_at": manifest.made_at,
        "ledger_size": manifest.ledger_size,
        "head": manifest.head,
        "schema": 1,
        "files": files,
    }
    (folder / "backup.json").write_text(json.dumps(told))
    return folder


def put_back(records: Path) -> None:
    """Put the tables back to what they were."""
    config = Config()
    config.set_main_option("script_location", "peelian.storage:migrations")
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{records}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, OF_THEN)
    engine.dispose()


def revision(records: Path) -> str:
    with closing(sqlite3.connect(records)) as database:
        ((told,),) = database.execute("SELECT version_num FROM alembic_version")
    return str(told)


@pytest.mark.requirement("S07")
def test_an_old_backup_is_laid_out_migrated_brought_up_to_date_and_its_rows_keep_their_terms(
    house: TestHouse, tmp_path: Path
) -> None:
    old = in_the_clear(house, tmp_path / "old")
    assert revision(old / "records" / "records.db") == OF_THEN != HEAD
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=tmp_path / "list.json")
    restore_backup(old, tmp_path / "copy", keys=house.home / "keys")
    copy = TestHouse(tmp_path / "copy", SimulatedClock(house.clock.now()), tmp_path / "copy-witness")
    with copy.open() as opened:
        bring_up_to_date(opened, erasures=tmp_path / "list.json", erasable=erasable(opened.naming_key))
        hold_against_ledger(opened.kit)
        assert opened.kit.store.rejected_counts() != {}
    assert stored(copy) == stored(house) != []
    assert revision(copy.home / "records" / "records.db") == HEAD

    copy.clock.advance(timedelta(days=91))
    with copy.open() as opened:
        assert opened.kit.store.rejected_counts() == {}, (
            "rejected rows are kept for ninety days by their charter"
        )
    copy.clock.advance(timedelta(days=1005))
    assert stored(copy) == []


def test_a_charter_that_a_rule_of_today_would_refuse_holds_no_longer_and_its_house_opens(
    house: TestHouse,
) -> None:
    with house.open() as opened:
        assert charters_in_force(opened.kit) == ()
    with pytest.raises(Refused, match="charter-required"):
        house.load(ROWS)
