"""Proxies on real data: what a forecast's inputs tell of who lives where, and what a product's predictions told of it.

`--data` is a folder with `forecast/` (Chicago's incidents and its community areas) and `governance/predpol-audit/`
(The Markup 2021). Two tables in one. "inputs": how well the window sums of each offence tell a figure of the
community areas (`peelian audit proxies` does the same in a house), and how much the forecast changes without each of
them. "predictions": the correlation of PredPol's predictions with each group's share, over the departments.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from benchmarks import report
from peelian.domain.place import Floats, Grid, project
from peelian.forecast.area import cells_with_incidents
from peelian.forecast.features import cell_day_counts, weekly_features
from peelian.forecast.history import History, history_from_counts
from peelian.forecast.models.boosted import BoostedTrees
from peelian.forecast.proxies import AreaShares, Interval, Told, inputs_of_areas, told, without_each
from peelian.governance.own import on_own_table

GRID = Grid(epsg=32616, size_m=500.0)
ZONE, FIRST, END = "America/Chicago", date(2016, 1, 1), date(2017, 9, 30)
FIGURES = ("UNEMP_DENS", "MEDINC", "HCUND20K_L", "VAC_HU_pct")
"""Columns of the community areas; upstream names them and no more, so they are shown under those names."""
COVERAGE = 0.05
RESAMPLES = 2000

NOTES = [
    "inputs: 500 m cells, figures of Chicago's community areas (their meaning is undocumented upstream; none is the "
    "share of an ethnic group, of which no table is at hand); 90 % intervals by resampling areas; apart: districts and "
    "their neighbours held out; chance: what dealt figures reach in one of twenty deals",
    "without: boosted trees fitted without one input, the last week, top 5 % of cells; one week is no trend",
    "predictions: The Markup's correlations by department as they stand, 95 % intervals by resampling departments, "
    "which are no random sample; a correlation over block groups does not say why",
    "recorded crime is not crime; what the inputs tell of poverty may be how much is reported or recorded there",
]
"""What each table is, and what it does not show."""


def incidents(folder: Path) -> pa.Table:
    """Return Chicago's incidents with their local day and place on the grid's metres."""
    table = pq.read_table(folder / "chicago_2016_2017Q3.parquet")
    x, y = project(table["lon"].to_numpy(), table["lat"].to_numpy(), source="EPSG:4326", target="EPSG:32616")
    return pa.table(
        {
            "local_date": pc.cast(table["t"], pa.date32(), safe=False),
            "offence": pc.cast(table["category"], pa.string()),
            "x_m": x,
            "y_m": y,
        }
    )


def histories(found: pa.Table) -> Iterator[History]:
    """Yield a history for each offence, over the cells with any incident in the first year."""
    cells = cells_with_incidents(
        on_own_table(found, lambda t: cell_day_counts(t, grid=GRID)), before=date(2017, 1, 1)
    )
    for offence in sorted(pc.unique(found["offence"]).to_pylist()):
        mine = on_own_table(
            found.filter(pc.equal(found["offence"], offence)), lambda t: cell_day_counts(t, grid=GRID)
        )
        features = on_own_table(mine, lambda t: weekly_features(t, cells=cells, first_day=FIRST, end_day=END))
        yield history_from_counts(
            mine,
            grid=GRID,
            offence=offence,
            zone=ZONE,
            basis="occurred",
            cells=cells,
            first_day=FIRST,
            end_day=END,
            features=features,
        )


def community_areas(folder: Path) -> AreaShares:
    """Return the centres of the community areas, and their figures, each brought to [0, 1]."""
    with gzip.open(folder / "chicago_community_areas_covariates.json.gz", "rt", encoding="utf-8") as file:
        areas = json.load(file)
    middles = [shapely.Polygon(area["rings"][0]).centroid for area in areas]
    lon, lat = np.array([middle.x for middle in middles]), np.array([middle.y for middle in middles])
    centres = np.stack(project(lon, lat, source="EPSG:4326", target="EPSG:32616"), axis=-1)
    figures = np.array([[float(area[name]) for name in FIGURES] for area in areas])
    scaled: Floats = (figures - figures.min(axis=0)) / np.ptp(figures, axis=0)
    return AreaShares(centres, FIGURES, scaled)


def of_inputs(folder: Path, *, offences: int | None) -> Iterator[dict[str, Any]]:
    """Yield what the inputs of each offence tell of each figure, then the forecast without each input."""
    areas, rng = community_areas(folder), np.random.default_rng(0)
    for history in list(histories(incidents(folder)))[:offences]:
        inputs, covered = inputs_of_areas(history, areas=areas)
        for place, group in enumerate(areas.groups):
            found = told(
                inputs[covered],
                shares=areas.shares[covered, place],
                centres=areas.centres[covered],
                group=group,
                offence=history.offence,
                rng=rng,
            )
            yield {"what": "inputs", **flat(found)}
        for lost in without_each(history, model=BoostedTrees(), coverage=COVERAGE):
            yield {"what": "without", **lost.document()}


def flat(found: Told) -> dict[str, Any]:
    """Return what was told with each interval in three columns."""
    row: dict[str, Any] = {}
    for name, value in vars(found).items():
        if isinstance(value, Interval):
            row |= {name: value.value, f"{name}_lo": value.lo, f"{name}_hi": value.hi}
        else:
            row[name] = value
    return row


def of_predictions(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the mean correlation of predictions with each group's share, its 95 % interval over departments, and how
    often signs dealt by lot reach a mean as far from 0.
    """
    rng = np.random.default_rng(0)
    for file in ("race_corr_pred_count.csv", "income_corr_pred_count.csv"):
        groups: dict[str, list[float]] = defaultdict(list)
        with (folder / file).open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                groups[row["demo"]].append(float(row["value"]))
        for group, values in groups.items():
            yield {"what": "predictions", "group": group, **over_departments(np.array(values), rng=rng)}


def over_departments(values: Floats, *, rng: np.random.Generator) -> dict[str, float]:
    """Return the mean of the departments' correlations, its interval and the share of dealt signs that reach it."""
    drawn = rng.choice(values, size=(RESAMPLES, len(values))).mean(axis=1)
    dealt = (values * rng.choice([-1, 1], size=(RESAMPLES, len(values)))).mean(axis=1)
    lo, hi = np.quantile(drawn, [0.025, 0.975])
    return {
        "departments": len(values),
        "mean": float(values.mean()),
        "lo": float(lo),
        "hi": float(hi),
        "positive": float((values > 0).mean()),
        "chance": float((1 + (np.abs(dealt) >= abs(values.mean())).sum()) / (1 + RESAMPLES)),
    }


def main() -> None:
    arguments = report.parser("proxies", data=True).parse_args()
    rows = list(of_predictions(arguments.data / "governance" / "predpol-audit"))
    rows += of_inputs(arguments.data / "forecast", offences=1 if arguments.quick else None)
    report.write("proxies", rows, notes=NOTES, json_path=arguments.json)


if __name__ == "__main__":
    main()
