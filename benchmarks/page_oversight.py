"""The page's sections on oversight: how fast the policy decides, and whether time tells who is known."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report import Table
from docs.pages.markdown import table

GOAL_US = 300


def policy(result: Table) -> Iterator[str]:
    """Write a line per sort of question."""
    yield f"`{result.command}`\n"
    rows = (
        [row["what"], row["rules"], f"{row['asked']:,}", f"{row['p50_us']:,.0f}", f"{row['p99_us']:,.0f}"]
        for row in result.rows
    )
    yield table(("question", "rules", "asked", "median, microseconds", "99th in 100, microseconds"), rows)
    first = result.row(what="allowed, asked for the first time")["p50_us"]
    yield f"\nGoal: at most {GOAL_US} for a question never asked before; {'met' if first <= GOAL_US else '**missed**'}."
    yield ""
    yield from (f"- {note}" for note in result.notes)
    yield "\nWhat this does not show: a decision at the desk as a whole, which enters it durably in the ledger."


def silence(result: Table) -> Iterator[str]:
    """Write how well time alone tells a known person from an unknown one, beside an ordinary look-up."""
    yield f"`{result.command}`\n"
    rows = (
        [
            row["what"],
            f"{row['pairs']:,}",
            f"{row['known_ms']:.2f}",
            f"{row['unknown_ms']:.2f}",
            f"{row['auc']:.3f} ({row['lo']:.3f} to {row['hi']:.3f})",
        ]
        for row in result.rows
    )
    columns = ("answer", "pairs", "known, ms (median)", "unknown, ms", "AUC of time (95 % interval)")
    yield table(columns, rows)
    yield "\nAn AUC of .5 tells nothing; the ordinary look-up shows that the measure would notice.\n"
    yield from (f"- {note}" for note in result.notes)
    yield "\nWhat this does not show: somebody who watches the machine itself, its memory or its power."
