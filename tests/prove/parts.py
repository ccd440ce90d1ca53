"""The parts of the long proofs and their steps: which tests, how often, and what is read from what they print."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from tests import mutation
from tests.data import ROOT
from tests.mutation import Target
from tests.prove.kernel import TARGETS
from tests.prove.result import Outcome
from tests.prove.running import Ended, Session

KILLS, QUICK_KILLS = 250, 5
WALKS, QUICK_WALKS, OUTINGS = 2_500, 20, 4
"""So many walks to a step, and so many steps: each half an hour, so that little is lost where one is cut off."""
TAMPERS, QUICK_TAMPERS = 10_000, 500
MISTAKES, QUICK_MISTAKES = 12, 3
KILLED = {
    "house": ("a house's writer killed at a random moment", ("tests/governance/test_kill.py",)),
    "ledger": ("the ledger's writer killed at a random moment", ("tests/ledger/test_kill.py",)),
    "power": (
        "a house's power cut: killed at a drawn call, unsynced writes lost (five times as many)",
        ("tests/governance/test_lost_writes.py",),
    ),
}
"""The kernel struck at drawn moments: a part of its own."""

APART = {
    "load": ("a load struck at random points", ("tests/city/test_load_faults.py",)),
    "deliveries": ("deliveries fetched and fed", ("tests/city/fetch", "tests/city/feed")),
    "erasure": (
        "erasures and backups",
        ("tests/governance/keeping/test_erase.py", "tests/governance/backups/test_backup.py"),
    ),
}
"""Faults that take long enough to be steps of their own; the last step takes every other test marked `fault`."""


@dataclass(frozen=True)
class Step:
    """Something to run in one piece; `run` takes a session and whether to be quick.

    What came of it holds as long as the paths that it `rests_on` are what they were.
    """

    name: str
    what: str
    run: Callable[[Session, bool], Outcome]
    rests_on: tuple[str, ...] = ("src", "tests")


@dataclass(frozen=True)
class Part:
    """Steps that belong together, and what the page says above their results."""

    heading: str
    said: str
    steps: tuple[Step, ...]


def laws(session: Session, quick: bool, *, room: str) -> Outcome:
    """Try the laws of one room on drawn inputs."""
    profile = "default" if quick else "prove"
    ended = session.pytest(
        *("-m", "hypothesis", "--hypothesis-show-statistics", f"tests/{room}"), HYPOTHESIS_PROFILE=profile
    )
    examples = [int(number) for number in re.findall(r"- (\d+) passing, ", ended.output)]
    return _outcome(ended, number=f"{sum(examples):,} examples")


def faults(session: Session, quick: bool, *, paths: tuple[str, ...]) -> Outcome:
    """Run the tests marked `fault`; those that draw their points draw `KILLS` of them."""
    kills = QUICK_KILLS if quick else KILLS
    ended = session.pytest("-m", "fault", *paths, PEELIAN_KILLS=str(kills))
    return _outcome(ended, number=f"{kills} points in each test that draws them")


def tampers(session: Session, quick: bool) -> Outcome:
    """Change what is stored in random places and look whether it is noticed."""
    number = QUICK_TAMPERS if quick else TAMPERS
    ended = session.pytest("-k", "tamper", "tests", PEELIAN_TAMPERS=str(number))
    return _outcome(ended, number=f"{number:,} changes")


def walks(session: Session, quick: bool, *, outing: int) -> Outcome:
    """Walk at random through a house whose disks fill up and are locked on the way."""
    number = QUICK_WALKS if quick else WALKS
    between = {"PEELIAN_WALKS_FROM": str(outing * number), "PEELIAN_WALKS": str((outing + 1) * number)}
    ended = session.pytest("tests/governance/test_walks.py", **between)
    outcome = _outcome(ended, number=f"{walked_in(ended.output):,} walks")
    return replace(outcome, ok=outcome.ok and walked_in(ended.output) >= number)


def walked_in(output: str) -> int:
    """Return how many walks a run says it made."""
    return sum(map(int, re.findall(r"^(\d+) walks of ", output, flags=re.MULTILINE)))


def mutants(session: Session, quick: bool, *, target: Target) -> Outcome:
    """Plant mistakes in files that carry a guarantee, and count those that a test or the type checker notices."""
    drawn = QUICK_MISTAKES if quick else MISTAKES
    outcomes = mutation.run(target, drawn=drawn, session=session)
    tried, planted, noticed, refused, typed, typed_noticed = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("tried", "planted", "noticed", "refused", "typed", "typed_noticed")
    )
    return Outcome(
        f"{tried:,} of {planted:,} mistakes",
        f"{noticed + refused:,} of {tried:,} noticed, {refused:,} by the type checker alone; "
        f"tests noticed {typed_noticed:,} of {typed:,} that it lets pass",
        ok=True,
        told=tuple(_score(outcome) for outcome in outcomes if outcome.tried),
        survivors=tuple(diff for outcome in outcomes for diff in (*outcome.survivors, *outcome.not_reached)),
    )


def _score(outcome: mutation.Outcome) -> str:
    """Return what became of one file's faults, with its score: the part of those tried that was noticed."""
    rest = {
        "by the type checker alone": outcome.refused,
        "by tests that went on for ever": outcome.never_ended,
        "not noticed": len(outcome.survivors),
        "in code these tests do not run": len(outcome.not_reached),
    }
    noticed = outcome.noticed + outcome.refused
    return f"`{outcome.file}`: {noticed / outcome.tried:.1%}, {noticed} of {outcome.tried} noticed" + "".join(
        f", {number} {what}" for what, number in rest.items() if number
    )


