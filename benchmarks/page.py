"""Writes docs/benchmarks.md from the JSON files of a run: `python -m benchmarks.page DIR`.

The page holds what was measured and nothing else; what the figures do not show is said beside them. A section whose
results are not in the folder is left out, and a line in its place says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import page_city, page_feed, page_forecasts, page_ground, page_oversight, page_review, report
from benchmarks.report import Table
from peelian.domain.errors import BadInput

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `make bench` and `python -m benchmarks.page`; every number below is copied from the JSON of the run whose
command stands above it. These machines are shared and noisy: trust ratios measured side by side in one run, not
seconds.

Machine: {machines}.
"""


@dataclass(frozen=True)
class Section:
    """A part of the page: its heading, the benchmarks it needs, and what writes it from their tables in that order."""

    heading: str
    needs: tuple[str, ...]
    write: Callable[..., Iterator[str]]


SECTIONS = (
    Section("Forecasts of real cities beside plain counts", ("forecast_cities",), page_forecasts.forecasts),
    Section(
        "From a publisher's CSV to a visible, quality-checked warehouse", ("city_load",), page_city.city_load
    ),
    Section("Addresses placed on the city's own streets", ("geocoder",), page_city.geocoder),
    Section("Changes by the minute", ("live_feed",), page_feed.live_feed),
    Section("Counts and features on eight million incidents", ("pipeline",), page_ground.pipeline),
    Section("The ledger", ("ledger_vectors", "ledger_speed"), page_ground.ledger),
    Section("Decisions of the policy", ("policy_speed",), page_oversight.policy),
    Section("Neither confirming nor denying", ("silence",), page_oversight.silence),
    Section("What is over, and is there still", ("erasure_speed",), page_oversight.keeping),
    Section("The queue of a house with a past", ("review_queue",), page_oversight.queue),
    Section("Readers who do not look", ("review",), page_review.review),
    Section("What inputs tell of who lives where", ("proxies",), page_oversight.proxies),
)


def read_folder(folder: Path) -> dict[str, Table]:
    """Return the tables of a run by name; refuse a folder that holds none, or one that the page knows nothing of."""
    tables = {table.name: table for table in map(report.read, sorted(folder.glob("*.json")))}
    known = {name for section in SECTIONS for name in section.needs}
    if strange := sorted(tables.keys() - known):
        raise BadInput(
            f"{folder} holds results of {', '.join(strange)}, which no section shows; take them out."
        )
    if not tables:
        raise BadInput(f"{folder} holds no results; `make bench` writes them to bench-results.")
    return tables


def page(tables: Mapping[str, Table]) -> str:
    """Return the text of the page."""
    lines = [HEAD.format(machines="; ".join(dict.fromkeys(table.machine for table in tables.values())))]
    for section in SECTIONS:
        lines += [f"## {section.heading}\n", *_written(section, tables), ""]
    return "\n".join(lines).rstrip() + "\n"


def _written(section: Section, tables: Mapping[str, Table]) -> Iterator[str]:
    absent = [f"`{name}.json`" for name in section.needs if name not in tables]
    if absent:
        yield f"Left out: the results of this run hold no {' and no '.join(absent)}."
    else:
        yield from section.write(*(tables[name] for name in section.needs))


def main() -> int:
    try:
        PAGE.write_text(page(read_folder(Path(sys.argv[1]))), encoding="utf-8")
    except BadInput as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
