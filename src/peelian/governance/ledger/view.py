"""Reading the ledger: entries, proofs, receipts, and the recomputation of everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from peelian.domain.errors import BadInput, Tampered
from peelian.governance.ledger import audit, tree
from peelian.governance.ledger.entry import Blob, Entry
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.ledger.node_cache import NodeCache
from peelian.governance.ledger.note import proving
from peelian.governance.ledger.verify import (
    Receipt,
    Trust,
    Unproven,
    Vkey,
    WitnessedHead,
    open_checkpoint,
    open_quorum,
    open_witnessed,
    verify_inclusion,
)
from peelian.storage.ledger_store import CheckpointRow, LedgerStore

PAGE = 1_000


@dataclass(frozen=True)
class SignedHead:
    """A checkpoint as signed, perhaps cosigned: how many entries it covers, and the note."""

    size: int
    note: str


class LedgerView:
    """A ledger to be read and checked; `Ledger` adds what only the one writer may do.

    Safe to share between threads. Sees what other processes write as soon as it is durable.
    """

    def __init__(self, store: LedgerStore, *, vkey: Vkey) -> None:
        self._store = store
        self._vkey = vkey
        self._nodes = NodeCache(store)
        self._seen = 0  # a size this ledger had, which it does not fall below

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; a writer's lock is given back."""
        self._store.close()

    @property
    def path(self) -> Path:
        """Return the database file the ledger lies in."""
        return self._store.path

    @property
    def vkey(self) -> Vkey:
        """Return the log's verifier key, whose name is the origin."""
        return self._vkey

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return self._store.size()

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` entries (default: all), in O(log n)."""
        return tree.root(self._within(size), nodes=self._store.node)

    def entry(self, index: int) -> Entry:
        """Return one entry."""
        self._check(index)
        return Entry.read(self._store.rows(index, index + 1)[0].envelope)

    def proven(self, index: int) -> Entry:
        """Return one entry after proving that the newest signed head holds it, in O(log n).

        An entry younger than that head is only held against its own stored leaf.
        """
        entry = self.entry(index)
        row = self._store.rows(index, index + 1)[0]
        if row.leaf_hash != entry.leaf_hash or entry.index != index:
            raise Tampered(f"Entry {index} of the ledger is not the one that was hashed; tell the auditor.")
        rows = self._store.checkpoints()
        with proving():
            head = open_checkpoint(rows[-1].note, log=self._vkey) if rows else None
            if head is not None and head.size > index:
                path = self.prove_inclusion(index, head.size)
                verify_inclusion(index=index, size=head.size, leaf=entry.leaf_hash, path=path, root=head.root)
        return entry

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """Yield entries in order; without `stop`, up to the size at the time of the call."""
        stop = self._within(stop)
        for page in range(start, stop, PAGE):
            for row in self._store.rows(page, min(page + PAGE, stop)):
                yield Entry.read(row.envelope)

    def envelopes(self, start: int, stop: int) -> list[bytes]:
        """Return the exact bytes of the entries start <= index < stop."""
        self._within(stop)
        return [row.envelope for row in self._store.rows(start, stop)]

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return the roots of the complete subtrees start <= position < stop of a level, as stored."""
        self._within(stop << level)
        return self._store.span(level, start, stop)

    def acts(self, start: int = 0) -> Iterator[Entry]:
        """Yield the entries from `start` whose kind announces an act: recovery looks for each act's row."""
        return (entry for entry in self.entries(start) if KINDS[entry.kind].act)

    def blob(self, index: int) -> bytes | None:
        """Return an entry's sealed side blob; None where it never had one or it was destroyed."""
        entry = self.entry(index)
        found = self._store.blob(index)
        if found is None:
            return None
        blob = Blob(*found)
        if blob.commitment() != entry.blob:
            raise Tampered(f"The side blob of entry {index} is not the one the entry commits to.")
        return blob.body

    def blobs_headed(self, head: bytes) -> tuple[int, ...]:
        """Return the entries whose side blob is long and begins with these 33 bytes, oldest first."""
        return self._store.blobs_headed(head)

    def prove_inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the path that shows entry `index` to be in the tree of `size` entries (default: all)."""
        return tree.inclusion(index, self._within(size), nodes=self._nodes.around(index))

    def prove_consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the tree of `new` entries (default: all) begins with the `old` ones."""
        return tree.consistency(old, self._within(new), nodes=self._nodes)

    def witnesses(self) -> tuple[Vkey, ...]:
        """Return the keys of the witnesses that have cosigned so far, as this ledger noted them."""
        with proving():
            return tuple(Vkey.parse(text) for text in self._store.keys("witness"))

    def checkpoints(self, size: int | None = None) -> tuple[SignedHead, ...]:
        """Return the signed heads of at most `size` entries (default: all), smallest first, as stored."""
        within = self._within(size)
        rows = self._store.checkpoints()
        return tuple(SignedHead(row.size, row.note) for row in rows if row.size <= within)

    def heads(self) -> tuple[WitnessedHead, ...]:
        """Return the witnessed heads, smallest first, each checked against the keys of log and witness."""
        return tuple(self._head(row) for row in self._witnessed_rows())

    def newest_witnessed(self, *, by: Vkey | None = None) -> WitnessedHead | None:
        """Return the largest witnessed head, or the largest that `by` cosigned, if there is one yet."""
        for row in reversed(self._witnessed_rows()):
            if by is None:
                return self._head(row)
            with suppress(Unproven):
                return open_witnessed(row.note, log=self._vkey, witness=by)
        return None

    def first_witnessed(self, index: int) -> WitnessedHead | None:
        """Return the earliest witnessed head that covers entry `index`, if there is one yet.

        Its time is the strongest evidence that the entry was there before something else happened.
        """
        self._check(index)
        row = next((row for row in self._witnessed_rows() if row.size > index), None)
        return self._head(row) if row else None

    def witnessed_at(self, index: int, *, witness: Vkey) -> datetime | None:
        """Return when `witness` first vouched for a head that holds entry `index`, if it has.

        Only the witness asked about counts, whatever keys the ledger notes, and no cosignature that claims to
        be older than the entry itself (its seconds are whole, the entry's are not).
        """
        written = self.proven(index).time.replace(microsecond=0)
        for row in self._witnessed_rows():
            if row.size > index:
                with suppress(Unproven):
                    head = open_witnessed(row.note, log=self._vkey, witness=witness)
                    if head.time >= written and head.root == self.root(head.size):
                        return head.time
        return None

    def receipt(self, index: int, *, earliest: bool = False) -> str:
        """Return the entry's receipt (C2SP tlog-proof) against the newest witnessed head.

        `earliest` takes the first head that covers the entry instead.
        """
        head = self.first_witnessed(index) if earliest else self.newest_witnessed()
        if head is None or head.size <= index:
            self._check(index)
            raise BadInput(f"No witness has seen entry {index} yet; let the witness cosign, then ask again.")
        return Receipt(index, self.prove_inclusion(index, head.size), head.note).text()

    def verify_all(self) -> audit.Audit:
        """Recompute everything from the envelopes upwards; the first disagreement raises `Tampered`."""
        return audit.verify_all(self._store, vkey=self._vkey)

    def _witnessed_rows(self) -> list[CheckpointRow]:
        return [row for row in self._store.checkpoints() if row.witnessed_at is not None]

    def _head(self, row: CheckpointRow) -> WitnessedHead:
        """Return a witnessed head with the time of its earliest cosignature."""
        with suppress(Unproven):
            return open_quorum(row.note, Trust(self._vkey, self.witnesses(), 1))
        raise Tampered(f"The head of {row.size} is said to be witnessed, but no known witness signed it.")

    def _within(self, size: int | None) -> int:
        if size is not None and 0 <= size <= self._seen:
            return size
        present = self._seen = self.size
        if size is None:
            return present
        if not 0 <= size <= present:
            raise BadInput(f"The ledger has {present} entries; there is no tree of {size}.")
        return size

    def _check(self, index: int) -> None:
        if not 0 <= index < self.size:
            raise BadInput(f"The ledger has {self.size} entries, counted from 0; there is no entry {index}.")