def _outcome(ended: Ended, *, number: str) -> Outcome:
    """Return what a run of tests came to; one that failed, or that ran nothing, is no proof."""
    closing = next((line for line in reversed(ended.output.splitlines()) if " in " in line), "nothing ran")
    said = re.sub(r"(, \d+ deselected)? in .*", "", closing.strip("= "))
    return Outcome(number, said, ok=ended.code == 0, told=told(ended.output))


def told(output: str) -> tuple[str, ...]:
    """Return what tests that passed have printed (pytest -rP)."""
    lines: list[str] = []
    inside = False
    for line in output.splitlines():
        if re.match(r"([-_=])\1* .* \1+$", line):
            inside = "Captured stdout call" in line
        elif inside and line.strip():
            lines.append(line.strip())
    return tuple(lines)


def rooms_with_laws() -> list[str]:
    """Return the folders of tests in which Hypothesis is used."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if "hypothesis" in path.read_text("utf-8")]
    return sorted({path.relative_to(ROOT / "tests").parts[0] for path in files})


def _struck(table: Mapping[str, tuple[str, tuple[str, ...]]]) -> tuple[Step, ...]:
    return tuple(Step(name, what, partial(faults, paths=paths)) for name, (what, paths) in table.items())


def _fault_steps() -> tuple[Step, ...]:
    elsewhere = (*KILLED.values(), *APART.values())
    others = ("tests", *(f"--ignore={path}" for _, paths in elsewhere for path in paths))
    return (
        *_struck(APART),
        Step("others", "every other place where something can break", partial(faults, paths=others)),
    )


PARTS = {
    "kills": Part(
        "Kills and power cuts",
        "A house, and a ledger, killed with SIGKILL at drawn moments, and with a drawn part of what was not synced "
        "taken back: afterwards acts and entries agree, nothing told is lost, and what was shown has its entry.",
        _struck(KILLED),
    ),
    "faults": Part(
        "Faults",
        "Whatever else breaks: processes killed, disks full, connections cut, files damaged: afterwards the old state "
        "or the new, never between, and every entry without its act answered (tests marked `fault`).",
        _fault_steps(),
    ),
    "tampers": Part(
        "Tampers",
        "A stored or exported ledger changed in random places. What is changed without the log's key is found by "
        "recomputation; a history rewritten and signed again with that key, and a rollback to an older signed head, "
        "only by the witness or by a receipt or checkpoint that somebody kept.",
        (Step("ledger", "a stored or exported ledger changed in a random place", tampers),),
    ),
    "walks": Part(
        "Walks",
        "Looks, acts, refusals, merges and erasures in random order by random people, the databases full or locked "
        "at random steps: whatever was shown has its ledger entry, and at the end rows, files and entries agree.",
        tuple(
            Step(
                f"house-{outing + 1}",
                "random walks through a house with records about a person",
                partial(walks, outing=outing),
            )
            for outing in range(OUTINGS)
        ),
    ),
    "laws": Part(
        "Laws",
        "Statements about all inputs, tried on drawn ones (Hypothesis); a law whose examples are costly draws fewer.",
        tuple(Step(room, f"laws of {room}", partial(laws, room=room)) for room in rooms_with_laws()),
    ),
    "mutants": Part(
        "Planted mistakes",
        "Small mistakes planted in the files that carry the guarantees: all of governance that decides, logs, seals, "
        f"erases or reviews (`tests/prove/kernel.py` lists them), in a file with more than {MISTAKES} in as many, "
        "drawn by chance. Each is tried against the tests named there alone, and read by the type checker (mypy, "
        "strict), which stands before every test in `make check`; lines that only word a sentence, and "
        "`raise` lines, are left out. A result is kept while these files and these tests are what they were.",
        tuple(
            Step(
                target.name,
                f"mistakes planted in {target.name}",
                partial(mutants, target=target),
                rests_on=(*(f"src/peelian/{file}" for file in target.files), *target.tests),
            )
            for target in TARGETS
        ),
    ),
}  # fmt: skip
