"""Erasure: two people, every version in every part, nothing left in any byte, and nothing back again."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.erasure.names import ErasedForGood
from peelian.city.erasure.rows import joined
from peelian.city.erasure.service import Reproducible, erasable, reproducibility
from peelian.city.intake.combine import combined
from peelian.city.mapping.file import parse_mapping
from peelian.city.service import rejected_rows
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.forecast.service import commit
from peelian.governance.charter import example_text
from peelian.governance.keeping.erase import BEYOND
from peelian.governance.service import hold_against_ledger
from tests.city.erasure.orders import (
    FORECASTS,
    bytes_of,
    carry_out,
    found_town,
    load_calls,
    load_file,
    order,
    sample,
    stored,
    stored_rows,
)
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found, week_of_incidents

DRAWN = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    "A2|2026-02-03 11:00:00|2026-02-04 10:00:00|-87.66|41.86|burglary",
    "A3|2026-02-05 12:00:00|2026-02-06 10:00:00|-87.67|41.87|vehicle theft",
]
CORRECTED = ["A2|2026-02-03 11:00:00|2026-02-07 10:00:00|-87.66|41.86|vehicle theft"]


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    return found_town(tmp_path, DRAWN, CORRECTED)


def test_every_version_goes_and_every_other_row_stays(house: TestHouse) -> None:
    before = [
        ("2026-01-30", 1, "burglary"),  # A1
        ("2026-02-03", 1, "burglary"),  # A2 as first published
        ("2026-02-03", 2, "vehicle theft"),  # A2 as corrected, in a part of its own
        ("2026-02-05", 1, "vehicle theft"),  # A3
    ]
    assert stored(house) == before
    kept = [row for row in stored_rows(house) if str(row["local_date"]) != "2026-02-03"]
    (certificate,) = carry_out(house, order(house, "A2").order_id)
    assert stored(house) == [before[0], before[3]]
    assert sorted(map(str, stored_rows(house))) == sorted(map(str, kept))
    assert (certificate.rows, certificate.parts_removed, certificate.parts_written) == (2, 2, 1)
    assert certificate.beyond == BEYOND


def test_what_stays_keeps_its_term(house: TestHouse) -> None:
    def terms() -> dict[str, str]:
        with house.open() as opened:
            return {part.label: part.keep_until for part, _ in opened.kit.store.parts("incident")}

    first = min(terms().values())
    carry_out(house, order(house, "A2").order_id)
    assert min(terms().values()) == first


def test_the_entry_names_old_and_new_parts_and_no_key(house: TestHouse) -> None:
    with house.open() as opened:
        before = {(part.path, part.sha256, part.rows) for part, _ in opened.kit.store.parts("incident")}
    ordered = order(house, "A2")
    carry_out(house, ordered.order_id)
    with house.open() as opened:
        (entry,) = (each for each in opened.kit.ledger.entries() if each.kind == "rows.erased")
        after = {(part.path, part.sha256, part.rows) for part, _ in opened.kit.store.parts("incident")}
        everything = b"".join(each.envelope for each in opened.kit.ledger.entries())
    named = {key: {tuple(part) for part in entry.facts[key]} for key in ("removed", "parts")}  # type: ignore[union-attr, arg-type]
    assert named == {"removed": before - after, "parts": after - before}
    assert (entry.facts["rows"], entry.facts["order"]) == (2, ordered.order_id)
    assert not any(name.encode() in everything for name in ordered.names)


@pytest.mark.parametrize("permanent", [True, False])
def test_no_byte_of_an_erased_row_is_left_in_the_workspace(tmp_path: Path, permanent: bool) -> None:
    marker, lon, lat = "KEY-9f31c7", -87.612345, 41.812345
    house = found_town(
        tmp_path,
        [*DRAWN, f"{marker}|2026-02-09 10:00:00|2026-02-10 10:00:00|{lon}|{lat}|burglary"],
        [f"{marker}|never|2026-02-10 10:00:00|{lon}|{lat}|burglary", DRAWN[2]],  # and once as a rejected row
    )
    (row,) = (row for row in stored_rows(house) if row["lon"] == lon)
    hashed = {name: as_text(row[name]) for name in ("key_hmac", "content_hash", "incident_id")}
    with house.open() as opened:
        (sealed,) = (
            row.sealed
            for index in opened.kit.store.rejected_counts()
            for row in opened.kit.store.rejected(index)
        )
    traces = [
        *(text.encode() for text in (*hashed.values(), str(lon), str(lat))),
        sealed,
        sealed.hex().upper().encode(),
    ]
    old = {path: path.read_bytes() for path in (house.home / "warehouse").rglob("*.parquet")}

    present = [trace for trace in traces if trace in bytes_of(house.home)]
    assert present == traces, "a trace that is not found before proves nothing afterwards"
    (certificate,) = carry_out(house, order(house, marker, permanent=permanent).order_id)

    assert (certificate.rows, certificate.rejected_rows) == (1, 1)
    left = bytes_of(house.home)
    assert [trace for trace in (*traces, marker.encode()) if trace in left] == []
    gone = [content for path, content in old.items() if not path.exists()]
    assert len(gone) == 1
    assert gone[0][4:200] not in left


def test_the_words_of_an_erased_row_do_not_stay_in_a_dictionary(tmp_path: Path) -> None:
    """A Parquet dictionary keeps words that no row uses any more, unless it is made afresh."""
    house = found_town(tmp_path, DRAWN)
    assert b"vehicle theft" in sample(house, "2026-02")
    carry_out(house, order(house, "A3").order_id)
    assert b"vehicle theft" not in sample(house, "2026-02")


def test_nobody_carries_out_their_own_order_and_only_an_approver_erases(house: TestHouse) -> None:
    ordered = order(house, "A2")
    before = stored(house)
    for name in ("Ann", "Col", "Aud", "Adm"):
        with pytest.raises(Refused):
            carry_out(house, ordered.order_id, name=name)
    with pytest.raises(Refused):
        order(house, "A1", name="Abe")
    assert stored(house) == before
    assert house.entries()[-1] == "request.refused"


def test_erasing_what_is_gone_says_so_and_does_nothing(house: TestHouse) -> None:
    ordered = order(house, "A2")
    first = carry_out(house, ordered.order_id)
    entries = house.entries()
    assert carry_out(house, ordered.order_id) == first
    assert "rows.erased" not in house.entries()[len(entries) :]
    (second,) = carry_out(house, order(house, "A2").order_id)
    assert (second.rows, second.parts_removed) == (0, 0)


def test_an_unknown_key_is_certified_as_not_stored_and_kept_out(house: TestHouse) -> None:
    (certificate,) = carry_out(house, order(house, "NEVER-SEEN").order_id)
    assert (certificate.rows, certificate.parts_removed, certificate.permanent) == (0, 0, True)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.load") as sitting:
        assert len(sitting.erased_names("incident")) == 2, "one for its mapping, one for its publisher"


@pytest.mark.parametrize(
    ("keys", "unstored"),
    [(["A1", "A2"], 0), (["A1", "A2", "a3"], 1), (["A2", " A2 "], 0), (["X", "Y", "X"], 2)],
)
def test_an_order_says_how_many_of_its_keys_stand_for_nothing_stored(
    house: TestHouse, keys: list[str], unstored: int
) -> None:
    assert order(house, *keys).unstored == unstored


@pytest.mark.parametrize("permanent", [True, False])
def test_an_erased_row_is_recognised_when_it_comes_again_if_it_went_for_good(
    house: TestHouse, permanent: bool
) -> None:
    def column() -> object:
        with house.open() as opened:
            paths = [opened.folder("warehouse") / part.path for part, _ in opened.kit.store.parts("incident")]
        return [pq.ParquetFile(path).read(["key_hmac", "lon"]) for path in paths]

    before = column()
    carry_out(house, order(house, "A2", permanent=permanent).order_id)
    with house.open() as opened:
        desk, key = opened.desk(opened.signer("Ann")), opened.naming_key
        with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
            erased = sitting.erased_names("incident")
    for table in before:  # type: ignore[attr-defined]
        flags = ErasedForGood(erased, "incident", "tests", key).stored(table["key_hmac"])
        assert flags.tolist() == [permanent and lon == -87.66 for lon in table["lon"].to_pylist()]
    calls = ErasedForGood(erased, "call", "tests", key)
    assert not calls.stored(before[0]["key_hmac"]).any()  # type: ignore[index]


def test_rows_can_be_named_by_their_ids_where_a_source_has_no_keys(house: TestHouse) -> None:
    by_day = {str(row["local_date"]): as_uuid(row["incident_id"]) for row in stored_rows(house)}
    carry_out(house, order(house, ids=[by_day["2026-02-03"]]).order_id)
    assert {day for day, _, _ in stored(house)} == {"2026-01-30", "2026-02-05"}
    with pytest.raises(BadInput, match="no stored incident"):
        order(house, ids=[str(uuid.uuid4())])
    with pytest.raises(BadInput, match="which is a UUID"):
        order(house, ids=["17"])


def test_a_key_of_another_source_names_nothing_here(house: TestHouse) -> None:

    other = MAPPING.replace("id: test-source", "id: other-source")
    (certificate,) = carry_out(house, order(house, "A2", mapping=other).order_id)
    assert certificate.rows == 0
    assert len(stored(house)) == 4


REMAPPED = MAPPING.replace("id: test-source", "id: mapped-anew")


@pytest.mark.parametrize(
    ("mapping", "comes_back"),
    [
        (REMAPPED, False),
        (REMAPPED.replace("publisher: tests", "publisher: '  Tests '"), False),
        (REMAPPED + "corrections: [{column: id, from: A2, to: Z9, reason: typed wrong}]", False),
        (REMAPPED.replace("publisher: tests", "publisher: somebody else"), True),
    ],
)
def test_what_was_erased_for_good_does_not_come_back_by_mapping_its_publisher_anew(
    house: TestHouse, mapping: str, comes_back: bool
) -> None:
    """By another id, with the publisher's name spaced otherwise, or the key corrected by hand; not by another name."""
    carry_out(house, order(house, "A2").order_id)
    header = "id,when,recorded,lon,lat,offence"
    delivery = [header, *(row.replace("|", ",").replace("-87.66", "-87.612345") for row in DRAWN)]
    load_file(house, "\n".join(delivery), mapping=mapping)
    days = [day for day, _, _ in stored(house)]
    assert days.count("2026-02-03") == comes_back
    assert days.count("2026-01-30") == 2, "its neighbours came through both mappings"
    assert (b"-87.612345" in bytes_of(house.home)) == comes_back, "not among the rejected rows either"


