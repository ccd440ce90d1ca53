"""What is over: the rows whose term has ended, and the ends of what only the ledger knows of.

Every stored row carries its end. Side blobs of the ledger and files that an entry announced carry none; the ends of
those are read off the ledger once and noted here, so that nobody need walk all entries each time something falls due.
The notes are not acts: they say nothing that the ledger does not, and can be made again from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, func, insert, select, union_all
from sqlalchemy.exc import DBAPIError

from peelian.domain.errors import PeelianError
from peelian.storage import tables
from peelian.storage.parts import Part
from peelian.storage.rows import ApprovalRow, Record, RejectedOf
from peelian.storage.store import Store


@dataclass(frozen=True)
class LedgerTerm:
    """Until when something is kept that an entry announced: its side blob, or the file of this name."""

    entry_index: int
    what: str
    name: str
    keep_until: str


class Terms:
    """Finds what fell due by an instant (ISO 8601, UTC), each with the ledger entry it stands on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def parts(self, *, by: str) -> tuple[tuple[Part, int], ...]:
        """Return the parts whose term is over, by kind and age."""
        table = tables.parts
        query = select(table).where(table.c.keep_until <= by).order_by(table.c.kind, table.c.entry_index)
        return self._store.entered(query, Part)

    def records(self, *, by: str) -> tuple[tuple[Record, int], ...]:
        """Return the records whose term is over, by kind and age."""
        table = tables.records
        query = select(table).where(table.c.keep_until <= by).order_by(table.c.kind, table.c.entry_index)
        return self._store.entered(query, Record)

    def rejected(self, *, by: str) -> tuple[RejectedOf, ...]:
        """Return the loads whose sealed rejected rows are over; all those of a load end together."""
        table = tables.rejected_rows
        query = select(table.c.entry_index, func.count()).where(table.c.keep_until <= by)
        grouped = query.group_by(table.c.entry_index).order_by(table.c.entry_index)
        return tuple(RejectedOf(index, rows) for index, rows in self._all(grouped))

    def ends_of_rejected(self, loads: Iterable[int]) -> tuple[str, ...]:
        """Return the ends of the sealed rejected rows of these loads, given by their entries."""
        table = tables.rejected_rows
        query = select(table.c.keep_until).where(table.c.entry_index.in_(tuple(loads))).distinct()
        return tuple(end for (end,) in self._all(query))

    def approvals_of(self, subjects: Iterable[str]) -> tuple[tuple[ApprovalRow, int], ...]:
        """Return the approvals of what one of these ids or digests names."""
        table = tables.approvals
        wanted = table.c.subject.in_(tuple(subjects))
        return self._store.entered(select(table).where(wanted).order_by(table.c.entry_index), ApprovalRow)

    def of_ledger(self, *, by: str) -> tuple[LedgerTerm, ...]:
        """Return the side blobs and announced files whose term is over, oldest first."""
        table = tables.ledger_terms
        query = select(table).where(table.c.keep_until <= by).order_by(table.c.entry_index)
        return tuple(LedgerTerm(*row) for row in self._all(query))

    def ledger_read_below(self) -> int:
        """Return below which index the ends of side blobs and files were noted."""
        (found,) = self._all(select(func.max(tables.ledger_terms_read.c.below)))
        return found[0] or 0

    def note(self, terms: Iterable[LedgerTerm], *, below: int) -> None:
        """Note the ends that were read off the ledger below this index, once."""
        values = [asdict(term) for term in terms]
        with _sentences(), self._store.database.begin() as connection:
            if values:
                connection.execute(insert(tables.ledger_terms), values)
            connection.execute(tables.ledger_terms_read.delete())
            connection.execute(insert(tables.ledger_terms_read), {"id": 1, "below": below})

    def let_go(self, terms: Iterable[LedgerTerm]) -> None:
        """Forget the ends of what is destroyed."""
        table = tables.ledger_terms
        with _sentences(), self._store.database.begin() as connection:
            for term in terms:
                this: ColumnElement[bool] = table.c.entry_index == term.entry_index
                connection.execute(delete(table).where(this, table.c.what == term.what))

    def next_end(self) -> str | None:
        """Return the earliest end there is; None where nothing is kept."""
        ending = (tables.parts, tables.records, tables.rejected_rows, tables.ledger_terms)
        ends = union_all(*(_first_end(table) for table in ending)).subquery()
        ((end,),) = self._all(select(func.min(ends.c.end)))
        return None if end is None else str(end)

    def _all(self, query: Select[Any]) -> list[Any]:
        with self._store.database.connect() as connection:
            return list(connection.execute(query).all())


def _first_end(table: Table) -> Select[Any]:
    return select(func.min(table.c.keep_until).label("end"))


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise PeelianError(
            f"The terms could not be noted ({error.orig}); nothing of it was kept. See that the disk has room and that "
            "nobody else holds the records database, and do it again."
        ) from error
