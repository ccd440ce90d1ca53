"""kill -9 at random points, and a disk that is full: a person is whole in the house afterwards, or not in it at all.

`PEELIAN_KILLS` sets how often (5 in a normal run, 250 in `make prove`).
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from peelian.domain.time import SimulatedClock
from peelian.governance.persons.asides import MARK, TOKEN_BYTES
from peelian.governance.persons.sealed_body import is_sealed
from peelian.governance.service import hold_against_ledger
from tests.governance.filing import NOT_DONE, erase_on_a_full_disk, file_until_killed
from tests.governance.persons.made import NEEDLES, FileHouse, found_files
from tests.governance.residue import residue

pytestmark = pytest.mark.fault

KILLS = int(os.environ.get("PEELIAN_KILLS", "5"))


def process(target: Callable[..., None], *arguments: object) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.governance.filing"])
    started = context.Process(target=target, args=arguments, daemon=True)
    started.start()
    return started


@pytest.mark.requirement("R03", "L07")
def test_after_every_kill_a_person_is_whole_or_gone(tmp_path: Path) -> None:
    house = found_files(tmp_path)
    chance = random.Random(1829)
    for number in range(KILLS):
        house.clock.advance(timedelta(hours=1))
        ready = tmp_path / f"ready-{number}"
        worker = process(file_until_killed, str(house.home), house.clock, str(ready))
        while not ready.exists():
            assert worker.is_alive(), "the worker died by itself"
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.4))
        worker.kill()
        worker.join()
        house.clock.advance(timedelta(hours=1))
        check(house)
    assert residue(house.home, NEEDLES) == []
    kinds = house.entries()
    done = {kind: kinds.count(kind) for kind in ("subject.registered", "subject.erased", "act.abandoned")}
    assert done["subject.registered"] >= KILLS
    print(f"{KILLS} kills among {done}")


def check(house: FileHouse) -> None:
    """Open the house again, and hold persons, keys, records and asides against each other."""
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        kit = opened.kit
        persons = {row.subject_id for row, _ in kit.store.subjects()}
        assert kit.subject_keys.subjects() == persons
        assert all(kit.subject_keys.names(person) for person in persons)
        assert {record.subject for record, _ in kit.store.records() if is_sealed(record)} <= persons
        blobs = [kit.ledger.blob(entry.index) or b"" for entry in kit.ledger.entries()]
        tokens = {
            str(uuid.UUID(bytes=blob[len(MARK) :][:TOKEN_BYTES])) for blob in blobs if blob.startswith(MARK)
        }
        assert tokens <= persons


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> tuple[FileHouse, str]:
    house = found_files(tmp_path_factory.mktemp("full"))
    person = house.register()
    for _ in range(3):
        house.keep(person)
    house.sought()
    return house, house.order(person, permanent=True)


@pytest.mark.requirement("R03", "L07")
@pytest.mark.parametrize("left", [21_000, 50_000, 70_000, 90_000, 110_000, 200_000])
def test_on_a_full_disk_an_erasure_is_done_or_not_begun(
    ordered: tuple[FileHouse, str], tmp_path: Path, left: int
) -> None:
    founded, order_id = ordered
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    house = FileHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")
    with house.open() as opened:
        ((row, _),) = opened.kit.store.subjects()
        key = opened.kit.subject_keys.key(row.subject_id)
    assert key is not None
    worker = process(erase_on_a_full_disk, str(house.home), house.clock, order_id, left)
    worker.join()
    assert worker.exitcode in (0, NOT_DONE)
    house.clock.advance(timedelta(hours=1))
    check(house)
    with house.open() as opened:
        there = bool(opened.kit.subject_keys.subjects())
    print(f"{left} bytes: exit {worker.exitcode}, {'not begun' if there else 'done'}")
    if there:
        assert house.sought() is not None
        assert house.erase(order_id)
    assert residue(house.home, [key, *NEEDLES]) == []