def test_what_was_named_by_its_id_is_known_again_through_its_own_mapping_only(house: TestHouse) -> None:
    """The key was not at hand, so nothing could be made of it: the limit that every certificate tells of."""
    by_day = {str(row["local_date"]): as_uuid(row["incident_id"]) for row in stored_rows(house)}
    ordered = order(house, ids=[by_day["2026-02-03"]])
    (certificate,) = carry_out(house, ordered.order_id)
    assert ordered.lasting == ()
    assert "where it was named by its id" in certificate.beyond
    house.load(DRAWN)
    assert len(stored(house)) == 2


def test_the_same_key_of_another_kind_of_data_comes_in(house: TestHouse) -> None:
    carry_out(house, order(house, "A2").order_id)
    load_calls(house, DRAWN, mapping=MAPPING.replace("id: test-source", "id: test-calls\nkind: call"))
    assert len(stored_rows(house, kind="call")) == 3


def test_an_order_is_written_strictly(house: TestHouse) -> None:
    with pytest.raises(BadInput, match="names 1 to 10,000"):
        order(house)
    with pytest.raises(BadInput, match="blank"):
        order(house, " ")
    with pytest.raises(BadInput, match="publishes no keys"):
        order(house, "A1", mapping=MAPPING.replace("key: id, ", ""))
    assert order(house, "A1", " A1 ", "A1").names == order(house, "A1").names


