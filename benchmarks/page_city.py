"""The page's sections on the city's data: what a load takes, and how many damaged addresses are placed, and where.

Rows are chosen by name where a goal or a sentence needs them; every other row is shown in the table it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.report import Row, Table
from docs.pages.markdown import table

GOAL_ROWS = 8_000_000
BARE, LOAD, DAY = "duckdb csv -> parquet", "load and quality", "one more day, 20000 rows"
LOAD_NOT_SHOWN = """
What this does not show: a real publisher's file (one generated shape, every code known, coordinates in every row that
has a place, so no address was looked up), another disk, readers at the same time. Memory grows with the file: see
[scale](scale.md)."""

ALL, EVERYTHING = "all addresses", "everything, negatives too"
GROUPS = {
    "damage": "By damage, of the addresses that fit one place:",
    "form": "By form of the address:",
    "read by": "By what took the address apart:",
    "negative": "Addresses that are nowhere; what was placed is wrong:",
    "stress": "Addresses that are nowhere, but look like a slip of the pen in a real one:",
}
"""What stands before the colon of a row's name, and the sentence above the table of such rows."""
GEOCODER_NOT_SHOWN = """
What this does not show: real addresses and real slips (the damage is drawn from tables, each kind alone but for one),
real house numbers, another city's way of naming streets, or a file with streets missing; how often a missing street
puts an address on a look-alike stands under "a slip of the pen"."""


@dataclass(frozen=True)
class Goal:
    """One figure that was asked for beside the one that was reached."""

    what: str
    asked: str
    reached: str
    met: bool


def goals(rows: Iterable[Goal]) -> str:
    """Return the goals as a table; what was missed is bold."""
    cells = ((goal.what, goal.asked, goal.reached, "yes" if goal.met else "**no**") for goal in rows)
    return table(("goal", "asked", "reached", "met"), cells)


def city_load(result: Table) -> Iterator[str]:
    """Write the steps, the goals if the file had their size, and what became of the rows."""
    load, day = result.row(step=LOAD), result.row(step=DAY)
    result.row(step=BARE)  # without it the ratios are of nothing
    yield f"`{result.command}`\n"
    yield table(
        ("step", "rows", "seconds", "processor seconds", "peak MB", "seconds over those of the first step"),
        (_step(row) for row in result.rows),
    )
    yield ""
    if load["read"] == GOAL_ROWS:
        yield goals(_load_goals(load, day))
    else:
        yield f"The goals speak of {GOAL_ROWS:,} rows; this run had {load['read']:,} and neither meets nor misses them."
    yield f"\nThe rows were visible after {load['visible_s']} s and {_megabytes(load)}; the rest is the quality"
    yield f"figures, read through the desk. {_became('The load', load)} {_became('The day', day)}\n"
    yield from (f"- {note}" for note in result.notes)
    yield LOAD_NOT_SHOWN


def _step(row: Row) -> list[str]:
    read = f"{row['read']:,}" if "read" in row else ""
    return [
        *(row["step"], read, f"{row['seconds']:,}", f"{row['cpu_seconds']:,}"),
        *(f"{row['peak_mb']:,}", f"{row['ratio']:,}"),
    ]


def _load_goals(load: Row, day: Row) -> Iterator[Goal]:
    yield Goal(
        f"{GOAL_ROWS:,} rows, visible and quality-checked",
        "at most 240 s",
        f"{load['seconds']} s",
        load["seconds"] <= 240,
    )
    yield Goal("its peak memory", "at most 4,000 MB", f"{load['peak_mb']:,} MB", load["peak_mb"] <= 4000)
    yield Goal("one more day", "at most 5 s", f"{day['seconds']} s", day["seconds"] <= 5)


def _megabytes(load: Row) -> str:
    return f"{load['visible_mb']:,} MB at most" if "visible_mb" in load else "no stated memory"


def _became(what: str, row: Row) -> str:
    kinds = ("new", "corrected", "unchanged", "rejected")
    return (
        f"{what}: {row['read']:,} rows read = " + " + ".join(f"{row[kind]:,} {kind}" for kind in kinds) + "."
    )


def geocoder(result: Table) -> Iterator[str]:
    """Write the goals, then every row: together, by group, by score, and whatever else was measured."""
    yield f"`{result.command}`\n"
    yield goals(_geocoder_goals(result))
    figures = [row for row in result.rows if "match" in row]
    grouped = {name: [row for row in figures if _group(row) == name] for name in GROUPS}
    yield "\nMatch: placed within 200 m of the truth. Wrong: placed farther away, or placed though it is nowhere."
    yield "Queued: not placed, and kept for a person. Errors in metres are those of what was placed rightly.\n"
    yield _figures(row for row in figures if _group(row) not in GROUPS)
    for name, rows in grouped.items():
        if rows:
            yield f"\n{GROUPS[name]}\n\n{_figures(rows, without=f'{name}: ')}"
    yield from _by_score([row for row in result.rows if "mean_score" in row])
    yield ""
    yield from (f"- {_said(row)}" for row in result.rows if not {"match", "mean_score"} & row.keys())
    yield from (f"- {note}" for note in result.notes)
    yield GEOCODER_NOT_SHOWN


def _geocoder_goals(result: Table) -> Iterator[Goal]:
    every, both, speed = (result.row(what=name) for name in (ALL, EVERYTHING, "speed"))
    yield Goal(f"{every['n']:,} damaged addresses", "at least 2,000", f"{every['n']:,}", every["n"] >= 2000)
    yield Goal(f"match, {ALL}", "at least 95 %", f"{every['match']:.1%}", every["match"] >= 0.95)
    yield Goal(f"wrong, {ALL}", "at most 0.5 %", f"{every['wrong']:.2%}", every["wrong"] <= 0.005)
    yield Goal(f"wrong, {EVERYTHING}", "at most 0.5 %", f"{both['wrong']:.2%}", both["wrong"] <= 0.005)
    yield Goal("median error", "at most 30 m", f"{every['median_m']:.1f} m", every["median_m"] <= 30)
    per_s = speed["addresses_per_s"]
    yield Goal("addresses a second", "at least 2,000", f"{per_s:,.0f}", per_s >= 2000)


def _group(row: Row) -> str:
    head, colon, _ = row["what"].partition(": ")
    return head if colon else ""


def _figures(rows: Iterable[Row], *, without: str = "") -> str:
    cells = (
        [
            *(row["what"].removeprefix(without), f"{row['n']:,}", f"{row['match']:.1%}"),
            *(f"{row['wrong']:.2%}", f"{row['queued'] / row['n']:.1%}"),
            *(_metres(row.get("median_m")), _metres(row.get("p95_m"))),
        ]
        for row in rows
    )
    return table(
        ("addresses", "n", "match", "wrong", "queued", "median error, m", "95th percentile, m"), cells
    )


def _metres(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _by_score(rows: list[Row]) -> Iterator[str]:
    if rows:
        cells = ((r["what"], f"{r['n']:,}", f"{r['mean_score']:.3f}", f"{r['right']:.3f}") for r in rows)
        yield "\nWhether the score means what it says:\n"
        yield table(("placed with", "n", "mean score", "share right"), cells)


def _said(row: Row) -> str:
    values = (f"{name} {value:,.4g}" if isinstance(value, float) else f"{name} {value}"
              for name, value in row.items() if name != "what" and value is not None)  # fmt: skip
    return f"{row['what']}: {', '.join(values)}"
