"""Tells which planted faults the type checker refuses: `make check` stands before every test.

Every fault stands in a copy of its function, so that one run of mypy over the planted files judges all of them. What
mypy says of a copy without any fault is a matter of the planting; there must be none of it, but that attributes are
given a type twice.
"""

from __future__ import annotations

import re
import subprocess
import sys
from bisect import bisect
from collections.abc import Iterable
from pathlib import Path

from tests.data import ROOT
from tests.planting import Copy, Fault

OF_THE_PLANTING = frozenset({"no-redef", "unused-ignore", "ignore-without-code"})
"""What mypy says because a function stands there many times."""
CACHE = ROOT / "prove-results" / "types"
"""What mypy knows of the other packages, from group to group."""

_SAID = re.compile(r"(\S+?):(\d+): error: .*\[([\w-]+)\]$")


def refused(faults: Iterable[Fault], *, copies: Iterable[Copy], folder: Path) -> frozenset[str]:
    """Return the names of the faults that `make check` refuses; the planted files lie in `src` of the folder."""
    names = {(copy.file, copy.first): copy for copy in copies}
    firsts = {file: sorted(first for at, first in names if at == file) for file, _ in names}
    met: set[str] = set()
    for file, line, code in _errors(sorted(firsts), folder=folder):
        place = bisect(firsts.get(file, []), line) - 1
        if place < 0 or code in OF_THE_PLANTING:
            continue
        copy = names[file, firsts[file][place]]
        if line > copy.last:
            continue
        if not copy.fault:
            raise SystemExit(f"Line {line} of {file} has no fault, and mypy refuses it [{code}].")
        met.add(copy.fault)
    return frozenset(fault.name for fault in faults if fault.name in met)


def _errors(files: list[str], *, folder: Path) -> Iterable[tuple[str, int, str]]:
    command = [
        sys.executable,
        "-m",
        "mypy",
        f"--config-file={ROOT / 'pyproject.toml'}",
        f"--cache-dir={CACHE}",
    ]
    command += ["--no-error-summary", "--follow-imports=silent", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(
            f"mypy could not judge the planted files: {done.stderr[-2000:] or done.stdout[-2000:]}"
        )
    for line in done.stdout.splitlines():
        if said := _SAID.match(line):
            yield str(folder / said[1]), int(said[2]), said[3]
