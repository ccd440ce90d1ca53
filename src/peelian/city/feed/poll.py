"""Asking a foreign database what changed: the one place beside `storage` that speaks to a database, and not to ours.

For: CAD and RMS systems that show a table or a view. Rows are asked for in the order of their change, after the last
one seen; and those of the last minutes once more, because a transaction that began earlier may commit later. Which
rows of those minutes were seen is remembered by their digests. Only mapped columns are asked for.

A row whose change lies in the future is taken, but the cursor never moves beyond now: one wrong clock must not end the
feed. The cursor's file holds the last key as the database writes it, for the next question needs it; the digests in it
are made with a key of the house, so that nobody can try rows out on them.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Engine, MetaData, Select, Table, and_, create_engine, func, or_, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from peelian.city.feed.inbox import Inbox, batch_name
from peelian.domain.errors import BadInput
from peelian.domain.section import Section

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
    """What one question brought: the batch file (None where nothing came), its rows, what was out of the ordinary."""

    batch: Path | None
    rows: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asking:
    """The circumstances of one question.

    Parameters
    ----------
    url : address of the database as SQLAlchemy writes it; never repeated, for it may hold a password.
    source, columns : id of the mapping, and what it reads.
    zone : of times of change that tell no zone themselves.
    now : no cursor moves beyond it.
    key : secret that the digests of rows are made with.
    """

    url: str
    source: str
    columns: tuple[str, ...]
    zone: str
    now: datetime
    key: bytes

    def is_ahead(self, changed: datetime) -> bool:
        """Return whether a time of change lies in the future."""
        return (changed if changed.tzinfo else changed.replace(tzinfo=ZoneInfo(self.zone))) > self.now


def database_feed(keys: Section) -> DatabaseFeed:
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
    """The last change seen, the digests of the rows seen within the overlap before it, or ahead of it, with their
    changes, and how many rows had no time of change.
    """

    changed: datetime | None = None
    key: int | str | None = None
    seen: dict[str, datetime] = field(default_factory=dict)
    untimed: int = 0


@dataclass(frozen=True)
class _Row:
    """One row: the mapped values as text, its change and its key."""

    words: tuple[str, ...]
    changed: datetime
    key: int | str

    def digest(self, key: bytes) -> str:
        """Return what the row is recognised by."""
        told = json.dumps([self.words, self.changed.isoformat(), self.key])
        return hmac.new(key, b"peelian/feed-cursor\n" + told.encode(), sha256).hexdigest()[:32]


def asked_of(url: str, feed: DatabaseFeed) -> str:
    """Return what the ledger says was asked: the kind of database and the table, nothing else of its address."""
    try:
        return f"{make_url(url).drivername}, table {feed.table}"
    except (SQLAlchemyError, ValueError):
        return f"a database, table {feed.table}"


def poll(asking: Asking, feed: DatabaseFeed, *, inbox: Inbox) -> Polled:
    """Put what changed since the last question into the inbox, as one file.

    The cursor moves only after the batch lies durably in the inbox: a crash in between asks again.

    Raises
    ------
    BadInput : the database cannot be reached, or has no such table or column; the address is never repeated.
    """
    cursor, notes = _sound(_read_cursor(inbox), asking)
    found = _asked(asking, feed, cursor)
    fresh = {digest: row for row in found.rows if (digest := row.digest(asking.key)) not in cursor.seen}
    ahead = sum(asking.is_ahead(row.changed) for row in fresh.values())
    if ahead:
        notes += (f"{ahead:,} rows of {asking.source} say that they change later than now; they were taken.",)
    if found.untimed != cursor.untimed:
        notes += (
            f"{found.untimed:,} rows of {asking.source} have no time of change, so that they are never taken; give "
            "them one in the database.",
        )
    batch = _put(asking, tuple(fresh.values()), inbox) if fresh else None
    moved = _moved(cursor, found, fresh, asking=asking, overlap=feed.overlap)
    if moved != cursor:
        _write_cursor(inbox, moved)
    return Polled(batch, len(fresh), notes)


def _put(asking: Asking, rows: Sequence[_Row], inbox: Inbox) -> Path:
    content = _csv(asking.columns, rows)
    name = batch_name(source=asking.source, at=asking.now, digest=sha256(content).hexdigest())
    return inbox.put(name, content)


@dataclass(frozen=True)
class _Found:
    """What the database answered: rows in the order of their changes, the late ones first, and how many have none."""

    rows: tuple[_Row, ...]
    untimed: int


def _asked(asking: Asking, feed: DatabaseFeed, cursor: _Cursor) -> _Found:
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
        return _Found((*late, *later), _untimed(engine, table, feed))
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
    engine: Engine, table: Table, feed: DatabaseFeed, asking: Asking, cursor: _Cursor
) -> Iterable[_Row]:
    """Return the rows that changed after the last one seen, the oldest first.

    Where a whole batch is known, because it lies ahead of now, the rows after it are asked for too.
    """
    found: list[_Row] = []
    after = cursor
    while True:
        rows = _after_this(engine, table, feed, asking.columns, after)
        found += rows
        known = all(row.digest(asking.key) in cursor.seen for row in rows)
        if len(rows) < feed.batch_rows or not known:
            return found
        after = _Cursor(rows[-1].changed, rows[-1].key)


def _after_this(
    engine: Engine, table: Table, feed: DatabaseFeed, columns: Sequence[str], cursor: _Cursor
) -> list[_Row]:
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


def _moved(
    cursor: _Cursor, found: _Found, fresh: dict[str, _Row], *, asking: Asking, overlap: timedelta
) -> _Cursor:
    """Return the cursor after these rows: never beyond now, so that what comes before a row ahead is not missed."""
    seen = cursor.seen | {digest: row.changed for digest, row in fresh.items()}
    newest = max(
        (row for row in found.rows if not asking.is_ahead(row.changed)),
        key=lambda row: (row.changed, row.key),
        default=None,
    )
    last, key = cursor.changed, cursor.key
    if newest is not None and (last is None or newest.changed >= last):
        last, key = newest.changed, newest.key
    if last is not None:
        seen = {digest: at for digest, at in seen.items() if at > last - overlap}
    return _Cursor(last, key, seen, found.untimed)


def _sound(cursor: _Cursor, asking: Asking) -> tuple[_Cursor, tuple[str, ...]]:
    """Return the cursor, or one that begins anew where it reaches into the future."""
    if cursor.changed is None or not asking.is_ahead(cursor.changed):
        return cursor, ()
    note = (
        f"The cursor of {asking.source} lay in the future ({cursor.changed.isoformat()}), so that later changes were "
        "missed; the database is asked for everything once more, and what is known adds nothing."
    )
    return _Cursor(untimed=cursor.untimed), (note,)


def _read_cursor(inbox: Inbox) -> _Cursor:
    path = inbox.folder / CURSOR
    if not path.is_file():
        return _Cursor()
    told = json.loads(path.read_text(encoding="utf-8"))
    changed = None if told["changed"] is None else datetime.fromisoformat(told["changed"])
    seen = {digest: datetime.fromisoformat(at) for digest, at in told["seen"].items()}
    return _Cursor(changed, told["key"], seen, told.get("untimed", 0))


def _write_cursor(inbox: Inbox, cursor: _Cursor) -> None:
    seen = {digest: at.isoformat() for digest, at in cursor.seen.items()}
    changed = None if cursor.changed is None else cursor.changed.isoformat()
    told = {"changed": changed, "key": cursor.key, "seen": seen, "untimed": cursor.untimed}
    inbox.write(CURSOR, json.dumps(told).encode())
