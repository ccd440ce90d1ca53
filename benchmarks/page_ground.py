"""The page's sections on what everything stands on: the engine that counts, and the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report import Table
from docs.pages.markdown import table

LEDGER_COLUMNS = (
    "what",
    "slower_ms",
    "appends_per_s",
    "ratio",
    "p99_ms",
    "entries",
    "verify_per_s",
    "proof_us",
)


def pipeline(result: Table) -> Iterator[str]:
    """Write a line per engine."""
    yield f"`{result.command}`\n"
    columns = ("engine", "seconds", "cpu_seconds", "peak_mb")
    yield table(
        ("engine", "seconds (median)", "processor seconds", "peak MB"),
        ([row[name] for name in columns] for row in result.rows),
    )
    yield ""
    yield from (f"- {note}" for note in result.notes)
    yield "\nWhat this does not show: a cluster, other query shapes, or data that do not fit the memory limit."


def ledger(vectors: Table, speed: Table) -> Iterator[str]:
    """Write how many published vectors agreed, then how fast the ledger is beside bare SQLite."""
    yield f"`{vectors.command}`\n"
    agreed = ([row["file"], row["agreed"], row["total"]] for row in vectors.rows)
    yield table(("published vectors", "agreed", "of"), agreed)
    yield f"\n`{speed.command}`\n"
    yield table(LEDGER_COLUMNS, ([_cell(row.get(name)) for name in LEDGER_COLUMNS] for row in speed.rows))
    yield ""
    yield from (f"- {note}" for note in speed.notes)
    yield "\nWhat this does not show: power loss (only killed processes were tried), another disk, many machines."


def _cell(value: object) -> str:
    if isinstance(value, float) and value < 1000:
        return f"{value:,.3g}"
    if isinstance(value, (int, float)):
        return f"{value:,.0f}"
    return "" if value is None else str(value)
