"""Forecasts of real cities, every model beside plain counts on weeks none of them has seen.

`--data` is any folder with a `cities.yaml`: one mapping per incident file with city, file (Parquet or CSV),
time, lat + lon or x + y + crs, tz, from and to (the day after the last complete one), and where they exist
offence and boundary (GeoJSON in degrees, or CSV of one ring's x,y in the file's own system).
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import shapely
import yaml

from benchmarks import report
from peelian.domain.place import Floats, Grid, project, utm_epsg
from peelian.forecast.area import cells_with_incidents, cells_within
from peelian.forecast.bootstrap import RESAMPLES, block_length
from peelian.forecast.evaluate import EvaluationRow, evaluate
from peelian.forecast.features import cell_day_counts, weekly_features
from peelian.forecast.history import History, history_from_counts
from peelian.forecast.metrics import FLOOR_PER_DAY
from peelian.forecast.models import catalogue
from peelian.forecast.split import Origin, rolling_origins
from peelian.storage.engine import Condition, Engine, Operator

ORIGINS = 13
HORIZON_DAYS = 7
CELL_M = 250.0
COVERAGES = (0.01, 0.05, 0.10)
SEED = 20160101
WGS84 = "EPSG:4326"
ENGINE = Engine()


@dataclass(frozen=True, eq=False)
class City:
    """One incident file, read: incidents with local_date, offence, x_m, y_m in the metres of `grid`."""

    name: str
    zone: str
    first_day: date
    end_day: date
    grid: Grid
    incidents: pa.Table
    boundary: shapely.Geometry | None


def main() -> None:
    arguments = report.parser("forecast_cities", data=True).parse_args()
    rows: list[dict[str, Any]] = []
    notes = _notes()
    for mapping in yaml.safe_load((arguments.data / "cities.yaml").read_text(encoding="utf-8")):
        began = time.perf_counter()
        city = read_city(arguments.data, mapping)
        rows += [{"city": city.name, **row.document()} for row in measure(city, quick=arguments.quick)]
        notes.append(f"{city.name}: {city.incidents.num_rows} incidents, {time.perf_counter() - began:.0f} s")
    report.write("forecast_cities", rows, notes=notes, json_path=arguments.json)


def measure(city: City, *, quick: bool) -> tuple[EvaluationRow, ...]:
    """Evaluate every forecaster of the catalogue (quick: those without features) on the last 13 weeks."""
    models = [factory() for factory in catalogue().values()]
    if quick:
        models = [model for model in models if not model.needs_features]
    last_day = city.end_day - timedelta(days=1)
    origins = rolling_origins(last_day=last_day, horizon_days=HORIZON_DAYS, origins=ORIGINS, zone=city.zone)
    histories = tuple(read_histories(city, origins=origins, features=not quick))
    rng = np.random.default_rng(SEED)
    jobs = 1 if quick else -1
    return evaluate(histories, models=models, origins=origins, coverages=COVERAGES, rng=rng, jobs=jobs)


def read_histories(city: City, *, origins: tuple[Origin, ...], features: bool) -> Iterator[History]:
    """Count each offence by cell and day, in the area fixed before the first origin."""
    everything = ENGINE.run(city.incidents, lambda table: cell_day_counts(table, grid=city.grid))
    cells = (
        cells_with_incidents(everything, before=origins[0].cutoff.day)
        if city.boundary is None
        else cells_within(city.boundary, grid=city.grid)
    )
    span = {"first_day": city.first_day, "end_day": city.end_day}
    for offence in sorted(pc.unique(city.incidents["offence"]).to_pylist()):
        counts = ENGINE.run(
            city.incidents,
            lambda table: cell_day_counts(table, grid=city.grid),
            where=[Condition("offence", Operator.EQ, offence)],
        )
        learnt = (
            ENGINE.run(counts, lambda table: weekly_features(table, cells=cells, **span))
            if features
            else None
        )
        yield history_from_counts(
            counts,
            grid=city.grid,
            offence=offence,
            zone=city.zone,
            basis="occurred",
            cells=cells,
            features=learnt,
            **span,
        )


def read_city(folder: Path, mapping: dict[str, Any]) -> City:
    """Read one file as its mapping says; the grid is UTM with its origin at (0, 0), not chosen by result."""
    table = _table(folder / mapping["file"])
    x_name, y_name = (mapping["x"], mapping["y"]) if "x" in mapping else (mapping["lon"], mapping["lat"])
    crs = mapping.get("crs", WGS84)
    x, y = table[x_name].to_numpy().astype(float), table[y_name].to_numpy().astype(float)
    lon, lat = project([np.nanmedian(x)], [np.nanmedian(y)], source=crs, target=WGS84)
    grid = Grid(epsg=utm_epsg(lon[0], lat[0]), size_m=CELL_M)
    x_m, y_m = project(x, y, source=crs, target=f"EPSG:{grid.epsg}")
    offence = table[mapping["offence"]].cast(pa.string()) if "offence" in mapping else mapping["city"]
    day = _local_dates(table[mapping["time"]], zone=mapping["tz"])
    usable = np.isfinite(x_m) & np.isfinite(y_m) & (day >= np.datetime64(mapping["from"]))
    usable &= day < np.datetime64(mapping["to"])
    columns = {"local_date": day, "offence": offence, "x_m": x_m, "y_m": y_m}
    if isinstance(offence, str):
        columns["offence"] = pa.repeat(offence, len(day))
    boundary = mapping.get("boundary")
    return City(
        name=mapping["city"],
        zone=mapping["tz"],
        first_day=mapping["from"],
        end_day=mapping["to"],
        grid=grid,
        incidents=pa.table(columns).filter(pa.array(usable)),
        boundary=_boundary(folder / boundary, crs=crs, grid=grid) if boundary else None,
    )


def _table(path: Path) -> pa.Table:
    return pyarrow.csv.read_csv(path) if path.suffix == ".csv" else pyarrow.parquet.read_table(path)


def _local_dates(times: pa.ChunkedArray, *, zone: str) -> np.ndarray:
    """Return civil dates; times that carry a zone are turned to the city's clocks, others are local already."""
    if pa.types.is_string(times.type):
        times = pc.cast(times, pa.timestamp("s"))
    if pa.types.is_timestamp(times.type) and times.type.tz:
        times = pc.local_timestamp(times.cast(pa.timestamp("us", tz=zone)))
    return times.to_numpy().astype("datetime64[D]")