def test_a_rejected_row_that_is_not_named_stays_readable(tmp_path: Path) -> None:
    bad = [f"B{n}|never|2026-02-10 10:00:00|-87.65|41.85|burglary" for n in (1, 2)]
    house = found_town(tmp_path, [*DRAWN, *bad])
    (certificate,) = carry_out(house, order(house, "B1").order_id)
    assert (certificate.rows, certificate.rejected_rows) == (0, 1)
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        ((load, _),) = opened.kit.store.records("load")
        left = rejected_rows(opened.desk(opened.signer("Ann")), load_id=load.record_id, purpose=PURPOSE)
    assert [row.row_number for row in left] == [5]


def test_a_forecast_that_read_erased_rows_is_marked_and_its_mark_follows_the_term_of_what_it_keeps(
    tmp_path: Path,
) -> None:
    house = found(tmp_path)
    first = house.clock.now().date()
    text = example_text(valid_from=first, expires=first + timedelta(days=365))
    charter(house, text=text.replace("surface = 730", "surface = 7"))
    house.load(week_of_incidents())

    def forecast() -> str:
        with house.open() as opened:
            desk, grid = opened.desk(opened.signer("Ann")), opened.settings.grid
            return commit(desk, purpose=PURPOSE, grid=grid, zone="America/Chicago").forecast_id

    def says(*ids: str) -> tuple[Reproducible, ...]:
        with house.desk() as desk:
            left = reproducibility(desk, purpose=PURPOSE, work_ids=ids, derivations=(FORECASTS,))
        assert [each.work_id for each in left] == list(ids)
        return tuple(each.says for each in left)

    before = forecast()
    house.load(["Z1|2026-02-20 10:00:00|2026-02-21 10:00:00|-87.65|41.85|burglary"])
    (certificate,) = carry_out(house, order(house, "K003-0").order_id)
    after = forecast()
    assert [work.work_id for work in certificate.works] == [before]
    assert says(before, after) == (Reproducible.FROM_AGGREGATES, Reproducible.NOT_ERASED)

    (later,) = carry_out(house, order(house, "Z1").order_id)
    assert [work.work_id for work in later.works] == [after], "only what came after Z1 was loaded read it"

    house.clock.advance(timedelta(days=8))
    assert says(before, after) == (Reproducible.NO_LONGER, Reproducible.NO_LONGER)


