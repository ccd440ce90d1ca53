"""The page's section on forecasts: each model beside plain counts, with the interval of the difference."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report import Row, Table
from docs.pages.markdown import table

Line = tuple[str, str, str]
"""City, offence, model."""
BASELINE = "plain-counts"
COLUMNS = (
    *("city", "offence", "incidents", "model", "hit rate at 1 %"),
    *("difference", "PAI", "PEI", "deviance", "change"),
)
NOT_SHOWN = """
What this does not show: recorded crime is not crime; a better forecast of reports is not a safer street; no figure
here is about what patrols would change. The files hold days as occurred, so reports that came late are in the past
counts of every model and of plain counts alike. Thirteen weeks are few: most differences in hit rate are within
their interval, and {compared} comparisons were made without correcting for their number. Much of the gain in
deviance comes from cells where plain counts expect nothing, so it depends on the stated floor. The defaults of recency
(half-life 180 days) and kernel density (100 m) were chosen on the thirteen weeks before those shown, but some figures
of the shown weeks had been seen with other values by then; boosted trees were not tuned. Calibration stands in the
JSON: plain counts expect too little where incidents are rising (Portland car theft)."""


def forecasts(result: Table) -> Iterator[str]:
    """Write a line per city, offence and model."""
    yield f"`{result.command}`\n"
    yield from (f"- {note}" for note in result.notes)
    yield "\nHit rate at 1 % of the area: value [95 % interval]; the difference to plain counts is bold where its"
    yield "interval leaves out zero. Deviance: change against plain counts.\n"
    shown = [(r["city"], r["offence"], r["model"]) for r in result.rows if r["metric"] == "deviance"]
    yield table(COLUMNS, (_line(result, line) for line in shown))
    compared = [_row(result, line, "hit_rate", coverage=0.01) for line in shown if line[2] != BASELINE]
    better, worse = sum(r["diff_lo"] > 0 for r in compared), sum(r["diff_hi"] < 0 for r in compared)
    yield f"\nOf {len(compared)} comparisons of the hit rate at 1 %, {better} are above plain counts and {worse} below"
    yield "with an interval that leaves out zero; the others cannot be told apart."
    yield NOT_SHOWN.format(compared=len(compared))


def _row(result: Table, line: Line, metric: str, *, coverage: float | None) -> Row:
    city, offence, model = line
    return result.row(city=city, offence=offence, model=model, metric=metric, coverage=coverage)


def _line(result: Table, line: Line) -> list[str]:
    city, offence, model = line
    hit, pai, pei = (_row(result, line, name, coverage=0.01) for name in ("hit_rate", "pai", "pei"))
    deviance = _row(result, line, "deviance", coverage=None)
    change = deviance["value"] / deviance["baseline"] - 1
    return [
        *(city, offence, f"{hit['events']:,}", model),
        f"{hit['value']:.4f} [{hit['lo']:.4f}, {hit['hi']:.4f}]",
        "" if model == BASELINE else _difference(hit),
        f"{pai['value']:.2f}",
        f"{pei['value']:.3f}",
        f"{deviance['value']:.4f}",
        "" if model == BASELINE else f"{change:+.1%}",
    ]


def _difference(row: Row) -> str:
    text = f"{row['diff']:+.4f} [{row['diff_lo']:+.4f}, {row['diff_hi']:+.4f}]"
    return f"**{text}**" if row["diff_lo"] > 0 or row["diff_hi"] < 0 else text
