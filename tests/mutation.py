"""Mutation runs: plant small faults in the files that carry the guarantees, and count those no test notices.

mutmut does the planting, in a copy of the tree, so that nothing of the project's own is touched.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.data import DATA, ROOT
from tests.prove.running import Session

VERDICTS = {
    **dict.fromkeys((1, 3), "noticed"),
    **dict.fromkeys((-24, 24, 36, 152), "never ended"),
    **dict.fromkeys((2, 255), "never began"),
    0: "survived",
    **dict.fromkeys((5, 33), "not reached"),
}
"""mutmut's exit codes; any other is a crash, which is noticed. Tests that never began failed while they were
imported, or could not be run at all: if none of them began, the run proves nothing."""

SETTINGS = """[mutmut]
source_paths=src/
only_mutate=src/peelian/{file}
pytest_add_cli_args_test_selection=
    {tests}
pytest_add_cli_args=
    -k
    not ({but})
    -W
    ignore::pytest.PytestAssertRewriteWarning
process_isolation=forkserver
do_not_mutate_patterns=
    raise \\w+
    ^\\s*f?"
debug=true
also_copy=
    benchmarks
    docs
"""
"""Every fault is tried in a process that has imported the tests but run none: a plain fork also inherits what
the tests computed and kept before the fault was planted, and overlooks it. What is computed while a test file is
imported is overlooked still, so the count errs on the side of faults not noticed. Sentences are not mutated."""


@dataclass(frozen=True)
class Target:
    """A file under `src/peelian`, the tests that must notice its faults, and a function for a quick look.

    `but` are tests left out (an expression for pytest's -k) because the planting itself would break them.
    """

    file: str
    tests: tuple[str, ...]
    glance: str
    but: str = "nothing"


@dataclass(frozen=True)
class Outcome:
    """What became of the faults planted in one file.

    `noticed` faults made a test fail; `never_ended` made the tests go on for ever, `never_began` kept them from
    being imported. `survivors` are the faults that no test noticed, as diffs.
    """

    file: str
    planted: int
    noticed: int
    never_ended: int
    never_began: int
    not_reached: int
    survivors: tuple[str, ...]


def run(target: Target, *, quick: bool, session: Session) -> Outcome:
    """Plant faults in one file (with `quick` in one of its functions only) and run its tests on each."""
    with tempfile.TemporaryDirectory(prefix="peelian-mutants-") as folder:
        copy = Path(folder)
        _copy(copy, target)
        names = [f"{_module(target)}.{target.glance}__mutmut_*"] if quick else []
        mutmut = [sys.executable, "-m", "mutmut"]
        done = session.run(
            [*mutmut, "run", *names],
            cwd=copy,
            environment={"PEELIAN_DATA": str(DATA), "HYPOTHESIS_PROFILE": "default"},
        )
        tried = _verdicts(copy / "mutants" / "src" / "peelian" / f"{target.file}.meta")
        if set(tried.values()) <= {"never began"}:
            raise SystemExit(f"mutmut could not run on {target.file}:\n{done.output[-4000:]}")
        alive = [name for name, verdict in tried.items() if verdict == "survived"]
        diffs = [
            subprocess.run(
                [*mutmut, "show", name], cwd=copy, capture_output=True, text=True, check=True
            ).stdout
            for name in alive
        ]
    return _outcome(target, tried, diffs)


def _copy(copy: Path, target: Target) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("src", "tests", "benchmarks", "docs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignore)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    (copy / "setup.cfg").write_text(
        SETTINGS.format(file=target.file, tests="\n    ".join(target.tests), but=target.but), encoding="utf-8"
    )


def _verdicts(meta: Path) -> dict[str, str]:
    """Return what became of every fault that was tried."""
    if not meta.is_file():
        return {}
    codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return {name: VERDICTS.get(code, "noticed") for name, code in codes.items() if code is not None}


def _module(target: Target) -> str:
    return "peelian." + target.file.removesuffix(".py").replace("/", ".")


def _outcome(target: Target, tried: dict[str, str], survivors: list[str]) -> Outcome:
    count = Counter(tried.values())
    return Outcome(
        file=target.file,
        planted=len(tried),
        noticed=count["noticed"],
        never_ended=count["never ended"],
        never_began=count["never began"],
        not_reached=count["not reached"],
        survivors=tuple(survivors),
    )
