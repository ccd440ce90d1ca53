"""The page's sections on oversight: decisions, silence, what is over, the queue, and what inputs tell of groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.report import Table
from docs.pages.markdown import table

GOAL_US = 300
KEPT_S = 60


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


def keeping(result: Table) -> Iterator[str]:
    """Write how long rows are there after they fell due, and what a backup costs."""
    yield f"`{result.command}`\n"
    rows = (
        [
            f"{row['rows']:,}",
            row["backups"],
            f"{row['parts']:,}",
            f"{row['sweep_s']:.1f} ({row['sweep_max_s']:.1f})",
            f"{row['seconds']:.1f} ({row['seconds_max']:.1f})",
            f"{row['backup_s']:.1f}",
        ]
        for row in result.rows
    )
    columns = (
        "rows",
        "backups",
        "parts destroyed",
        "one look, s: median (longest)",
        "from falling due to nothing left, s",
        "making a backup, s",
    )
    yield table(columns, rows)
    longest = max(row["seconds_max"] for row in result.rows)
    yield f"\nGoal: at most {KEPT_S} s; {'met' if longest <= KEPT_S else '**missed**'}.\n"
    yield from (f"- {note}" for note in result.notes)


def queue(result: Table) -> Iterator[str]:
    """Write how long the doors of the review take in a house with a past."""
    yield f"`{result.command}`\n"
    rows = (
        [row["door"], f"{row['findings']:,}", row["open"], f"{row['p50_ms']:,.0f}", f"{row['max_ms']:,.0f}"]
        for row in result.rows
    )
    yield table(("door", "findings disposed of", "open", "median, ms", "longest, ms"), rows)
    yield ""
    yield from (f"- {note}" for note in result.notes)


def proxies(result: Table) -> Iterator[str]:
    """Write what inputs tell of areas, what a forecast is without each, and what a product's predictions told."""
    yield f"`{result.command}`\n"
    yield "What the window sums of an offence tell of a figure of the community areas (R2):\n"
    yield table(
        (
            "offence",
            "figure",
            "areas",
            "held out at random",
            "districts held out",
            "neighbours alone",
            "chance",
        ),
        (_told(row) for row in result.rows if row["what"] == "inputs"),
    )
    yield "\nThe forecast without one of its inputs:\n"
    yield table(
        ("offence", "left out", "cells that change", "hit rate without", "hit rate with"),
        (_without(row) for row in result.rows if row["what"] == "without"),
    )
    yield "\nPredPol's predictions and each group's share, over the departments of The Markup's audit:\n"
    yield table(
        ("group", "departments", "mean correlation (95 % interval)", "positive in", "reached by chance"),
        (_correlated(row) for row in result.rows if row["what"] == "predictions"),
    )
    yield ""
    yield from (f"- {note}" for note in result.notes)


def _told(row: Mapping[str, Any]) -> list[str]:
    shown = (f"{row[n]:.2f} ({row[f'{n}_lo']:.2f} to {row[f'{n}_hi']:.2f})" for n in ("r2", "r2_apart"))
    return [
        row["offence"],
        row["group"],
        str(row["areas"]),
        *shown,
        f"{row['r2_neighbours']:.2f}",
        f"{row['r2_chance']:.2f}",
    ]


def _without(row: Mapping[str, Any]) -> list[str]:
    shares = (f"{row[name]:.1%}" for name in ("changed", "hit_rate", "hit_rate_with"))
    return [row["offence"], row["left_out"], *shares]


def _correlated(row: Mapping[str, Any]) -> list[str]:
    mean = f"{row['mean']:.3f} ({row['lo']:.3f} to {row['hi']:.3f})"
    return [row["group"], str(row["departments"]), mean, f"{row['positive']:.0%}", f"{row['chance']:.4f}"]
