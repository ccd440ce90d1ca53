"""The long proofs: laws over many more examples, kills, tampers, planted faults; results in docs/proofs.md.

    python -m tests.prove [--quick] [--only WHAT ...] [--page FILE]

`make test` runs the same tests, fewer times. `--quick` shows that all of this works, in a few minutes; a quick
or partial run writes a page only where `--page` says.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests import mutation
from tests.data import ROOT
from tests.mutation import Target

KILLS = 200
TAMPERS = 5000

TARGETS = (
    Target(
        "governance/ledger/verify.py",
        tuple(f"tests/ledger/test_{name}.py" for name in ("tree", "vectors", "note", "bundle", "witness")),
        "x_verify_inclusion",
        but="file_alone",
    ),
    Target("governance/policy.py", ("tests/governance/test_policy.py",), "xǁPolicyǁdecide"),
    Target("governance/act.py", ("tests/governance/test_desk.py",), "x_authorise"),
    Target("governance/desk.py", ("tests/governance/test_desk.py",), "xǁSittingǁread"),
)


@dataclass(frozen=True)
class Result:
    """One row of the page: what was done, how often, what came of it, and how long it took."""

    what: str
    number: str
    outcome: str
    seconds: float
    ok: bool
    details: tuple[str, ...] = ()


def properties(*, quick: bool) -> list[Result]:
    """Run every test that states a law with Hypothesis."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if "hypothesis" in path.read_text("utf-8")]
    run = _pytest(
        *("--hypothesis-show-statistics", *map(str, sorted(files))),
        HYPOTHESIS_PROFILE="default" if quick else "prove",
    )
    examples = [int(number) for number in re.findall(r"- (\d+) passing, ", run.output)]
    return [
        run.result(
            "laws over random inputs (Hypothesis)", f"{len(examples)} laws, {sum(examples):,} examples"
        )
    ]


def kills(*, quick: bool) -> list[Result]:
    """Kill a writer at random moments, fill its disk, lose its writes, and look whether what it said is there."""
    number = 20 if quick else KILLS
    run = _pytest("tests", "-k", "kill or load_faults", PEELIAN_KILLS=str(number))
    what = (
        "a writer killed with SIGKILL at a random moment; entries, acts and rows compared at the next start"
    )
    return [run.result(what, f"{number} kills in each test")]


def tampers(*, quick: bool) -> list[Result]:
    """Change what is stored in random places and look whether it is noticed."""
    number = 1000 if quick else TAMPERS
    run = _pytest("tests", "-k", "tamper", PEELIAN_TAMPERS=str(number))
    return [run.result("a stored or exported ledger changed in a random place", f"{number} changes")]


def mutations(*, quick: bool) -> Iterator[Result]:
    """Plant faults in the files that carry the guarantees."""
    for target in TARGETS:
        begun = time.monotonic()
        outcome = mutation.run(target, quick=quick)
        said = f"{outcome.noticed} of {outcome.planted} made a test fail"
        rest = {
            "made the tests go on for ever": outcome.never_ended,
            "kept the tests from being imported": outcome.never_began,
            "in code that these tests do not reach": outcome.not_reached,
            "not noticed": len(outcome.survivors),
        }
        said += "".join(f"; {number} {what}" for what, number in rest.items() if number)
        yield Result(
            what=f"faults planted in `{outcome.file}`",
            number=f"{outcome.planted} faults",
            outcome=said,
            seconds=time.monotonic() - begun,
            ok=True,
            details=outcome.survivors,
        )


PARTS: dict[str, Callable[..., Iterable[Result]]] = {
    "properties": properties,
    "kills": kills,
    "tampers": tampers,
    "mutations": mutations,
}


@dataclass(frozen=True)
class Run:
    """One pytest session: its output, exit code and duration."""

    output: str
    code: int
    seconds: float

    def result(self, what: str, number: str) -> Result:
        """Return the row of the page; a run that failed, or that ran nothing, is not a proof."""
        closing = next((line for line in reversed(self.output.splitlines()) if " in " in line), "nothing ran")
        outcome = re.sub(r"(, \d+ deselected)? in .*", "", closing.strip("= "))
        return Result(what, number, outcome, self.seconds, self.code == 0)


def _pytest(*arguments: str, **environment: str) -> Run:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-2000:], file=sys.stderr)
    return Run(done.stdout, done.returncode, time.monotonic() - begun)


def page(results: list[Result], *, quick: bool) -> str:
    """Return the text of docs/proofs.md."""
    lines = [
        "# Proofs",
        "",
        "What the tests were put through beyond `make test`, and what came of it. Made by `make prove`; the",
        "rows are copied from that run and from nothing else.",
        "",
        f"{datetime.now(UTC).date()}, commit {_commit()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores{', a quick run: fewer of everything' if quick else ''}.",
        "",
        "| what | how many | outcome | seconds |",
        "| --- | --- | --- | --- |",
        *(f"| {row.what} | {row.number} | {row.outcome} | {row.seconds:.0f} |" for row in results),
        "",
    ]
    if any(row.details for row in results):
        lines += ["## What no test noticed", ""]
    for row in results:
        if row.details:
            changes = "\n\n".join(_changed(diff) for diff in row.details)
            lines += [f"{row.what.capitalize()}:", "", f"```diff\n{changes}\n```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _changed(diff: str) -> str:
    """Return the lines of a diff that differ, without their common indentation."""
    found = re.findall(r"^([-+])(?![-+]{2})(.*)$", diff, re.MULTILINE)
    shared = min(len(text) - len(text.lstrip()) for _, text in found)
    return "\n".join(f"{sign} {text[shared:]}" for sign, text in found)


def _commit() -> str:
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    dirty = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False)
    return (head.stdout.strip() or "unknown") + (" with uncommitted changes" if dirty.stdout else "")


def main() -> int:
    """Run the parts asked for, write the page, and fail if a proof failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes instead of an hour")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="WHAT")
    parser.add_argument("--page", type=Path, help="where to write the results")
    options = parser.parse_args()
    results = []
    for name in options.only:
        for row in PARTS[name](quick=options.quick):
            print(f"{row.what}: {row.number}; {row.outcome} ({row.seconds:.0f} s)", flush=True)
            results.append(row)
    whole = not options.quick and set(options.only) == set(PARTS)
    path = options.page or (ROOT / "docs" / "proofs.md" if whole else None)
    if path:
        path.write_text(page(results, quick=options.quick), encoding="utf-8")
    return 0 if all(row.ok for row in results) else 1


if __name__ == "__main__":
    sys.exit(main())
