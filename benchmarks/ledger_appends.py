"""How fast the ledger takes entries durably, beside a bare SQLite loop, on the machine's own disk or a slower one.

Every append is durable (fsync) before it returns. The bare loops insert the same bytes into a database with the same
settings: one row and one fsync at a time, or as many rows to an fsync as there are clients beside them; `ratio` is
against that. Loop and ledger take turns on the same disk, and the figures are medians over the turns. `p99_ms` is how
long one append waits.

A slower disk is made by a library below the whole process (`slow_sync.c`), so that loop and ledger wait alike.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.domain.canonical import Document
from peelian.domain.time import SystemClock
from peelian.governance.ledger.entry import Draft
from peelian.governance.ledger.log import Ledger

ORIGIN = "bench.example/ledger"
FACTS: Document = {"extract": "incident-counts@1", "rows": 52_000, "commitment": "5e" * 32}
DRAFT = Draft(
    "extract.read", actor="analyst-1", purpose="burglary-prevention", charter="c4" * 32, facts=FACTS
)
CROWDS = ((1, 200, 1), (8, 100, 1), (32, 50, 1), (64, 40, 1), (96, 35, 1), (128, 30, 1), (1, 10, 1_000))
"""Clients, how many appends each makes, and how many entries to an append."""

TURNS = 3


def begin(path: Path) -> Ledger:
    return Ledger.open(path, origin=ORIGIN, key=Ed25519PrivateKey.generate(), clock=SystemClock())


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare_inserts(folder: Path, *, count: int, batch: int) -> float:
    """Rows per second of a loop that makes `batch` of them durable at a time."""
    with begin(folder / "one.db") as log:
        row = log.append(DRAFT)
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
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

    with begin(folder / "ledger.db") as log:
        crowd = [threading.Thread(target=client) for _ in range(clients)]

        def work() -> None:
            for thread in crowd:
                thread.start()
            for thread in crowd:
                thread.join()

        speed = clients * each * batch / seconds(work)
    return speed, 1e3 * sorted(waits)[int(len(waits) * 0.99)]


def measured(*, scale: int, slower_ms: float) -> list[dict[str, Any]]:
    """Rows for 1 to 128 clients, and one that appends a thousand at a time."""
    rows: list[dict[str, Any]] = []
    for clients, each, batch in CROWDS:
        together, bare, found = max(clients, batch), [], []
        for _ in range(TURNS):
            with tempfile.TemporaryDirectory() as folder:
                bare.append(bare_inserts(Path(folder), count=max(200, 20 * together) * scale, batch=together))
                found.append(appends(Path(folder), clients=clients, each=each * scale, batch=batch))
        loop, (speed, wait) = statistics.median(bare), map(statistics.median, zip(*found, strict=True))
        name = f"ledger, {clients} client{'s' * (clients > 1)}" + f", batches of {batch}" * (batch > 1)
        disk = {"slower_ms": slower_ms}
        rows.append(
            {"what": f"bare SQLite, {together} to an fsync", **disk, "appends_per_s": loop, "ratio": 1.0}
        )
        rows.append({"what": name, **disk, "appends_per_s": speed, "ratio": speed / loop, "p99_ms": wait})
    return rows


def on_slower_disk(*, scale: int, slower_ms: float) -> list[dict[str, Any]]:
    """The same rows from a process for which every fsync takes `slower_ms` longer."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "slow_sync.so"
        source = Path(__file__).with_name("slow_sync.c")
        flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(["cc", *flags, "-o", library, source, "-ldl"], check=True)
        below = {"LD_PRELOAD": str(library), "SLOW_SYNC_MICROSECONDS": str(round(1_000 * slower_ms))}
        command = [sys.executable, "-m", "benchmarks.ledger_appends"]
        command += ["--scale", str(scale), "--slower-ms", str(slower_ms)]
        ran = subprocess.run(command, env=os.environ | below, stdout=subprocess.PIPE, check=True)
    rows: list[dict[str, Any]] = json.loads(ran.stdout)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_appends", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="how many times as many appends")
    parser.add_argument("--slower-ms", type=float, default=0.0, help="what the disk below is said to add")
    options = parser.parse_args()
    print(json.dumps(measured(scale=options.scale, slower_ms=options.slower_ms)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
