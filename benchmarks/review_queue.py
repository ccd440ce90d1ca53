"""How long the queue and a reader's workload take in a house that has disposed of many findings.

The rows of the past are written past the desk, as the desk would have written them (a ledger entry and an act for
each forty findings); what is open goes through the doors. Nothing else in the house knows the difference.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from peelian.domain.canonical import canonical, digest
from peelian.domain.identity import uuid7
from peelian.domain.time import SimulatedClock, iso
from peelian.governance.house import House
from peelian.governance.ledger.entry import Draft
from peelian.governance.review import service as review
from peelian.governance.review.queue import Queue
from peelian.storage.rows import Record, Writes
from tests.governance.review.made import finding, put_forward_at, reviewing
from tests.houses import PURPOSE, TestHouse

YEARS, AT_ONCE, OPEN, SEED = 3, 40, 60, 1829
PAST = (("proposed", "proposed"), ("opened", "proposed"), ("judged", "unfounded"))


def measured(*, findings: int, turns: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        house = reviewing(Path(folder))
        _fill(house, findings=findings)
        with house.desk("Ann") as desk:
            for _ in range(OPEN):
                put_forward_at(desk)
        rows = []
        with house.open() as opened:
            desk = opened.desk(opened.signer("Rea"))
            listed: Queue = review.queue(desk, purpose=PURPOSE)
            assert len(listed.waiting) == OPEN
            first, second = listed.waiting[0].finding_id, listed.waiting[1].finding_id
            doors: tuple[tuple[str, Callable[[], object], int], ...] = (
                ("list the queue", lambda: review.queue(desk, purpose=PURPOSE), turns),
                (
                    "open one, workload checked",
                    lambda: review.open_finding(desk, purpose=PURPOSE, finding_id=first),
                    1,
                ),
                (
                    "open another",
                    lambda: review.open_finding(desk, purpose=PURPOSE, finding_id=second),
                    turns,
                ),
            )
            for name, door, times in doors:
                rows.append({"door": name, "findings": findings, "open": OPEN, **_timed(door, times)})
        started = time.perf_counter()
        with house.desk("Rea") as desk:
            review.queue(desk, purpose=PURPOSE)
        rows.append(
            {
                "door": "open the house and list",
                "findings": findings,
                "open": OPEN,
                "p50_ms": 1000 * (time.perf_counter() - started),
                "max_ms": 1000 * (time.perf_counter() - started),
                "turns": 1,
            }
        )
    return rows


def _timed(door: Callable[[], object], turns: int) -> dict[str, float]:
    spent = []
    for _ in range(turns):
        started = time.perf_counter()
        door()
        spent.append(1000 * (time.perf_counter() - started))
    return {"p50_ms": float(np.median(spent)), "max_ms": max(spent), "turns": turns}


def _fill(house: TestHouse, *, findings: int) -> None:
    """Put so many findings of the past into the house, each proposed, opened and judged, evenly over the years."""
    end, rng = house.clock.now(), np.random.default_rng(SEED)
    with house.open() as opened:
        for start in range(0, findings, AT_ONCE):
            age = timedelta(days=YEARS * 365) * (1 - start / findings) + timedelta(days=8)
            clock = SimulatedClock(end - age)
            rows = [row for _ in range(min(AT_ONCE, findings - start)) for row in _rows(clock, rng)]
            _write(opened, rows)


def _rows(clock: SimulatedClock, rng: np.random.Generator) -> list[Record]:
    clock.advance(timedelta(milliseconds=7))
    made = finding(finding_id=uuid7(clock=clock, entropy=rng.bytes), made_at=clock.now())
    rows = []
    for happened, state in PAST:
        clock.advance(timedelta(milliseconds=7))
        body = {
            "finding_id": made.finding_id,
            "about": made.about.value,
            "severity": made.severity.value,
            "two_readers": False,
            "made_at": iso(made.made_at),
            "happened": happened,
            "state": state,
            "at": iso(clock.now()),
            "note": "0" * 120,
        }
        text = canonical(body).decode()
        name = uuid7(clock=clock, entropy=rng.bytes)
        rows.append(Record(name, "review-state", made.finding_id, text, keep_until="2099-01-01T00:00:00Z"))
    return rows


def _write(opened: House, rows: list[Record]) -> None:
    named = [[row.record_id, digest(row.body.encode())] for row in rows]
    draft = Draft(
        "finding.judged", actor="house", rule="benchmark", facts=json.loads(json.dumps({"records": named}))
    )
    entry = opened.kit.ledger.append(draft)
    opened.kit.store.write(
        Writes(records=tuple(rows)), entry_index=entry.index, kind=entry.kind, at=iso(entry.time)
    )


def main() -> int:
    options = report.parser("review_queue", data=False).parse_args()
    rows = measured(findings=5_000 if options.quick else 100_000, turns=20)
    notes = [
        f"{YEARS} years of findings, all disposed of; {OPEN} are open. Medians, and the longest of the turns."
    ]
    report.write("review_queue", rows, notes=notes, json_path=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
