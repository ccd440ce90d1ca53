"""The page's section on changes that come by the minute."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report import Table
from docs.pages.markdown import table

COLUMNS = ("stage", "loads", "parts", "part_mb", "load_s", "quality_s", "findings_s", "counts_s", "merge_s")


def live_feed(result: Table) -> Iterator[str]:
    """Write a line per age of the warehouse: freshly loaded, after many small loads, after merging."""
    yield f"`{result.command}`\n"
    yield table(COLUMNS, ([row.get(name, "") for name in COLUMNS] for row in result.rows))
    yield ""
    yield from (f"- {note}" for note in result.notes)
    yield "\nWhat this does not show: a publisher whose rows change years later, or several feeds at once."
