"""What a walk through a house can do: looks, acts, refusals and erasures, under faults of the disks below it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peelian.governance.desk import Kept, NewRejection
from peelian.governance.house import House
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.subjects import Subject
from tests.city.erasure.orders import load_file
from tests.governance.persons.made import FileHouse, found_files
from tests.houses import MAPPING

ROWS = """id,when,recorded,lon,lat,offence
A1,2026-01-30 10:00:00,2026-01-31 10:00:00,-87.65,41.85,burglary
A2,2026-02-03 11:00:00,2026-02-04 10:00:00,-87.66,41.86,burglary
A3,never,2026-02-06 10:00:00,-87.67,41.87,vehicle theft
A4,2026-02-05 12:00:00,2026-02-06 10:00:00,-87.67,41.87,vehicle theft
"""
BLOCKED_MS, NORMAL_MS = 0, 5_000
ENDLESS = 1_073_741_823


def template(folder: Path) -> tuple[FileHouse, Subject]:
    """Found a house with two small deliveries and records about one person."""
    house = found_files(folder)
    for content in (ROWS, ROWS.replace("A", "B")):
        load_file(house, content, mapping=MAPPING)
    subject = house.register()
    for _ in range(2):
        house.keep(subject)
    return house, subject


@dataclass
class Shown:
    """What the house handed out at one step."""

    extracts: list[tuple[int, str]]  # rows, commitment
    records: list[tuple[str, str]]  # kind, id
    grouped: list[tuple[str, int]]  # kind, how many


def require_covered(shown: Shown, entries: list[Entry]) -> None:
    """Hold everything that was handed out against the entries made meanwhile: each has its own."""
    extracts = [(e.facts["rows"], e.facts["result"]) for e in entries if e.kind == "extract.read"]
    for extract in shown.extracts:
        extracts.remove(extract)  # raises where there is none
    reads = [e.facts for e in entries if e.kind == "record.read"]
    alone = [(facts["kind"], facts.get("record")) for facts in reads]
    for record in shown.records:
        alone.remove(record)
    counted = [(facts["kind"], facts.get("records")) for facts in reads]
    for group in shown.grouped:
        counted.remove(group)


def shown_records(kind: str, found: tuple[Kept, ...], *, about_people: bool) -> Shown:
    """Return what a look at records handed out, as it must have been entered."""
    if about_people or len(found) == 1:
        return Shown([], [(kind, kept.record_id) for kept in found], [])
    return Shown([], [], [(kind, len(found))] if found else [])


def shown_rejections(load: Kept, rows: tuple[NewRejection, ...]) -> Shown:
    """Return what a look at rejected rows handed out."""
    return Shown([], [("rejected-row", load.record_id)] * len(rows), [])


# --- faults


@contextmanager
def ledger_full(house: House, pages: int) -> Iterator[None]:
    """Leave room for so many more pages in the ledger's database."""
    with _full(_ledger(house), pages):
        yield


@contextmanager
def records_full(house: House, pages: int) -> Iterator[None]:
    """Leave room for so many more pages in the records database."""
    with _records(house) as connection, _full(connection, pages):
        yield


@contextmanager
def ledger_locked(house: House, _pages: int) -> Iterator[None]:
    """Have somebody else write to the ledger's database all the time."""
    with _locked(house.folder("ledger") / "ledger.db", _ledger(house)):
        yield


@contextmanager
def records_locked(house: House, _pages: int) -> Iterator[None]:
    """Have somebody else write to the records database all the time."""
    with _records(house) as connection, _locked(house.folder("records") / "records.db", connection):
        yield


@contextmanager
def sound(_house: House, _pages: int) -> Iterator[None]:
    """Break nothing."""
    yield


FAULTS = (sound, sound, ledger_full, ledger_locked, records_full, records_locked)


def _ledger(house: House) -> sqlite3.Connection:
    writer = house.kit.ledger._store._write
    assert writer is not None
    return writer


@contextmanager
def _records(house: House) -> Iterator[sqlite3.Connection]:
    """The one connection of the pool, given back so that the house goes on using it."""
    with house.kit.store._engine.connect() as connection:
        driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    yield driver


@contextmanager
def _full(connection: sqlite3.Connection, pages: int) -> Iterator[None]:
    (now,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {now + pages}").fetchone()
    try:
        yield
    finally:
        connection.execute(f"PRAGMA max_page_count = {ENDLESS}").fetchone()


@contextmanager
def _locked(path: Path, connection: sqlite3.Connection) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA busy_timeout = {BLOCKED_MS}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {NORMAL_MS}")
        other.execute("ROLLBACK")
        other.close()
