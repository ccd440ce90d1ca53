"""Where the ledger lies on disk: one SQLite file of its own, one writer, any number of readers.

For: durable rows and their exact bytes. Not for: what they mean; hashes and proofs are the ledger's business.
This is the only place with SQLite for the ledger.

Durability: write-ahead log, `synchronous=FULL`, so a returned `append` has been fsynced. Erasure:
`secure_delete` zeroes freed space and `destroy_blobs` truncates the write-ahead log; what the disk itself
keeps of overwritten blocks is beyond a program's reach.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from peelian.domain.errors import BadInput, Busy, PeelianError, Tampered

SCHEMA_VERSION = 1
_TROUBLE = (sqlite3.Error, UnicodeDecodeError)
BUSY_MS = 5_000
HEAD_BYTES = 33
"""So many first bytes of a side blob longer than 64 are indexed; shorter ones, such as salts, are never looked for."""

_HEAD, _LONG = f"substr(body, 1, {HEAD_BYTES})", "length(body) > 64"

_SCHEMA = f"""
BEGIN;
CREATE TABLE entries (idx INTEGER PRIMARY KEY, envelope BLOB NOT NULL, leaf_hash BLOB NOT NULL);
CREATE TABLE blobs (idx INTEGER PRIMARY KEY, nonce BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE nodes (
    level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, position)
) WITHOUT ROWID;
CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL, witnessed_at TEXT);
CREATE TABLE keys (role TEXT NOT NULL, vkey TEXT NOT NULL, PRIMARY KEY (role, vkey)) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""

_LEAF = "SELECT 0, idx, leaf_hash FROM entries WHERE idx = ?"
_NODE = " UNION ALL SELECT {0}, position, hash FROM nodes WHERE level = {0} AND position = ?"
_SIBLINGS = {levels: _LEAF + "".join(map(_NODE.format, range(1, levels))) for levels in range(1, 64)}
"""By how many levels are asked for; one text each, so that SQLite's statement is made once."""


class EntryRow(NamedTuple):
    """One stored entry. This and the next two are tuples, because SQLite takes them as they are, by the thousand."""

    idx: int
    envelope: bytes
    leaf_hash: bytes


class BlobRow(NamedTuple):
    """The sealed side blob of an entry, and the nonce it is committed to with."""

    idx: int
    nonce: bytes
    body: bytes


class NodeRow(NamedTuple):
    """The stored root of the complete subtree (level, position); leaves are level 0 and kept as entries."""

    level: int
    position: int
    hash: bytes


@dataclass(frozen=True)
class CheckpointRow:
    """A signed head; `witnessed_at` is RFC 3339 UTC once a witness has cosigned it."""

    size: int
    note: str
    witnessed_at: str | None