def test_of_a_forecast_it_is_told_how_many_rows_were_corrected_since_and_not_that_it_comes_out_again(
    tmp_path: Path,
) -> None:
    house = found_town(tmp_path, week_of_incidents())
    with house.open() as opened:
        desk, grid = opened.desk(opened.signer("Ann")), opened.settings.grid
        made = commit(desk, purpose=PURPOSE, grid=grid, zone="America/Chicago").forecast_id

    def left(*ids: str) -> list[tuple[Reproducible, int]]:
        with house.desk() as desk:
            asked = reproducibility(desk, purpose=PURPOSE, work_ids=ids, derivations=(FORECASTS,))
        return [(each.says, each.corrected_since) for each in asked]

    assert left(made) == [(Reproducible.NOT_ERASED, 0)]
    house.load(["K003-0|2026-02-05 12:00:00|2026-03-02 11:00:00|-87.70|41.80|vehicle theft"])
    house.load(["N1|2026-02-05 12:00:00|2026-03-02 11:00:00|-87.70|41.80|vehicle theft"])
    assert left(made) == [(Reproducible.NOT_ERASED, 1)]
    assert Reproducible.NOT_ERASED == "no row it read was erased"
    with pytest.raises(BadInput, match="commits to no work with the id a-name"):
        left(made, "a-name")


def test_a_part_removed_past_the_desk_is_still_found(house: TestHouse) -> None:
    carry_out(house, order(house, "A2").order_id)
    with house.open() as opened:
        hold_against_ledger(opened.kit)
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute("DELETE FROM parts WHERE label = '2026-01'")
    with house.open() as opened, pytest.raises(Tampered, match="removed or added past the desk"):
        hold_against_ledger(opened.kit)


def test_a_tombstone_taken_away_is_missed(house: TestHouse) -> None:
    carry_out(house, order(house, "A2").order_id)
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute("DELETE FROM tombstones")
    with house.open() as opened, pytest.raises(Tampered, match="2 tombstones, but 0"):
        hold_against_ledger(opened.kit)


