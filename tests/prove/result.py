"""What came of one step of the long proofs, and of which code: kept as one JSON file, so that a run can go on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from tests.data import ROOT


@dataclass(frozen=True)
class Outcome:
    """How often something was done and what came of it; `told` by the tests, `survivors` of planted mistakes."""

    number: str
    said: str
    ok: bool
    told: tuple[str, ...] = ()
    survivors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tree:
    """The code that was proved: its commit, and a name of what lies at its paths.

    What differs from any commit has no name ("").
    """

    commit: str
    name: str

    @classmethod
    def now(cls, paths: Sequence[str] = ("src", "tests")) -> Tree:
        """Return the tree as it lies there."""
        head = _git("rev-parse", "--short", "HEAD") or "unknown"
        if not _git("rev-parse", "HEAD:src") or _git("status", "--porcelain", "--", *paths):
            return cls(f"{head} with uncommitted changes", "")
        names = _git("rev-parse", *(f"HEAD:{path}" for path in paths))
        return cls(head, sha256(names.encode()).hexdigest())


@dataclass(frozen=True)
class Result:
    """One row of the page."""

    part: str
    step: str
    what: str
    outcome: Outcome
    seconds: float
    tree: Tree
    quick: bool
    day: str = field(default_factory=lambda: str(datetime.now(UTC).date()))

    def keep(self, path: Path) -> None:
        """Write it down."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def kept(path: Path, *, tree: Tree, quick: bool) -> Result | None:
    """Return the result at `path` if it is a proof of this very tree and of this size; None where it must be run."""
    if not path.is_file():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    try:
        said = document["outcome"]
        lists = {name: tuple(said[name]) for name in ("told", "survivors")}
        result = Result(**document | {"outcome": Outcome(**said | lists), "tree": Tree(**document["tree"])})
    except (KeyError, TypeError):
        return None  # written by an earlier version
    fits = result.outcome.ok and result.tree.name == tree.name != "" and result.quick == quick
    return result if fits else None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
