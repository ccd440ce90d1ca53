"""Run the long proofs, one step after another: `python -m tests.prove [--only PART ...] [--hours H] [--quick]`.

Each step's result is kept in `prove-results/` as soon as it ends, so that the same command goes on where it was
stopped or where the hours ran out: a step is not run again while `src` and `tests` are what they were, or those of
their files that it rests on (`--again` runs all). On two cores kills took an hour and a quarter
and walks nearly two hours (2026-11-22); planted mistakes were never all tried in one run, and take longest. A part that
is whole replaces its section of docs/proofs.md.
`--quick` shows that all of this works, and writes a page only where `--page` says.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.data import ROOT
from tests.prove import page
from tests.prove.parts import PARTS, Step
from tests.prove.result import Result, Tree, kept
from tests.prove.running import OutOfTime, Session

RESULTS = ROOT / "prove-results"
PROOFS = ROOT / "docs" / "proofs.md"


def main() -> int:
    """Run the parts asked for; return 0 if every step of them is proved."""
    options = _options().parse_args()
    deadline = time.monotonic() + options.hours * 3600
    results: dict[str, list[Result]] = {name: [] for name in options.only}
    try:
        for result in proved(options, deadline=deadline):
            outcome = result.outcome
            print(f"    {outcome.number}; {outcome.said} ({result.seconds:.0f} s)", flush=True)
            results[result.part].append(result)
    except OutOfTime as stopped:
        print(stopped, file=sys.stderr)
    target = options.page or (None if options.quick else PROOFS)
    whole = [name for name in options.only if len(results[name]) == len(PARTS[name].steps)]
    if target:
        target.write_text(page.replaced(target, [(PARTS[n], results[n]) for n in whole]), encoding="utf-8")
    for name in options.only:
        if name not in whole:
            told = f"{len(results[name])} of {len(PARTS[name].steps)} steps ended"
            print(f"{name}: {told}; the same command goes on from there.", file=sys.stderr)
    proved_all = all(result.outcome.ok for of_part in results.values() for result in of_part)
    return 0 if proved_all and len(whole) == len(options.only) else 1


def proved(options: argparse.Namespace, *, deadline: float) -> Iterator[Result]:
    """Yield the result of each step: the one that is kept, or that of running it now."""
    RESULTS.mkdir(exist_ok=True)
    steps = [(name, step) for name in options.only for step in PARTS[name].steps]
    for number, (name, step) in enumerate(steps, start=1):
        path = RESULTS / f"{name}.{step.name}.json"
        tree = Tree.now(step.rests_on)
        if not options.again and (known := kept(path, tree=tree, quick=options.quick)):
            print(f"[{number} of {len(steps)}] {name}, {step.name}: kept from {known.day}", flush=True)
            yield known
            continue
        print(f"[{number} of {len(steps)}] {name}, {step.name}: {step.what}", flush=True)
        yield _run(step, part=name, path=path, tree=tree, quick=options.quick, deadline=deadline)


def _run(step: Step, *, part: str, path: Path, tree: Tree, quick: bool, deadline: float) -> Result:
    begun = time.monotonic()
    outcome = step.run(Session(log=path.with_suffix(".txt"), deadline=deadline), quick)
    seconds = time.monotonic() - begun
    result = Result(
        part=part, step=step.name, what=step.what, outcome=outcome, seconds=seconds, tree=tree, quick=quick
    )
    result.keep(path)
    return result


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--hours", type=float, default=8.0, help="stop when they are over (8: a night)")
    parser.add_argument("--again", action="store_true", help="run also what is proved already")
    parser.add_argument("--quick", action="store_true", help="fewer of everything: a few minutes")
    parser.add_argument("--page", type=Path, help="the page to write instead of docs/proofs.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
