"""Everything a deployment stores beside its ledger, behind one class that only governance may hold.

Writing is one transaction per act, and the act's row, which carries the number of a ledger entry that is
already durable, is its first statement. There is no method that writes without one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    RowMapping,
    Select,
    Table,
    delete,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.exc import DBAPIError

from peelian.domain.errors import Busy, PeelianError
from peelian.storage import tables
from peelian.storage.database import open_database
from peelian.storage.destroy import destroy
from peelian.storage.hashes import PartHashes
from peelian.storage.parts import Part, settle, sweep
from peelian.storage.workspace import Workspace


@dataclass(frozen=True)
class Record:
    """A decision or report that is kept as it was made; `body` is canonical JSON."""

    record_id: str
    kind: str
    subject: str
    body: str
    keep_until: str


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not accepted, sealed because it may hold what the warehouse must not."""

    row_number: int
    reason: str
    nonce: bytes
    sealed: bytes
    keep_until: str


@dataclass(frozen=True)
class PrincipalRow:
    """A principal; `body` is canonical JSON."""

    principal_id: str
    name: str
    body: str


@dataclass(frozen=True)
class CharterRow:
    """A submitted charter; its text lies in `charters/` under its digest."""

    digest: str
    charter_id: str
    version: int
    author: str


@dataclass(frozen=True)
class ApprovalRow:
    """One person's signed approval of what `subject` (a digest) names."""

    subject: str
    principal_id: str
    signature: str
    at: str


@dataclass(frozen=True)
class RejectedAt:
    """Where a sealed rejected row stands: the entry of its load, and its number in the delivery."""

    entry_index: int
    row_number: int


@dataclass(frozen=True)
class RejectedOf:
    """All sealed rows that are left of those the load of this entry rejected."""

    entry_index: int
    rows: int


@dataclass(frozen=True)
class Ended:
    """What an act destroys because its term is over: records, rejected rows by load, approvals by entry, charters."""

    records: tuple[tuple[Record, int], ...] = ()
    rejected: tuple[RejectedOf, ...] = ()
    approvals: tuple[int, ...] = ()
    charters: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.rejected or self.approvals or self.charters)


@dataclass(frozen=True)
class TombstoneRow:
    """An erased row that may not come back: the keyed hash it is recognised by, its data kind, the order."""

    name: str
    kind: str
    order_id: str


@dataclass(frozen=True)
class SubjectRow:
    """A person whom sealed records are about: an id that says nothing, the category, and a seal that binds both."""

    subject_id: str
    category: str
    seal: str


@dataclass(frozen=True)
class SubjectMergeRow:
    """Two subjects that turned out to be one person: the first is found under the id `into` from then on."""

    subject_id: str
    into: str


@dataclass(frozen=True)
class RecordAt:
    """Where a stored record stands: its entry, and its position among the records which that entry names."""

    record_id: str
    entry_index: int
    position: int


