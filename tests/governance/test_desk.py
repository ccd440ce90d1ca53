"""The desk: nothing is read, kept or let out without a charter, a rule and a ledger entry before it."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from peelian.city.extracts import COUNTS, KEYS
from peelian.city.features import recording
from peelian.city.service import quality, rejected_rows
from peelian.domain.canonical import digest
from peelian.domain.errors import BadInput, PeelianError, Refused, Tampered
from peelian.governance.charter import example_text
from peelian.governance.commitment import commitment_of
from peelian.governance.desk import Kept, NewRecord, Sitting
from peelian.governance.extract import Extract
from peelian.governance.house import open_house
from peelian.governance.ledger.entry import Entry
from peelian.governance.service import charters_in_force, hold_against_ledger, person_named
from peelian.storage.engine import Condition, Operator
from tests.city.dwellings_layer import load_dwellings
from tests.city.erasure.orders import order
from tests.houses import PURPOSE, TestHouse, charter, found, week_of_incidents

PLACE = "forecast.place"


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    founded = found(tmp_path)
    charter(founded)
    founded.load(week_of_incidents())
    return founded


def test_without_a_charter_nothing_is_read_and_the_refusal_is_entered(tmp_path: Path) -> None:
    house = found(tmp_path)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        with pytest.raises(Refused, match="charter-required"):
            sitting.read(COUNTS)
    assert house.entries()[-1] == "request.refused"


def test_an_expired_charter_is_no_charter(house: TestHouse) -> None:
    house.clock.advance(timedelta(days=366))
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        with pytest.raises(Refused, match="charter-required"):
            sitting.read(COUNTS)


@pytest.mark.parametrize(
    ("name", "purpose", "capability", "rule"),
    [
        ("Ann", "violence-prevention", PLACE, "charter-required"),
        ("Ann", PURPOSE, "patrol.plan", "data-kind-outside-capability"),
        ("Aud", PURPOSE, PLACE, "default-deny"),
        ("Adm", PURPOSE, PLACE, "administrator-sees-no-data"),
    ],
)
def test_who_may_not_read_incidents(
    house: TestHouse, name: str, purpose: str, capability: str, rule: str
) -> None:
    with house.desk(name) as desk, desk.open(purpose=purpose, capability=capability) as sitting:
        with pytest.raises(Refused) as refusal:
            sitting.read(COUNTS)
    assert refusal.value.rule == rule
    assert house.entries()[-1] == "request.refused"


@pytest.mark.requirement("L08")
def test_a_read_leaves_one_entry_that_commits_to_the_result(house: TestHouse) -> None:
    before = len(house.entries())
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        result = sitting.read(COUNTS, where=[Condition("offence", Operator.EQ, "burglary")])
    with house.open() as opened:
        (entry,) = opened.kit.ledger.entries(before)
        salt = opened.kit.ledger.blob(entry.index)
    assert entry.kind == "extract.read"
    assert entry.facts["extract"] == "incident-counts v2"
    assert entry.facts["rows"] == result.num_rows > 0
    assert salt is not None
    assert entry.facts["result"] == commitment_of(result, salt=salt)
    assert entry.facts["result"] != commitment_of(result.slice(1), salt=salt)


def test_only_the_columns_of_the_extract_leave(house: TestHouse) -> None:
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        assert sitting.read(COUNTS).column_names == list(COUNTS.columns)


def test_an_extract_that_its_card_does_not_show_is_refused(house: TestHouse) -> None:
    wider = Extract(
        name=COUNTS.name,
        version=COUNTS.version,
        kind=COUNTS.kind,
        columns=(*COUNTS.columns, "lon"),
        schema=COUNTS.schema,
    )
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        with pytest.raises(BadInput, match="its card shows"):
            sitting.read(wider)


def test_the_charter_limits_rows_to_its_offences_and_origins(tmp_path: Path) -> None:
    house = found(tmp_path)
    first = house.clock.now().date()
    text = example_text(valid_from=first, expires=first + timedelta(days=30))
    charter(house, text=text.replace('offences = ["burglary", "vehicle theft"]', 'offences = ["burglary"]'))
    house.load(week_of_incidents())
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        seen = sitting.read(COUNTS)
    assert set(seen["offence"].to_pylist()) == {"burglary"}
    assert set(seen["origin"].to_pylist()) == {"victim-reported"}


def test_corrections_and_withdrawals_change_what_is_read_not_what_was_stored(house: TestHouse) -> None:
    rows = week_of_incidents()
    report = house.load([rows[0].replace("burglary", "vehicle theft"), *rows[1:]])
    assert (report.new, report.corrected, report.unchanged) == (0, 1, len(rows) - 1)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        assert sitting.read(COUNTS).num_rows == len(rows)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.load") as sitting:
        assert sitting.read(KEYS).num_rows == len(rows) + 1


def test_a_second_load_adds_nothing(house: TestHouse) -> None:
    rows = week_of_incidents()
    report = house.load(rows)
    assert (report.read, report.new, report.corrected, report.unchanged, report.rejected) == (
        len(rows), 0, 0, len(rows), 0,
    )  # fmt: skip


def test_rejected_rows_are_sealed_on_disk_and_opened_one_by_one(house: TestHouse) -> None:
    report = house.load(
        ["SECRETKEY|not a time|2026-03-01 10:00:00|-87.65|41.85|burglary", *week_of_incidents()]
    )
    assert report.reasons == (("time-unreadable", 1),)
    assert report.accepted + report.rejected == report.read
    for path in (house.home / "records").iterdir():
        assert b"SECRETKEY" not in path.read_bytes()
    before = len(house.entries())
    with house.desk() as desk:
        (row,) = rejected_rows(desk, load_id=report.load_id, purpose=PURPOSE)
    assert json.loads(row.content)["id"] == "SECRETKEY"
    assert house.entries()[before:] == ("record.read", "record.read")
    of_load, of_row = _newest(house, 2)
    because = {"case": None, "reason": "source-repair"}
    load_index = of_load.facts["of_entry"]
    assert of_load.facts == {"kind": "load", "record": report.load_id, "of_entry": load_index, **because}
    assert of_row.facts == {
        "kind": "rejected-row",
        "record": report.load_id,
        "row": row.row_number,
        **because,
    }


def test_many_records_about_nobody_are_entered_together_with_what_tells_which_they_were(
    house: TestHouse,
) -> None:
    """An auditor has the ledger alone: the entries of the loads name their records, and so their digest."""
    for day in (10, 11, 12):
        house.load([f"N{day}|2026-02-{day} 10:00:00|2026-02-{day} 12:00:00|-87.65|41.85|burglary"])
    before = len(house.entries())
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.quality") as sitting:
        loads = sitting.records("load")
    assert house.entries()[before:] == ("record.read",)
    with house.open() as opened:
        entries = tuple(opened.kit.ledger.entries())
    named = [
        f"{record_id} {content} {entry.index}"
        for entry in entries
        if entry.kind == "load.accepted"
        for record_id, content in entry.facts["records"]  # type: ignore[union-attr, misc, str-unpack]
    ]
    told = entries[-1].facts
    assert set(told) == {"kind", "subject", "records", "read"}
    assert told["subject"] is None
    assert (told["kind"], told["records"]) == ("load", len(loads)) == ("load", len(named))
    assert told["read"] == digest("\n".join(sorted(named)).encode())


@pytest.mark.requirement("L08")
def test_records_about_people_and_single_ones_have_an_entry_each(house: TestHouse) -> None:
    for key in ("K001-0", "K002-0"):
        order(house, key)
    ids = [kept.record_id for kept in _read_all(house, "erasure-order")]
    looks = _newest(house, 2)
    assert [set(entry.facts) for entry in looks] == [{"kind", "record", "of_entry", "case", "reason"}] * 2
    assert [(entry.facts["kind"], entry.facts["record"]) for entry in looks] == [
        ("erasure-order", each) for each in ids
    ]
    (load,) = _read_all(house, "load")
    (entry,) = _newest(house, 1)
    assert (entry.facts["record"], entry.facts["of_entry"]) == (load.record_id, load.entry_index)


@pytest.mark.requirement("L08")
def test_that_nothing_was_there_to_read_is_entered_too(house: TestHouse) -> None:
    assert _read_all(house, "erasure") == ()
    (entry,) = _newest(house, 1)
    assert (entry.kind, entry.facts) == (
        "record.read",
        {
            "kind": "erasure",
            "record": None,
            "of_entry": None,
            "case": None,
            "reason": "erasure-or-correction",
        },
    )
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        with pytest.raises(BadInput, match="There is no forecast with the id F-1"):
            sitting.record("forecast", "F-1")
    (entry,) = _newest(house, 1)
    assert entry.facts == {"kind": "forecast", "record": "F-1", "of_entry": None}


@pytest.mark.requirement("L08")
def test_records_asked_for_by_whom_or_what_they_are_about_are_entered_so(house: TestHouse) -> None:
    for number in range(2):
        with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.load") as sitting:
            _store_something(sitting, record_id=f"held-{number}")
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.quality") as sitting:
        found = sitting.records("load-held", subject="test")
        assert [sitting.made_here(kept) for kept in found] == [True, True]
        assert {sitting.author_of(kept).name for kept in found} == {"Ann"}
    (entry,) = _newest(house, 1)
    assert (entry.facts["subject"], entry.facts["records"]) == ("test", 2)


def test_the_house_tells_how_much_was_held_against_the_ledger(house: TestHouse) -> None:
    with house.open() as opened:
        kit = opened.kit
        told = hold_against_ledger(kit)
        acts, rows = len(kit.store.acts()), len(kit.store.records())
        assert (told.entries, told.root) == (kit.ledger.size, kit.ledger.root().hex())
        assert (told.acts, told.records, told.people) == (acts, rows, len(kit.store.principals()))
        assert (told.parts, told.people) == (len(kit.store.parts()), 5)
        assert min(told.acts, told.records, told.parts) > 0


def test_a_house_without_a_witness_says_when_nothing_was_witnessed(house: TestHouse) -> None:
    with open_house(house.home, witness_home=None, clock=house.clock) as alone:
        with alone.desk(alone.signer("Ann")).open(purpose=PURPOSE, capability=PLACE) as sitting:
            assert sitting.witness() is None
            assert sitting.witnessed_at(0) is None
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        cosigned = sitting.witness()
        assert cosigned is not None
        assert sitting.witnessed_at(0) == cosigned.time


def test_a_desk_tells_how_long_a_kind_is_kept(house: TestHouse) -> None:
    with house.open() as opened:
        (standing,) = charters_in_force(opened.kit)
    days = dict(standing.retention)
    with house.desk() as desk:
        for kind in ("incident", "plan"):
            assert desk.retention(kind, purpose=PURPOSE, capability=PLACE) == days[kind]
        assert desk.retention("sighting", purpose=PURPOSE, capability=PLACE) is None
        assert desk.retention("plan", purpose="supervision", capability=PLACE) is None


def _read_all(house: TestHouse, kind: str) -> tuple[Kept, ...]:
    told = {"capability": "city.erase", "reason": "erasure-or-correction"}
    with house.desk() as desk, desk.open(purpose=PURPOSE, **told) as sitting:
        return sitting.records(kind)


def _newest(house: TestHouse, count: int) -> tuple[Entry, ...]:
    with house.open() as opened:
        return tuple(opened.kit.ledger.entries())[-count:]


def test_a_load_that_is_held_back_is_kept_on_record(house: TestHouse) -> None:
    with pytest.raises(BadInput, match="held back"):
        house.load(["K1|2026-02-03 10:00:00|2026-02-03 11:00:00|-87.65|41.85|arson"])
    assert house.entries()[-1] == "load.held"


@pytest.mark.requirement("L07")
def test_no_entry_no_rows(house: TestHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the ledger cannot be written nothing is stored, and nothing staged is left."""
    with house.open() as opened:
        desk = opened.desk(opened.signer("Ann"))
        with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
            monkeypatch.setattr(opened.kit.ledger, "append", _disk_full)
            with pytest.raises(PeelianError, match="disk is full"):
                _store_something(sitting)
        assert opened.kit.store.records("load", record_id="r") == ()
    assert not list((house.home / "staging").iterdir())


