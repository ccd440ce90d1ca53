"""Workers that register, file and erase persons until somebody kills them, or on a disk that is full."""

from __future__ import annotations

import os
import resource
import signal
from datetime import timedelta
from itertools import count
from pathlib import Path

from peelian.domain.errors import PeelianError
from peelian.domain.time import SimulatedClock
from peelian.governance.desk import NewRecord, Sitting
from peelian.governance.house import House
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.subject_erasure import Ground
from tests.governance.persons.made import BODY, STATED, SUSPECT, FileHouse, with_files
from tests.houses import PURPOSE

NOT_DONE = 7
"""What the second worker ends with when it was told, in a sentence, that the disk is full."""


def file_until_killed(home: str, clock: SimulatedClock, ready: str) -> None:
    """File one person to stay, then register, file, find and erase others, over and over."""
    house = FileHouse(Path(home), clock, Path(home).parent / "witness")
    with house.open() as opened:
        _file(_sit(opened, "Ann", "file.keep"), ready)
        Path(ready).touch()
        for number in count():
            clock.advance(timedelta(seconds=1))
            _erase(opened, _file(_sit(opened, "Ann", "file.keep"), f"{ready}-{number}"))


def erase_on_a_full_disk(home: str, clock: SimulatedClock, order_id: str, left: int) -> None:
    """Carry an order out while no file may be written beyond its first `left` bytes."""
    house = FileHouse(Path(home), clock, Path(home).parent / "witness")
    with house.open() as opened:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (left, left))
        try:
            _sit(opened, "Abe", "governance.subjects").erase_subject(order_id)
        except PeelianError:
            os._exit(NOT_DONE)
        os._exit(0)


def _sit(house: House, name: str, capability: str) -> Sitting:
    with house.desk(house.signer(name)).open(
        purpose=PURPOSE, capability=capability, reason="erasure-or-correction"
    ) as sitting:
        return sitting


def _file(sitting: Sitting, name: str) -> str:
    identifier = Identifier("document", name[-40:])
    subject = sitting.register_subject(category=SUSPECT, identifiers=[identifier])
    records = [NewRecord(sitting.new_id(), "sighting", subject.subject_id, BODY, STATED) for _ in range(2)]
    sitting.act("record.kept", action="collect", resource="sighting", facts={}, records=records)
    assert sitting.find_subject(identifier) == subject
    return subject.subject_id


def _erase(house: House, subject_id: str) -> None:
    ann = _sit(house, "Ann", "governance.subjects")
    order_id = ann.order_subject_erasure(subject_id, ground=Ground.TERM_OVER, permanent=True)
    _sit(house, "Abe", "governance.subjects").erase_subject(order_id)


with_files()  # read once, before workers are forked from the process that has read it
