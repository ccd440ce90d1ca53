"""From incidents to features: our Ibis expressions beside hand-written DuckDB SQL for the same table.

Eight million generated incidents become counts per cell and day, and these a dense panel with lags of 1, 3,
7, 14 and 28 days and the 7-day sum of the eight neighbours. Each run is a process of its own; the engines
take turns at going first; both must return the same table.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import report

INCIDENTS, SIDE_CELLS = 8_000_000, 184
QUICK_INCIDENTS, QUICK_SIDE_CELLS = 400_000, 50
DAYS = 393
REPEATS = 3
MEMORY_LIMIT = "2500MB"
SEED = 8
CELL_M = 250.0
FIRST_DAY, END_DAY = date(2024, 1, 1), date(2025, 1, 28)
LAGS_DAYS = (1, 3, 7, 14, 28)

COUNTS = """
    CREATE TEMP TABLE counts AS
    SELECT local_date AS day,
           CAST(floor(x_m / 250) AS INTEGER) AS ix,
           CAST(floor(y_m / 250) AS INTEGER) AS iy,
           CAST(count(*) AS INTEGER) AS n
    FROM read_parquet($path)
    GROUP BY ALL
"""
FEATURES = """
    WITH days AS (
        SELECT CAST(unnest(range(DATE '2024-01-01', DATE '2025-01-28', INTERVAL 1 DAY)) AS DATE) AS day
    ),
    cells AS (SELECT DISTINCT ix, iy FROM counts),
    around AS (
        SELECT a.d AS dx, b.d AS dy
        FROM (VALUES (-1), (0), (1)) a(d), (VALUES (-1), (0), (1)) b(d)
        WHERE a.d <> 0 OR b.d <> 0
    ),
    rings AS (
        SELECT day, ix + dx AS ix, iy + dy AS iy, CAST(sum(n) AS INTEGER) AS ring
        FROM counts, around
        GROUP BY ALL
    ),
    panel AS (
        SELECT day, ix, iy, coalesce(n, 0) AS n, coalesce(ring, 0) AS ring
        FROM days CROSS JOIN cells
        LEFT JOIN counts USING (day, ix, iy)
        LEFT JOIN rings USING (day, ix, iy)
    )
    SELECT day, ix, iy,
           lag(n, 1, 0) OVER cell AS lag_1,
           lag(n, 3, 0) OVER cell AS lag_3,
           lag(n, 7, 0) OVER cell AS lag_7,
           lag(n, 14, 0) OVER cell AS lag_14,
           lag(n, 28, 0) OVER cell AS lag_28,
           CAST(coalesce(sum(ring) OVER (
               PARTITION BY ix, iy ORDER BY day ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING
           ), 0) AS INTEGER) AS ring_7
    FROM panel
    WINDOW cell AS (PARTITION BY ix, iy ORDER BY day)
