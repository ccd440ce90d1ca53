"""The keys of backups, which stay in the house: destroying one makes that part of every backup unreadable at once.

Each file of a backup is sealed under a key of its own, named after what it holds: a part, a charter, or the rows of a
table that end on one day. The same thing has the same key in every backup. A key has an end, the end of the earliest
thing it opens; then it goes, and it goes before that when the thing is erased. A backup can lie anywhere: nobody need
find it to erase from it.

A small SQLite file of its own with `secure_delete`, whose write-ahead log is brought home and emptied after every
change, so that the one file is the whole and no page of a destroyed key outlives it (research: without the emptying,
247 of 250 deleted keys were still in the log).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from peelian.domain.errors import Busy, PeelianError
from peelian.domain.identity import Entropy

NAME = "backups.db"
KEY_BYTES = 32
_TABLE = (
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, key BLOB NOT NULL, keep_until TEXT NOT NULL)"
)


class BackupKeys:
    """The key file in the folder `keys`; made, for its owner alone, when the first key is wanted."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def make(self, wanted: Mapping[str, str], *, entropy: Entropy) -> dict[str, bytes]:
        """Return the keys of what is called so, making those that are missing; each lives until the earliest end told.

        `wanted` gives for each name the end (ISO 8601, UTC) of what its key is to open.
        """
        rows = [(name, entropy(KEY_BYTES), end) for name, end in wanted.items()]
        with closing(self._open()) as database:
            with database:
                database.executemany(
                    "INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                    " keep_until = min(keep_until, excluded.keep_until)",
                    rows,
                )
            _empty_log(database)
        known = self.all()
        return {name: known[name] for name in wanted}

    def all(self) -> dict[str, bytes]:
        """Return every key there is, by what it opens."""
        if not self.path.is_file():
            return {}
        with closing(self._open()) as database:
            return dict(database.execute("SELECT name, key FROM keys ORDER BY name"))

    def first_end(self) -> str | None:
        """Return the earliest end (ISO 8601, UTC) of what the keys open; None where there are none."""
        if not self.path.is_file():
            return None
        with closing(self._open()) as database:
            (end,) = database.execute("SELECT min(keep_until) FROM keys").fetchone()
        return None if end is None else str(end)

    def destroy(self, names: Iterable[str]) -> None:
        """Destroy the keys of these, and every byte of them in the file."""
        values = [(name,) for name in names]
        if not values or not self.path.is_file():
            return
        with closing(self._open()) as database:
            with database:
                gone = database.executemany("DELETE FROM keys WHERE name = ?", values).rowcount
            if gone:
                _empty_log(database)

    def destroy_over(self, *, by: str, but: frozenset[str] = frozenset()) -> None:
        """Destroy the keys whose end has come by an instant (ISO 8601, UTC), except those of `but`."""
        if self.path.is_file():
            with closing(self._open()) as database:
                over = database.execute("SELECT name FROM keys WHERE keep_until <= ?", (by,)).fetchall()
            self.destroy(name for (name,) in over if name not in but)

    def _open(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            database = sqlite3.connect(self.path)
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "secure_delete = ON",
                "busy_timeout = 5000",
            ):
                database.execute(f"PRAGMA {pragma}")
            database.execute(_TABLE)
        except sqlite3.Error as error:
            raise PeelianError(
                f"The keys of backups {self.path} cannot be opened ({error}); restore the file from the sealed keys."
            ) from error
        return database


def _empty_log(database: sqlite3.Connection) -> None:
    if database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise Busy(
            "A reader of the keys of backups keeps destroyed ones alive; close it and open the workspace again, which "
            "finishes the work."
        )
