"""Rows taken out of the copied databases by the day on which they end, so that each day's can be sealed apart.

What is left is the frame: entries of the ledger, the manifest of parts, who is enrolled, what was approved. A record, a
sealed rejected row or a side blob is content, and its bytes lie only in the slice of its day.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDS, REJECTED, BLOBS = "records", "rejected_rows", "blobs"
SIDE_BLOB = "side-blob"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Slice:
    """The rows of one table that end on one day, and where they lie; `keep_until` is the earliest of their ends."""

    table: str
    day: str
    keep_until: str
    path: Path

    @property
    def name(self) -> str:
        """Return what its key is called."""
        return slice_name(self.table, self.day)


@dataclass(frozen=True)
class Held:
    """What a slice holds, without content: records by entry, id and kind; rejected rows by entry and number."""

    records: tuple[tuple[int, str, str], ...] = ()
    rejected: tuple[tuple[int, int], ...] = ()


def slice_name(table: str, keep_until: str) -> str:
    """Return what the key of a table's rows is called that end on the day of this instant."""
    return f"{table}:{keep_until[:10]}"


def take_out(records: Path, ledger: Path, *, folder: Path) -> dict[Slice, Held]:
    """Move the content of two copied databases into slices in `folder`, leaving no byte of it behind."""
    taken: dict[Slice, Held] = {}
    with closing(sqlite3.connect(records)) as database:
        query = "SELECT entry_index, keep_until FROM ledger_terms WHERE what = ?"
        ends = dict(database.execute(query, (SIDE_BLOB,)))
        for table in (RECORDS, REJECTED):
            columns, rows = _rows(database, table)
            end = columns.index("keep_until")
            for each, held in _sliced(table, columns, rows, ends=[row[end] for row in rows], folder=folder):
                taken[each] = held
            _empty(database, table)
    with closing(sqlite3.connect(ledger)) as database:
        columns, rows = _rows(database, BLOBS)
        told = [row for row in rows if row[0] in ends]  # one whose end is not known is not backed up
        for each, held in _sliced(BLOBS, columns, told, ends=[ends[row[0]] for row in told], folder=folder):
            taken[each] = held
        _empty(database, BLOBS)
    return taken


def put_back(plain: Path, database: Path) -> None:
    """Put the rows of an opened slice back into the database they were taken from."""
    with plain.open(encoding="utf-8") as lines, closing(sqlite3.connect(database)) as into:
        table, columns = json.loads(next(lines))
        if table not in (RECORDS, REJECTED, BLOBS):
            raise ValueError(table)
        places = ", ".join("?" for _ in columns)
        with into:
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # ours
            into.executemany(statement, ([_read(value) for value in json.loads(line)] for line in lines))


def _rows(database: sqlite3.Connection, table: str) -> tuple[list[str], list[Row]]:
    found = database.execute(f"SELECT * FROM {table}")  # noqa: S608  # one of three names
    return [column[0] for column in found.description], found.fetchall()


def _sliced(
    table: str, columns: list[str], rows: Sequence[Row], *, ends: Sequence[str], folder: Path
) -> Iterator[tuple[Slice, Held]]:
    by_day: defaultdict[str, list[tuple[Row, str]]] = defaultdict(list)
    for row, end in zip(rows, ends, strict=True):
        by_day[end[:10]].append((row, end))
    for day, some in sorted(by_day.items()):
        path = folder / f"{table}-{day}.jsonl"
        with path.open("w", encoding="utf-8") as lines:
            for line in ([table, columns], *([_told(value) for value in row] for row, _ in some)):
                lines.write(json.dumps(line) + "\n")
        kept = [dict(zip(columns, row, strict=True)) for row, _ in some]
        yield Slice(table, day, min(end for _, end in some), path), _held(table, kept)


def _held(table: str, rows: Sequence[Mapping[str, Any]]) -> Held:
    if table == RECORDS:
        return Held(records=tuple((row["entry_index"], row["record_id"], row["kind"]) for row in rows))
    if table == REJECTED:
        count: defaultdict[int, int] = defaultdict(int)
        for row in rows:
            count[row["entry_index"]] += 1
        return Held(rejected=tuple(sorted(count.items())))
    return Held()


def _empty(database: sqlite3.Connection, table: str) -> None:
    with database:
        database.execute(f"DELETE FROM {table}")  # noqa: S608  # one of three names
    database.execute("VACUUM")  # writes the file anew, without the freed pages


def _told(value: Any) -> Any:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def _read(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value
