"""Forecasts of real cities, every model beside plain counts on weeks none of them has seen.

`--data` is any folder with a `cities.yaml`: one mapping per incident file with city, file (Parquet or CSV),
time, lat + lon or x + y + crs, tz, from and to (the day after the last complete one), and where they exist
offence and boundary. Each is handed to what `peelian evaluate` runs, so the command line gives the same rows.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks import report
from peelian.app.own_file import SEED, OwnEvaluation, OwnFile, evaluate_file
from peelian.forecast.bootstrap import RESAMPLES, block_length
from peelian.forecast.metrics import FLOOR_PER_DAY
from peelian.forecast.models import catalogue

ORIGINS = 13
COVERAGES = (0.01, 0.05, 0.10)


def main() -> None:
    arguments = report.parser("forecast_cities", data=True).parse_args()
    models = tuple(
        name for name, factory in catalogue().items() if not (arguments.quick and factory().needs_features)
    )
    rows: list[dict[str, Any]] = []
    notes = _notes()
    for mapping in yaml.safe_load((arguments.data / "cities.yaml").read_text(encoding="utf-8")):
        began = time.perf_counter()
        found = evaluate_file(
            own_file(arguments.data, mapping), origins=ORIGINS, coverages=COVERAGES, models=models
        )
        rows += [{"city": mapping["city"], **row.document()} for row in found.rows]
        notes.append(f"{mapping['city']}: {account(found)}, {time.perf_counter() - began:.0f} s")
    report.write("forecast_cities", rows, notes=notes, json_path=arguments.json)


def own_file(folder: Path, mapping: dict[str, Any]) -> OwnFile:
    """Return a line of `cities.yaml` as the file and columns that `evaluate` is told."""
    columns = ("lat", "lon", "x", "y", "crs", "offence")
    boundary = mapping.get("boundary")
    return OwnFile(
        path=folder / mapping["file"],
        time=mapping["time"],
        zone=mapping["tz"],
        first=mapping["from"],
        last=mapping["to"],
        boundary=folder / boundary if boundary else None,
        **{name: mapping[name] for name in columns if name in mapping},
    )


def account(found: OwnEvaluation) -> str:
    """Return what became of the file's rows, and on which grid they were counted."""
    rejected = ", ".join(f"{rows:,} {reason}" for reason, rows in found.rejected) or "none"
    return (
        f"read {found.read:,} = accepted {found.accepted:,} + rejected {found.read - found.accepted:,} ({rejected}), "
        f"used {found.used:,}; EPSG:{found.grid.epsg}, {found.grid.size_m:g} m cells, origin (0, 0)"
    )


def _notes() -> list[str]:
    return [
        f"{ORIGINS} consecutive weeks up to the last complete day of each file; cutoff at the midnight each "
        "begins; days counted as occurred (the files do not say when a report was recorded)",
        "the area is the cells with their centre inside the boundary, else those with any incident of any "
        "offence in the 730 days before the first origin; incidents outside it count in every denominator",
        f"95 % intervals: moving blocks of {block_length(ORIGINS)} weeks, {RESAMPLES} resamples, seed {SEED}; "
        f"baseline: plain counts of 365 days; deviance with expectations of at least {FLOOR_PER_DAY:g} per day",
        "recorded crime is not crime; every file is read as it is, exact duplicates included",
    ]


if __name__ == "__main__":
    main()
