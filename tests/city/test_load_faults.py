"""Whatever happens to a load, the warehouse is the old state or the new, never between.

Kills at a random call, full disks and lost writes, a third of each. `PEELIAN_KILLS` sets how many of each (3 in a
normal run, 200 in `make prove`).
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from peelian.governance.house import House
from peelian.governance.reconciled import hold_against_ledger
from tests.city.striking import Strike, load_under
from tests.houses import charter, found

pytestmark = pytest.mark.fault

EACH = int(os.environ.get("PEELIAN_KILLS", "3"))
GROWTH_BYTES = 60_000
"""What no file grows by in one load; the write-ahead log of the records comes near to it."""

MONTHS = ("2026-01", "2026-02")
PHASES = ("load", "_stage", "_carry_out")
"""Where the calls are counted from: all of a load, its parts being staged, its act being carried out."""

HEADER = "id,when,recorded,lon,lat,offence"


@dataclass(frozen=True)
class State:
    """What can be seen of the warehouse: rows by key and version, and how many loads and rejected rows there are."""

    rows: frozenset[tuple[bytes, int, bytes]]
    loads: int
    rejected: int

    def follows(self, before: State) -> bool:
        """Return whether this is the state after one whole delivery more."""
        return (
            before.rows < self.rows
            and len(self.rows) == len(before.rows) + 3
            and (self.loads, self.rejected) == (before.loads + 1, before.rejected + 1)
        )


def seen(house: House) -> State:
    """Return the state of the warehouse, after everything in it was held against the ledger."""
    hold_against_ledger(house.kit)
    warehouse, staging = house.folder("warehouse"), house.folder("staging")
    parts = [part.path for part, _ in house.kit.store.parts("incident")]
    assert {str(path.relative_to(warehouse)) for path in warehouse.rglob("*.parquet")} == set(parts)
    assert not list(staging.iterdir())
    rows = [row for path in parts for row in pq.read_table(warehouse / path).to_pylist()]
    named = [(row["key_hmac"], row["version"], row["content_hash"]) for row in rows]
    assert len(set(named)) == len(named)
    loads, rejected = house.kit.store.records("load"), house.kit.store.rejected_counts()
    return State(frozenset(named), len(loads), sum(rejected.values()))


def delivery(folder: Path, number: int) -> Path:
    """Write what a load brings: a new incident in each of two months, one corrected, one that is turned away."""
    lines = [HEADER]
    lines += [f"K{number}-{m},{m}-03 12:00:00,{m}-03 18:00:00,-87.65,41.85,burglary" for m in MONTHS]
    lines.append(f"first,2026-01-01 12:00:00,2026-01-01 18:00:00,-87.65,{41.8 + number / 1e5:.5f},burglary")
    lines.append("away,never,2026-01-03 18:00:00,-87.65,41.85,burglary")
    path = folder / f"delivery-{number}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


class Struck:
    """A house that loads one delivery after another, each of them struck."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.house = folder, found(folder)
        charter(self.house)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.city.striking"])
        self._number = 0
        with self.house.open() as opened:
            self.state, self.abandoned = seen(opened), 0
        self.count("load")  # the first load of all takes a shorter way
        self.calls = {since: self.count(since) for since in PHASES}

    def count(self, since: str) -> int:
        """Let a load pass, and return how many calls it took since that call."""
        before, told = self.state, self.load(Strike("kill", 0, since))
        assert self.outcome(before) == "new"
        return int(str(told))

    def load(self, strike: Strike) -> str | None:
        """Load the next delivery under `strike`; return what was told, None where the process was stopped dead."""
        self._number += 1
        self.house.clock.advance(timedelta(hours=1))
        told, file = self.folder / f"told-{self._number}", delivery(self.folder, self._number)
        arguments = (strike, str(self.house.home), self.house.clock, str(file), str(told))
        process = self._context.Process(target=load_under, args=arguments)
        process.start()
        process.join()
        self.house.clock.advance(timedelta(hours=1))
        return told.read_text() if told.exists() else None

    @property
    def largest_file_bytes(self) -> int:
        """Return how large the largest file of the house is by now."""
        return max(path.stat().st_size for path in self.house.home.rglob("*") if path.is_file())

    def outcome(self, before: State) -> str:
        """Open the house again; return "old" or "new", and fail on anything between."""
        with self.house.open() as opened:
            self.state, self.abandoned = seen(opened), len(opened.abandoned)
        if self.state == before:
            return "old"
        assert self.state.follows(before)
        return "new"


@pytest.fixture(scope="module")
def struck(tmp_path_factory: pytest.TempPathFactory) -> Struck:
    made = Struck(tmp_path_factory.mktemp("struck"))
    assert all(calls > 30 for calls in made.calls.values()), made.calls
    return made


def test_a_load_killed_anywhere_leaves_the_old_state_or_the_new(struck: Struck) -> None:
    chance, outcomes = random.Random(1829), Counter[str]()
    for _ in range(EACH):
        since, before = chance.choice(PHASES), struck.state
        told = struck.load(Strike("kill", chance.randint(1, struck.calls[since]), since))
        outcome = struck.outcome(before)
        assert told is None or outcome == "new"
        outcomes[outcome + struck.abandoned * ", with an entry to answer"] += 1
    print(f"{EACH} kills at one of so many calls since {struck.calls}: {dict(outcomes)}")


def test_a_disk_that_fills_up_leaves_the_old_state_or_the_new_and_kills_nothing(struck: Struck) -> None:
    chance, outcomes = random.Random(1832), Counter[str]()
    for _ in range(EACH):
        before = struck.state
        largest = struck.largest_file_bytes * chance.randint(0, 1) + GROWTH_BYTES
        told = struck.load(Strike("full", chance.randint(0, largest)))
        outcome = struck.outcome(before)
        outcomes[f"{outcome}, {'crashed' if told is None else 'loaded' if told == '0' else 'refused'}"] += 1
    print(f"{EACH} full disks: {dict(outcomes)}")


@pytest.mark.parametrize("kind", ["lost", "torn"])
def test_a_lost_write_leaves_the_old_state_and_kills_nothing(struck: Struck, kind: str) -> None:
    chance = random.Random(1848)
    for number in range(EACH):
        before = struck.state
        told = struck.load(Strike(kind, 0 if number % 2 else chance.randint(1, 99)))
        assert struck.outcome(before) == "old"
        assert told is None if kind == "torn" else "is not what was written; nothing was kept" in str(told)
    assert struck.load(Strike("full", 1 << 30)) == "0"
    assert struck.outcome(struck.state) == "new"
