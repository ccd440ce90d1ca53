"""kill -9 at random points: afterwards acts and entries agree, nothing is half-written, nothing unnamed lies about.

`PEELIAN_KILLS` sets how often (12 in a normal run, 250 in `make prove`).
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import Tampered
from peelian.governance.desk import NewRecord
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.reconciled import hold_against_ledger
from tests.governance.acting import act_until_killed
from tests.houses import PURPOSE, TestHouse, charter, found

pytestmark = pytest.mark.fault

KILLS = int(os.environ.get("PEELIAN_KILLS", "12"))
IN_ONE_HOUSE = 25
"""A house that has lived through so many is left for a new one, since each check reads all of it."""


@pytest.mark.parametrize("first", range(0, KILLS, IN_ONE_HOUSE))
def test_acts_and_entries_agree_after_every_kill(tmp_path: Path, first: int) -> None:
    house = found(tmp_path)
    charter(house)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.governance.acting"])
    chance, kills = random.Random(1829 + first), min(IN_ONE_HOUSE, KILLS - first)
    abandoned = 0
    for number in range(kills):
        house.clock.advance(timedelta(hours=1))
        ready = tmp_path / f"ready-{number}"
        arguments = (str(house.home), house.clock, str(ready))
        process = context.Process(target=act_until_killed, args=arguments, daemon=True)
        process.start()
        while not ready.exists():
            assert process.is_alive(), "the worker died by itself"
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        process.join()
        house.clock.advance(timedelta(hours=1))
        abandoned += check(house)
    with house.open() as opened:
        acts = len(opened.kit.store.records("load"))
    assert acts >= kills
    print(f"{kills} kills among {acts} acts; {abandoned} cut off between entry and rows, and answered")


def check(house: TestHouse, *, tables: int = 2) -> int:
    """Open the house again and compare ledger, rows and files; return how many acts were answered just now."""
    with house.open() as opened:
        ledger, store = opened.kit.ledger, opened.kit.store
        hold_against_ledger(opened.kit)
        entries = list(ledger.entries())
        acted = store.act_indices(start=0)
        answered = [entry.facts["entry"] for entry in entries if entry.kind == "act.abandoned"]
        announced = {entry.index for entry in entries if KINDS[entry.kind].act}
        assert acted | set(answered) == announced
        assert acted.isdisjoint(answered)
        assert len(answered) == len(set(answered))
        loads = {index for _, index in store.records("load")}
        accepted = {entry.index for entry in entries if entry.kind == "load.accepted"}
        assert loads == accepted & acted
        parts = [part for part, _ in store.parts("incident")]
        assert len(parts) == tables * len(loads)
        assert all(len(store.rejected(index)) == 1 for index in loads)
        warehouse = house.home / "warehouse"
        on_disk = {str(path.relative_to(warehouse)) for path in warehouse.rglob("*.parquet")}
        assert on_disk == {part.path for part in parts}
        assert not list((house.home / "staging").iterdir())
        return len(opened.abandoned)


def test_an_act_cut_off_between_its_entry_and_its_rows_is_answered_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    house = found(tmp_path)
    charter(house)
    with pytest.raises(Killed), house.open() as opened:
        monkeypatch.setattr(opened.kit.store, "write", killed)
        desk = opened.desk(opened.signer("Ann"))
        with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
            record = NewRecord("r", "load-held", "test", {"held": "test"})
            sitting.act("load.held", action="collect", resource="incident", facts={}, records=[record])
    with house.open() as opened:
        last = opened.kit.ledger.size - 2
        assert opened.abandoned == (last,)
    with house.open() as opened:
        assert opened.abandoned == ()
    assert check(house) == 0


def test_a_ledger_older_than_the_records_is_refused(tmp_path: Path) -> None:
    house = found(tmp_path)
    ledger = house.home / "ledger"
    kept = {path.name: path.read_bytes() for path in ledger.iterdir()}
    charter(house)
    for path in ledger.iterdir():
        path.unlink()
    for name, content in kept.items():
        (ledger / name).write_bytes(content)
    with pytest.raises(Tampered, match="older than the records"), house.open():
        pass
