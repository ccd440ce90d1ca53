"""The power goes: killed at any call, with any part of what was not synced lost, acts and entries still agree.

`PEELIAN_KILLS` times five (1,250 in `make prove`, 15 in a normal run): each time a process that loads and looks is
killed at a drawn call, and a drawn part of the pages, truncations and names that it had not made durable is
taken back (tests/prove/lostwrites). What it had been told stays; what it had been shown has its entry.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.governance.test_kill import check
from tests.houses import TestHouse, charter, found
from tests.prove.lostwrites.power_cut import Disk, Lost, compiled

pytestmark = pytest.mark.fault

CUTS = 5 * int(os.environ.get("PEELIAN_KILLS", "3"))
IN_ONE_HOUSE = 25
"""A house that has lived through so many is left for a new one, since each check reads all of it."""

LAST_CALL = 400


@contextmanager
def worker(disk: Disk, home: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.governance.losing", str(home)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=disk.environment(),
        cwd=ROOT,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def killed(process: subprocess.Popen[str], house: TestHouse, *, at: int) -> list[str]:
    """Have a child work until it is killed at a call; return what it had been told and shown."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{house.clock.now().isoformat()} {at}\n")
    process.stdin.flush()
    lines = []
    while (line := process.stdout.readline()) != "end\n":
        assert line, "the worker died by itself"
        lines.append(line.strip())
    return lines


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("library"))


@pytest.mark.requirement("L07")
@pytest.mark.parametrize("first", range(0, CUTS, IN_ONE_HOUSE))
def test_what_was_told_stays_and_what_was_shown_has_its_entry_after_every_power_cut(
    tmp_path: Path, library: Path, first: int
) -> None:
    house = found(tmp_path)
    charter(house)
    disk = Disk(library, house.home, tmp_path / "journal")
    chance, cuts = random.Random(1829 + first), min(IN_ONE_HOUSE, CUTS - first)
    acts, shown, abandoned, lost = 0, 0, 0, Lost()
    with worker(disk, house.home) as process:
        for _ in range(cuts):
            house.clock.advance(timedelta(hours=1))
            told = killed(process, house, at=chance.randrange(1, LAST_CALL))
            cut = disk.power_cut(chance)
            lost.pages, lost.names = lost.pages + cut.pages, lost.names + cut.names
            lost.truncations += cut.truncations
            house.clock.advance(timedelta(hours=1))
            abandoned += check(house, tables=1)
            acts, shown = acts + kept(house, told), shown + covered(house, told)
    print(
        f"{cuts} power cuts among {acts} acts and {shown} looks told: {lost.pages} pages, {lost.truncations} "
        f"truncations and {lost.names} names lost; {abandoned} acts cut off after their entry, and answered"
    )
    assert acts > cuts // 5
    assert lost.pages > 0


def kept(house: TestHouse, told: list[str]) -> int:
    """Return how many acts were told to be done; each is in the records."""
    loads = {line.removeprefix("act ") for line in told if line.startswith("act ")}
    with house.open() as opened:
        there = {record.record_id for record, _ in opened.kit.store.records("load")}
    assert loads <= there
    return len(loads)


def covered(house: TestHouse, told: list[str]) -> int:
    """Return how many looks showed something; each has the entry that says how many records it showed."""
    seen = [int(line.removeprefix("seen ")) for line in told if line.startswith("seen ")]
    with house.open() as opened:
        entries = opened.kit.ledger.entries()
        reads = [e.facts.get("records", 1) for e in entries if e.kind == "record.read"]
    assert set(seen) <= set(reads)
    return len(seen)