class LedgerStore:
    """Typed rows over two connections: reads never see what is not yet durable."""

    def __init__(self, path: Path, *, write: sqlite3.Connection | None, lock: IO[bytes] | None) -> None:
        self.path = path
        self._write = write
        self._lock = lock
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._read = _connect_reader(path)

    @classmethod
    def writing(cls, path: Path) -> LedgerStore:
        """Open as the one writer, creating the file (mode 0600) and its folder (0700) where there are none.

        Raises `Busy` while another process, or another ledger in this one, holds the writer's lock.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock(path)
        try:
            store = cls(path, write=_connect_writer(path), lock=lock)
        except BaseException:
            lock.close()
            raise
        try:
            store._require_writable()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def reading(cls, path: Path) -> LedgerStore:
        """Open for reading only, beside a running writer or from a read-only copy."""
        if not path.is_file():
            raise BadInput(f"There is no ledger at {path}; name its database file.")
        return cls(path, write=None, lock=None)

    def close(self) -> None:
        """Close both connections and give the writer's lock back."""
        self._read.close()
        if self._write is not None:
            self._write.close()
        if self._lock is not None:
            self._lock.close()

    # --- reading

    def size(self) -> int:
        """Return one more than the highest index (0 for an empty ledger)."""
        return int(self._one("SELECT coalesce(max(idx) + 1, 0) FROM entries")[0])

    def rows(self, start: int, stop: int) -> list[EntryRow]:
        """Return the stored entries with start <= index < stop, in order, without their blobs."""
        query = "SELECT idx, envelope, leaf_hash FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx"
        found = self._all(query, start, stop)
        return [EntryRow(index, _bytes(envelope), _bytes(leaf)) for index, envelope, leaf in found]

    def node(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree; one that is missing means a damaged database."""
        if level == 0:
            found = self._all("SELECT leaf_hash FROM entries WHERE idx = ?", position)
        else:
            found = self._all("SELECT hash FROM nodes WHERE level = ? AND position = ?", level, position)
        if not found:
            raise Tampered(f"The ledger {self.path} lacks the tree node {position} of level {level}.")
        return _bytes(found[0][0])

    def span(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return the stored hashes start <= position < stop of a level, in order; one missing is a damage."""
        table, at = ("entries", "idx") if level == 0 else ("nodes", "position")
        column, only = ("leaf_hash", "") if level == 0 else ("hash", f"level = {int(level)} AND ")
        query = f"SELECT {column} FROM {table} WHERE {only}{at} >= ? AND {at} < ? ORDER BY {at}"  # noqa: S608  # our own words
        found = [_bytes(row[0]) for row in self._all(query, start, stop)]
        if len(found) != stop - start:
            raise Tampered(
                f"The ledger {self.path} lacks tree nodes of level {level} from {start} to {stop}."
            )
        return found

    def siblings(self, index: int, *, levels: int) -> dict[tuple[int, int], bytes]:
        """Return, of the siblings on the lowest levels of a leaf's path, those that are stored: one query for all."""
        found = self._all(_SIBLINGS[levels], index ^ 1, *(index >> level ^ 1 for level in range(1, levels)))
        return {(level, position): _bytes(node) for level, position, node in found}

    def nodes_over(self, start: int, stop: int) -> dict[tuple[int, int], bytes]:
        """Return the nodes that the leaves start <= index < stop complete, by (level, position)."""
        query = "SELECT position, hash FROM nodes WHERE level = ? AND position >= ? AND position < ?"
        return {
            (level, position): _bytes(node)
            for level in range(1, stop.bit_length())
            for position, node in self._all(query, level, start >> level, stop >> level)
        }

    def nodes_count(self) -> int:
        """Return the number of stored nodes above the leaves."""
        return int(self._one("SELECT count(*) FROM nodes")[0])

    def last_position(self, level: int) -> int | None:
        """Return the highest stored position on a level above the leaves."""
        value = self._one("SELECT max(position) FROM nodes WHERE level = ?", level)[0]
        return None if value is None else int(value)

    def blob(self, index: int) -> tuple[bytes, bytes] | None:
        """Return nonce and body of an entry's side blob, if it has one that was not destroyed."""
        found = self._all("SELECT nonce, body FROM blobs WHERE idx = ?", index)
        return (_bytes(found[0][0]), _bytes(found[0][1])) if found else None

    def blob_indices(self) -> list[int]:
        """Return the indices of entries whose side blob is there."""
        return [int(row[0]) for row in self._all("SELECT idx FROM blobs ORDER BY idx")]

    def blobs_headed(self, head: bytes) -> tuple[int, ...]:
        """Return the indices of entries whose side blob, a long one, begins with these `HEAD_BYTES` bytes."""
        query = f"SELECT idx FROM blobs WHERE {_LONG} AND {_HEAD} = ? ORDER BY idx"  # noqa: S608
        return tuple(int(row[0]) for row in self._all(query, head))

    def checkpoints(self) -> list[CheckpointRow]:
        """Return all signed heads, smallest first."""
        query = "SELECT size, note, witnessed_at FROM checkpoints ORDER BY size"
        return [CheckpointRow(*row) for row in self._all(query)]

    def checkpoint(self, size: int) -> CheckpointRow | None:
        """Return the signed head of that size, if there is one."""
        found = self._all("SELECT size, note, witnessed_at FROM checkpoints WHERE size = ?", size)
        return CheckpointRow(*found[0]) if found else None

    def keys(self, role: str) -> list[str]:
        """Return the verifier keys noted for a role ("log" or "witness")."""
        return [str(row[0]) for row in self._all("SELECT vkey FROM keys WHERE role = ? ORDER BY vkey", role)]

    def _all(self, query: str, *values: int | str | bytes) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._read.execute(query, values).fetchall()
        except _TROUBLE as problem:
            raise _sentence(problem, self.path, "read") from problem

    def _one(self, query: str, *values: int | str | bytes) -> tuple[Any, ...]:
        return self._all(query, *values)[0]

    # --- writing

    def append(
        self, entries: Sequence[EntryRow], *, blobs: Sequence[BlobRow] = (), nodes: Sequence[NodeRow]
    ) -> None:
        """Keep entries, their blobs and the nodes they complete in one durable transaction, or nothing."""
        with self._transaction() as database:
            database.executemany("INSERT INTO entries VALUES (?, ?, ?)", entries)
            database.executemany("INSERT INTO blobs VALUES (?, ?, ?)", blobs)
            database.executemany("INSERT INTO nodes VALUES (?, ?, ?)", nodes)

    def put_checkpoint(self, row: CheckpointRow) -> None:
        """Keep a signed head. The first cosignature of a size stays: the earliest proves the most."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO checkpoints VALUES (?, ?, ?) ON CONFLICT (size) DO UPDATE SET"
                " note = excluded.note, witnessed_at = excluded.witnessed_at"
                " WHERE checkpoints.witnessed_at IS NULL",
                (row.size, row.note, row.witnessed_at),
            )

    def put_cosigned(self, row: CheckpointRow) -> None:
        """Replace the note of a signed head by the same with one more cosignature."""
        with self._transaction() as database:
            database.execute(
                "UPDATE checkpoints SET note = ?, witnessed_at = ? WHERE size = ?",
                (row.note, row.witnessed_at, row.size),
            )

    def put_key(self, role: str, vkey: str) -> None:
        """Note a verifier key."""
        with self._transaction() as database:
            database.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (role, vkey))

    def destroy_blobs(self, indices: Sequence[int]) -> None:
        """Remove side blobs and every byte of them from the ledger's files, in one transaction; none is no work."""
        if not indices:
            return
        with self._transaction() as database:
            database.executemany("DELETE FROM blobs WHERE idx = ?", [(index,) for index in indices])
        with self._writing, self._reading, _sentences(self.path, "cleaned"):
            busy = self._writer().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise Busy(
                f"{len(indices)} side blobs are removed, but a reader of {self.path} keeps the old pages "
                "alive; close it and destroy them again."
            )

    def _require_writable(self) -> None:
        """Write one page for good, so that a house whose ledger cannot be written does not even open."""
        with self._transaction() as database:
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, _sentences(self.path, "written"), self._writer() as database:
            database.execute("BEGIN IMMEDIATE")
            yield database

    def _writer(self) -> sqlite3.Connection:
        if self._write is None:
            raise PeelianError(f"The ledger {self.path} was opened for reading; it cannot be written.")
        return self._write


def _lock(path: Path) -> IO[bytes]:
    file = os.fdopen(os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Busy(
            f"The ledger {path} has a writer already, and there is only ever one; "
            "wait until it is closed, or open the ledger for reading."
        ) from None
    return file


def _connect_writer(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with _sentences(path, "opened"):
        database = _connect(f"{path.absolute().as_uri()}?mode=rw")
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA secure_delete = ON")
            if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                database.executescript(_SCHEMA)
            if (
                database.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
            ):  # older ones have none
                database.execute(f"CREATE INDEX IF NOT EXISTS blob_heads ON blobs ({_HEAD}) WHERE {_LONG}")
        except BaseException:
            database.close()
            raise
    return database


def _connect_reader(path: Path) -> sqlite3.Connection:
    location = path.absolute().as_uri()
    # SQLite cannot read a write-ahead database where it may not make its index file, unless told that
    # nothing will change; that holds for a clean copy on read-only media.
    clean = not path.with_name(f"{path.name}-wal").exists()
    fixed = "&immutable=1" if clean and not os.access(path.parent, os.W_OK) else ""
    with _sentences(path, "opened"):
        database = _connect(f"{location}?mode=ro{fixed}")
        try:
            version = database.execute("PRAGMA user_version").fetchone()[0]
        except BaseException:
            database.close()
            raise
    if version != SCHEMA_VERSION:
        database.close()
        raise BadInput(f"The ledger {path} has layout {version}; this house reads {SCHEMA_VERSION}.")
    return database


def _connect(uri: str) -> sqlite3.Connection:
    # Threads share a connection under our own locks.
    database = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    # Text that is no longer UTF-8 must reach the signature check, which refuses it, not a decoder.
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    database.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return database


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise Tampered("The ledger holds something else where bytes were stored; restore a sound copy.")
    return value


@contextmanager
def _sentences(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except _TROUBLE as problem:
        raise _sentence(problem, path, done) from problem


def _sentence(problem: Exception, path: Path, done: str) -> PeelianError:
    """Say in one sentence what SQLite says in a code."""
    if isinstance(problem, sqlite3.OperationalError | sqlite3.ProgrammingError):
        return PeelianError(
            f"The ledger {path} could not be {done} ({problem}); nothing is half-written, "
            "so see that the disk has room and is sound, and try again."
        )
    return Tampered(f"The ledger {path} is damaged ({problem}); restore a sound copy.")
