"""Merging parts: the same rows, the same arrivals, one entry that an outsider can check, and old or new after a kill.

A normal run kills before every sixth step, `make prove` (which sets `PEELIAN_KILLS`) before each.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.erasure.service import Reproducible, erasable, reproducibility
from peelian.city.feed.service import merge_parts
from peelian.domain.canonical import Document, Json
from peelian.domain.errors import PeelianError, Refused, Tampered
from peelian.domain.identity import uuid7
from peelian.domain.time import SimulatedClock
from peelian.forecast.service import commit
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.commitment import commitment_of
from peelian.governance.ledger.entry import Draft
from peelian.governance.merge import PARTS_IN_ONE_MERGE, ROWS_IN_ONE_PART, Merge, together, worth_merging
from peelian.governance.service import hold_against_ledger
from peelian.storage.parts import Part
from peelian.storage.rewrite import read_arrivals
from peelian.storage.rows import Writes
from tests.city.erasure.orders import FORECASTS, bytes_of, carry_out, found_town, order, stored
from tests.governance.erasing import merge_until_killed
from tests.houses import PURPOSE, START, TestHouse, week_of_incidents

STRIDE = 1 if "PEELIAN_KILLS" in os.environ else 6
MARKER = "-87.612345"
DELIVERIES = (
    ["A1|2026-02-01 10:00:00|2026-02-01 12:00:00|-87.65|41.85|burglary"],
    [f"A2|2026-02-02 10:00:00|2026-02-02 12:00:00|{MARKER}|41.86|vehicle theft"],
    [
        "A1|2026-02-01 10:00:00|2026-02-01 12:00:00|-87.65|41.85|vehicle theft",  # a correction
        "A3|2026-01-30 10:00:00|2026-01-31 12:00:00|-87.67|41.87|burglary",  # of another month
    ],
)
ROWS = [
    ("2026-01-30", 1, "burglary"),
    ("2026-02-01", 1, "burglary"),
    ("2026-02-01", 2, "vehicle theft"),
    ("2026-02-02", 1, "vehicle theft"),
]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    return found_town(tmp_path_factory.mktemp("town"), *DELIVERIES)


@pytest.fixture
def house(founded: TestHouse, tmp_path: Path) -> TestHouse:
    return copy_of(founded, tmp_path)


def copy_of(house: TestHouse, folder: Path) -> TestHouse:
    shutil.copytree(house.home.parent, folder, dirs_exist_ok=True)
    return TestHouse(folder / "home", SimulatedClock(house.clock.now()), folder / "witness")


def merged(house: TestHouse, *, name: str = "Ann", at_least: int = 2) -> tuple[Merge, ...]:
    with house.desk(name) as desk:
        return merge_parts(desk, purpose=PURPOSE, at_least=at_least)


def parts_of(house: TestHouse) -> tuple[tuple[Part, int], ...]:
    with house.open() as opened:
        return opened.kit.store.parts("incident")


def arrived(house: TestHouse) -> list[tuple[str, int]]:
    """Return every stored row, spelt out, with the entry by which it arrived."""
    found: list[tuple[str, int]] = []
    with house.open() as opened:
        workspace = opened.workspace
        for part, index in opened.kit.store.parts("incident"):
            rows = pq.ParquetFile(opened.folder("warehouse") / part.path).read().to_pylist()
            arrivals = read_arrivals(part, entry_index=index, workspace=workspace)
            found += zip(map(str, rows), arrivals.tolist(), strict=True)
    return sorted(found)


def verified(house: TestHouse) -> None:
    with house.open() as opened:
        hold_against_ledger(opened.kit)


def test_parts_of_a_month_become_one_with_the_same_rows_each_with_its_arrival(house: TestHouse) -> None:
    before = arrived(house)
    assert stored(house) == ROWS
    assert [part.label for part, _ in parts_of(house)] == ["2026-02", "2026-02", "2026-01", "2026-02"]
    (done,) = merged(house)
    assert (done.kind, done.label, done.parts, done.rows) == ("incident", "2026-02", 3, 3)
    assert [(part.label, part.rows) for part, _ in parts_of(house)] == [("2026-01", 1), ("2026-02", 3)]
    assert stored(house) == ROWS
    assert arrived(house) == before
    assert len({index for _, index in before}) == 3
    verified(house)
    entries = house.entries()
    assert entries[done.entry_index] == "parts.merged"
    assert merged(house) == ()
    assert house.entries() == entries, "where there is nothing to do there is no entry"


def test_whoever_holds_the_old_parts_or_the_new_one_can_check_the_entry(house: TestHouse) -> None:
    old = {path.name: pq.read_table(path) for path in (house.home / "warehouse").rglob("*.parquet")}
    (done,) = merged(house)
    with house.open() as opened:
        facts = opened.kit.ledger.entry(done.entry_index).facts
        salt = opened.kit.ledger.blob(done.entry_index)
        paths = [path for path, _, _ in facts["removed"]]  # type: ignore[union-attr, misc, str-unpack]
        ((new, _, _),) = facts["parts"]  # type: ignore[union-attr, misc, str-unpack]
        rows = pq.read_table(opened.folder("warehouse") / str(new))
    assert salt is not None
    together_before = pa.concat_tables([old[Path(str(path)).name] for path in paths])
    assert commitment_of(together_before, salt=salt) == facts["commitment"]
    assert commitment_of(rows, salt=salt) == facts["commitment"]
    assert commitment_of(rows.slice(1), salt=salt) != facts["commitment"]


def test_merging_goes_on_with_what_was_merged_and_erased_before(house: TestHouse) -> None:
    merged(house)
    house.load(
        [
            "A4|2026-02-10 10:00:00|2026-02-11 10:00:00|-87.65|41.85|burglary",
            "A5|2026-02-11 10:00:00|2026-02-12 10:00:00|-87.65|41.85|burglary",
        ]
    )
    before = arrived(house)
    carry_out(house, order(house, "A2").order_id)
    left = [row for row in before if "'lon': -87.612345" not in row[0]]
    assert len(left) == len(before) - 1
    assert arrived(house) == left
    (done,) = merged(house)
    assert (done.parts, done.rows) == (2, 4)
    assert arrived(house) == left
    assert MARKER.encode() not in bytes_of(house.home)
    verified(house)


def test_a_forecast_made_before_a_merge_is_still_known_to_have_read_the_rows(tmp_path: Path) -> None:
    house = found_town(tmp_path, week_of_incidents())

    def forecast() -> str:
        with house.open() as opened:
            desk, grid = opened.desk(opened.signer("Ann")), opened.settings.grid
            return commit(desk, purpose=PURPOSE, grid=grid, zone="America/Chicago").forecast_id

    first = forecast()
    house.load(["Z1|2026-02-20 10:00:00|2026-02-21 10:00:00|-87.65|41.85|burglary"])
    second = forecast()
    merged(house)
    (late,) = carry_out(house, order(house, "Z1").order_id)
    assert [work.work_id for work in late.works] == [second], "the first was made before the row came"
    (early,) = carry_out(house, order(house, "K003-0").order_id)
    assert [work.work_id for work in early.works] == [first, second]
    with house.desk() as desk:
        left = reproducibility(desk, purpose=PURPOSE, work_ids=[first, second], derivations=(FORECASTS,))
    assert [each.says for each in left] == [Reproducible.FROM_AGGREGATES] * 2


@pytest.mark.parametrize("merged_before_the_backup", [True, False])
def test_an_erasure_since_a_backup_reaches_it_on_either_side_of_a_merge(
    house: TestHouse, tmp_path: Path, merged_before_the_backup: bool
) -> None:
    if merged_before_the_backup:
        merged(house)
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "backup")
    merged(house)
    carry_out(house, order(house, "A2").order_id)
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=tmp_path / "erasures.json")
    copy = TestHouse(tmp_path / "restored", house.clock, tmp_path / "other-witness")
    restore_backup(tmp_path / "backup", copy.home, keys=house.home / "keys")
    with copy.open() as opened:
        bring_up_to_date(opened, erasures=tmp_path / "erasures.json", erasable=erasable(opened.naming_key))
    assert stored(house) == [row for row in ROWS if row[0] != "2026-02-02"]
    assert MARKER.encode() not in bytes_of(copy.home)
    assert stored(copy) == [row for row in ROWS if row[0] < "2026-02"], "their part cannot be opened any more"
    verified(copy)


@pytest.mark.fault
def test_killed_before_any_step_the_workspace_is_old_or_new(founded: TestHouse, tmp_path: Path) -> None:
    before = arrived(founded)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.governance.erasing"])
    outcomes = []
    for steps in range(0, 100, STRIDE):
        house = copy_of(founded, tmp_path / str(steps))
        worker = context.Process(target=merge_until_killed, args=(str(house.home), house.clock, steps))
        worker.start()
        worker.join()
        house.clock.advance(timedelta(hours=1))
        outcomes.append(outcome(house))
        assert arrived(house) == before
        if worker.exitcode == 0:
            break
        assert worker.exitcode == -signal.SIGKILL
    assert outcomes == ["old"] * outcomes.count("old") + ["new"] * outcomes.count("new")
    assert outcomes.count("old") >= 8 // STRIDE
    assert outcomes.count("new") >= 4 // STRIDE


def outcome(house: TestHouse) -> str:
    """Open the workspace again and say whether its February lies in three parts still, or in one."""
    warehouse = house.home / "warehouse"
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        paths = {part.path for part, _ in opened.kit.store.parts()}
        assert {str(path.relative_to(warehouse)) for path in warehouse.rglob("*.parquet")} == paths
        assert not list((house.home / "staging").iterdir())
    return {4: "old", 2: "new"}[len(paths)]


def _full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.fault
def test_a_full_disk_leaves_everything_as_it_was(house: TestHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    before, entries = parts_of(house), house.entries()
    with monkeypatch.context() as broken:
        broken.setattr("pyarrow.parquet.ParquetWriter.write_table", _full)
        with pytest.raises(PeelianError, match="No space left on device"):
            merged(house)
    assert (parts_of(house), house.entries()) == (before, entries)
    with monkeypatch.context() as broken:
        broken.setattr("pathlib.Path.replace", _full)  # the entry stands by then
        with pytest.raises(PeelianError, match="No space left on device"):
            merged(house)
    assert parts_of(house) == before
    assert house.entries()[len(entries) :] == ("parts.merged", "act.abandoned")
    assert not list((house.home / "staging").iterdir())
    verified(house)


@pytest.mark.parametrize(
    "instead",
    [lambda rows: rows.slice(1), lambda rows: rows.take([2, 1, 0])],
    ids=["a row lost", "rows out of order"],
)
def test_a_merge_that_would_change_anything_is_not_done(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch, instead: object
) -> None:
    before, entries = parts_of(house), house.entries()
    monkeypatch.setattr("peelian.governance.merge.with_own_words", instead)
    with pytest.raises(PeelianError, match="does not hold the same rows"):
        merged(house)
    assert (parts_of(house), house.entries()) == (before, entries)
    assert not list((house.home / "staging").iterdir())


def test_a_changed_part_is_refused_and_not_merged(house: TestHouse) -> None:
    path = house.home / "warehouse" / parts_of(house)[0][0].path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Tampered, match="was changed"):
        merged(house)


@pytest.mark.parametrize("name", ["Abe", "Col", "Aud", "Adm"])
def test_only_who_may_load_may_merge(house: TestHouse, name: str) -> None:
    with pytest.raises(Refused):
        merged(house, name=name)
    assert house.entries()[-1] == "request.refused"


def test_parts_whose_terms_end_in_different_months_stay_apart_and_the_earliest_term_holds(
    house: TestHouse,
) -> None:
    terms = {part.keep_until for part, _ in parts_of(house) if part.label == "2026-02"}
    house.clock.advance(timedelta(days=35))
    house.load(["A5|2026-02-12 10:00:00|2026-02-13 10:00:00|-87.65|41.85|burglary"])
    (done,) = merged(house)
    assert done.parts == 3
    assert [part.keep_until for part, index in parts_of(house) if index == done.entry_index] == [min(terms)]
    assert len(parts_of(house)) == 3


def test_a_feed_merges_when_many_have_gathered(house: TestHouse) -> None:
    assert merged(house, at_least=4) == ()
    assert len(merged(house, at_least=3)) == 1


def test_what_is_entered_as_a_merge_and_is_none_is_found(house: TestHouse) -> None:
    """As somebody with the log's key and the records, who would like a row to vanish without an order."""
    first, second, *_ = (part for part, _ in parts_of(house))
    named: list[Json] = [[part.path, part.sha256, part.rows] for part in (first, second)]
    facts: Document = {"kind": "incident", "label": "2026-02", "rows": 2, "removed": named, "parts": []}
    with house.open() as opened:
        opened.kit.ledger.append(Draft("parts.merged", actor="someone", facts=facts))
        gone = Writes(removed=(first, second))
        index = opened.kit.ledger.size - 1
        opened.kit.store.write(gone, entry_index=index, kind="parts.merged", at="2026")
        with pytest.raises(Tampered, match="calls itself a merge, but does more"):
            hold_against_ledger(opened.kit)


