"""How fast the ledger takes entries durably, checks them and proves them, beside a bare SQLite loop.

Every append is durable (fsync) before it returns. The bare loops insert the same bytes into a database with the same
settings, in the same run on the same disk: one row and one fsync at a time, or as many rows to an fsync as there are
clients beside them; `ratio` is against that. `p99_ms` is how long one append waits. `verify_per_s` recomputes an
exported bundle, leaves and root, as an outsider does.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import report
from peelian.domain.canonical import Document
from peelian.domain.time import SystemClock
from peelian.governance.ledger.entry import Draft
from peelian.governance.ledger.export import export
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.tiles import export_tiles
from peelian.governance.ledger.verify import Frontier, Trust, Vkey, leaf_hash, verify_bundle, verify_inclusion
from peelian.governance.ledger.view import LedgerView
from peelian.storage.ledger_store import EntryRow, LedgerStore, NodeRow

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


def bare_inserts(folder: Path, *, count: int, batch: int) -> float:
    """Rows per second of a loop that makes `batch` of them durable at a time."""
    with begin(folder / f"one-{batch}.db") as log:
        row = log.append(DRAFT)
    database = sqlite3.connect(folder / f"bare-{batch}.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, envelope BLOB, leaf_hash BLOB)")

    def insert() -> None:
        for start in range(0, count, batch):
            values = [(start + each, row.envelope, row.leaf_hash) for each in range(batch)]
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO entries VALUES (?, ?, ?)", values)
            database.execute("COMMIT")

    taken = seconds(insert)
    database.close()
    return count / taken


def appends(folder: Path, *, clients: int, each: int, batch: int = 1) -> tuple[float, float]:
    """Entries per second with that many clients, each waiting for its own batch to be durable; and the 99th
    percentile of how long one waits, in milliseconds."""
    waits: list[float] = []

    def client() -> None:
        mine = []
        for _ in range(each):
            begun = time.perf_counter()
            log.append_all([DRAFT] * batch)
            mine.append(time.perf_counter() - begun)
        waits.extend(mine)

    with begin(folder / f"{clients}-{batch}.db") as log:
        crowd = [threading.Thread(target=client) for _ in range(clients)]

        def work() -> None:
            for thread in crowd:
                thread.start()
            for thread in crowd:
                thread.join()

        speed = clients * each * batch / seconds(work)
    return speed, 1e3 * sorted(waits)[int(len(waits) * 0.99)]


def concurrent(folder: Path, *, scale: int) -> list[dict[str, Any]]:
    """Rows for 1, 8, 32 and 128 clients, and one that appends a thousand at a time."""
    rows: list[dict[str, Any]] = []
    for clients, each, batch in ((1, 200, 1), (8, 100, 1), (32, 50, 1), (128, 30, 1), (1, 10, 1_000)):
        together = max(clients, batch)
        bare = bare_inserts(folder, count=max(200, 20 * together) * scale, batch=together)
        speed, wait = appends(folder, clients=clients, each=each * scale, batch=batch)
        name = f"ledger, {clients} client{'s' * (clients > 1)}" + f", batches of {batch}" * (batch > 1)
        rows.append({"what": f"bare SQLite, {together} to an fsync", "appends_per_s": bare, "ratio": 1.0})
        rows.append({"what": name, "appends_per_s": speed, "ratio": speed / bare, "p99_ms": wait})
    return rows


def proving_large(folder: Path, *, size: int, proofs: int = 5_000) -> list[dict[str, Any]]:
    """Proofs of random entries of a ledger of `size` made-up leaves, written through the real store."""
    path = folder / "huge.db"
    store = LedgerStore.writing(path)
    frontier = Frontier()
    for start in range(0, size, 50_000):
        leaves = [sha256(number.to_bytes(8)).digest() for number in range(start, min(size, start + 50_000))]
        nodes = [frontier.add(leaf) for leaf in leaves]
        store.append(
            [EntryRow(start + place, b"", leaf) for place, leaf in enumerate(leaves)],
            nodes=[
                NodeRow(level, start + place >> level, node)
                for place, completed in enumerate(nodes)
                for level, node in enumerate(completed, start=1)
            ],
        )
    store.close()
    with LedgerView(LedgerStore.reading(path), vkey=Vkey(ORIGIN, 1, bytes(32))) as view:
        rng, waits = random.Random(1), []
        for _ in range(proofs):
            index = rng.randrange(size)
            begun = time.perf_counter()
            view.prove_inclusion(index, size)
            waits.append(1e6 * (time.perf_counter() - begun))
        made = {"what": "make an inclusion proof, large ledger", "entries": size}
        return [made | {"proof_us": sorted(waits[len(waits) // 2 :])[len(waits) // 4]}]


def checking(folder: Path, *, size: int) -> list[dict[str, Any]]:
    """Speed of recomputation, stored and exported, and of proofs on a log of `size` entries."""
    with begin(folder / "large.db") as log:
        for _ in range(size // 1_000):
            log.append_all([DRAFT] * 1_000)
        export(log, folder / "bundle")
        envelopes = (folder / "bundle" / "entries.jsonl").read_bytes().splitlines()
        hashing = seconds(lambda: root(envelopes))
        outside = seconds(lambda: verify_bundle(folder / "bundle", Trust(log.vkey)))
        export_tiles(log, folder / "tiles")
        tiled = seconds(lambda: verify_bundle(folder / "tiles", Trust(log.vkey)))
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
        {"what": "exported tiles, order and JSON too", "entries": size, "verify_per_s": size / tiled},
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
    rows = concurrent(folder, scale=1 if quick else 5)
    rows += checking(folder, size=20_000 if quick else 200_000)
    return rows + proving_large(folder, size=300_000 if quick else 10_000_000)


def main() -> int:
    options = report.parser("ledger_speed", data=False).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), quick=options.quick)
    notes = [
        "Every append is fsynced before it returns; the figures are the disk's as much as the ledger's.",
        "The large ledger has leaves without envelopes (1.2 GB); its figure is the median of the later 2,500 proofs "
        "of random entries, when the upper nodes are remembered.",
        "Envelopes of about 450 bytes; temporary folder on the machine's own disk unless TMPDIR says otherwise.",
    ]
    report.write("ledger_speed", rows, notes=notes, json_path=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
