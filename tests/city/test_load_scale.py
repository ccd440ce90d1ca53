"""What lets a load grow: read in blocks, filed month by month, and only the delivered keys looked up."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.city import features
from peelian.city.findings import LoadHeld
from peelian.city.intake import csv_blocks
from peelian.city.intake.clean import Cleaned, clean
from peelian.city.intake.incident_table import INCIDENT, SCHEMA
from peelian.city.intake.months import MONTHS_IN_ONE_ENTRY, by_month
from peelian.city.intake.read import open_delivery
from peelian.city.intake.shape import handed_out
from peelian.city.intake.versions import current, plan_load
from peelian.city.mapping.source import SourceMapping
from peelian.storage.embedded import EmbeddedEngine
from tests.city.drawn import DRAWN, KEY, KEYED, NOON, TODAY, cleaned, ids
from tests.city.test_clean import CELLS, FILES
from tests.houses import TestHouse, charter, found, week_of_incidents

SMALL_BLOCK_BYTES = 256
"""Two or three rows of the drawn files."""


def outcome(path: Path, mapping: SourceMapping) -> Cleaned | LoadHeld:
    delivery = open_delivery(path, mapping=mapping)
    try:
        return clean(delivery, mapping=mapping, key=KEY, epsg=32616, loaded_on=TODAY)
    except LoadHeld as error:
        return error


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=FILES, keyed=st.booleans(), short=st.lists(st.integers(0, 29), max_size=3))
def test_into_how_many_blocks_a_file_falls_changes_nothing(
    rows: list[dict[str, str | None]], keyed: bool, short: list[int], tmp_path: Path
) -> None:
    path, mapping = tmp_path / "load.csv", KEYED if keyed else DRAWN
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CELLS)
        for number, row in enumerate(rows):
            writer.writerow(["short"] if number in short else [row[name] or "" for name in CELLS])
    with pytest.MonkeyPatch.context() as patch:
        whole = outcome(path, mapping)
        patch.setattr(csv_blocks, "BLOCK_BYTES", SMALL_BLOCK_BYTES)
        in_blocks = outcome(path, mapping)
    assert str(in_blocks) == str(whole) if isinstance(whole, LoadHeld) else isinstance(in_blocks, Cleaned)
    if isinstance(in_blocks, Cleaned) and isinstance(whole, Cleaned):
        assert in_blocks.findings == whole.findings
        assert in_blocks.accepted.to_pylist() == whole.accepted.to_pylist()
        assert in_blocks.rejected.equals(whole.rejected)


def test_keys_that_contradict_each_other_are_found_across_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", SMALL_BLOCK_BYTES)
    rows = [f"K{number},2024-01-02 10:00,-87.6,41.9,BURG" for number in range(50)]
    path = tmp_path / "load.csv"
    again = [rows[3], rows[7].replace("BURG", "THFT")]
    path.write_text("\n".join(["case,time,lon,lat,offence", *rows, *again]) + "\n")
    result = outcome(path, KEYED)
    assert isinstance(result, Cleaned)
    told = [(row["row_number"], row["reason"]) for row in result.rejected.to_pylist()]
    assert told == [(8, "key-conflict"), (51, "duplicate"), (52, "key-conflict")]


DAYS = st.lists(st.dates(date(2019, 11, 1), date(2020, 3, 31)), max_size=30)


@given(days=DAYS, cuts=st.lists(st.integers(0, 30), max_size=3))
def test_rows_are_filed_by_month_each_once_and_in_their_order(days: list[date], cuts: list[int]) -> None:
    whole = pa.table({"local_date": pa.array(days, pa.date32()), "n": list(range(len(days)))})
    ends = [0, *sorted(min(cut, len(days)) for cut in cuts), len(days)]
    rows = pa.concat_tables([whole.slice(a, b - a) for a, b in pairwise(ends)])
    filed = list(by_month(rows))
    assert [each.label for each in filed] == sorted({f"{day:%Y-%m}" for day in days})
    for each in filed:
        assert {f"{day:%Y-%m}" for day in each.rows["local_date"].to_pylist()} == {each.label}
        assert each.rows["n"].to_pylist() == [n for n, day in enumerate(days) if f"{day:%Y-%m}" == each.label]


def test_more_months_than_an_entry_can_name_are_filed_by_year() -> None:
    days = [date(2001, 1, 1) + timedelta(days=31 * n) for n in range(MONTHS_IN_ONE_ENTRY + 1)]
    filed = list(by_month(pa.table({"local_date": pa.array(days, pa.date32())})))
    assert [each.label for each in filed] == ["2001", "2002", "2003", "2004", "2005", "2006"]
    assert sum(each.rows.num_rows for each in filed) == len(days)


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def test_a_day_looks_up_the_keys_it_brings_and_no_others(house: TestHouse) -> None:
    stored = week_of_incidents()
    house.load(stored)
    corrected = stored[6].replace("burglary", "vehicle theft")
    assert corrected != stored[6]
    fresh = "NEW|2026-02-20 10:00:00|2026-02-20 18:00:00|-87.6|41.8|burglary"
    report = house.load([stored[4], corrected, fresh])
    assert (report.new, report.corrected, report.unchanged) == (1, 1, 1)
    with house.open() as opened:
        reads = [entry.facts for entry in opened.kit.ledger.entries() if entry.kind == "extract.read"]
    assert [facts["rows"] for facts in reads if facts["extract"] == "incident-keys v2"] == [0, 2]


DELIVERIES = st.lists(
    st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from(["BURG", "THFT", "BURG*"]), min_size=1),
    min_size=1,
    max_size=4,
)  # fmt: skip


@settings(max_examples=12)
@given(deliveries=DELIVERIES)
def test_what_stands_is_the_same_for_the_engine_and_in_memory(deliveries: list[dict[str, str]]) -> None:
    mapping = replace(KEYED, columns=replace(KEYED.columns, withdrawn="back"))
    stored, fresh = SCHEMA.empty_table(), ids()
    for rows in deliveries:
        lines = {
            "case": list(rows),
            "time": ["2024-01-02 10:00"] * len(rows),
            "lon": ["-87.6"] * len(rows),
            "lat": ["41.9"] * len(rows),
            "offence": [word.rstrip("*") for word in rows.values()],
            "back": [str(word.endswith("*")) for word in rows.values()],
        }
        accepted = cleaned(pa.table(lines), mapping).accepted
        plan = plan_load(accepted, present=stored.select(INCIDENT.keys.names), new_ids=fresh, taken_in=NOON)
        stored = pa.concat_tables([stored, plan.new, plan.corrections])
    plain = stored.cast(handed_out(SCHEMA))
    by_engine = EmbeddedEngine().run(plain, features.current).sort_by("incident_id")
    assert by_engine.column_names == SCHEMA.names
    assert by_engine.to_pylist() == current(plain).sort_by("incident_id").to_pylist()
    asked = stored["key_hmac"].slice(0, 2)
    known = EmbeddedEngine().run(plain, features.with_keys(asked))
    counts = Counter(plain["key_hmac"].to_pylist())
    assert known.num_rows == sum(counts[key] for key in set(asked.to_pylist()))