def _boundary(path: Path, *, crs: str, grid: Grid) -> shapely.Geometry:
    if ".csv" in path.suffixes:
        ring = pyarrow.csv.read_csv(path)
        geometry, source = shapely.Polygon(np.column_stack([ring["x"], ring["y"]])), crs
    else:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        geometry, source = shapely.union_all(shapely.get_parts(shapely.from_geojson(text))), WGS84

    def carried(points: Floats) -> Floats:
        x, y = project(points[:, 0], points[:, 1], source=source, target=f"EPSG:{grid.epsg}")
        return np.column_stack([x, y])

    return shapely.make_valid(shapely.transform(geometry, carried))


def _notes() -> list[str]:
    return [
        f"{ORIGINS} consecutive weeks up to the last complete day of each file; cutoff at the midnight each "
        "begins; days counted as occurred (the files do not say when a report was recorded)",
        f"{CELL_M:g} m cells, UTM, origin (0, 0); the area is the cells with their centre inside the boundary, "
        "else those with any incident of any offence in the 730 days before the first origin; incidents "
        "outside it count in every denominator",
        f"95 % intervals: moving blocks of {block_length(ORIGINS)} weeks, {RESAMPLES} resamples, seed {SEED}; "
        f"baseline: plain counts of 365 days; deviance with expectations of at least {FLOOR_PER_DAY:g} per day",
        "recorded crime is not crime; every file is read as it is, exact duplicates included",
    ]


if __name__ == "__main__":
    main()
