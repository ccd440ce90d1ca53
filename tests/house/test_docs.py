"""Pages keep up with the code: generated ones are current, and no page points to something that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import REFERENCE, stale, texts
from docs.pages.markdown import table

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMANDS = set(re.findall(r"^## `peelian ([a-z -]+)`$", texts()[REFERENCE / "cli.md"], re.MULTILINE))


def test_the_generated_pages_are_current() -> None:
    assert stale(texts()) == []


def test_a_page_that_the_code_no_longer_says_is_found() -> None:
    path, text = next(iter(texts().items()))
    assert stale(texts() | {path: text + "And this."}) == [path]
    assert path in stale({other: text for other, text in texts().items() if other != path})


def test_a_cell_cannot_break_its_table() -> None:
    assert table(("a",), [("x | y\nz",)]).splitlines() == ["| a |", "| --- |", "| x \\| y z |"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_points_only_to_what_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_files_of_the_package_that_exist(page: Path) -> None:
    """A path in backquotes that begins with a room, such as `governance/desk.py`, is a promise."""
    rooms = "|".join(path.parent.name for path in (ROOT / "src" / "peelian").glob("*/__init__.py"))
    named = re.findall(rf"`((?:{rooms})/[\w./-]*)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / "src" / "peelian" / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_files_of_the_project_that_exist(page: Path) -> None:
    named = re.findall(
        r"`((?:src|tests|docs|benchmarks|requirements)/[\w./-]*)`", page.read_text(encoding="utf-8")
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_gives_only_commands_that_there_are(page: Path) -> None:
    """What stands in a block of commands, or in backquotes, after the word `peelian`."""
    text = page.read_text(encoding="utf-8")
    given = re.findall(r"(?:^|`)peelian ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(?=[ `\n])", text, flags=re.MULTILINE)
    spoken = {"is", "will", "include"}  # the house itself, at the beginning of a line
    groups = {command.rsplit(" ", 1)[0] for command in COMMANDS if command.count(" ") > 1}
    strange = [words for words in given if not (COMMANDS | groups) & {words, words.split()[0]}]
    assert [words for words in strange if words.split()[0] not in spoken] == []


def test_a_command_that_there_is_not_would_be_found() -> None:
    assert {"ingest", "source draft"} <= COMMANDS
    assert not {"source", "source drift", "ledgers"} & COMMANDS


@pytest.mark.parametrize("room", ["city", "governance"])
def test_the_parts_of_a_room_are_those_of_the_architecture_page(room: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = page.split(f"| part of {room} | what it does |\n", maxsplit=1)[1].split("\n\n", maxsplit=1)[0]
    told = {
        name
        for row in re.findall(r"^\| (`[\w`, ]+`) \| ", table, re.MULTILINE)
        for name in re.findall(r"\w+", row)
    }
    parts = {path.parent.name for path in (ROOT / "src" / "peelian" / room).glob("*/__init__.py")}
    assert told == parts


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_says_what_it_costs_and_is_short(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert all(f"\n## {part}\n" in text for part in ("Context", "Decision", "Costs"))
