"""How a house with a live feed ages: one more load and one read, with few small parts, with many, and merged.

A generated base of many years is loaded once; then small loads follow, as a feed brings them every minute, each with
parts and an entry of its own. After each stage one more load, the quality figures, the findings and the counts that a
forecast reads are timed, each in a house opened anew, as every command and every pass of a feed opens it; of a look at
the findings it is told how many ledger entries it writes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.city_load import MAPPING, NOW, OFFENCES, PURPOSE, batches, found, generate, load_file
from peelian.city.extracts import COUNTS
from peelian.city.feed.service import merge_parts
from peelian.city.mapping.file import parse_mapping
from peelian.city.quality.service import findings
from peelian.city.service import load, quality
from peelian.domain.place import Grid
from peelian.domain.time import SimulatedClock
from peelian.forecast.features import cell_day_counts
from peelian.governance.house import House, open_house

ROWS, QUICK_ROWS = 1_000_000, 20_000
STAGES, QUICK_STAGES = (300, 1_500), (20, 60)
ROWS_OF_A_LOAD = 20
REPEATS = 3
GRID = Grid(epsg=32616, size_m=250.0)


def main() -> None:
    arguments = _arguments().parse_args()
    rows = arguments.rows or (QUICK_ROWS if arguments.quick else ROWS)
    stages = arguments.loads or (QUICK_STAGES if arguments.quick else STAGES)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
        feed = _Feed(Path(folder))
        table = list(_measured(feed, rows=rows, stages=stages))
    report.write("live_feed", table, notes=_notes(rows), json_path=arguments.json)


class _Feed:
    """A house and the small deliveries that come to it, each of new rows of the present month."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self.home = found(folder)
        self.mapping = parse_mapping(MAPPING, name="generated.yaml")

    def open(self) -> Any:
        """Open the house a minute after the last load."""
        clock = SimulatedClock(NOW + timedelta(minutes=self._number))
        return open_house(self.home, witness_home=None, clock=clock)

    def bring_base(self, rows: int) -> None:
        """Load the base as one file."""
        file = self._folder / "base.csv"
        generate(file, batches(rows))
        load_file(self.home, file, at=NOW)
        file.unlink()

    def bring(self, loads: int) -> None:
        """Load so many small deliveries."""
        with self.open() as house:
            for _ in range(loads):
                self.one_load(house)

    def one_load(self, house: House) -> None:
        """Load one small delivery."""
        done = load(
            house.desk(house.signer("Ann")),
            file=self._delivery(),
            mapping=self.mapping,
            purpose=PURPOSE,
            naming_key=house.naming_key,
            epsg=house.settings.epsg,
            progress=lambda _done, _total: None,
        )
        assert done.new == ROWS_OF_A_LOAD

    def _delivery(self) -> Path:
        self._number += 1
        lines = ["Case Number,Date,Updated On,Primary Type,Longitude,Latitude"]
        for row in range(ROWS_OF_A_LOAD):
            at = NOW - timedelta(minutes=row)
            when = f"{at:%m/%d/%Y %I:%M:%S %p}"
            lon, lat = -87.65 + 0.0007 * (self._number % 100), 41.85 + 0.001 * row
            lines.append(f"F{self._number}-{row},{when},{when},{OFFENCES[row]},{lon:.4f},{lat:.4f}")
        path = self._folder / "delivery.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def _measured(feed: _Feed, *, rows: int, stages: Sequence[int]) -> Iterator[dict[str, Any]]:
    feed.bring_base(rows)
    yield _aged("base", feed, loads=0)
    loads = 0
    for target in stages:
        feed.bring(target - loads)
        loads = target
        yield _aged("small loads", feed, loads=loads)
    began = time.perf_counter()
    with feed.open() as house:
        merged = merge_parts(house.desk(house.signer("Ann")), purpose=PURPOSE)
    seconds = time.perf_counter() - began
    yield _aged("merged", feed, loads=loads) | {"merge_s": round(seconds, 2), "merges": len(merged)}


def _aged(stage: str, feed: _Feed, *, loads: int) -> dict[str, Any]:
    with feed.open() as house:
        parts = house.kit.store.parts("incident")
    return {
        "stage": stage,
        "loads": loads,
        "parts": len(parts),
        "part_mb": round(sum(part.bytes for part, _ in parts) / 1e6, 1),
        **_timed("load", feed, feed.one_load),
        **_timed("quality", feed, _quality),
        **_timed("findings", feed, _findings),
        "findings_entries": _entries_written(feed, _findings),
        **_timed("counts", feed, _counts),
    }


def _quality(house: House) -> None:
    quality(house.desk(house.signer("Ann")), purpose=PURPOSE, zone=house.settings.zone)


def _findings(house: House) -> None:
    findings(house.desk(house.signer("Ann")), purpose=PURPOSE, zone=house.settings.zone, grid=GRID)


def _counts(house: House) -> None:
    desk = house.desk(house.signer("Ann"))
    with desk.open(purpose=PURPOSE, capability="forecast.place") as sitting:
        sitting.read(COUNTS, expression=lambda rows: cell_day_counts(rows, grid=GRID))


def _timed(name: str, feed: _Feed, work: Callable[[House], None]) -> dict[str, float]:
    """Return the median seconds, and processor seconds, of opening the house and doing the work."""
    taken, processor = [], []
    for _ in range(REPEATS):
        began, cpu_began = time.perf_counter(), time.process_time()
        with feed.open() as house:
            work(house)
        taken.append(time.perf_counter() - began)
        processor.append(time.process_time() - cpu_began)
    wall, busy = statistics.median(taken), statistics.median(processor)
    return {f"{name}_s": round(wall, 3), f"{name}_cpu_s": round(busy, 3)}


def _entries_written(feed: _Feed, work: Callable[[House], None]) -> int:
    with feed.open() as house:
        before = house.kit.ledger.size
        work(house)
        return int(house.kit.ledger.size - before)


def _notes(rows: int) -> list[str]:
    return [
        f"a base of {rows:,} generated rows over twenty years, then loads of {ROWS_OF_A_LOAD} new rows of one month",
        f"seconds and processor seconds are medians of {REPEATS} runs, each opening the house, in a warm process",
    ]


def _arguments() -> argparse.ArgumentParser:
    arguments = report.parser("live_feed", data=False)
    arguments.add_argument("--rows", type=int, help=f"rows of the base ({ROWS:,} unless told)")
    arguments.add_argument("--loads", type=int, nargs="+", help="after how many small loads to measure")
    arguments.add_argument("--scratch", type=Path, help="folder with room for the workspace")
    return arguments


if __name__ == "__main__":
    main()
