"""What a foreign database is asked for, under which circumstances, and what it answers."""

from __future__ import annotations

import codecs
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput
from peelian.domain.section import Section


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
class Asking:
    """The circumstances of one question.

    Parameters
    ----------
    url : address of the database as SQLAlchemy writes it; never repeated, for it may hold a password.
    source, columns : id of the mapping, and what it reads.
    zone : of times of change that tell no zone themselves.
    now : no cursor moves beyond it.
    key : secret that the digests of rows are made with.
    head : of the house's ledger, which knows of every load until now.
    loads_lost : whether that ledger lacks the head that the cursor names, so that it knows less than the cursor.
    """

    url: str
    source: str
    columns: tuple[str, ...]
    zone: str
    now: datetime
    key: bytes
    head: str
    loads_lost: bool = False

    def is_ahead(self, changed: datetime) -> bool:
        """Return whether a time of change lies in the future."""
        return (changed if changed.tzinfo else changed.replace(tzinfo=ZoneInfo(self.zone))) > self.now


@dataclass(frozen=True)
class Row:
    """One row: the mapped values as text, its change and its key."""

    words: tuple[str, ...]
    changed: datetime
    key: int | str

    def digest(self, key: bytes) -> str:
        """Return what the row is recognised by."""
        told = json.dumps([self.words, self.changed.isoformat(), self.key])
        return hmac.new(key, b"peelian/feed-cursor\n" + told.encode(), sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Found:
    """What the database answered: rows in the order of their changes, the late ones first, and how many have none."""

    rows: tuple[Row, ...]
    untimed: int


def check_readable(mapping: SourceMapping) -> None:
    """Refuse a mapping that does not read what is laid down for a database: CSV in UTF-8."""
    utf8 = codecs.lookup(mapping.encoding).name in {"utf-8", "utf-8-sig"}
    if mapping.format != "csv" or mapping.members is not None or not utf8:
        raise BadInput(
            f"What a database answers is laid down as CSV in UTF-8, which {mapping.id} does not read; "
            "say `format: csv` in it, and no other `encoding`."
        )


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
