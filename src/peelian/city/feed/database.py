"""The questions to a foreign database: the one place beside `storage` that speaks to a database, and not to ours.

Rows are asked for in the order of their change, after the last one seen; and those of the last minutes once more,
because a transaction that began earlier may commit later. Only mapped columns are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Engine, MetaData, Select, Table, and_, create_engine, func, or_, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from peelian.city.feed.asking import Asking, DatabaseFeed, Found, Row
from peelian.city.feed.cursor import Cursor
from peelian.domain.errors import BadInput


def asked_of(url: str, feed: DatabaseFeed) -> str:
    """Return what the ledger says was asked: the kind of database and the table, nothing else of its address."""
    try:
        return f"{make_url(url).drivername}, table {feed.table}"
    except (SQLAlchemyError, ValueError):
        return f"a database, table {feed.table}"


def ask_changes(asking: Asking, feed: DatabaseFeed, cursor: Cursor) -> Found:
    """Return what changed since the cursor, and the rows of the overlap before it.

    Raises
    ------
    BadInput : the database cannot be reached, or has no such table or column; the address is never repeated.
    """
    source, columns = asking.source, asking.columns
    try:
        engine = create_engine(asking.url)
    except (SQLAlchemyError, ImportError, ValueError):
        raise BadInput(
            f"The address of the database of {source} is none that SQLAlchemy understands."
        ) from None
    try:
        table = _table(engine, feed, columns)
        late = _late(engine, table, feed, columns, cursor)
        later = _later(engine, table, feed, asking, cursor)
        return Found((*late, *later), _untimed(engine, table, feed))
    except NoSuchTableError:
        raise BadInput(
            f"The database of {source} has no table {feed.table!r}; correct the feed's file."
        ) from None
    except SQLAlchemyError as error:
        raise BadInput(
            f"The database of {source} did not answer ({type(error).__name__}); ask it again."
        ) from None
    finally:
        engine.dispose()


def _table(engine: Engine, feed: DatabaseFeed, columns: Sequence[str]) -> Table:
    schema, _, name = feed.table.rpartition(".")
    table = Table(name, MetaData(), schema=schema or None, autoload_with=engine)
    missing = [column for column in (*columns, feed.changed, feed.key) if column not in table.columns]
    if missing:
        raise BadInput(
            f"The table {feed.table} has no column {missing[0]!r}, which the mapping reads (it has "
            f"{', '.join(sorted(table.columns.keys()))}); correct the mapping, or ask what became of it."
        )
    return table


def _later(engine: Engine, table: Table, feed: DatabaseFeed, asking: Asking, cursor: Cursor) -> Iterable[Row]:
    """Return the rows that changed after the last one seen, the oldest first.

    Where a whole batch is known, because it lies ahead of now, the rows after it are asked for too.
    """
    found: list[Row] = []
    after = cursor
    while True:
        rows = _after_this(engine, table, feed, asking.columns, after)
        found += rows
        known = all(row.digest(asking.key) in cursor.seen for row in rows)
        if len(rows) < feed.batch_rows or not known:
            return found
        after = Cursor(rows[-1].changed, rows[-1].key)


def _after_this(
    engine: Engine, table: Table, feed: DatabaseFeed, columns: Sequence[str], cursor: Cursor
) -> list[Row]:
    changed, key = table.columns[feed.changed], table.columns[feed.key]
    query = _selected(table, feed, columns).order_by(changed, key).limit(feed.batch_rows)
    if cursor.changed is not None:
        query = query.where(_after(changed, key, cursor))
    return _rows(engine, query)


def _late(
    engine: Engine, table: Table, feed: DatabaseFeed, columns: Sequence[str], cursor: Cursor
) -> Iterable[Row]:
    """Return the rows of the overlap before the last one seen, among which may be some that committed late."""
    if cursor.changed is None:
        return ()
    changed, key = table.columns[feed.changed], table.columns[feed.key]
    within = and_(changed > cursor.changed - feed.overlap, ~_after(changed, key, cursor))
    return _rows(engine, _selected(table, feed, columns).where(within).order_by(changed, key))


def _after(changed: Column[Any], key: Column[Any], cursor: Cursor) -> Any:
    if cursor.key is None:  # it was forgotten; what else is of that moment is told apart by its digest
        return changed > cursor.changed
    return or_(changed > cursor.changed, and_(changed == cursor.changed, key > cursor.key))


def _selected(table: Table, feed: DatabaseFeed, columns: Sequence[str]) -> Select[Any]:
    """Return the question for rows that have a time of change."""
    changed = table.columns[feed.changed]
    return select(*(table.columns[name] for name in columns), changed, table.columns[feed.key]).where(
        changed.is_not(None)
    )


def _untimed(engine: Engine, table: Table, feed: DatabaseFeed) -> int:
    """Return how many rows have no time of change; where the column takes no such row, nobody is asked."""
    changed = table.columns[feed.changed]
    if not changed.nullable:
        return 0
    with engine.connect() as connection:
        counted = connection.execute(select(func.count()).select_from(table).where(changed.is_(None)))
        return int(counted.scalar_one())


def _rows(engine: Engine, query: Select[Any]) -> list[Row]:
    with engine.connect() as connection:
        found = connection.execute(query).all()
    return [_row(tuple(row)) for row in found]


def _row(values: tuple[Any, ...]) -> Row:
    *told, changed, key = values
    if not isinstance(changed, datetime):
        raise BadInput(
            f"The time of change {changed!r} is no time; name a column of dates with times as `changed`."
        )
    return Row(tuple(_word(value) for value in told), changed, key if isinstance(key, int) else str(key))


def _word(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
