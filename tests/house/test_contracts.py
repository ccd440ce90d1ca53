"""The import contracts hold, and each one can fail: a breach is planted for every one in a copy of the tree.

What `lint-imports` itself passes over in silence is the business of test_contracts_cover.py.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.house.contracts import CONTRACTS, ROOT, names


@dataclass(frozen=True)
class Breach:
    """What is written into the copy: files by path under peelian, or a replacement in `.importlinter`."""

    contract: str
    story: str
    files: dict[str, str] = field(default_factory=dict)
    append: dict[str, str] = field(default_factory=dict)
    rename: tuple[str, str] = ("", "")


BREACHES = [
    Breach("stairs", "two rooms of one step", {"forecast/shortcut.py": "import peelian.patrol"}),
    Breach("stairs", "a room nobody declared", {"gossip/__init__.py": ""}),
    Breach("stairs", "a layer misspelt", {"patterns/__init__.py": ""}, rename=("(patterns)", "(pattrens)")),
    Breach(
        "desk",
        "assist goes round the doors",
        {"assist/__init__.py": "", "assist/answers.py": "from peelian.governance import desk"},
    ),
    Breach("storage", "a page reads the engine", {"app/shortcut.py": "from peelian.storage import engine"}),
    Breach(
        "stores",
        "an entry beside the log",
        {"governance/shortcut.py": "from peelian.storage import ledger_store"},
    ),
    Breach("science", "science asks the law", {"city/shortcut.py": "from peelian.governance import charter"}),
    Breach(
        "science",
        "a type hint is an import too",
        {
            "patrol/shortcut.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from peelian.governance import register"
        },
    ),
    Breach("doors", "science calls its door", {"city/shortcut.py": "from peelian.city import service"}),
    Breach("front", "a page calls science", {"app/shortcut.py": "from peelian.forecast import evaluate"}),
    Breach("tables", "a query outside features", {"city/shortcut.py": "def f():\n    import ibis"}),
    Breach("databases", "a private database", {"governance/shortcut.py": "import sqlite3"}),
    Breach("network", "quality asks a web site", {"city/shortcut.py": "import httpx"}),
    Breach("faces", "a model serves a page", {"forecast/shortcut.py": "import http.server"}),
    Breach(
        "verifier",
        "the verifier trusts the house",
        append={"governance/ledger/verify.py": "\nfrom peelian.domain.canonical import canonical\n"},
    ),
    Breach(
        "knots",
        "two files in a circle",
        {"city/first.py": "import peelian.city.second", "city/second.py": "import peelian.city.first"},
    ),
]


class Copy:
    """A copy of the package in which a breach can be planted and taken back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "src" / "peelian"
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "src" / "peelian", self.package, ignore=ignore)

    def lint(self, contracts: str = CONTRACTS) -> dict[str, str]:
        """Return contract name -> KEPT or BROKEN, as `lint-imports` prints them."""
        config = self.folder / ".importlinter"
        config.write_text(contracts, encoding="utf-8")
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src"), "COLUMNS": "200"}
        run = subprocess.run(
            [*command, "--config", str(config)],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", run.stdout, re.MULTILINE))
        assert verdicts, run.stdout + run.stderr
        assert run.returncode == ("BROKEN" in verdicts.values())
        return verdicts

    def broken_by(self, breach: Breach) -> set[str]:
        """Plant `breach`, lint, take it back, and return the names of the contracts it broke."""
        before = {name: (self.package / name).read_text(encoding="utf-8") for name in breach.append}
        for name, text in breach.files.items():
            (self.package / name).parent.mkdir(exist_ok=True)
            (self.package / name).write_text(text + "\n", encoding="utf-8")
        for name, text in breach.append.items():
            (self.package / name).write_text(before[name] + text, encoding="utf-8")
        try:
            verdicts = self.lint(CONTRACTS.replace(*breach.rename))
        finally:
            for name in breach.files:
                (self.package / name).unlink()
            for name, text in before.items():
                (self.package / name).write_text(text, encoding="utf-8")
        return broken(verdicts)


def broken(verdicts: dict[str, str]) -> set[str]:
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def verdicts(copy: Copy) -> dict[str, str]:
    return copy.lint()


def test_the_tree_as_it_stands_keeps_every_contract(verdicts: dict[str, str]) -> None:
    assert verdicts == dict.fromkeys(names().values(), "KEPT")


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.contract}: {breach.story}")
def test_a_planted_breach_breaks_exactly_its_contract(
    copy: Copy, verdicts: dict[str, str], breach: Breach
) -> None:
    assert copy.broken_by(breach) - broken(verdicts) == {names()[breach.contract]} - broken(verdicts)


def test_every_contract_has_a_planted_breach() -> None:
    assert {breach.contract for breach in BREACHES} == set(names())
