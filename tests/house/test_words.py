"""What the house says of itself: words never used, hosts and paths never named, what a room is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "peelian"
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))

NEVER = (
    (r"crimes? prevented", "12 crimes prevented", "nobody can count what did not happen: forecast coverage"),
    (r"predictive polic", "predictive policing", "persons are never forecast: forecast of places"),
    (r"high[- ]risk (person|individual|people)", "a high-risk person", "persons have no risk here"),
    (r"\bhot ?list", "a hotlist", "watchlist"),
    (r"\b(black|white) ?list", "the blacklist", "watchlist, or what is allowed"),
    (r"\bcrime_type\b", "crime_type", "offence"),
    (r"\b(date_range|as_of_date)\b", "as_of_date", "period, cutoff; as-of day of a place set"),
)
"""Pattern, an example of it, what to say instead. Exempt are pages that explain words (glossary, ADRs), reference
pages, which quote the law, and files called `prohibited` or `names`, which must name what they forbid."""

HOSTS = re.compile(
    r"(?:pypi|files\.pythonhosted|test\.pypi|registry\.npmjs|registry\.yarnpkg|deb\.debian|security\.debian"
    r"|proxy\.golang|static\.crates|index\.crates)\.(?:org|com|io)",
    re.IGNORECASE,
)
PATHS = re.compile(r"(?<![\w.])/(?:work|home/\w+|root|Users/\w+)/\w")


def ours() -> list[Path]:
    """Return every file of the project (not those that tools leave behind; `.git` is a file in a second worktree)."""
    folders = ("src", "tests", "docs", "benchmarks", "requirements", ".ci")
    files = [path for path in ROOT.iterdir() if path.is_file() and path.name not in {"uv.lock", ".git"}]
    files += [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in files if path.suffix != ".pyc")


def found(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """Return `file:line: words` for every place where the pattern stands."""
    places = []
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            places.append(f"{path.relative_to(ROOT)}:{line}: {match.group()}")
    return places


def spoken() -> list[Path]:
    """Return what people get to read: the package, the README and the pages, but not ADRs nor quotations of law."""
    docs = [path for path in (ROOT / "docs").rglob("*.md") if not {"adr", "reference"} & set(path.parts)]
    code = [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".j2", ".yaml", ".toml", ".css"}]
    return [*code, *docs, ROOT / "README.md"]


@pytest.mark.parametrize(("words", "example", "instead"), NEVER)
def test_a_word_is_never_used(words: str, example: str, instead: str) -> None:
    pattern = re.compile(words, re.IGNORECASE)
    assert pattern.search(example)
    assert found(pattern, [path for path in spoken() if path.stem not in ("prohibited", "names")]) == [], (
        instead
    )


def test_no_file_names_where_packages_come_from() -> None:
    assert found(HOSTS, ours()) == []


def test_no_file_holds_a_path_of_somebody_s_machine() -> None:
    assert found(PATHS, ours()) == []


def test_the_readme_is_short_and_begins_with_what_it_is_for_whom_and_what_it_refuses() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    opening = text.lower()[:2500]
    assert len(text.splitlines()) <= 150
    assert opening.startswith("# peelian")
    assert "places and times" in opening
    assert "never persons" in opening
    assert "make demo" in text
    assert "refuse" in opening


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_says_what_it_is_for_and_what_not(room: Path) -> None:
    doc = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "\nFor: " in doc
    assert "ot for" in doc


def test_every_module_says_what_it_is() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts]
    silent = [
        str(path.relative_to(ROOT))
        for path in files
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