"""


def main() -> None:
    arguments = _arguments().parse_args()
    if arguments.engine:
        print(json.dumps(run(arguments.engine, arguments.incidents)))
        return
    with tempfile.TemporaryDirectory() as folder:
        incidents = Path(folder) / "incidents.parquet"
        generate(incidents, quick=arguments.quick)
        runs = [
            _in_a_process(engine, incidents)
            for turn in range(REPEATS)
            for engine in (("sql", "ibis") if turn % 2 == 0 else ("ibis", "sql"))
        ]
    tables = {each["table"] for each in runs}
    assert len(tables) == 1, f"the engines do not agree: {tables}"
    rows = [_row(engine, runs) for engine in ("sql", "ibis")]
    report.write("pipeline", rows, notes=_notes(rows, runs, quick=arguments.quick), json_path=arguments.json)


def generate(path: Path, *, quick: bool) -> None:
    """Write incidents of a square city: a gamma-distributed rate per cell, so that few cells have most."""
    rng = np.random.default_rng(SEED)
    number, side = (QUICK_INCIDENTS, QUICK_SIDE_CELLS) if quick else (INCIDENTS, SIDE_CELLS)
    rate = rng.gamma(0.35, size=side * side)
    cell = rng.choice(side * side, size=number, p=rate / rate.sum())
    columns = {
        "local_date": np.datetime64(FIRST_DAY) + rng.integers(0, DAYS, size=number),
        "x_m": (cell % side + rng.random(number)) * CELL_M,
        "y_m": (cell // side + rng.random(number)) * CELL_M,
    }
    pq.write_table(pa.table(columns), path, compression="zstd")


def run(engine: str, incidents: Path) -> dict[str, Any]:
    """Time one engine in this process, and say what table it made and what memory the process had at most."""
    began, cpu_began = time.perf_counter(), time.process_time()
    counts, features = {"sql": _by_sql, "ibis": _by_ibis}[engine](incidents)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table = f"{counts} counts, {features.num_rows} rows, hash {_hash(features)}"
    return {
        "engine": engine,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_mb": peak_mb,
        "table": table,
    }


def _by_sql(incidents: Path) -> tuple[int, pa.Table]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": "",
        "preserve_insertion_order": False,
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(COUNTS, {"path": str(incidents)})
        (counts,) = connection.sql("SELECT count(*) FROM counts").fetchone() or (0,)
        return counts, connection.sql(FEATURES).to_arrow_table()


def _by_ibis(incidents: Path) -> tuple[int, pa.Table]:
    # imported here, so that the process that runs SQL does not carry the memory of Ibis
    from peelian.domain.place import Grid  # noqa: PLC0415
    from peelian.forecast.features import (  # noqa: PLC0415
        cell_day_counts,
        dense_panel,
        every_day,
        lags_and_ring,
    )
    from peelian.storage.embedded import EmbeddedEngine  # noqa: PLC0415

    engine = EmbeddedEngine(memory_limit=MEMORY_LIMIT)
    counts = engine.run(
        [incidents], lambda table: cell_day_counts(table, grid=Grid(epsg=32616, size_m=CELL_M))
    )
    features = engine.run(
        counts,
        lambda table: lags_and_ring(
            dense_panel(table, days=every_day(FIRST_DAY, END_DAY)),
            lags_days=LAGS_DAYS,
            windows_days=(),
            ring_windows_days=(7,),
        ),
    )
    return counts.num_rows, features


def _hash(table: pa.Table) -> str:
    """Return a hash of the rows whatever their order: the sum of the hashes of all."""
    with duckdb.connect(":memory:") as connection:
        connection.register("features", table)
        (total,) = connection.sql("SELECT sum(hash(features)::HUGEINT) FROM features").fetchone() or (None,)
    return format(total, "x")


def _in_a_process(engine: str, incidents: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.pipeline", "--engine", engine, "--incidents", str(incidents)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _row(engine: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [each for each in runs if each["engine"] == engine]
    return {
        "engine": engine,
        "seconds": round(statistics.median(each["seconds"] for each in mine), 2),
        "cpu_seconds": round(statistics.median(each["cpu_seconds"] for each in mine), 2),
        "peak_mb": round(max(each["peak_mb"] for each in mine)),
    }


def _notes(rows: list[dict[str, Any]], runs: list[dict[str, Any]], *, quick: bool) -> list[str]:
    sql, ibis = rows
    turns = ", ".join(f"{each['engine']} {each['seconds']:.1f}" for each in runs)
    return [
        f"{QUICK_INCIDENTS if quick else INCIDENTS} generated incidents (seed {SEED}) -> {runs[0]['table']}",
        f"ibis / sql: {ibis['seconds'] / sql['seconds']:.2f} in time, "
        f"{ibis['cpu_seconds'] / sql['cpu_seconds']:.2f} in processor time, "
        f"{ibis['peak_mb'] / sql['peak_mb']:.2f} in peak memory; goal: at most 1.5 in time, and 3500 MB",
        f"seconds in order of running, each in a process of its own: {turns}; the time of ibis includes "
        "importing it",
        f"DuckDB {duckdb.__version__}, memory_limit {MEMORY_LIMIT}, {os.cpu_count()} threads, nothing spilled",
    ]


def _arguments() -> argparse.ArgumentParser:
    arguments = report.parser("pipeline", data=False)
    arguments.add_argument("--engine", choices=("sql", "ibis"), help=argparse.SUPPRESS)
    arguments.add_argument("--incidents", type=Path, help=argparse.SUPPRESS)
    return arguments


if __name__ == "__main__":
    main()