def test_an_entry_whose_rows_fail_is_answered_at_once(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.open() as opened:
        desk = opened.desk(opened.signer("Ann"))
        with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
            monkeypatch.setattr(opened.kit.store, "write", _disk_full)
            with pytest.raises(PeelianError, match="disk is full"):
                _store_something(sitting)
    assert house.entries()[-2:] == ("load.held", "act.abandoned")


def test_a_record_changed_behind_the_desk_is_refused(house: TestHouse) -> None:
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute("UPDATE records SET body = replace(body, '\"rejected\":0', '\"rejected\":7')")
    with house.desk() as desk, pytest.raises(Tampered, match="changed afterwards"):
        quality(desk, purpose=PURPOSE, zone="America/Chicago")


def test_a_part_changed_behind_the_desk_is_refused(house: TestHouse) -> None:
    (part, *_) = sorted((house.home / "warehouse").rglob("*.parquet"))
    pa.parquet.write_table(pa.parquet.read_table(part).slice(1), part)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        with pytest.raises(Tampered, match="was changed"):
            sitting.read(COUNTS)


def test_a_part_changed_between_two_reads_of_one_house_is_refused(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its hash was remembered from the first, and its size and its time of modification were put back."""
    monkeypatch.setattr("peelian.storage.hashes.SETTLED_NS", -1)
    (path, *_) = sorted((house.home / "warehouse").rglob("*.parquet"))
    was = path.stat()
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        sitting.read(COUNTS)
        sitting.read(COUNTS)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        with pytest.raises(Tampered, match="was changed"):
            sitting.read(COUNTS)


def test_a_part_and_its_row_swapped_together_are_refused(house: TestHouse) -> None:
    """The manifest's own hash is no proof against whoever can write to the manifest; the ledger entry is."""
    (path, *_) = sorted((house.home / "warehouse").rglob("*.parquet"))
    table = pa.parquet.read_table(path)
    pa.parquet.write_table(table.slice(1), path)
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        change = "UPDATE parts SET sha256 = ?, rows = ?, bytes = ? WHERE part_id = ?"
        content = path.read_bytes()
        database.execute(change, (digest(content), table.num_rows - 1, len(content), path.stem))
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        with pytest.raises(Tampered, match="not the one that ledger entry"):
            sitting.read(COUNTS)
    with house.open() as opened, pytest.raises(Tampered, match="not the one that ledger entry"):
        hold_against_ledger(opened.kit)


def test_a_refusal_is_entered_with_who_asked_for_what_and_which_rule_refused(house: TestHouse) -> None:
    with house.desk("Col") as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        with pytest.raises(Refused):
            sitting.read(COUNTS)
    with house.open() as opened:
        entry = opened.kit.ledger.entry(opened.kit.ledger.size - 1)
        colin = person_named(opened.kit, "Col")
    assert (entry.kind, entry.actor, entry.rule) == ("request.refused", colin.id, "default-deny")
    assert entry.facts == {"action": "read", "resource": "incident", "capability": PLACE}


def test_an_expression_is_run_before_anything_leaves(house: TestHouse) -> None:
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        (row,) = sitting.read(COUNTS, expression=recording).to_pylist()
    assert row["rows"] == row["recorded"] == 56
    assert set(row) == {"rows", "recorded", "first_day", "last_day", "last_recorded"}


def test_a_charter_changed_behind_the_desk_stops_everything(house: TestHouse) -> None:
    (path,) = (house.home / "charters").iterdir()
    path.write_text(path.read_text().replace("places_max = 12", "places_max = 99"))
    with house.open() as opened, pytest.raises(Tampered, match="was changed after it was submitted"):
        opened.desk(opened.signer("Ann"))


def _store_something(sitting: Sitting, *, record_id: str = "r") -> None:
    sitting.act(
        "load.held",
        action="collect",
        resource="incident",
        facts={},
        records=[NewRecord(record_id, "load-held", "test", {"held": "test"})],
    )


def _disk_full(*_: object, **__: object) -> None:
    raise PeelianError("the disk is full")


def test_the_house_knows_that_dwellings_were_counted_and_says_nothing_else(house: TestHouse) -> None:
    def counted() -> bool:
        with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
            return sitting.dwellings_counted()

    assert counted() is False
    load_dwellings(house, (-87.65, 41.85, "3"))
    before = len(house.entries())
    assert counted() is True
    assert len(house.entries()) == before


def test_a_sitting_proves_its_entries_to_others_and_reads_their_proofs_back(house: TestHouse) -> None:
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability=PLACE) as sitting:
        for index in (0, 3):
            entry = sitting.proven(sitting.proof(index))
            assert (entry.index, entry) == (index, sitting.entered(index))
