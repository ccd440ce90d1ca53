"""From a publisher's CSV to a visible, quality-checked warehouse, beside DuckDB's bare CSV -> Parquet in the same run.

The file is generated: twenty years of a city's incidents with the columns, the text and the blemishes of a large
city's open data (no coordinates in 1 % of the rows, 0.1 % copies). `load` founds a workspace, loads the file and
reads the quality figures; `day` opens that workspace again and loads a day of 20,000 rows, half of them known.
Each step is a process of its own, so that its peak memory is its own. Goals, for 8,000,000 rows on two cores: load and
quality at most 240 s and 4,000 MB, one more day at most 5 s.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from benchmarks import report

ROWS, QUICK_ROWS, DAY_ROWS = 8_000_000, 200_000, 20_000
BATCH = 200_000
SEED = 1829
FIRST_DAY, DAYS = np.datetime64("2004-01-01", "m"), 7305
PURPOSE = "burglary-prevention"
MEMORY_LIMIT = "3GB"
NOW = datetime(2024, 2, 1, 9, 0, tzinfo=UTC)

OFFENCES = (
    "THEFT", "BATTERY", "CRIMINAL DAMAGE", "NARCOTICS", "ASSAULT", "OTHER OFFENSE", "BURGLARY",
    "MOTOR VEHICLE THEFT", "DECEPTIVE PRACTICE", "ROBBERY", "CRIMINAL TRESPASS", "WEAPONS VIOLATION",
    "PROSTITUTION", "OFFENSE INVOLVING CHILDREN", "PUBLIC PEACE VIOLATION", "SEX OFFENSE", "HOMICIDE",
    "ARSON", "INTERFERENCE WITH PUBLIC OFFICER", "GAMBLING", "LIQUOR LAW VIOLATION", "KIDNAPPING",
)  # fmt: skip
PLACES = ("STREET", "RESIDENCE", "APARTMENT", "SIDEWALK", "OTHER", "PARKING LOT/GARAGE(NON.RESID.)", "ALLEY")
STREETS = (
    "N STATE ST",
    "W MADISON ST",
    "S HALSTED ST",
    "S DR MARTIN LUTHER KING JR DR",
    "W 63RD ST",
    "N CLARK ST",
)

MAPPING = f"""
schema: 1
id: generated-city
publisher: this benchmark
licence: none
frequency: daily
format: csv
zone: America/Chicago
time_format: "%m/%d/%Y %I:%M:%S %p"
columns:
  occurred_start: Date
  recorded: Updated On
  key: Case Number
  offence: Primary Type
  lon: Longitude
  lat: Latitude
precision_m: 50
offences: {{{", ".join(f"{word}: {word.lower()}" for word in OFFENCES)}}}
bbox: {{west: -88, south: 41.5, east: -87.4, north: 42.1}}
dates: {{earliest: 2001-01-01, latest_days_after_load: 1}}
assertions:
  rows: {{min: 1, max: 100000000}}
  filled: {{occurred_start: 1.0, offence: 1.0}}
  at_most: {{place-missing: 0.05, duplicate: 0.01}}
