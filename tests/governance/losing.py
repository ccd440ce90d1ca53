"""A worker above a disk that forgets: `python -m tests.governance.losing HOME`, with the library loaded below.

For each line `start-of-clock kill-at` on standard input it forks a child that loads and looks in a house until
it kills itself at that call, and prints what the child had been told and shown by then, and a line `end`.
"""

from __future__ import annotations

import ctypes
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from peelian.domain.time import SimulatedClock
from peelian.governance.desk import Desk, NewRecord, NewRejection, NewTable
from peelian.governance.house import open_house
from tests.houses import PURPOSE


def work(home: Path, start: datetime, kill_at: int, told: int) -> None:
    """Load and look, one after another; say each only when the house has said it."""
    clock = SimulatedClock(start)
    ctypes.CDLL(None).lostwrites_kill_at(kill_at)
    with open_house(home, witness_home=None, clock=clock) as house:
        desk = house.desk(house.signer("Ann"))
        while True:
            clock.advance(timedelta(seconds=1))
            os.write(told, f"act {load(desk)}\n".encode())
            os.write(told, f"seen {look(desk)}\n".encode())


def load(desk: Desk) -> str:
    with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
        load_id = sitting.new_id()
        sitting.act(
            "load.accepted",
            action="collect",
            resource="incident",
            facts={"load_id": load_id},
            tables=[NewTable("incident", "2026-01", pa.table({"n": [1, 2]}))],
            records=[NewRecord(load_id, "load", "test", {"load": load_id})],
            rejected=[NewRejection(1, "test", "a row")],
        )
        return load_id


def look(desk: Desk) -> int:
    """Return how many loads were shown."""
    with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
        return len(sitting.records("load"))


def main() -> None:
    home = Path(sys.argv[1])
    for line in sys.stdin:
        start, _, kill_at = line.partition(" ")
        if (child := os.fork()) == 0:
            work(home, datetime.fromisoformat(start), int(kill_at), sys.stdout.fileno())
        os.waitpid(child, 0)
        os.write(sys.stdout.fileno(), b"end\n")


if __name__ == "__main__":
    main()
