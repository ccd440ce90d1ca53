"""How fast the ledger takes entries durably, checks them and proves them, beside a bare SQLite insert.

Every append is durable (fsync) before it returns. The bare loop inserts the same bytes, one row and one
fsync at a time, into a database with the same settings, in the same run on the same disk: `ratio` is against
it. `verify_per_s` recomputes an exported file, leaves and root, as an outsider does.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import report
from peelian.domain.canonical import Document
from peelian.domain.time import SystemClock
from peelian.governance.ledger.entry import Draft
from peelian.governance.ledger.export import export
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.verify import Frontier, Trust, leaf_hash, verify_bundle, verify_inclusion

ORIGIN = "bench.example/ledger"
FACTS: Document = {"extract": "incident-counts@1", "rows": 52_000, "commitment": "5e" * 32}
DRAFT = Draft(
    "extract.read", actor="analyst-1", purpose="burglary-prevention", charter="c4" * 32, facts=FACTS
)


def begin(path: Path) -> Ledger:
    return Ledger.open(path, origin=ORIGIN, key=Ed25519PrivateKey.generate(), clock=SystemClock())


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare_insert(folder: Path, *, count: int) -> float:
    """Rows per second of a loop of single durable inserts."""
    with begin(folder / "one.db") as log:
        row = log.append(DRAFT)
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, envelope BLOB, leaf_hash BLOB)")

    def insert() -> None:
        for index in range(count):
            values = (index, row.envelope, row.leaf_hash)
            database.execute("INSERT INTO entries VALUES (?, ?, ?)", values)

    taken = seconds(insert)
    database.close()
    return count / taken


def appends(folder: Path, *, clients: int, each: int, batch: int) -> float:
    """Entries per second with that many clients, each waiting for its own batch to be durable."""

    def client() -> None:
        for _ in range(each):
            log.append_all([DRAFT] * batch)

    with begin(folder / f"{clients}-{batch}.db") as log:
        crowd = [threading.Thread(target=client) for _ in range(clients)]

        def work() -> None:
            for thread in crowd:
                thread.start()
            for thread in crowd:
                thread.join()

        return clients * each * batch / seconds(work)


def checking(folder: Path, *, size: int) -> list[dict[str, Any]]:
    """Speed of recomputation, stored and exported, and of proofs on a log of `size` entries."""
    with begin(folder / "large.db") as log:
        for _ in range(size // 1_000):
            log.append_all([DRAFT] * 1_000)
        export(log, folder / "bundle")
        envelopes = (folder / "bundle" / "entries.jsonl").read_bytes().splitlines()
        hashing = seconds(lambda: root(envelopes))
        outside = seconds(lambda: verify_bundle(folder / "bundle", Trust(log.vkey)))
        inside = seconds(log.verify_all)
        indices = range(0, size, max(1, size // 500))
        proving = seconds(lambda: [log.prove_inclusion(index, size) for index in indices])
        growing = seconds(lambda: [log.prove_consistency(index + 1, size) for index in indices])
        proofs = [(index, leaf_hash(envelopes[index]), log.prove_inclusion(index)) for index in indices]
        head = log.root()
        judging = seconds(lambda: judged(proofs, size=size, head=head))
    each = 1e6 / len(indices)
    return [
        {"what": "root from envelopes", "entries": size, "verify_per_s": size / hashing},
        {"what": "exported bundle, order and JSON too", "entries": size, "verify_per_s": size / outside},
        {"what": "stored ledger, everything", "entries": size, "verify_per_s": size / inside},
        {"what": "make an inclusion proof", "entries": size, "proof_us": proving * each},
        {"what": "make a consistency proof", "entries": size, "proof_us": growing * each},
        {"what": "check an inclusion proof", "entries": size, "proof_us": judging * each},
    ]


def judged(proofs: list[tuple[int, bytes, tuple[bytes, ...]]], *, size: int, head: bytes) -> None:
    for index, leaf, path in proofs:
        verify_inclusion(index=index, size=size, leaf=leaf, path=path, root=head)


def root(envelopes: list[bytes]) -> bytes:
    frontier = Frontier()
    for envelope in envelopes:
        frontier.add(leaf_hash(envelope))
    return frontier.root()


def measured(folder: Path, *, quick: bool) -> list[dict[str, Any]]:
    scale = 1 if quick else 5
    bare = bare_insert(folder, count=200 * scale)
    rows: list[dict[str, Any]] = [
        {"what": "bare SQLite, single inserts", "appends_per_s": bare, "ratio": 1.0}
    ]
    for clients, each, batch in ((1, 200, 1), (8, 50, 1), (32, 25, 1), (1, 10, 1_000)):
        speed = appends(folder, clients=clients, each=each * scale, batch=batch)
        what = f"ledger, {clients} client{'s' * (clients > 1)}" + (
            f", batches of {batch}" if batch > 1 else ""
        )
        rows.append({"what": what, "appends_per_s": speed, "ratio": speed / bare})
    return rows + checking(folder, size=20_000 if quick else 200_000)


def main() -> int:
    options = report.parser("ledger_speed", data=False).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), quick=options.quick)
    notes = [
        "Every append is fsynced before it returns; the figures are the disk's as much as the ledger's.",
        "Envelopes of about 450 bytes; temporary folder on the machine's own disk unless TMPDIR says otherwise.",
    ]
    report.write("ledger_speed", rows, notes=notes, json_path=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
