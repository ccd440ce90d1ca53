"""Everything a deployment stores beside its ledger, behind one class that only governance may hold.

Writing is one transaction per act, and the act's row, which carries the number of a ledger entry that is
already durable, is its first statement. There is no method that writes without one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Engine,
    RowMapping,
    Select,
    Table,
    exists,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.exc import DBAPIError

from peelian.domain.errors import Busy, PeelianError
from peelian.storage import tables
from peelian.storage.act_rows import insert_all, remove_all
from peelian.storage.database import open_database
from peelian.storage.destroy import destroy
from peelian.storage.hashes import PartHashes
from peelian.storage.parts import Part, settle, sweep
from peelian.storage.rows import (
    ApprovalRow,
    CharterRow,
    PrincipalRow,
    Record,
    RejectedRow,
    SubjectMergeRow,
    SubjectRow,
    TombstoneRow,
    Writes,
)
from peelian.storage.workspace import Workspace

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
                remove_all(connection, writes)
                insert_all(connection, writes, entry_index=entry_index)
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
        """Return of each finding that is kept, in one of these states, the row that brought it there, oldest first.

        `since` is the least id of such a row.
        """
        place = tables.review_standing
        here = select(place.c.record_id).where(
            place.c.state.in_(states), place.c.record_id >= since, _kept(place.c.finding_id)
        )
        query = select(tables.records).where(tables.records.c.record_id.in_(here))
        return self.entered(query.order_by(tables.records.c.entry_index), Record)

    def findings_kept(self) -> frozenset[str]:
        """Return the id of every finding that came into review and is kept itself, not only where it stands."""
        place = tables.review_standing
        with self._engine.connect() as connection:
            query = select(place.c.finding_id).where(_kept(place.c.finding_id))
            return frozenset(connection.execute(query).scalars())

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

    def keeps(self, kind: str) -> bool:
        """Return whether there is any record of a kind."""
        query = select(exists().where(tables.records.c.kind == kind))
        with self._engine.connect() as connection:
            return bool(connection.execute(query).scalar_one())

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

    def subjects_without(self, kinds: Sequence[str]) -> tuple[tuple[SubjectRow, int], ...]:
        """Return the subjects under whom no record of these kinds is filed, oldest first (governance's own table)."""
        table, records = tables.subjects, tables.records
        filed = select(records.c.subject).where(records.c.kind.in_(kinds))
        query = select(table).where(table.c.subject_id.not_in(filed)).order_by(table.c.entry_index)
        return self.entered(query, SubjectRow)

    def records_naming(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return kind and id of each record whose body, where it is not sealed, has this name in it."""
        table = tables.records
        query = select(table.c.kind, table.c.record_id).where(table.c.body.contains(name, autoescape=True))
        with self._engine.connect() as connection:
            return tuple(
                (kind, record_id) for kind, record_id in connection.execute(query.order_by(table.c.record_id))
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

    def principal(self, principal_id: str) -> tuple[PrincipalRow, int] | None:
        """Return one principal with their ledger entry, if they are enrolled."""
        table = tables.principals
        found = self.entered(select(table).where(table.c.principal_id == principal_id), PrincipalRow)
        return found[0] if found else None

    def charters(self) -> tuple[tuple[CharterRow, int], ...]:
        """Return all submitted charters with their entries, oldest first (a table of governance's own)."""
        return self.entered(select(tables.charters).order_by(tables.charters.c.entry_index), CharterRow)

    def approvals(self, subject: str) -> tuple[tuple[ApprovalRow, int], ...]:
        """Return the approvals of a digest with their ledger entries (a table of governance's own)."""
        query = select(tables.approvals).where(tables.approvals.c.subject == subject)
        return self.entered(query.order_by(tables.approvals.c.entry_index), ApprovalRow)

    def approvers(self) -> frozenset[str]:
        """Return the ids of everybody of whom an approval stands (a table of governance's own)."""
        query = select(tables.approvals.c.principal_id).distinct()
        with self._engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

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


def _kept(record_id: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(tables.records.c.record_id == record_id)


def _value(row: RowMapping, row_type: type[Row]) -> Row:
    return row_type(**{field.name: row[field.name] for field in fields(row_type)})
