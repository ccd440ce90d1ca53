"""kill -9: whatever moment it strikes, every acknowledged entry is there and the ledger is whole.

It shows what a killed process leaves behind, not what a power cut does: the kernel lives on and has the
pages. That a returned append was also fsynced rests on SQLite's `synchronous=FULL`.

PEELIAN_KILLS sets the number for the long run.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from peelian.domain.time import SystemClock
from tests.ledger import begin

pytestmark = pytest.mark.fault

KILLS = int(os.environ.get("PEELIAN_KILLS", "20"))
IN_ONE_LEDGER = 50
"""A ledger that has lived through so many is left for a new one, since each look reads all of it."""


@dataclass(frozen=True)
class Survival:
    """What a series of kills left: how many struck, how many entries were acknowledged, kept, written at last."""

    kills: int
    acknowledged: int
    kept: int


def survive(path: Path, *, kills: int, seed: int = 1) -> Survival:
    """Kill a writer `kills` times on one ledger; after each, open it, recompute all, look for what was promised."""
    rng = random.Random(seed)
    acknowledged = 0
    for number in range(kills):
        promised = killed_writer(path, seed=seed * 1_000 + number, rng=rng)
        acknowledged += len(promised)
        with begin.ledger(path, time=SystemClock()) as log:
            log.verify_all()
            lost = [index for index, leaf in promised if log.entry(index).leaf_hash.hex() != leaf]
            assert lost == []
            kept = log.size
    return Survival(kills, acknowledged, kept)


def killed_writer(path: Path, *, seed: int, rng: random.Random) -> list[tuple[int, str]]:
    """Start a writer, kill it at a random moment, return what it had been promised by then."""
    command = [sys.executable, "-m", "tests.ledger.writer", str(path), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = []
        if rng.random() < 0.85:  # else while it is still starting and opening the ledger
            lines = [writer.stdout.readline() for _ in range(rng.randrange(1, 60))]
        time.sleep(rng.uniform(0, 0.3 if not lines else 0.02))
        writer.kill()
        rest = writer.stdout.read()
    said = "".join(lines) + rest
    whole = said[: said.rfind("\n") + 1].splitlines()  # the last line may have been cut while it was said
    return [(int(index), leaf) for index, leaf in (line.split() for line in whole)]


@pytest.mark.parametrize("first", range(0, KILLS, IN_ONE_LEDGER))
def test_no_acknowledged_entry_is_lost_to_kill_9(tmp_path: Path, first: int) -> None:
    kills = min(IN_ONE_LEDGER, KILLS - first)
    survival = survive(tmp_path / "ledger" / "ledger.db", kills=kills, seed=1 + first)
    print(f"{kills} kills: {survival.acknowledged} entries acknowledged, {survival.kept} kept")
    assert survival.kills == kills
    assert survival.kept >= survival.acknowledged > kills


def test_a_killed_writer_gives_its_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    killed_writer(path, seed=1, rng=random.Random(7))
    begin.ledger(path, time=SystemClock()).close()
