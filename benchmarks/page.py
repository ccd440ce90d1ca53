"""Writes docs/benchmarks.md from the JSON files of a run: `python -m benchmarks.page DIR`.

The page holds what was measured and nothing else; what the figures do not show is said beside them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `make bench` and `python -m benchmarks.page`; every number below is copied from the JSON of one run.
Machine: {machine}. These machines are shared and noisy: trust ratios measured side by side in one run, not seconds.
"""
NOT_SHOWN = """
What this does not show: recorded crime is not crime; a better forecast of reports is not a safer street; no figure
here is about what patrols would change. The files hold days as occurred, so reports that came late are in the past
counts of every model and of plain counts alike. Thirteen weeks are few: most differences in hit rate are within
their interval, and {compared} comparisons were made without correcting for their number. Much of the gain in
deviance comes from cells where plain counts expect nothing, so it depends on the stated floor. The defaults of recency
(half-life 180 days) and kernel density (100 m) were chosen on the thirteen weeks before those shown, but some figures
of the shown weeks had been seen with other values by then; boosted trees were not tuned. Calibration stands in the
JSON: plain counts expect too little where incidents are rising (Portland car theft).
"""


def main() -> None:
    folder = Path(sys.argv[1])
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    parts = [HEAD.format(machine=_machine(found["pipeline"]["machine"]))]
    parts += [*_cities(found["forecast_cities"]), *_pipeline(found["pipeline"]), *_ledger(found)]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _machine(machine: dict[str, Any]) -> str:
    return ", ".join(str(machine[key]) for key in ("processor", "system")) + f", {machine['cores']} cores"


def _cities(result: dict[str, Any]) -> Iterator[str]:
    rows = result["rows"]
    yield f"\n## Forecasts of real cities beside plain counts\n\n`{result['command']}`\n"
    yield from (f"- {note}" for note in result["notes"])
    yield "\nHit rate at 1 % of the area: value [95 % interval]; the difference to plain counts is bold where its"
    yield "interval leaves out zero. Deviance: change against plain counts.\n"
    yield "| city | offence | incidents | model | hit rate at 1 % | difference | PAI | PEI | deviance | change |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    index = {(r["city"], r["offence"], r["model"], r["metric"], r["coverage"]): r for r in rows}
    lines = [key for key in index if key[3:] == ("deviance", None)]
    for city, offence, model, *_ in lines:
        hit, pai, pei = (index[city, offence, model, name, 0.01] for name in ("hit_rate", "pai", "pei"))
        deviance = index[city, offence, model, "deviance", None]
        change = deviance["value"] / deviance["baseline"] - 1
        cells = [
            *(city, offence, f"{hit['events']:,}", model),
            f"{hit['value']:.4f} [{hit['lo']:.4f}, {hit['hi']:.4f}]",
            _difference(hit, model),
            f"{pai['value']:.2f}",
            f"{pei['value']:.3f}",
            f"{deviance['value']:.4f}",
            "" if model == "plain-counts" else f"{change:+.1%}",
        ]
        yield f"| {' | '.join(cells)} |"
    compared = [index[c, o, m, "hit_rate", 0.01] for c, o, m, *_ in lines if m != "plain-counts"]
    better, worse = sum(r["diff_lo"] > 0 for r in compared), sum(r["diff_hi"] < 0 for r in compared)
    yield f"\nOf {len(compared)} comparisons of the hit rate at 1 %, {better} are above plain counts and {worse} below"
    yield "with an interval that leaves out zero; the others cannot be told apart."
    yield NOT_SHOWN.format(compared=len(compared))


def _difference(row: dict[str, Any], model: str) -> str:
    if model == "plain-counts":
        return ""
    text = f"{row['diff']:+.4f} [{row['diff_lo']:+.4f}, {row['diff_hi']:+.4f}]"
    return f"**{text}**" if row["diff_lo"] > 0 or row["diff_hi"] < 0 else text


def _pipeline(result: dict[str, Any]) -> Iterator[str]:
    yield f"## Counts and features on eight million incidents\n\n`{result['command']}`\n"
    yield "| engine | seconds (median) | processor seconds | peak MB |"
    yield "|---|---|---|---|"
    for row in result["rows"]:
        yield f"| {row['engine']} | {row['seconds']} | {row['cpu_seconds']} | {row['peak_mb']} |"
    yield ""
    yield from (f"- {note}" for note in result["notes"])
    yield "\nWhat this does not show: a cluster, other query shapes, or data that do not fit the memory limit.\n"


def _ledger(found: dict[str, Any]) -> Iterator[str]:
    vectors, speed = found["ledger_vectors"], found["ledger_speed"]
    yield f"## The ledger\n\n`{vectors['command']}`\n"
    yield "| published vectors | agreed | of |\n|---|---|---|"
    yield from (f"| {row['file']} | {row['agreed']} | {row['total']} |" for row in vectors["rows"])
    yield f"\n`{speed['command']}`\n"
    columns = ("what", "appends_per_s", "ratio", "entries", "verify_per_s", "proof_us")
    yield f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    yield from (f"| {' | '.join(_cell(row.get(name)) for name in columns)} |" for row in speed["rows"])
    yield ""
    yield from (f"- {note}" for note in speed["notes"])
    yield "\nWhat this does not show: power loss (only killed processes were tried), another disk, many machines.\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and value < 1000
        else f"{value:,.0f}"
        if isinstance(value, (int, float))
        else str(value)
    )


if __name__ == "__main__":
    main()
