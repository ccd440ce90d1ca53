"""The rows of one act put into the tables and taken out of them, inside the transaction that the store has begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, Delete, Table, delete, insert

from peelian.domain.errors import PeelianError
from peelian.storage import tables
from peelian.storage.rows import Ended, Writes

_PLACES: dict[str, Table] = {
    "parts": tables.parts,
    "records": tables.records,
    "rejected": tables.rejected_rows,
    "principals": tables.principals,
    "charters": tables.charters,
    "approvals": tables.approvals,
    "tombstones": tables.tombstones,
    "subjects": tables.subjects,
    "merges": tables.subject_merges,
}


def insert_all(connection: Connection, writes: Writes, *, entry_index: int) -> None:
    """Put in every row that an act writes, each with the entry it stands on."""
    for name, table in _PLACES.items():
        _insert_rows(connection, table, getattr(writes, name), entry_index)


def remove_all(connection: Connection, writes: Writes) -> None:
    """Take out the rows an act names, each of which must be there."""
    merges = tables.subject_merges
    connection.execute(delete(merges).where(merges.c.subject_id.in_(writes.gone)))
    for query, rows in (*_removals(writes), *_endings(writes.ended)):
        if connection.execute(query).rowcount != rows:
            raise PeelianError(
                "A row that was to be taken away is no longer there; nothing of this act was kept. Do it again: it "
                "looks at what is stored then."
            )


def _removals(writes: Writes) -> Iterator[tuple[Delete, int]]:
    parts, rejected = tables.parts, tables.rejected_rows
    for part in writes.removed:
        yield delete(parts).where(parts.c.part_id == part.part_id), 1
    for row in writes.discarded:
        here = rejected.c.entry_index == row.entry_index
        yield delete(rejected).where(here, rejected.c.row_number == row.row_number), 1
    records, subjects = tables.records, tables.subjects
    for dropped in writes.dropped:
        here = records.c.entry_index == dropped.entry_index
        yield delete(records).where(here, records.c.record_id == dropped.record_id), 1
    for subject in writes.gone:
        yield delete(subjects).where(subjects.c.subject_id == subject), 1


def _endings(ended: Ended) -> Iterator[tuple[Delete, int]]:
    """Yield what destroys the rows whose term is over, with how many rows each must find."""
    for record, _ in ended.records:
        yield delete(tables.records).where(tables.records.c.record_id == record.record_id), 1
    for load in ended.rejected:
        of_load = tables.rejected_rows.c.entry_index == load.entry_index
        yield delete(tables.rejected_rows).where(of_load), load.rows
    for index in ended.approvals:
        yield delete(tables.approvals).where(tables.approvals.c.entry_index == index), 1
    for digest, _ in ended.charters:
        yield delete(tables.charters).where(tables.charters.c.digest == digest), 1
    for principal_id, _ in ended.principals:
        yield delete(tables.principals).where(tables.principals.c.principal_id == principal_id), 1


def _insert_rows(connection: Connection, table: Table, rows: Sequence[object], entry_index: int) -> None:
    if rows:
        values = [{**asdict(row), "entry_index": entry_index} for row in rows]  # type: ignore[call-overload]
        connection.execute(insert(table), values)