def test_an_erased_part_put_back_past_the_desk_is_found(house: TestHouse) -> None:
    """The row and the file of the old part, in exchange for those of the one that stands in its place."""
    warehouse, records = house.home / "warehouse", house.home / "records" / "records.db"
    files = {path: path.read_bytes() for path in warehouse.rglob("*.parquet")}
    with sqlite3.connect(records) as database:
        rows = database.execute("SELECT * FROM parts").fetchall()
    carry_out(house, order(house, "A3").order_id)
    (path,) = (path for path in files if not path.exists())
    (row,) = (row for row in rows if str(path).endswith(row[4]))
    path.write_bytes(files[path])
    with sqlite3.connect(records) as database:
        database.execute(f"INSERT INTO parts VALUES ({','.join('?' * len(row))})", row)
    with house.open() as opened, pytest.raises(Tampered):
        hold_against_ledger(opened.kit)


COMBINED = MAPPING.replace("key: id", "key: case").replace(
    "precision_m: 1", "precision_m: 1\ncombine: {case: [id, part]}"
)
words = st.none() | st.text(" \u00a0ab1", min_size=1, max_size=6).map(str.strip).map(
    lambda word: word or None
)


def test_a_rejected_row_is_found_where_two_columns_make_up_the_key(tmp_path: Path) -> None:
    house = found_town(tmp_path)
    columns = "id,part,when,recorded,lon,lat,offence"
    rows = [f"{key},never,2026-02-04 10:00:00,-87.65,41.85,burglary" for key in ("B,1", "B,2", "C,2")]
    rows += [f"A,{part},2026-02-03 11:00:00,2026-02-04 10:00:00,-87.65,41.85,burglary" for part in (1, 2, 3)]
    load_file(house, "\n".join([columns, *rows]), mapping=COMBINED)
    (certificate,) = carry_out(house, order(house, "A 1", "B 2", mapping=COMBINED).order_id)
    assert (certificate.rows, certificate.rejected_rows) == (1, 1)
    with house.open() as opened:
        assert list(opened.kit.store.rejected_counts().values()) == [2]


@settings(deadline=None)
@given(row=st.tuples(words, words, words))
def test_a_key_is_joined_from_its_parts_as_a_load_does(row: tuple[str | None, ...]) -> None:
    mapping = parse_mapping(COMBINED.replace("[id, part]", "[one, two, three]"), name="test.yaml")
    table = pa.table(
        {name: pa.array([word], pa.string()) for name, word in zip(("one", "two", "three"), row, strict=True)}
    )
    assert joined(row) == combined(table, mapping=mapping)["case"][0].as_py()


def test_an_order_recorded_before_keys_had_parts_is_still_read(house: TestHouse) -> None:
    recorded = {"kind": "incident", "source": "test-source", "key_column": "id"}
    assert erasable(b"k" * 32)(recorded).key_columns == ("id",)
    assert erasable(b"k" * 32)({**recorded, "key_column": None}).key_columns == ()


def as_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def as_uuid(value: object) -> str:
    return str(uuid.UUID(bytes=value)) if isinstance(value, bytes) else str(value)


def test_a_later_delivery_of_an_erased_row_is_turned_away_and_nothing_of_it_is_kept(house: TestHouse) -> None:
    carry_out(house, order(house, "A2").order_id)
    before = stored(house)
    broken = CORRECTED[0].replace("2026-02-03", "never")
    for again in (CORRECTED[0], broken):
        report = house.load([DRAWN[0], again, DRAWN[2]])
        assert ("erased", 1) in report.reasons
        assert stored(house) == before
        with house.open() as opened:
            rows = rejected_rows(opened.desk(opened.signer("Ann")), load_id=report.load_id, purpose=PURPOSE)
        assert not any("A2" in row.content for row in rows)


def test_calls_are_erased_as_incidents_are_and_neither_takes_the_other_along(house: TestHouse) -> None:
    calls = MAPPING.replace("id: test-source", "id: test-calls\nkind: call")
    load_calls(house, DRAWN, mapping=calls)
    (certificate,) = carry_out(house, order(house, "A2", mapping=calls).order_id)
    assert (certificate.rows, certificate.parts_removed) == (1, 1)
    assert len(stored(house)) == 4
    (by_id,) = carry_out(
        house,
        order(house, ids=[as_uuid(stored_rows(house, kind="call")[0]["call_id"])], mapping=calls).order_id,
    )
    assert by_id.rows == 1
    assert len(stored_rows(house, kind="call")) == 1
