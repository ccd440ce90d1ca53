"""The page's section on readers who do not look."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report import Table
from docs.pages.markdown import table


def review(result: Table) -> Iterator[str]:
    """Write a line per sort of reader and share of decoys."""
    yield f"`{result.command}`\n"
    rows = (
        [
            row["reader"],
            f"{row['decoy_share']:.0%}",
            f"{row['items']:,}",
            f"{row['readers']:,}",
            f"{row['flagged']:.1%} ({row['lo']:.1%} to {row['hi']:.1%})",
        ]
        for row in result.rows
    )
    yield table(("simulated reader", "decoys", "items read", "readers", "flagged (95 % interval)"), rows)
    yield ""
    yield from (f"- {note}" for note in result.notes)
    yield "\nWhat this does not show: how real readers read, or decoys that are harder than the findings around them."
