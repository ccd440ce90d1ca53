"""The records database: made by migrations alone, and no row without an act, no act without an entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from peelian.domain.errors import Busy, PeelianError
from peelian.storage import tables
from peelian.storage.database import open_database
from peelian.storage.parts import Part
from peelian.storage.rows import (
    ApprovalRow,
    PrincipalRow,
    Record,
    RejectedAt,
    RejectedRow,
    TombstoneRow,
    Writes,
)
from peelian.storage.store import Store
from peelian.storage.workspace import Settings, Workspace

RECORD = Record("r1", "plan", "about", '{"a":1}', "2027-01-01T00:00:00.000Z")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    workspace = Workspace.create(tmp_path / "home", Settings("test/store", "UTC", 32616))
    opened = Store(workspace)
    yield opened
    opened.close()


def test_the_migrations_make_exactly_the_tables_the_code_knows(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "records.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    for _ in range(2):
        engine = open_database(tmp_path / "records.db")
        engine.dispose()
    assert (tmp_path / "records.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "table",
    [
        table
        for table in tables.metadata.sorted_tables
        if table.name not in ("acts", "reconciled", "ledger_terms", "ledger_terms_read")
    ],
)
def test_no_row_stands_without_an_act(table: tables.Table, store: Store) -> None:
    row = {
        column.name: b"x"
        if column.type.python_type is bytes
        else 7
        if column.type.python_type is int
        else "x"
        for column in table.columns
    }
    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(insert(table), row)


def test_an_act_writes_all_its_rows_or_none(store: Store) -> None:
    person = PrincipalRow("p1", "Ann", "{}")
    store.write(Writes(principals=(person,)), entry_index=0, kind="principal.enrolled", at="t")
    twice = Writes(records=(RECORD,), approvals=(ApprovalRow("s", "nobody", "00", "t"),))
    with pytest.raises(PeelianError, match="nothing of it was kept"):
        store.write(twice, entry_index=1, kind="plan.approved", at="t")
    assert store.records("plan") == ()
    assert store.act_indices(start=0) == {0}


def test_what_was_written_is_read_back_with_its_entry(store: Store) -> None:
    rejected = RejectedRow(5, "time-unreadable", b"n", b"sealed", "t")
    writes = Writes(records=(RECORD,), rejected=(rejected,), principals=(PrincipalRow("p1", "Ann", "{}"),))
    store.write(writes, entry_index=3, kind="load.accepted", at="t")
    store.write(
        Writes(approvals=(ApprovalRow("s", "p1", "00", "t"),)), entry_index=4, kind="plan.approved", at="t"
    )
    assert store.records("plan", record_id="r1") == ((RECORD, 3),)
    assert store.records("plan", record_id="r2") == ()
    assert store.rejected(3) == (rejected,)
    assert store.approvals("s") == ((ApprovalRow("s", "p1", "00", "t"), 4),)


def test_the_same_entry_cannot_carry_two_acts(store: Store) -> None:
    store.write(Writes(), entry_index=0, kind="forecast.scored", at="t")
    with pytest.raises(PeelianError, match="nothing of it was kept"):
        store.write(Writes(records=(RECORD,)), entry_index=0, kind="forecast.scored", at="t")
    assert store.records("plan") == ()


def test_reconciliation_is_remembered(store: Store) -> None:
    assert store.reconciled_below() == 0
    store.mark_reconciled(7)
    store.mark_reconciled(9)
    assert store.reconciled_below() == 9


def a_part(number: int) -> Part:
    path = f"incident/2026-01/{number}.parquet"
    return Part(str(number), "incident", "2026-01", path, "f" * 64, 3, 1, "2027-01-01T00:00:00.000Z")


def written(store: Store) -> None:
    """Write an act with two parts (as rows only: no file lies behind them) and two rejected rows."""
    rejected = tuple(RejectedRow(number, "late", b"n", b"sealed %d" % number, "t") for number in (1, 2))
    store.write(Writes(rejected=rejected), entry_index=0, kind="load.accepted", at="t")
    with store._engine.begin() as connection:
        for number in (1, 2):
            connection.execute(insert(tables.parts), {**vars(a_part(number)), "entry_index": 0})


def test_an_erasing_act_takes_away_what_it_names_and_nothing_else(store: Store) -> None:
    written(store)
    erasing = Writes(
        removed=(a_part(1),),
        discarded=(RejectedAt(0, 2),),
        tombstones=(TombstoneRow("name", "incident", "o"),),
    )
    store.write(erasing, entry_index=1, kind="rows.erased", at="t")
    assert [part.part_id for part, _ in store.parts()] == ["2"]
    assert [row.row_number for row in store.rejected(0)] == [1]
    assert store.tombstones("incident") == {"name"}
    assert store.tombstones("call") == frozenset()


@pytest.mark.parametrize("gone", [Writes(removed=(a_part(9),)), Writes(discarded=(RejectedAt(0, 9),))])
def test_an_act_that_would_erase_what_is_not_there_does_nothing(store: Store, gone: Writes) -> None:
    written(store)
    with pytest.raises(PeelianError, match="no longer there"):
        store.write(replace(gone, records=(RECORD,)), entry_index=1, kind="rows.erased", at="t")
    assert store.records() == ()
    assert store.act_indices(start=0) == {0}


def test_a_removed_row_is_in_no_byte_of_the_database(store: Store) -> None:
    def everything() -> bytes:
        return b"".join(path.read_bytes() for path in store.workspace.folder("records").iterdir())

    written(store)
    assert b"sealed 2" in everything()
    store.write(Writes(discarded=(RejectedAt(0, 2),)), entry_index=1, kind="rows.erased", at="t")
    store.forget(())
    assert b"sealed 2" not in everything()
    assert b"sealed 1" in everything()


def test_a_reader_that_keeps_old_pages_alive_is_told_of(store: Store) -> None:
    written(store)
    path = store.workspace.folder("records") / "records.db"
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM rejected_rows").fetchone()
        store.write(Writes(discarded=(RejectedAt(0, 2),)), entry_index=1, kind="rows.erased", at="t")
        with pytest.raises(Busy, match="keeps its old pages alive"):
            store.forget(())
    store.sweep()
    assert b"sealed 2" not in b"".join(p.read_bytes() for p in store.workspace.folder("records").iterdir())