"""


def main() -> None:
    arguments = _arguments().parse_args()
    if arguments.step:
        print(json.dumps(STEPS[arguments.step](arguments)))
        return
    rows = arguments.rows or (QUICK_ROWS if arguments.quick else ROWS)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
        file, day = Path(folder) / "city.csv", Path(folder) / "day.csv"
        generate(file, batches(rows))
        generate(day, batches(DAY_ROWS, start=rows - DAY_ROWS // 2, corrected=DAY_ROWS // 100))
        done = [_in_a_process(step, file=file, day=day, home=Path(folder) / "work") for step in STEPS]
        megabytes = file.stat().st_size / 1e6
    table = [_row(each, bare=done[0]) for each in done]
    report.write("city_load", table, notes=_notes(rows, megabytes), json_path=arguments.json)


def batches(rows: int, *, start: int = 0, corrected: int = 0) -> Iterator[pa.Table]:
    """Yield rows `start` to `start + rows` of the city; of the first `corrected` the offence is another one."""
    for first in range(start, start + rows, BATCH):
        number = np.arange(first, min(first + BATCH, start + rows))
        yield _batch(number, changed=number < start + corrected)


def _batch(number: Any, *, changed: Any) -> pa.Table:
    rng = np.random.default_rng([SEED, int(number[0])])
    n = len(number)
    minutes = _mix(number, salt=1) % (DAYS * 1440)
    at = FIRST_DAY + minutes.astype("m8[m]")
    recorded = at.astype("M8[s]") + (_mix(number, salt=2) % (9 * 86_400)).astype("m8[s]")
    blank = _mix(number, salt=3) % 100 == 0
    # coordinates and offence hang on the number alone, so that a row that comes again says the same
    lon = np.round(-87.9 + 0.35 * (_mix(number, salt=4) % 1_000_003) / 1_000_003, 9)
    lat = np.round(41.65 + 0.37 * (_mix(number, salt=5) % 1_000_003) / 1_000_003, 9)
    offence = (np.sqrt(_mix(number, salt=6) % 484).astype(np.int64) + changed) % len(OFFENCES)
    key = np.where(_mix(number, salt=7) % 1000 == 0, number // BATCH * BATCH, number)
    copies = key != number
    for values in (at, recorded, lon, lat, offence, blank):
        values[copies] = values[0]
    block = pc.binary_join_element_wise(
        pc.utf8_lpad(pa.array(rng.integers(0, 99, n)).cast(pa.string()), 3, "0"),
        pa.array(np.array(STREETS)[rng.integers(0, len(STREETS), n)]), "XX ",
    )  # fmt: skip
    x, y = _text(rng.integers(1_100_000, 1_205_000, n)), _text(rng.integers(1_813_000, 1_951_000, n))
    lon_text, lat_text = (
        pc.if_else(pa.array(blank), None, pa.array(each).cast(pa.string())) for each in (lon, lat)
    )
    columns = {
        "ID": pa.array(number + 10_000_000),
        "Case Number": pc.binary_join_element_wise("HX", pc.utf8_lpad(_text(key), 8, "0"), ""),
        "Date": _american(at),
        "Block": block,
        "IUCR": pc.utf8_lpad(_text(offence * 10 + 110), 4, "0"),
        "Primary Type": pa.array(np.array(OFFENCES)[offence]),
        "Description": pa.array(
            np.array(["SIMPLE", "$500 AND UNDER", 'FROM "BUILDING"', "OVER $500"])[offence % 4]
        ),
        "Location Description": pa.array(np.array(PLACES)[rng.integers(0, len(PLACES), n)]),
        "Arrest": pa.array(rng.random(n) < 0.2),
        "Beat": _text(rng.integers(111, 2536, n)),
        "District": _text(rng.integers(1, 26, n)),
        "X Coordinate": x,
        "Y Coordinate": y,
        "Updated On": _american(recorded),
        "Latitude": lat_text,
        "Longitude": lon_text,
        "Location": pc.binary_join_element_wise("(", lat_text, ", ", lon_text, ")", ""),
    }
    return pa.table(columns)


def _mix(number: Any, *, salt: int) -> Any:
    """Return 31 bits per number that look random (splitmix64)."""
    with np.errstate(over="ignore"):
        z = number.astype(np.uint64) + np.uint64((0x9E3779B97F4A7C15 * salt) % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z >> np.uint64(33)).astype(np.int64)


def _text(numbers: Any) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _american(at: Any) -> pa.Array:
    return pc.strftime(pa.array(at.astype("M8[s]")), format="%m/%d/%Y %I:%M:%S %p")


def generate(path: Path, tables: Iterator[pa.Table]) -> None:
    """Write the batches as one CSV."""
    first = next(tables)
    with arrow_csv.CSVWriter(path, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def _bare(arguments: argparse.Namespace) -> dict[str, Any]:
    """DuckDB's own way from CSV to Parquet: every column, nothing checked, nothing kept apart."""
    target = arguments.home.with_suffix(".parquet")
    with duckdb.connect(
        ":memory:", config={"memory_limit": MEMORY_LIMIT, "preserve_insertion_order": False}
    ) as connection:
        connection.execute("SET enable_progress_bar = false")
        measured = _measured(
            lambda: connection.execute(
                f"COPY (SELECT * FROM read_csv('{arguments.file}', all_varchar = true)) "
                f"TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )
        )
    target.unlink()
    return {"step": "duckdb csv -> parquet"} | measured


def _load(arguments: argparse.Namespace) -> dict[str, Any]:
    """Found a workspace, load the file, and read the quality figures of what is visible then."""
    home = _found(arguments.home)
    told: dict[str, Any] = {}

    def work() -> None:
        began = time.perf_counter()
        told.update(_load_file(home, arguments.file, at=NOW))
        told["visible_s"], told["visible_mb"] = round(time.perf_counter() - began, 2), _peak_mb()
        told["checked"] = _check_quality(home, at=NOW)

    return {"step": "load and quality"} | _measured(work) | told


def _day(arguments: argparse.Namespace) -> dict[str, Any]:
    """Load one more day onto what is stored, in a process that begins anew."""
    told: dict[str, Any] = {}
    measured = _measured(lambda: told.update(_load_file(arguments.home / "home", arguments.day, at=NOW)))
    return {"step": f"one more day, {DAY_ROWS} rows"} | measured | told


STEPS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {"bare": _bare, "load": _load, "day": _day}


def _found(folder: Path) -> Path:
    """Found a house with an analyst and the demonstration's charter in force."""
    from peelian.domain.time import SimulatedClock  # noqa: PLC0415  # DuckDB's process carries none of this
    from peelian.governance.charter import example_text  # noqa: PLC0415
    from peelian.governance.house import create_workspace, open_house  # noqa: PLC0415
    from peelian.governance.principals import Role  # noqa: PLC0415
    from peelian.governance.service import approve_charter, enrol, submit_charter  # noqa: PLC0415

    home = folder / "home"
    create_workspace(
        home, name="benchmark/city", zone="America/Chicago", epsg=32616, cell_m=250.0, synthetic=True
    )
    with open_house(home, witness_home=None, clock=SimulatedClock(NOW - timedelta(days=1))) as house:
        keys = house.folder("keys")
        admin = enrol(house.kit, actor=None, name="Adm", roles=[Role.ADMINISTRATOR], keys=keys)
        for name, role in {"Ann": Role.ANALYST, "Abe": Role.APPROVER}.items():
            enrol(house.kit, actor=admin, name=name, roles=[role], keys=keys)
        text = example_text(valid_from=date(2024, 1, 1), expires=date(2024, 12, 31))
        submitted = submit_charter(house.kit, actor=house.signer("Ann"), text=text)
        approve_charter(house.kit, actor=house.signer("Abe"), charter_digest=submitted.digest)
    return home


def _load_file(home: Path, file: Path, *, at: datetime) -> dict[str, Any]:
    from peelian.city.mapping.file import parse_mapping  # noqa: PLC0415
    from peelian.city.service import load  # noqa: PLC0415
    from peelian.domain.time import SimulatedClock  # noqa: PLC0415
    from peelian.governance.house import open_house  # noqa: PLC0415

    with open_house(home, witness_home=None, clock=SimulatedClock(at)) as house:
        done = load(
            house.desk(house.signer("Ann")),
            file=file,
            mapping=parse_mapping(MAPPING, name="generated.yaml"),
            purpose=PURPOSE,
            naming_key=house.naming_key,
            epsg=house.settings.epsg,
            progress=lambda _done, _total: None,
        )
    assert done.accepted + done.rejected == done.read
    return {name: getattr(done, name) for name in ("read", "new", "corrected", "unchanged", "rejected")}


def _check_quality(home: Path, *, at: datetime) -> int:
    from peelian.city.service import quality  # noqa: PLC0415
    from peelian.domain.time import SimulatedClock  # noqa: PLC0415
    from peelian.governance.house import open_house  # noqa: PLC0415

    with open_house(home, witness_home=None, clock=SimulatedClock(at)) as house:
        desk = house.desk(house.signer("Ann"))
        return quality(desk, purpose=PURPOSE, zone=house.settings.zone).figures.incidents


def _measured(work: Callable[[], object]) -> dict[str, Any]:
    began, cpu_began = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - cpu_began, 2),
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _in_a_process(step: str, *, file: Path, day: Path, home: Path) -> dict[str, Any]:
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.city_load", "--step", step]
    command += ["--file", str(file), "--day", str(day), "--home", str(home)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _row(measured: dict[str, Any], *, bare: dict[str, Any]) -> dict[str, Any]:
    ratio = round(measured["seconds"] / bare["seconds"], 2)
    return {
        "step": measured["step"],
        "seconds": measured["seconds"],
        "cpu_seconds": measured["cpu_seconds"],
        "peak_mb": measured["peak_mb"],
        "ratio": ratio,
        **{name: value for name, value in measured.items() if name in _TOLD},
    }


_TOLD = ("visible_s", "visible_mb", "read", "new", "corrected", "unchanged", "rejected", "checked")


def _notes(rows: int, megabytes: float) -> list[str]:
    return [
        f"{rows:,} generated rows, {megabytes:,.0f} MB of CSV, seed {SEED}",
        "ratio: seconds over those of DuckDB's CSV -> Parquet in the same run; the seconds of peelian include "
        "importing it, opening the house, syncing to the disk and the ledger",
        f"DuckDB {duckdb.__version__}, {os.cpu_count()} threads, memory_limit {MEMORY_LIMIT}",
    ]


def _arguments() -> argparse.ArgumentParser:
    arguments = report.parser("city_load", data=False)
    arguments.add_argument("--rows", type=int, help=f"rows of the file ({ROWS:,} unless told)")
    arguments.add_argument("--scratch", type=Path, help="folder with room for the file and the workspace")
    arguments.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    for path in ("file", "day", "home"):
        arguments.add_argument(f"--{path}", type=Path, help=argparse.SUPPRESS)
    return arguments


if __name__ == "__main__":
    main()
