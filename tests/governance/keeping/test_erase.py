"""kill -9 before every step of an erasure: afterwards the old state or the new one, and nothing of the row where new.

Further: an order too large for one entry, and what may not be called an erasure. A normal run kills before every
third step, `make prove` (which sets `PEELIAN_KILLS`) before each.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.canonical import Document, Json
from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.domain.identity import uuid7
from peelian.domain.time import SimulatedClock
from peelian.governance.keeping import named_rows
from peelian.governance.keeping.erase import BEYOND, Order, order_from
from peelian.governance.keeping.named_rows import (
    PARTS_IN_ONE_ENTRY,
    REJECTED_IN_ONE_ENTRY,
    Hit,
    Named,
    first_batch,
    scattered,
)
from peelian.governance.ledger.entry import FACTS_LIMIT_BYTES, Draft
from peelian.governance.service import hold_against_ledger
from peelian.storage.parts import Part
from peelian.storage.rows import RejectedAt, Writes
from tests.city.erasure.orders import bytes_of, carry_out, found_town, order, stored
from tests.governance.erasing import erase_until_killed
from tests.houses import START, TestHouse, week_of_incidents

STRIDE = 1 if "PEELIAN_KILLS" in os.environ else 3
MARKER = "-87.612345"
ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    f"A2|2026-02-03 11:00:00|2026-02-04 10:00:00|{MARKER}|41.86|burglary",
    "A3|2026-02-05 12:00:00|2026-02-06 10:00:00|-87.67|41.87|vehicle theft",
]
AGAIN = [
    ROWS[1].replace("burglary", "vehicle theft"),
    f"A2|never|2026-02-04 10:00:00|{MARKER}|41.86|burglary",
    ROWS[2],
]
OLD = [("2026-01-30", 1), ("2026-02-03", 1), ("2026-02-03", 2), ("2026-02-05", 1)]
NEW = [("2026-01-30", 1), ("2026-02-05", 1)]


def versions(house: TestHouse) -> list[tuple[str, int]]:
    return [(day, version) for day, version, _ in stored(house)]


@pytest.mark.fault
def test_killed_before_any_step_the_workspace_is_old_or_new(tmp_path: Path) -> None:
    template = found_town(tmp_path / "template", ROWS)
    template.load([AGAIN[0], AGAIN[2]])
    template.load([AGAIN[1], AGAIN[2]])
    order_id = order(template, "A2").order_id
    assert versions(template) == OLD
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.governance.erasing"])
    outcomes = []
    for steps in range(0, 100, STRIDE):
        home = tmp_path / str(steps) / "home"
        shutil.copytree(template.home, home)
        house = TestHouse(
            home, SimulatedClock(template.clock.now() + timedelta(hours=1)), tmp_path / "witness"
        )
        worker = context.Process(target=erase_until_killed, args=(str(home), house.clock, order_id, steps))
        worker.start()
        worker.join()
        house.clock.advance(timedelta(hours=1))
        outcomes.append(outcome(house, order_id))
        if worker.exitcode == 0:
            break
        assert worker.exitcode == -signal.SIGKILL
    assert outcomes == ["old"] * outcomes.count("old") + ["new"] * outcomes.count("new")
    assert outcomes.count("old") >= 10 // STRIDE
    assert outcomes.count("new") >= 5 // STRIDE
    print(f"killed before {len(outcomes) - 1} steps: {outcomes.count('old')} times old, then new")


def outcome(house: TestHouse, order_id: str) -> str:
    """Open the workspace again; say whether it is the old one or the new, and see that it can become the new."""
    warehouse = house.home / "warehouse"
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        paths = {part.path for part, _ in opened.kit.store.parts()}
        rows = [row for path in paths for row in pq.ParquetFile(warehouse / path).read().to_pylist()]
        found = sorted((str(row["local_date"]), row["version"]) for row in rows)
        assert found in (OLD, NEW)
        assert {str(path.relative_to(warehouse)) for path in warehouse.rglob("*.parquet")} == paths
        assert not list((house.home / "staging").iterdir())
    if found == OLD:
        carry_out(house, order_id)
    assert MARKER.encode() not in bytes_of(house.home)
    return "old" if found == OLD else "new"


def test_an_order_too_large_for_one_entry_takes_several_and_no_incident_is_ever_half_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = found_town(tmp_path, week_of_incidents(days=6))
    for day in range(6):
        house.load(
            [
                row.replace("burglary", "vehicle theft")
                for row in week_of_incidents(days=6)
                if row.startswith(f"K00{day}-0")
            ]
        )
    monkeypatch.setattr(named_rows, "PARTS_IN_ONE_ENTRY", 3)
    keys = [f"K00{day}-0" for day in range(6)]
    certificates = carry_out(house, order(house, *keys).order_id)
    assert len(certificates) > 1
    assert sum(certificate.rows for certificate in certificates) == 12
    assert all(certificate.parts_removed <= 3 for certificate in certificates)
    assert len(stored(house)) == 6
    with house.open() as opened:
        hold_against_ledger(opened.kit)


def part(number: int) -> Part:
    """Return a part whose names are as long as they get."""
    part_id = uuid7(clock=SimulatedClock(START), entropy=os.urandom)
    path = f"incident/2026-12/{part_id}.parquet"
    return Part(part_id, "incident", "2026-12", path, "f" * 64, 99_999_999, 1, f"never {number}")


@settings(deadline=None, max_examples=50)
@given(
    where=st.dictionaries(
        st.integers(0, 200).map(str),
        st.sets(st.integers(0, 120), min_size=1, max_size=PARTS_IN_ONE_ENTRY),
        min_size=1,
        max_size=60,
    )
)
def test_a_batch_has_whole_incidents_and_fits_into_one_entry(where: dict[str, set[int]]) -> None:
    numbers = sorted(set().union(*where.values()))
    hits = []
    for number in numbers:
        names = tuple(sorted(name for name, parts in where.items() if number in parts))
        hits.append(Hit(part(number), number, np.arange(len(names)), names, np.full(len(names), number)))
    rejected = tuple(RejectedAt(999_999, 9_999_999) for _ in range(200))
    batch = first_batch(Named(tuple(hits), rejected))
    taken = {name for hit in batch.hits for name in hit.names}
    assert taken
    for name in taken:
        assert sum(name in hit.names for hit in batch.hits) == len(where[name]), "all its parts, or none"
    parts: list[Json] = [[hit.part.path, hit.part.sha256, hit.part.rows] for hit in batch.hits]
    facts: Document = {
        "parts": parts,
        "removed": parts,
        "discarded": [[row.entry_index, row.row_number] for row in batch.rejected],
        "records": [["0" * 36, "f" * 64]] * 2,
        "restored": "0" * 36,
        "list": "f" * 64,
        "order": "0" * 36,
        "erasure": "0" * 36,
    }
    assert len(batch.rejected) == REJECTED_IN_ONE_ENTRY
    Draft("rows.erased", actor="house", facts=facts)  # refuses more than FACTS_LIMIT_BYTES
    assert FACTS_LIMIT_BYTES == 16_384


def lying_in(**parts: range) -> Named:
    """Return incidents by their names, each with a row in the parts of these numbers."""
    hits = []
    for number in sorted(set().union(*parts.values())):
        names = tuple(name for name, numbers in parts.items() if number in numbers)
        hits.append(Hit(part(number), number, np.arange(len(names)), names, np.full(len(names), number)))
    return Named(tuple(hits), ())


FULL = PARTS_IN_ONE_ENTRY
SCATTERED = [
    # where incidents lie                                            the parts that are merged before one can be erased
    ({"a": range(FULL)}, range(0)),
    ({"a": range(FULL + 1)}, range(FULL + 1)),
    ({"a": range(FULL + 2), "b": range(1)}, range(0)),
    ({"a": range(1), "b": range(FULL + 2)}, range(0)),
    ({"a": range(FULL + 2), "b": range(1, FULL + 2)}, range(1, FULL + 2)),
    ({"b": range(FULL + 1), "a": range(1, FULL + 2)}, range(1, FULL + 2)),
]


@pytest.mark.parametrize(("parts", "merged"), SCATTERED)
def test_the_incident_in_the_fewest_parts_is_merged_where_none_fits_into_an_entry(
    parts: dict[str, range], merged: range
) -> None:
    named = lying_in(**parts)
    chosen = scattered(named)
    assert [index for _, index in chosen] == list(merged)
    assert set(chosen) <= {(hit.part, hit.entry_index) for hit in named.hits}
    assert bool(first_batch(named)) == (not chosen)


def test_an_order_is_read_with_the_names_by_which_its_rows_are_turned_away_later() -> None:
    body = {"order_id": "o", "kind": "incident", "names": ["a"], "permanent": True, "ground": "court"}
    assert order_from(body) == Order("o", "incident", frozenset({"a"}), True, frozenset())
    assert order_from({**body, "lasting": ["b"]}).lasting == {"b"}


REVISED = "A2|2026-02-03 11:00:00|{recorded}|{lon}|41.86|{offence}"


def revise_often(house: TestHouse, *, times: int, every: timedelta = timedelta(0)) -> None:
    """Load an incident again and again, each time otherwise, so that each version lies in a part of its own."""
    for number in range(times):
        offence = ("vehicle theft", "burglary")[number % 2]
        recorded = f"{house.clock.now():%Y-%m-%d %H:%M:%S}"
        house.load([REVISED.format(recorded=recorded, lon=MARKER, offence=offence), ROWS[2]])
        house.clock.advance(every)


def test_the_parts_of_an_incident_that_was_revised_too_often_for_one_entry_are_merged_and_then_it_is_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = found_town(tmp_path, ROWS)
    revise_often(house, times=5)
    assert versions(house).count(("2026-02-03", 6)) == 1
    monkeypatch.setattr(named_rows, "PARTS_IN_ONE_ENTRY", 3)
    ordered = order(house, "A2").order_id
    before = house.entries()
    (certificate,) = carry_out(house, ordered)
    assert (certificate.rows, certificate.parts_removed, certificate.parts_written) == (6, 1, 1)
    assert versions(house) == NEW
    assert MARKER.encode() not in bytes_of(house.home)
    kinds = [kind for kind in house.entries()[len(before) :] if kind in ("parts.merged", "rows.erased")]
    assert kinds == ["parts.merged", "rows.erased"]
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        ((kept, order_entry),) = opened.kit.store.records("erasure-order", record_id=ordered)
        ((record, index),) = opened.kit.store.records("erasure", subject=ordered)
        erased = opened.kit.ledger.entry(index)
        told: Document = {
            "erasure": record.record_id,
            "order": ordered,
            "order_entry": order_entry,
            "rows": 6,
        }
        assert {name: erased.facts[name] for name in told} == told
        assert json.loads(record.body) == {
            "erasure_id": record.record_id,
            "order_id": ordered,
            "kind": "incident",
            "named": len(order_from(json.loads(kept.body)).names),
            "rows": 6,
            "rejected_rows": 0,
            "permanent": True,
            "removed": erased.facts["removed"],
            "written": erased.facts["parts"],
            "works": [],
            "beyond": BEYOND,
        }
        said = order_from(json.loads(kept.body))
        assert said.names
        assert said.lasting - said.names
        assert opened.kit.store.tombstones("incident") == said.names | said.lasting
        abe = opened.signer("Abe").principal.id
        (merge,) = (each for each in opened.kit.ledger.entries() if each.kind == "parts.merged")
    assert (merge.actor, merge.facts["order"]) == (abe, ordered)


def test_cut_off_between_the_merge_and_the_erasure_all_rows_are_there_and_the_order_is_carried_out_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = found_town(tmp_path, ROWS)
    revise_often(house, times=4)
    monkeypatch.setattr(named_rows, "PARTS_IN_ONE_ENTRY", 3)
    order_id, before = order(house, "A2").order_id, stored(house)

    def failing(*_: object, **__: object) -> None:
        raise PeelianError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("peelian.governance.keeping.erase.rewrite", failing)
        with pytest.raises(PeelianError, match="No space left"):
            carry_out(house, order_id)
    assert house.entries()[-1] == "parts.merged"
    assert stored(house) == before
    with house.open() as opened:
        hold_against_ledger(opened.kit)
    carry_out(house, order_id)
    assert versions(house) == NEW
    assert MARKER.encode() not in bytes_of(house.home)


def test_an_incident_whose_parts_cannot_be_merged_either_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts stay apart whose terms end in different months: rows would leave long before their own."""
    house = found_town(tmp_path, ROWS)
    revise_often(house, times=3, every=timedelta(days=35))
    monkeypatch.setattr(named_rows, "PARTS_IN_ONE_ENTRY", 2)
    before = versions(house)
    with pytest.raises(BadInput, match="3 parts that cannot be merged"):
        carry_out(house, order(house, "A2").order_id)
    assert versions(house) == before


def test_an_erasure_that_nobody_else_ordered_is_found_when_the_ledger_is_verified(tmp_path: Path) -> None:
    """As somebody with the log's key, who can enter what they like, but cannot have another person order it."""
    house = found_town(tmp_path, ROWS)
    with house.open() as opened:
        opened.kit.ledger.append(Draft("rows.erased", actor="someone", facts={"rows": 0, "order_entry": 1}))
        index = opened.kit.ledger.size - 1
        opened.kit.store.write(Writes(), entry_index=index, kind="rows.erased", at="2026")
        with pytest.raises(Tampered, match="without an order that another person gave"):
            hold_against_ledger(opened.kit)


@pytest.mark.fault
def test_a_file_that_cannot_be_destroyed_is_said_and_destroyed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = found_town(tmp_path, ROWS)
    order_id = order(house, "A2").order_id
    with monkeypatch.context() as broken:

        def failing(_: object) -> None:
            raise OSError(5, "Input/output error")

        broken.setattr("peelian.storage.store.destroy", failing)
        with pytest.raises(PeelianError, match="an old file could not be destroyed"):
            carry_out(house, order_id)
    assert versions(house) == NEW
    assert MARKER.encode() not in bytes_of(house.home)
