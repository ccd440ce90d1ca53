"""A worker that acts as fast as it can until somebody kills it; run in a process of its own by test_kill."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from peelian.domain.errors import Refused
from peelian.domain.time import SimulatedClock
from peelian.governance.desk import NewRecord, NewRejection, NewTable
from peelian.governance.house import open_house
from peelian.governance.stopping.stop import press
from tests.houses import PURPOSE


def act_until_killed(home: str, start: SimulatedClock, ready: str) -> None:
    """Store loads (parts, a record, a rejected row) one after another."""
    clock = start
    with open_house(Path(home), witness_home=None, clock=clock) as house:
        desk = house.desk(house.signer("Ann"))
        number = 0
        while True:
            clock.advance(timedelta(seconds=1))
            number += 1
            with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
                load_id = sitting.new_id()
                rows = pa.table({"n": list(range(number % 50))})
                sitting.act(
                    "load.accepted",
                    action="collect",
                    resource="incident",
                    facts={"load_id": load_id},
                    tables=[NewTable("incident", f"2026-{month:02d}", rows) for month in (1, 2)],
                    records=[NewRecord(load_id, "load", "test", {"number": number})],
                    rejected=[NewRejection(1, "test", "a row")],
                )
            Path(ready).touch()


def plan_until_killed(home: str, start: SimulatedClock, made: str) -> None:
    """Propose plans one after another, noting the real time of each, until a rule refuses; then end in peace."""
    with open_house(Path(home), witness_home=None, clock=start) as house:
        desk = house.desk(house.signer("Ann"))
        while True:
            start.advance(timedelta(milliseconds=1))
            try:
                with desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
                    facts = {"plan": sitting.new_id()}
                    sitting.act("plan.proposed", action="propose", resource="plan", facts=facts)
            except Refused:
                return
            with Path(made).open("a", encoding="utf-8") as file:
                file.write(f"{time.time()}\n")


def idle_until_stopped(home: str, start: SimulatedClock, ready: str, entered: str) -> None:
    """Hold the house and do nothing; note the real time at which the ledger first has a stop."""
    with open_house(Path(home), witness_home=None, clock=start) as house:
        size = house.kit.ledger.size
        Path(ready).touch()
        while house.kit.ledger.size == size:
            time.sleep(0.01)
        Path(entered).write_text(f"{time.time()}", encoding="utf-8")


def press_again_and_again(home: str, start: SimulatedClock, ready: str) -> None:
    """Press the button and open the house, over and over: pressing, entering and settling are cut off somewhere."""
    while True:
        start.advance(timedelta(seconds=1))
        press(Path(home), name="Col", why="It is to stop.", clock=start)
        Path(ready).touch()
        with open_house(Path(home), witness_home=None, clock=start):
            pass
