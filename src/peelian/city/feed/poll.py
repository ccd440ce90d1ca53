"""Asking a foreign database what changed: the one place beside `storage` that speaks to a database, and not to ours.

For: CAD and RMS systems that show a table or a view. Rows are asked for in the order of their change, after the last
one seen; and those of the last minutes once more, because a transaction that began earlier may commit later. Which
rows of those minutes were seen is remembered by their digests. Only mapped columns are asked for.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Engine, MetaData, Select, Table, and_, create_engine, or_, select
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from peelian.city.feed.inbox import Inbox, batch_name
from peelian.city.mapping.strict_yaml import Keys
from peelian.domain.errors import BadInput

CURSOR = ".cursor.json"


@dataclass(frozen=True)
class DatabaseFeed:
    """What to ask for.

    Parameters
    ----------
    table : name of the table or view (`schema.table` where it has a schema).
    changed : column with the time of the last change of a row.
    key : column that is unique, to keep an order among rows of one moment.
    overlap : how long a transaction may take to commit; so far back changes are looked for again.
    batch_rows : rows after the last one seen, in one batch, at most.
    """

    table: str
    changed: str
    key: str
    overlap: timedelta = timedelta(minutes=10)
    batch_rows: int = 5_000


@dataclass(frozen=True)
class Polled:
    """What one question brought: the batch file (None where nothing came) and its rows."""

    batch: Path | None
    rows: int


def database_feed(keys: Keys) -> DatabaseFeed:
    """Return the feed that the section `database:` of a feed's file describes."""
    feed = DatabaseFeed(
        table=keys.take("table", str),
        changed=keys.take("changed", str),
        key=keys.take("key", str),
        overlap=timedelta(minutes=keys.number("overlap_minutes", 10)),
        batch_rows=keys.take("batch_rows", int, 5_000),
    )
    keys.finish()
    return feed


@dataclass(frozen=True)
class _Cursor:
    """The last change seen, and the digests of the rows seen within the overlap before it, with their changes."""

    changed: datetime | None = None
    key: int | str | None = None
    seen: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class _Row:
    """One row: the mapped values as text, its change and its key."""

    words: tuple[str, ...]
    changed: datetime
    key: int | str

    def digest(self) -> str:
        """Return what the row is recognised by."""
        told = json.dumps([self.words, self.changed.isoformat(), self.key])
        return sha256(told.encode()).hexdigest()[:32]


def poll(
    url: str, feed: DatabaseFeed, *, source: str, columns: Sequence[str], inbox: Inbox, now: datetime
) -> Polled:
    """Put what changed since the last question into the inbox, as one file.

    The cursor moves only after the batch lies durably in the inbox: a crash in between asks again.

    Raises
    ------
    BadInput : the database cannot be reached, or has no such table or column; the address is never repeated.
    """
    cursor = _read_cursor(inbox)
    rows = _asked(url, feed, source=source, columns=columns, cursor=cursor)
    if not rows:
        return Polled(None, 0)
    content = _csv(columns, rows)
    batch = inbox.put(batch_name(source=source, at=now, digest=sha256(content).hexdigest()), content)
    _write_cursor(inbox, _moved(cursor, rows, feed.overlap))
    return Polled(batch, len(rows))


def _asked(
    url: str, feed: DatabaseFeed, *, source: str, columns: Sequence[str], cursor: _Cursor
) -> list[_Row]:
    try:
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError, ValueError):
        raise BadInput(
            f"The address of the database of {source} is none that SQLAlchemy understands."
        ) from None
    try:
        table = _table(engine, feed, columns)
        late = [row for row in _late(engine, table, feed, columns, cursor) if row.digest() not in cursor.seen]
        return late + list(_later(engine, table, feed, columns, cursor))
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


def _later(
    engine: Engine, table: Table, feed: DatabaseFeed, columns: Sequence[str], cursor: _Cursor
) -> Iterable[_Row]:
    """Return the rows that changed after the last one seen, the oldest first."""
    changed, key = table.columns[feed.changed], table.columns[feed.key]
    query = _selected(table, feed, columns).order_by(changed, key).limit(feed.batch_rows)
    if cursor.changed is not None:
        query = query.where(_after(changed, key, cursor))
    return _rows(engine, query)


def _late(
    engine: Engine, table: Table, feed: DatabaseFeed, columns: Sequence[str], cursor: _Cursor
) -> Iterable[_Row]:
    """Return the rows of the overlap before the last one seen, among which may be some that committed late."""
    if cursor.changed is None:
        return ()
    changed, key = table.columns[feed.changed], table.columns[feed.key]
    within = and_(changed > cursor.changed - feed.overlap, ~_after(changed, key, cursor))
    return _rows(engine, _selected(table, feed, columns).where(within).order_by(changed, key))


def _after(changed: Column[Any], key: Column[Any], cursor: _Cursor) -> Any:
    return or_(changed > cursor.changed, and_(changed == cursor.changed, key > cursor.key))


def _selected(table: Table, feed: DatabaseFeed, columns: Sequence[str]) -> Select[Any]:
    return select(
        *(table.columns[name] for name in columns), table.columns[feed.changed], table.columns[feed.key]
    )


def _rows(engine: Engine, query: Select[Any]) -> list[_Row]:
    with engine.connect() as connection:
        found = connection.execute(query).all()
    return [_row(tuple(row)) for row in found]


def _row(values: tuple[Any, ...]) -> _Row:
    *told, changed, key = values
    if not isinstance(changed, datetime):
        raise BadInput(
            f"The time of change {changed!r} is no time; name a column of dates with times as `changed`."
        )
    return _Row(tuple(_word(value) for value in told), changed, key if isinstance(key, int) else str(key))


def _word(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv(columns: Sequence[str], rows: Sequence[_Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(row.words for row in rows)
    return text.getvalue().encode()


def _moved(cursor: _Cursor, rows: Sequence[_Row], overlap: timedelta) -> _Cursor:
    newest = max(rows, key=lambda row: (row.changed, row.key))
    last = max(newest.changed, cursor.changed or newest.changed)
    key = newest.key if last == newest.changed else cursor.key
    seen = cursor.seen | {row.digest(): row.changed for row in rows}
    return _Cursor(last, key, {digest: at for digest, at in seen.items() if at > last - overlap})


def _read_cursor(inbox: Inbox) -> _Cursor:
    path = inbox.folder / CURSOR
    if not path.is_file():
        return _Cursor()
    told = json.loads(path.read_text(encoding="utf-8"))
    seen = {digest: datetime.fromisoformat(at) for digest, at in told["seen"].items()}
    return _Cursor(datetime.fromisoformat(told["changed"]), told["key"], seen)


def _write_cursor(inbox: Inbox, cursor: _Cursor) -> None:
    assert cursor.changed is not None
    seen = {digest: at.isoformat() for digest, at in cursor.seen.items()}
    told = {"changed": cursor.changed.isoformat(), "key": cursor.key, "seen": seen}
    inbox.write(CURSOR, json.dumps(told).encode())