def test_a_part_that_is_back_after_its_merge_is_found(house: TestHouse) -> None:
    (part, index), *_ = parts_of(house)
    path = house.home / "warehouse" / part.path
    content = path.read_bytes()
    merged(house)
    path.write_bytes(content)
    row = {**vars(part), "entry_index": index}
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        names = ", ".join(row)
        database.execute(
            f"INSERT INTO parts ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
        )
    with pytest.raises(Tampered, match="removed or added past the desk"):
        verified(house)


def test_rows_said_to_have_arrived_by_an_entry_that_brought_fewer_are_found(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, first), *_ = parts_of(house)

    def all_at_once(part: Part, **_: object) -> np.ndarray:
        return np.full(part.rows, first)

    monkeypatch.setattr("peelian.governance.merge.read_arrivals", all_at_once)
    merged(house)
    with pytest.raises(
        Tampered, match=f"3 rows of incident arrived by ledger entry {first}, which announced 1"
    ):
        verified(house)


def part(number: int, rows: int) -> Part:
    """Return a part whose names are as long as they get."""
    part_id = uuid7(clock=SimulatedClock(START), entropy=os.urandom)
    path = f"incident/2026-12/{part_id}.parquet"
    return Part(part_id, "incident", "2026-12", path, "f" * 64, rows, 1, f"never {number}")


