"""Recomputing the stored ledger: its last part at every opening, all of it on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.errors import Tampered
from peelian.domain.time import iso
from peelian.governance.ledger import tree
from peelian.governance.ledger.entry import Blob, Entry
from peelian.governance.ledger.note import proving
from peelian.governance.ledger.verify import (
    Checkpoint,
    Frontier,
    Trust,
    Unproven,
    Vkey,
    open_checkpoint,
    open_quorum,
)
from peelian.storage.ledger_store import CheckpointRow, EntryRow, LedgerStore

TAIL = 256
PAGE = 1_000


@dataclass(frozen=True)
class Audit:
    """What a full recomputation found in order: numbers of entries, signed and witnessed heads, blobs."""

    entries: int
    checkpoints: int
    witnessed: int
    blobs: int
    destroyed: int


@dataclass(frozen=True)
class Tail:
    """Where a writer goes on: the frontier, and the time no later entry may precede."""

    frontier: Frontier
    time: datetime | None


def verify_tail(store: LedgerStore, *, vkey: Vkey) -> Tail:
    """Check the last complete block of entries, the nodes above it and the newest signed head.

    Cheap (O(TAIL + log n)) and enough to refuse a torn or rolled-back file before it is written to; older
    parts are the business of `verify_all`.
    """
    size = store.size()
    start = max(0, size - 1) // TAIL * TAIL
    walk = _Walk(store, tree.frontier(start, nodes=store.node))
    for _ in walk.to(size):
        pass
    _check_heights(store, size)
    rows = store.checkpoints()
    if rows:
        _check_head(_opened(rows[-1], vkey), size, tree.root(min(rows[-1].size, size), nodes=store.node))
    return Tail(walk.frontier, walk.time)


def verify_all(store: LedgerStore, *, vkey: Vkey) -> Audit:
    """Recompute leaves from envelopes, nodes from leaves, and every signed head and blob; else `Tampered`."""
    size = store.size()
    with proving():
        witnesses = [Vkey.parse(text) for text in store.keys("witness")]
    heads = [_opened(row, vkey) for row in store.checkpoints()]
    pending = list(reversed(heads))
    walk = _Walk(store, Frontier())
    committed: dict[int, str] = {}
    _settle(pending, walk.frontier)
    for entry in walk.to(size):
        if entry.blob is not None:
            committed[entry.index] = entry.blob
        _settle(pending, walk.frontier)
    if pending:
        raise Tampered(f"A head of {heads[-1].size} entries was signed, but only {size} are there.")
    _check_heights(store, size)
    if store.nodes_count() != size - size.bit_count():
        raise Tampered(f"The ledger {store.path} holds tree nodes that belong to no entries.")
    blobs = _check_blobs(store, committed)
    witnessed = _check_witnessed(store, vkey, witnesses)
    return Audit(size, len(heads), witnessed, blobs, len(committed) - blobs)


class _Walk:
    """Takes stored entries in order and compares each leaf, and each node it completes, with the stored."""

    def __init__(self, store: LedgerStore, frontier: Frontier) -> None:
        self._store = store
        self.frontier = frontier
        self.time: datetime | None = None

    def to(self, size: int) -> Iterator[Entry]:
        """Yield the entries from the frontier up to `size`, each after it was checked."""
        for start in range(self.frontier.size, size, PAGE):
            stop = min(start + PAGE, size)
            nodes = self._store.nodes_over(start, stop)
            for row in self._store.rows(start, stop):
                yield self._take(row, nodes)
        if self.frontier.size != size:
            raise Tampered(f"The ledger {self._store.path} lacks entries before {size}.")

    def _take(self, row: EntryRow, nodes: Mapping[tuple[int, int], bytes]) -> Entry:
        entry = Entry.read(row.envelope)
        index = self.frontier.size
        if row.idx != index or entry.index != index:
            raise Tampered(f"Entry {index} of the ledger is missing or out of place.")
        if row.leaf_hash != entry.leaf_hash:
            raise Tampered(f"Entry {index} of the ledger does not have the hash that was stored with it.")
        if self.time is not None and entry.time < self.time:
            raise Tampered(f"Entry {index} of the ledger is older than the one before it.")
        self.time = entry.time
        for level, node in enumerate(self.frontier.add(entry.leaf_hash), start=1):
            if nodes.get((level, index >> level)) != node:
                raise Tampered(f"A tree node above entry {index} is not the hash of what lies below it.")
        return entry


def _check_heights(store: LedgerStore, size: int) -> None:
    """On every level the last stored node must be the last complete one: none missing, none left over."""
    for level in range(1, size.bit_length() + 1):
        expected = (size >> level) - 1
        found = store.last_position(level)
        if (-1 if found is None else found) != expected:
            raise Tampered(f"The ledger {store.path} is torn: its tree does not fit its {size} entries.")


def _opened(row: CheckpointRow, vkey: Vkey) -> Checkpoint:
    with proving():
        head = open_checkpoint(row.note, log=vkey)
    if head.size != row.size:
        raise Tampered(f"The checkpoint stored for {row.size} entries is of {head.size}.")
    return head


def _check_head(head: Checkpoint, size: int, root: bytes) -> None:
    if head.size > size:
        raise Tampered(f"A head of {head.size} entries was signed, but only {size} are there.")
    if head.root != root:
        raise Tampered(f"The first {head.size} entries are not the ones whose head was signed.")


def _settle(pending: list[Checkpoint], frontier: Frontier) -> None:
    while pending and pending[-1].size == frontier.size:
        _check_head(pending.pop(), frontier.size, frontier.root())


def _check_blobs(store: LedgerStore, committed: dict[int, str]) -> int:
    indices = store.blob_indices()
    for index in indices:
        found = store.blob(index)
        if found is None or committed.get(index) != Blob(*found).commitment():
            raise Tampered(f"The side blob of entry {index} is not the one the entry commits to.")
    return len(indices)


def _check_witnessed(store: LedgerStore, vkey: Vkey, witnesses: list[Vkey]) -> int:
    rows = [row for row in store.checkpoints() if row.witnessed_at is not None]
    for row in rows:
        if not _is_witnessed(row, vkey, witnesses):
            raise Tampered(
                f"The head of {row.size} entries is said to be witnessed, but its cosignature fails."
            )
    return len(rows)


def _is_witnessed(row: CheckpointRow, vkey: Vkey, witnesses: list[Vkey]) -> bool:
    """Return whether every cosignature in a known witness's name is genuine, the earliest as stored."""
    try:
        return iso(open_quorum(row.note, Trust(vkey, tuple(witnesses), 1)).time) == row.witnessed_at
    except Unproven:
        return False
