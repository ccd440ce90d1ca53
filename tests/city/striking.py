"""A load that something happens to, in a process of its own: a kill, a full disk, a write that is lost."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from peelian.city.mapping.file import parse_mapping
from peelian.city.service import load
from peelian.domain.errors import PeelianError
from peelian.domain.time import SimulatedClock
from peelian.governance.house import open_house
from peelian.storage import parts, store
from peelian.storage.workspace import Workspace
from tests.houses import MAPPING, PURPOSE

ASKS_THE_CLOCKS = "peelian.city.civil_time"
"""Thousands of questions to the rules of a zone, between which nothing happens."""


@dataclass(frozen=True)
class Strike:
    """What happens to a load.

    Parameters
    ----------
    kind : "kill" at the call number `at` that the house makes since it called `since` (0: never, but count them);
        "full" disk: no file can grow beyond `at` bytes; "lost" write: a staged part is gone (`at` 0) or ends after
        `at` percent of its bytes; "torn": the same with a part in the warehouse that the manifest does not name yet,
        and the machine stops.
    """

    kind: str
    at: int
    since: str = "load"


def load_under(strike: Strike, home: str, clock: SimulatedClock, file: str, told: str) -> None:
    """Load `file`; `told` is where the number of calls is written, or the sentence the load was refused with."""
    with open_house(Path(home), witness_home=None, clock=clock) as house:
        desk, mapping = house.desk(house.signer("Ann")), parse_mapping(MAPPING, name="test.yaml")
        counted = arrange(strike)
        try:
            load(
                desk, file=Path(file), mapping=mapping, purpose=PURPOSE, naming_key=house.naming_key,
                epsg=house.settings.epsg, progress=lambda done, total: None,
            )  # fmt: skip
        except PeelianError as error:
            said = str(error)
        else:
            said = str(counted())
        finally:
            sys.setprofile(None)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        Path(told).write_text(said)


def arrange(strike: Strike) -> Callable[[], int]:
    """Make it happen from now on; return how to ask for the number of calls so far."""
    if strike.kind == "kill":
        return _kill_at(strike.at, since=strike.since)
    if strike.kind == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (strike.at, resource.RLIM_INFINITY))
    else:
        losing = _before_settling if strike.kind == "lost" else _after_settling
        setattr(store, "settle", losing(strike.at))  # noqa: B010  # a name that the module does not offer
    return lambda: 0


def _kill_at(number: int, *, since: str) -> Callable[[], int]:
    """Stop the process dead at that call of a function of the house, or of one that the house calls."""
    calls, begun = 0, False

    def count(frame: FrameType, event: str, _what: Any) -> None:
        nonlocal calls, begun
        name = frame.f_globals.get("__name__", "")
        begun = begun or frame.f_code.co_name == since
        if begun and event in {"call", "c_call"} and name.startswith("peelian.") and name != ASKS_THE_CLOCKS:
            calls += 1
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    return lambda: calls


def _before_settling(percent: int) -> Callable[..., None]:
    def lose(staged: tuple[parts.Part, ...], *, workspace: Workspace) -> None:
        _lose(workspace.folder("staging") / f"{staged[-1].part_id}.parquet", percent)
        parts.settle(staged, workspace=workspace)

    return lose


def _after_settling(percent: int) -> Callable[..., None]:
    def lose(staged: tuple[parts.Part, ...], *, workspace: Workspace) -> None:
        parts.settle(staged, workspace=workspace)
        _lose(workspace.folder("warehouse") / staged[-1].path, percent)
        os.kill(os.getpid(), signal.SIGKILL)

    return lose


def _lose(path: Path, percent: int) -> None:
    if percent:
        os.truncate(path, path.stat().st_size * percent // 100)
    else:
        path.unlink()
