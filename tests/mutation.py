"""Mutation runs: plant small faults in the files that carry the guarantees, and count those no test notices.

The planting (`tests/planting.py`, by mutmut) is done in a copy of `src`, so that nothing of the project's own is
touched; the trying (`tests/trying.py`) in a process that imports the tests once.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.data import DATA, ROOT
from tests.planting import Fault, plant
from tests.prove.running import Session
from tests.trying import Plan
from tests.typed import refused

DRAW = 3
"""Raise it when tests have been written for what a draw showed: their own faults would flatter the next score."""


@dataclass(frozen=True)
class Target:
    """Files under `src/peelian`, and the tests that must notice their faults, but those `without` (they take long)."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of the faults planted in one file.

    Of those `planted` so many were `tried`. `noticed` ones made a test fail, or go on for ever: `never_ended` of them.
    `refused` ones were not noticed by a test, but are no program that `make check` lets pass (mypy). `survivors` are
    the faults that neither noticed, as diffs; those `not_reached` stand in lines that the tests do not run. `typed` of
    those tried pass the type checker, and tests noticed `typed_noticed` of them.
    """

    file: str
    planted: int
    tried: int
    noticed: int
    never_ended: int
    refused: int
    typed: int
    typed_noticed: int
    survivors: tuple[str, ...]
    not_reached: tuple[str, ...]


def run(target: Target, *, drawn: int, session: Session) -> tuple[Outcome, ...]:
    """Plant faults in a target's files and run its tests on each; of each file on `drawn` of them, if it has more."""
    with tempfile.TemporaryDirectory(prefix="peelian-mutants-", dir=_quickest()) as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        planted = {file: plant(copy / "peelian" / file, module=_module(file)) for file in target.files}
        tried = {file: _drawn(there.faults, number=drawn) for file, there in planted.items()}
        plan = Plan(
            tuple(fault for those in tried.values() for fault in those),
            ("-m", "not fault", *(f"--deselect={test}" for test in target.without), *target.tests),
        )
        verdicts = _tried(plan, folder=Path(folder), source=copy, session=session)
        copies = [each for there in planted.values() for each in there.copies]
        untyped = refused(plan.faults, copies=copies, folder=Path(folder))
    return tuple(
        _outcome(file, len(planted[file].faults), those, verdicts, untyped) for file, those in tried.items()
    )


def _drawn(faults: Sequence[Fault], *, number: int) -> list[Fault]:
    """Return so many of the faults, spread by chance, the same ones whenever they are asked for in this draw."""
    chosen = sorted(faults, key=lambda fault: sha256(f"{DRAW} {fault.name}".encode()).digest())[:number]
    return [fault for fault in faults if fault in set(chosen)]


def _tried(plan: Plan, *, folder: Path, source: Path, session: Session) -> dict[str, str]:
    path = folder / "plan.json"
    plan.write(path)
    done = session.run(
        [sys.executable, "-m", "tests.trying", str(path)],
        environment={
            "PYTHONPATH": str(source),
            "PEELIAN_DATA": str(DATA),
            "HYPOTHESIS_PROFILE": "mutants",
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",
            "MUTANT_UNDER_TEST": "",
        },
    )
    if done.code:
        raise SystemExit(f"The faults could not be tried:\n{done.output[-4000:]}")
    verdicts: dict[str, str] = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    return verdicts


def _quickest() -> str | None:
    """Return where a small file is synced at once, because it lies in memory; None where there is no such place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _module(file: str) -> str:
    return "peelian." + file.removesuffix(".py").replace("/", ".")


def _outcome(
    file: str, planted: int, faults: list[Fault], verdicts: dict[str, str], untyped: frozenset[str]
) -> Outcome:
    by_tests = [fault for fault in faults if verdicts[fault.name] in ("noticed", "never ended")]
    unnoticed = [fault for fault in faults if fault not in by_tests]
    diffs = {
        verdict: tuple(f.diff for f in unnoticed if verdicts[f.name] == verdict and f.name not in untyped)
        for verdict in ("survived", "not reached")
    }
    return Outcome(
        file=file,
        planted=planted,
        tried=len(faults),
        noticed=len(by_tests),
        never_ended=sum(verdicts[fault.name] == "never ended" for fault in faults),
        refused=sum(fault.name in untyped for fault in unnoticed),
        typed=sum(fault.name not in untyped for fault in faults),
        typed_noticed=sum(fault.name not in untyped for fault in by_tests),
        survivors=diffs["survived"],
        not_reached=diffs["not reached"],
    )