@dataclass(frozen=True)
class Writes:
    """All that one act writes, together or not at all; the last five are what it takes away.

    Parameters
    ----------
    removed : parts that leave the manifest; their files are destroyed afterwards by `forget`.
    discarded : sealed rejected rows that are destroyed.
    dropped : records that are destroyed.
    gone : subjects that are no more, with what they were merged into or from.
    ended : what else is destroyed, its term being over.
    """

    parts: tuple[Part, ...] = ()
    records: tuple[Record, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    principals: tuple[PrincipalRow, ...] = ()
    charters: tuple[CharterRow, ...] = ()
    approvals: tuple[ApprovalRow, ...] = ()
    tombstones: tuple[TombstoneRow, ...] = ()
    subjects: tuple[SubjectRow, ...] = ()
    merges: tuple[SubjectMergeRow, ...] = ()
    removed: tuple[Part, ...] = ()
    discarded: tuple[RejectedAt, ...] = ()
    dropped: tuple[RecordAt, ...] = ()
    gone: tuple[str, ...] = ()
    ended: Ended = Ended()

    @property
    def takes_away(self) -> bool:
        """Return whether bytes must be destroyed once the act is done."""
        return bool(self.removed or self.discarded or self.dropped or self.gone or self.ended)


Row = TypeVar(
    "Row",
    Part,
    Record,
    RejectedRow,
    PrincipalRow,
    CharterRow,
    ApprovalRow,
    TombstoneRow,
    SubjectRow,
    SubjectMergeRow,
)

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


class Store:
    """The records database and the manifest of the warehouse."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.hashes = PartHashes()
        self._newest_act: int | None = None
        self._engine = open_database(workspace.folder("records") / "records.db")

    @property
    def database(self) -> Engine:
        """Return the open database, for what else in this package asks it."""
        return self._engine

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def write(self, writes: Writes, *, entry_index: int, kind: str, at: str) -> None:
        """Write one act that stands on the durable ledger entry `entry_index`."""
        settle(writes.parts, workspace=self.workspace)
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(tables.acts), {"entry_index": entry_index, "kind": kind, "at": at})
                _remove(connection, writes)
                for name, table in _PLACES.items():
                    _insert(connection, table, getattr(writes, name), entry_index)
        except DBAPIError as error:
            raise PeelianError(
                f"The records database refused the act ({error.orig}); nothing of it was kept. If the same was "
                "done before it stands; if the disk is full or another writer is at work, do it again later."
            ) from error
        self._newest_act = entry_index

    def forget(self, removed: Sequence[Part]) -> None:
        """Destroy the files of parts that left the manifest, and every byte of removed rows in the database's log.

        The rows themselves are gone already; what is cut off here is finished by `sweep` at the next start.
        """
        warehouse = self.workspace.folder("warehouse")
        try:
            destroy(warehouse / part.path for part in removed)
        except OSError as error:
            raise PeelianError(
                f"The act is done, but an old file could not be destroyed ({error}); see to the disk and open "
                "the workspace again, which finishes the work."
            ) from error
        if not self._truncate_log():
            raise Busy(
                "The act is done, but a reader of the records database keeps its old pages alive; close it and "
                "open the workspace again, which finishes the work."
            )

    def _truncate_log(self) -> bool:
        """Bring the write-ahead log home and empty it; return whether no reader stood in the way."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                return connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalars().first() == 0
        except DBAPIError as error:
            raise PeelianError(
                f"What was done stands, but the records database's log could not be emptied ({error.orig}); see to "
                "the disk and open the workspace again, which finishes the work."
            ) from error

    def parts(self, kind: str | None = None) -> tuple[tuple[Part, int], ...]:
        """Return the visible parts of a data kind (of all, without one) with their entries, oldest first."""
        query = select(tables.parts).order_by(tables.parts.c.entry_index, tables.parts.c.path)
        return self.entered(query if kind is None else query.where(tables.parts.c.kind == kind), Part)

    def records(
        self, kind: str | None = None, *, record_id: str | None = None, subject: str | None = None
    ) -> tuple[tuple[Record, int], ...]:
        """Return records of a kind (of all, without one) with their entries, oldest first."""
        query = select(tables.records).order_by(tables.records.c.entry_index)
        if kind is not None:
            query = query.where(tables.records.c.kind == kind)
        if record_id is not None:
            query = query.where(tables.records.c.record_id == record_id)
        if subject is not None:
            query = query.where(tables.records.c.subject == subject)
        return self.entered(query, Record)

    def records_since(self, kind: str, record_id: str) -> tuple[tuple[Record, int], ...]:
        """Return the records of a kind whose ids, which sort by time, are not before this one; oldest first.

        It reads what is new and not what is kept: the index on kinds is passed over (the unary plus).
        """
        records = tables.records
        of_kind = literal_column("+records.kind") == kind
        query = select(records).where(records.c.record_id >= record_id, of_kind)
        return self.entered(query.order_by(records.c.entry_index), Record)

    def standing(self, states: Collection[str], *, since: str = "") -> tuple[tuple[Record, int], ...]:
        """Return of each finding in one of these states the row that brought it there, oldest first.

        `since` is the least id of such a row.
        """
        place = tables.review_standing
        here = select(place.c.record_id).where(place.c.state.in_(states), place.c.record_id >= since)
        query = select(tables.records).where(tables.records.c.record_id.in_(here))
        return self.entered(query.order_by(tables.records.c.entry_index), Record)

    def all_standing(self) -> dict[str, tuple[str, str]]:
        """Return of every finding the id of the row that says where it stands, and the state that this row says."""
        place = tables.review_standing
        query = select(place.c.finding_id, place.c.record_id, place.c.state)
        with self._engine.connect() as connection:
            return {finding: (row, state) for finding, row, state in connection.execute(query)}

    def records_about(self, subject: str) -> int:
        """Return how many records have this subject; it takes as long where there are none."""
        query = select(func.count()).where(tables.records.c.subject == subject)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def rejected(self, entry_index: int) -> tuple[RejectedRow, ...]:
        """Return the sealed rows that the load of this entry rejected, in file order."""
        table = tables.rejected_rows
        query = select(table).where(table.c.entry_index == entry_index)
        return self._rows(query.order_by(table.c.row_number), RejectedRow)

    def rejected_counts(self) -> dict[int, int]:
        """Return how many rejected rows stand on each entry."""
        return self._counts(tables.rejected_rows)

    def approval_counts(self) -> dict[int, int]:
        """Return how many approvals stand on each entry."""
        return self._counts(tables.approvals)

    def tombstone_counts(self) -> dict[int, int]:
        """Return how many tombstones stand on each entry."""
        return self._counts(tables.tombstones)

    def tombstones(self, kind: str) -> frozenset[str]:
        """Return the names of a data kind that may not come back (a table of governance's own)."""
        table = tables.tombstones
        with self._engine.connect() as connection:
            return frozenset(connection.execute(select(table.c.name).where(table.c.kind == kind)).scalars())

    def barred_by(self, order_id: str) -> tuple[str, ...]:
        """Return the tombstones that an order made (a table of governance's own)."""
        table = tables.tombstones
        query = select(table.c.name).where(table.c.order_id == order_id).order_by(table.c.name)
        with self._engine.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def subjects(self, subject_id: str | None = None) -> tuple[tuple[SubjectRow, int], ...]:
        """Return a subject (all, without an id) with its entry, oldest first (a table of governance's own)."""
        query = select(tables.subjects).order_by(tables.subjects.c.entry_index)
        return self.entered(
            query if subject_id is None else query.where(tables.subjects.c.subject_id == subject_id),
            SubjectRow,
        )

    def subject_merges(self) -> tuple[tuple[SubjectMergeRow, int], ...]:
        """Return which subjects were merged into which, with their entries (a table of governance's own)."""
        table = tables.subject_merges
        return self.entered(select(table).order_by(table.c.entry_index), SubjectMergeRow)

    def _counts(self, table: Table) -> dict[int, int]:
        query = select(table.c.entry_index, func.count()).group_by(table.c.entry_index)
        with self._engine.connect() as connection:
            return {int(index): int(rows) for index, rows in connection.execute(query)}

    def principals(self) -> tuple[tuple[PrincipalRow, int], ...]:
        """Return all principals with their ledger entries, oldest first (a table of governance's own)."""
        return self.entered(select(tables.principals).order_by(tables.principals.c.entry_index), PrincipalRow)

    def charters(self) -> tuple[tuple[CharterRow, int], ...]:
        """Return all submitted charters with their entries, oldest first (a table of governance's own)."""
        return self.entered(select(tables.charters).order_by(tables.charters.c.entry_index), CharterRow)

    def approvals(self, subject: str) -> tuple[tuple[ApprovalRow, int], ...]:
        """Return the approvals of a digest with their ledger entries (a table of governance's own)."""
        query = select(tables.approvals).where(tables.approvals.c.subject == subject)
        return self.entered(query.order_by(tables.approvals.c.entry_index), ApprovalRow)

    def acts(self) -> tuple[tuple[int, str], ...]:
        """Return the ledger index and kind of every act that was written, oldest first."""
        query = select(tables.acts.c.entry_index, tables.acts.c.kind).order_by(tables.acts.c.entry_index)
        with self._engine.connect() as connection:
            return tuple((index, kind) for index, kind in connection.execute(query))

    def newest_act(self) -> int:
        """Return the ledger index of the newest act that was written; -1 where there is none.

        It is remembered until this store writes again: a house has one writer.
        """
        if self._newest_act is None:
            newest = select(func.coalesce(func.max(tables.acts.c.entry_index), -1))
            with self._engine.connect() as connection:
                self._newest_act = int(connection.execute(newest).scalar_one())
        return self._newest_act

    def act_indices(self, *, start: int) -> frozenset[int]:
        """Return the ledger indices, from `start` on, whose act was written."""
        column = tables.acts.c.entry_index
        with self._engine.connect() as connection:
            return frozenset(connection.execute(select(column).where(column >= start)).scalars())

    def reconciled_below(self) -> int:
        """Return the ledger index below which acts and entries were found to agree."""
        with self._engine.connect() as connection:
            return connection.execute(select(tables.reconciled.c.below)).scalar_one_or_none() or 0

    def mark_reconciled(self, below: int) -> None:
        """Remember that acts and entries agree below this ledger index."""
        with self._engine.begin() as connection:
            connection.execute(tables.reconciled.delete())
            connection.execute(insert(tables.reconciled), {"id": 1, "below": below})

    def sweep(self) -> tuple[str, ...]:
        """Destroy files that no manifest row names, and the database's log: a crash left them."""
        with self._engine.connect() as connection:
            known = frozenset(connection.execute(select(tables.parts.c.path)).scalars())
        strays = sweep(known, workspace=self.workspace)
        self._truncate_log()
        return strays

    def entered(self, query: Select[Any], row_type: type[Row]) -> tuple[tuple[Row, int], ...]:
        """Return what a query of one table finds, each with the entry it stands on."""
        with self._engine.connect() as connection:
            found = connection.execute(query).mappings().all()
        return tuple((_value(row, row_type), int(row["entry_index"])) for row in found)

    def _rows(self, query: Select[Any], row_type: type[Row]) -> tuple[Row, ...]:
        with self._engine.connect() as connection:
            return tuple(_value(row, row_type) for row in connection.execute(query).mappings())


def _remove(connection: Connection, writes: Writes) -> None:
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


def _insert(connection: Connection, table: Table, rows: Sequence[object], entry_index: int) -> None:
    if rows:
        values = [{**asdict(row), "entry_index": entry_index} for row in rows]  # type: ignore[call-overload]
        connection.execute(insert(table), values)


def _value(row: RowMapping, row_type: type[Row]) -> Row:
    return row_type(**{field.name: row[field.name] for field in fields(row_type)})