def sizes_of(group: Sequence[tuple[Part, int]]) -> list[int]:
    return sorted(each.rows for each, _ in group)


def test_a_large_part_is_not_rewritten_for_the_sake_of_a_few_rows() -> None:
    def worth(*sizes: int) -> list[int]:
        return sizes_of(worth_merging([(part(number, rows), number) for number, rows in enumerate(sizes)]))

    assert worth(1, 1) == [1, 1]
    assert worth(2, 3, 5) == [2, 3, 5]
    assert worth(2, 3, 6) == []
    assert worth(20, 20, 20, 30_000) == [20, 20, 20]
    assert worth(30_000, 30_001) == []
    assert worth(7) == worth() == []


@pytest.mark.parametrize("base", [0, 30_000])
def test_over_ten_thousand_small_loads_a_row_is_rewritten_a_few_times_and_few_parts_lie_there(
    base: int,
) -> None:
    group, rewritten = [(part(0, base), 0)], 0
    for number in range(1, 20_000, 2):
        group.append((part(number, 20), number))
        while len(chosen := worth_merging(group)) >= PARTS_IN_ONE_MERGE:
            new = part(number + 1, sum(sizes_of(chosen)))
            taken = {index for _, index in chosen}
            group = [each for each in group if each[1] not in taken] + [(new, number + 1)]
            rewritten += new.rows
        assert len(group) < PARTS_IN_ONE_MERGE + 20
    assert sum(sizes_of(group)) == base + 10_000 * 20
    assert rewritten < 6 * (base + 10_000 * 20)


