"""The keys under which what is stored about persons is sealed, one for each subject, in a small database of their own.

For: making a subject's key and names durable, finding a subject by a name, and destroying both so that nothing of
them is left in the file. Not for: what a name is (a keyed hash that governance computes) and what is sealed.

It lies in `keys/`, never in a backup: whoever has a backup has no key. Write-ahead logging with full synchronisation,
`secure_delete`, and a truncated log after each destruction: deleted bytes would otherwise stay in both files.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from peelian.domain.errors import BadInput, Busy, PeelianError
from peelian.storage.destroy import sync

FILE = "subjects.db"
LAYOUT = 1
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "busy_timeout = 5000")
_SCHEMA = f"""
BEGIN;
CREATE TABLE subject_keys (subject_id TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE subject_names (
    name BLOB NOT NULL, subject_id TEXT NOT NULL, PRIMARY KEY (name, subject_id)
) WITHOUT ROWID;
CREATE INDEX names_by_subject ON subject_names (subject_id);
PRAGMA user_version = {LAYOUT};
COMMIT;
"""


class SubjectKeys:
    """The open database of keys and names; its one user holds the ledger's writer lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with self._sentences("opened"):
            self._database = _open(path)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def add(self, subject_id: str, *, key: bytes, names: Iterable[bytes]) -> None:
        """Keep a subject's key and names, durably, or nothing."""
        with self._transaction() as database:
            database.execute("INSERT INTO subject_keys VALUES (?, ?)", (subject_id, key))
            database.executemany(
                "INSERT OR IGNORE INTO subject_names VALUES (?, ?)", [(name, subject_id) for name in names]
            )

    def key(self, subject_id: str) -> bytes | None:
        """Return a subject's key; None where there is none, or none any more."""
        found = self._all("SELECT key FROM subject_keys WHERE subject_id = ?", subject_id)
        return bytes(found[0][0]) if found else None

    def named(self, name: bytes) -> tuple[str, ...]:
        """Return the subjects that have this name, oldest first."""
        query = "SELECT subject_id FROM subject_names WHERE name = ? ORDER BY subject_id"
        return tuple(str(row[0]) for row in self._all(query, name))

    def names(self, subject_id: str) -> tuple[bytes, ...]:
        """Return the names of a subject."""
        query = "SELECT name FROM subject_names WHERE subject_id = ? ORDER BY name"
        return tuple(bytes(row[0]) for row in self._all(query, subject_id))

    def subjects(self) -> frozenset[str]:
        """Return every subject that has a key here."""
        return frozenset(str(row[0]) for row in self._all("SELECT subject_id FROM subject_keys"))

    def destroy(self, subjects: Collection[str]) -> None:
        """Destroy the keys and names of these subjects, and every byte of them in the database's files.

        It can be asked again. Raises `Busy` where a reader keeps old pages alive: then the bytes are not gone yet.
        """
        with self._transaction() as database:
            ids = [(subject,) for subject in subjects]
            database.executemany("DELETE FROM subject_names WHERE subject_id = ?", ids)
            database.executemany("DELETE FROM subject_keys WHERE subject_id = ?", ids)
        self.truncate()

    def truncate(self) -> None:
        """Bring the write-ahead log home and empty it."""
        with self._lock, self._sentences("cleaned"):
            busy = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise Busy(
                f"A reader of {self.path} keeps destroyed keys alive; close it and open the workspace again, which "
                "finishes the work."
            )

    def _all(self, query: str, *values: str | bytes) -> list[tuple[Any, ...]]:
        with self._lock, self._sentences("read"):
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._sentences("written"), self._database as database:
            database.execute("BEGIN IMMEDIATE")
            yield database

    @contextmanager
    def _sentences(self, done: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as problem:
            raise PeelianError(
                f"The keys of subjects in {self.path} could not be {done} ({problem}); nothing is half-written, so "
                "see that the disk has room and is sound, and try again."
            ) from problem


def copied(path: Path) -> bytes:
    """Return the database as one file's bytes, for whoever seals the keys of a workspace; empty where there is none."""
    if not path.is_file():
        return b""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return database.serialize()


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    sync(path.parent)
    if path.stat().st_mode & 0o077:
        raise BadInput(f"{path} can be read by others than its owner; run `chmod 600 {path}`.")
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            database.execute(f"PRAGMA {pragma}")
        if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            database.executescript(_SCHEMA)
        layout = database.execute("PRAGMA user_version").fetchone()[0]
        if layout != LAYOUT:
            raise BadInput(f"The keys of subjects in {path} have layout {layout}; this house reads {LAYOUT}.")
    except BaseException:
        database.close()
        raise
    return database
