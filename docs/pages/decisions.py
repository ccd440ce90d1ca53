"""The decisions someone could question, as a list: each record's number, title and standing."""

from __future__ import annotations

from pathlib import Path

from docs.pages.markdown import table

RECORDS = Path(__file__).resolve().parents[1] / "adr"
INTRODUCTION = """# Decisions

Each record is a page: what the matter was, what was decided, what it costs. A record is not rewritten; a later one
replaces it and says so.
"""


def page() -> str:
    rows = (_row(path) for path in sorted(RECORDS.glob("*.md")))
    return INTRODUCTION + "\n" + table(("record", "decision", "standing"), rows) + "\n"


def _row(path: Path) -> tuple[str, str, str]:
    title, _, standing, *_ = path.read_text(encoding="utf-8").splitlines()
    number, _, decision = title.removeprefix("# ").partition(" ")
    return f"[{number}](../adr/{path.name})", decision, standing.rstrip(".")