@settings(deadline=None, max_examples=50)
@given(sizes=st.lists(st.integers(0, 2 * ROWS_IN_ONE_PART), max_size=200))
def test_where_a_row_is_rewritten_its_part_becomes_at_least_twice_as_large(sizes: Sequence[int]) -> None:
    group = [(part(number, rows), number) for number, rows in enumerate(sizes)]
    chosen = sizes_of(worth_merging(group))
    assert sum(chosen) >= 2 * max(chosen, default=0)
    assert chosen == sizes_of(together(group))[: len(chosen)], "the smallest of what fits"


@settings(deadline=None, max_examples=50)
@given(sizes=st.lists(st.integers(0, 2 * ROWS_IN_ONE_PART), max_size=200))
def test_what_goes_together_is_small_and_fits_into_one_entry(sizes: Sequence[int]) -> None:
    group = [(part(number, rows), number) for number, rows in enumerate(sizes)]
    chosen = together(group)
    rows = [each.rows for each, _ in chosen]
    assert len(chosen) <= PARTS_IN_ONE_MERGE
    assert sum(rows) <= ROWS_IN_ONE_PART
    assert sorted(rows) == sorted(sizes)[: len(rows)], "the smallest"
    assert [index for _, index in chosen] == sorted(index for _, index in chosen)
    full = [replace(part(0, 0), rows=99_999_999)] * PARTS_IN_ONE_MERGE
    named: list[Json] = [[each.path, each.sha256, each.rows] for each in full]
    facts: Document = {
        "kind": "incident",
        "label": "2026-12",
        "rows": 99_999_999,
        "commitment": "f" * 64,
        "restored": "0" * 36,  # in a restored copy, for an order
        "list": "f" * 64,
        "list_size": 999_999_999,
        "of_entry": 999_999_999,
        "order": "0" * 36,
        "removed": named,
        "parts": named[:1],
        "discarded": [],
        "tombstones": 0,
        **{key: [] for key in ("records", "approvals", "principals", "charters")},
        "rejected": 0,
    }
    Draft("parts.merged", actor="x" * 36, facts=facts)  # refuses more than FACTS_LIMIT_BYTES
