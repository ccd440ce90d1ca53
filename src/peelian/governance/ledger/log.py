"""Writing the ledger: the one writer, who appends durably, signs heads and can destroy side blobs."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.domain.identity import Entropy
from peelian.domain.time import Clock, iso
from peelian.governance.ledger.audit import verify_tail
from peelian.governance.ledger.commit import GroupCommit
from peelian.governance.ledger.entry import NONCE_BYTES, Blob, Draft, Entry
from peelian.governance.ledger.note import log_vkey, proving, sign_checkpoint
from peelian.governance.ledger.verify import (
    Checkpoint,
    Note,
    Receipt,
    Vkey,
    WitnessedHead,
    open_witnessed,
)
from peelian.governance.ledger.view import LedgerView
from peelian.storage.ledger_store import BlobRow, CheckpointRow, EntryRow, LedgerStore, NodeRow


class Ledger(LedgerView):
    """The open ledger of its one writer. Close it, or use it as a context manager."""

    def __init__(
        self, store: LedgerStore, *, vkey: Vkey, key: Ed25519PrivateKey, clock: Clock, entropy: Entropy
    ) -> None:
        super().__init__(store, vkey=vkey)
        self._key = key
        self._clock = clock
        self._entropy = entropy
        tail = verify_tail(store, vkey=vkey)
        self._frontier, self._time = tail.frontier, tail.time
        self._group = GroupCommit(self._commit)
        self._cosigning = threading.Lock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        origin: str,
        key: Ed25519PrivateKey,
        clock: Clock,
        entropy: Entropy = os.urandom,
    ) -> Ledger:
        """Open the ledger in the database file `path` for writing, or begin it there.

        Parameters
        ----------
        origin : the log's name, e.g. "police.example/ledger"; it is in every checkpoint.
        key : the log's own key; the ledger remembers it and refuses another.
        entropy : random bytes for the nonces of side blobs.

        Raises `Busy` while another writer is at work, `Tampered` where the stored tree does not fit.
        """
        vkey = log_vkey(origin, key)
        store = LedgerStore.writing(path)
        try:
            known = store.keys("log")
            if known and known != [str(vkey)]:
                raise BadInput(f"The ledger {path} is signed by {known[0]}, not by {vkey}; use its own key.")
            store.put_key("log", str(vkey))
            return cls(store, vkey=vkey, key=key, clock=clock, entropy=entropy)
        except BaseException:
            store.close()
            raise

    @staticmethod
    def read(path: Path, *, vkey: str) -> LedgerView:
        """Open the ledger for auditors: nothing can be written, and `vkey` (not the file) says whom to trust."""
        with proving():
            return LedgerView(LedgerStore.reading(path), vkey=Vkey.parse(vkey))

    def append(self, draft: Draft) -> Entry:
        """Write one entry; it is durable when this returns. Threads that append together share one fsync."""
        return self.append_all((draft,))[0]

    def append_all(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Write entries one after another with one fsync: all of them or, with an error, none."""
        return self._group.submit(drafts)

    def _commit(self, drafts: Sequence[Draft]) -> Sequence[Entry]:
        now = self._clock.now()
        if self._time is not None and iso(now) < iso(self._time):
            raise PeelianError(
                f"The clock says {iso(now)}, but the last ledger entry is of {iso(self._time)}; "
                "nothing is written until the clock is right again."
            )
        frontier = self._frontier.copy()
        entries, blobs, nodes = [], [], []
        for index, draft in enumerate(drafts, start=frontier.size):
            blob = Blob(self._entropy(NONCE_BYTES), draft.sealed) if draft.sealed is not None else None
            if blob is not None:
                blobs.append(BlobRow(index, blob.nonce, blob.body))
            entry = Entry.write(draft, index=index, time=now, blob=blob.commitment() if blob else None)
            entries.append(entry)
            for level, node in enumerate(frontier.add(entry.leaf_hash), start=1):
                nodes.append(NodeRow(level, index >> level, node))
        rows = [EntryRow(entry.index, entry.envelope, entry.leaf_hash) for entry in entries]
        self._store.append(rows, blobs=blobs, nodes=nodes)
        if entries:
            self._frontier, self._time = frontier, entries[-1].time
        return entries

    def destroy_blob(self, index: int) -> None:
        """Destroy an entry's side blob and nonce for good; the entry and every proof of it still verify.

        Raises `Busy` where a reader keeps old pages alive: then the bytes are not gone yet, so ask again.
        """
        self.destroy_blobs((index,))

    def destroy_blobs(self, indices: Sequence[int]) -> None:
        """Destroy the side blobs and nonces of these entries at once, as `destroy_blob` does."""
        for index in indices:
            self._check(index)
        self._store.destroy_blobs(indices)

    def checkpoint(self) -> str:
        """Return the present head as a note signed by the log's key, and keep it."""
        size = self.size
        note = sign_checkpoint(Checkpoint(self.vkey.name, size, self.root(size)), key=self._key)
        self._store.put_checkpoint(CheckpointRow(size, note, None))
        return note

    def receipt_at_once(self, index: int) -> str:
        """Return an entry's receipt against the head that ends with it, signed by the log alone.

        It needs no witness, and is the same bytes whenever it is asked for.
        """
        self._check(index)
        head = Checkpoint(self.vkey.name, index + 1, self.root(index + 1))
        note = sign_checkpoint(head, key=self._key)
        return Receipt(index, self.prove_inclusion(index, head.size), note).text()

    def witnessed(self, note: str, *, witness: Vkey) -> WitnessedHead:
        """Keep a cosigned checkpoint, after checking both signatures and that it is a head of this log.

        Cosignatures of several witnesses come to stand under one note; the first of each for a size stays, because
        the earliest proves the most. A witness is remembered by name: one that comes back under the same name with
        another key is refused.
        """
        with proving():
            head = open_witnessed(note, log=self.vkey, witness=witness)
        if head.size > self.size or head.root != self.root(head.size):
            raise Tampered(f"The witness {witness.name} cosigned a head of {head.size} that is not ours.")
        if any(known.name == witness.name and known != witness for known in self.witnesses()):
            raise Tampered(
                f"The witness {witness.name} answered with another key than before; ask its operator."
            )
        self._store.put_key("witness", str(witness))
        with self._cosigning:
            self._keep_cosigned(head, witness)
        return head

    def _keep_cosigned(self, head: WitnessedHead, witness: Vkey) -> None:
        row = self._store.checkpoint(head.size)
        if row is None or row.witnessed_at is None:
            self._store.put_checkpoint(CheckpointRow(head.size, head.note, iso(head.time)))
            return
        signed = {(line.name, line.key_id) for line in Note.parse(row.note).signatures}
        if (witness.name, witness.key_id) in signed:
            return
        line = head.note.splitlines(keepends=True)[-1]
        earliest = min(row.witnessed_at, iso(head.time))
        self._store.put_cosigned(CheckpointRow(head.size, row.note + line, earliest))
