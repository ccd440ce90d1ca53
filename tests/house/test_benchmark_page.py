"""docs/benchmarks.md is made from the results of a run: whatever was measured is shown, and what was not is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import TABLES
from benchmarks.page import PAGE, SECTIONS, page, read_folder
from benchmarks.report import Row, machine
from peelian.domain.errors import BadInput

TIMES = {"seconds": 2.0, "cpu_seconds": 3.0, "peak_mb": 300, "ratio": 1.0}
ROWS = {"new": 7, "corrected": 1, "unchanged": 1, "rejected": 1}
LOAD: list[Row] = [
    {"step": "duckdb csv -> parquet", **TIMES},
    {"step": "load and quality", **TIMES, **ROWS, "read": 8_000_000, "visible_s": 1.5, "visible_mb": 200},
    {"step": "one more day, 20000 rows", **TIMES, **ROWS, "read": 20_000, "seconds": 5.01},
]
PLACED = {"n": 2000, "match": 0.96, "wrong": 0.004, "queued": 72, "median_m": 3.0, "p95_m": 20.0}
ADDRESSES: list[Row] = [
    {"what": "speed", "n": 2400, "addresses_per_s": 2500.0},
    {"what": "all addresses", **PLACED},
    {"what": "everything, negatives too", **PLACED, "wrong": 0.0051},
    {"what": "damage: two slips", **PLACED, "match": 0.7654},
    {"what": "stress: invented street", **PLACED, "median_m": None, "p95_m": None},
    {"what": "score 0.9 to 1", "n": 2000, "mean_score": 0.95, "right": 0.97},
]


def results(folder: Path, **tables: list[Row]) -> Path:
    for name, rows in tables.items():
        document = {
            "table": name,
            "machine": machine(),
            "command": f"measure {name}",
            "rows": rows,
            "notes": [],
        }
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def written(folder: Path, **tables: list[Row]) -> str:
    return page(read_folder(results(folder, **tables)))


def test_every_section_is_there_and_what_was_not_measured_is_said(tmp_path: Path) -> None:
    text = written(tmp_path, city_load=LOAD)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [s.heading for s in SECTIONS]
    assert text.count("Left out: ") == len(SECTIONS) - 1
    assert "no `ledger_vectors.json` and no `ledger_speed.json`." in text


def test_whatever_the_bench_measures_has_its_section() -> None:
    assert {name for section in SECTIONS for name in section.needs} == TABLES.keys()


def test_a_goal_that_was_missed_is_bold(tmp_path: Path) -> None:
    text = written(tmp_path, city_load=LOAD, geocoder=ADDRESSES)
    missed = [line for line in text.splitlines() if line.endswith("| **no** |")]
    assert missed == [
        "| one more day | at most 5 s | 5.01 s | **no** |",
        "| wrong, everything, negatives too | at most 0.5 % | 0.51% | **no** |",
    ]


KEPT: Row = {"rows": 20_000, "backups": 10, "parts": 200, "backup_s": 1.0, "sweep_s": 4.0, "sweep_max_s": 9.0}


@pytest.mark.parametrize(("longest", "said"), [(59.9, "met"), (60.1, "**missed**")])
def test_what_is_over_is_gone_within_a_minute_or_the_goal_is_missed(
    tmp_path: Path, longest: float, said: str
) -> None:
    text = written(tmp_path, erasure_speed=[{**KEPT, "seconds": 15.0, "seconds_max": longest}])
    assert f"Goal: at most 60 s; {said}." in text


def test_a_smaller_file_neither_meets_nor_misses_the_goals_of_a_large_one(tmp_path: Path) -> None:
    text = written(tmp_path, city_load=[LOAD[0], {**LOAD[1], "read": 200_000}, LOAD[2]])
    assert "this run had 200,000 and neither meets nor misses them" in text
    assert "| met |" not in text


def test_rows_that_the_page_does_not_know_are_shown_all_the_same(tmp_path: Path) -> None:
    more: list[Row] = [
        {"what": "addresses of alleys", **PLACED},
        {"what": "oracle", "n": 2000, "share": 0.98},
    ]
    text = written(tmp_path, geocoder=[*ADDRESSES, *more], city_load=[*LOAD, {"step": "a month", **TIMES}])
    assert "| addresses of alleys | 2,000 | 96.0% |" in text
    assert "- oracle: n 2000, share 0.98" in text
    assert "| a month |  | 2.0 |" in text


@pytest.mark.parametrize("name", ["speed", "all addresses", "everything, negatives too"])
def test_a_row_that_the_page_needs_is_missed_with_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=f"geocoder have no row with what '{name}', which the page needs"):
        written(tmp_path, geocoder=[row for row in ADDRESSES if row["what"] != name])


def test_results_that_no_section_shows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="results of astrology, which no section shows"):
        written(tmp_path, city_load=LOAD, astrology=[])


@pytest.mark.parametrize(
    ("text", "why"), [("[]", "x.json holds no results"), ("{", "x.json holds no results")]
)
def test_a_file_that_holds_no_results_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=why):
        read_folder(tmp_path)


def test_an_empty_folder_makes_no_page(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no results"):
        read_folder(tmp_path)


def test_the_page_that_is_kept_has_every_section_and_leaves_nothing_out() -> None:
    kept = PAGE.read_text(encoding="utf-8")
    assert [s.heading for s in SECTIONS if f"\n## {s.heading}\n" not in kept] == []
    assert "Left out: " not in kept
