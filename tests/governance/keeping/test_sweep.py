"""What falls due is destroyed, then and not before, with an entry that accounts for it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.extracts import COUNTS
from peelian.city.feed.service import merge_parts
from peelian.domain.errors import BadInput, PeelianError, Refused, Tampered
from peelian.domain.time import SimulatedClock, iso
from peelian.governance.act import carry_out_as_house
from peelian.governance.card import ClockStart
from peelian.governance.desk import NewRecord
from peelian.governance.house import House
from peelian.governance.keeping.due import FallsDue, falls_due
from peelian.governance.keeping.sweep import EVERY, over_by
from peelian.governance.ledger.log import Ledger
from peelian.governance.register import installed_register
from peelian.governance.service import hold_against_ledger
from peelian.storage.rows import Writes
from tests.city.erasure.orders import bytes_of
from tests.governance.erasing import sweep_until_killed
from tests.houses import PURPOSE, TestHouse, charter, found

STRIDE = 1 if "PEELIAN_KILLS" in os.environ else 9
PLACE = "-87.612345"
ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    f"A2|2026-02-03 11:00:00|2026-02-04 10:00:00|{PLACE}|41.86|burglary",
    "bad|never|2026-02-04 10:00:00|-87.6|41.86|burglary",
]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    """A house with one load, and one read of it: rows for 1095 days, a rejected row for 90."""
    house = found(tmp_path_factory.mktemp("swept"))
    charter(house)
    house.load(ROWS)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.quality") as sitting:
        sitting.read(COUNTS)
    return house


@pytest.fixture
def house(founded: TestHouse, tmp_path: Path) -> TestHouse:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    return TestHouse(
        tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness", schooled=False
    )


def kept(opened: House) -> dict[str, int]:
    """Count what is stored."""
    store = opened.kit.store
    counted = Counter({part.kind: 0 for part, _ in store.parts()})
    for part, _ in store.parts():
        counted[part.kind] += part.rows
    counted.update(record.kind for record, _ in store.records())
    counted["rejected-row"] += sum(store.rejected_counts().values())
    counted["side blob"] += opened.kit.ledger.verify_all().blobs
    return dict(counted)


@pytest.mark.requirement("R01", "R03")
def test_each_kind_leaves_when_its_days_are_over(house: TestHouse) -> None:
    # load's own look at what is known is a read too; so are the two of the load and the one above
    assert (days_later(house, 89))["rejected-row"] == 1
    after = days_later(house, 1)
    assert (after["rejected-row"], after["incident"], after["load"]) == (0, 2, 1)
    after = days_later(house, 1004)
    assert (after["incident"], after["load"]) == (2, 1)
    assert after["side blob"] > 0
    after = days_later(house, 1)
    assert after == {"rejected-row": 0, "side blob": 0}
    assert PLACE.encode() not in bytes_of(house.home)


def days_later(house: TestHouse, days: int) -> dict[str, int]:
    house.clock.advance(timedelta(days=days))
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        return kept(opened)


@pytest.mark.requirement("R03", "L06")
def test_the_entry_says_kind_number_and_law_and_nothing_of_the_content(house: TestHouse) -> None:
    days_later(house, 1100)
    with house.open() as opened:
        swept = [entry for entry in opened.kit.ledger.entries() if entry.kind == "retention.swept"]
        law = {kind.id: kind.legal_source for kind in opened.kit.register.data_kinds}
        assert [(e.facts["kind"], e.facts["law"]) for e in swept] == [
            (kind, law[kind]) for kind in ("incident", "load", "rejected-row", "ledger")
        ]
        assert {e.actor for e in swept} == {"house"}
        assert all(b"burglary" not in e.envelope and PLACE.encode() not in e.envelope for e in swept)


@settings(deadline=None, max_examples=40)
@given(early_ms=st.integers(1, 10_000_000_000))
def test_nothing_is_over_before_its_end_and_everything_is_from_then_on(over: House, early_ms: int) -> None:
    end = end_of_rejected(over)
    assert over_by(over.kit, at=end - timedelta(milliseconds=early_ms)).loads == ()
    assert len(over_by(over.kit, at=end).loads) == 1


@pytest.fixture(scope="module")
def over(founded: TestHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("open")
    shutil.copytree(founded.home.parent, folder, dirs_exist_ok=True)
    with TestHouse(folder / "home", SimulatedClock(founded.clock.now()), folder / "witness").open() as opened:
        yield opened


def end_of_rejected(opened: House) -> datetime:
    ((row,),) = [opened.kit.store.rejected(index) for index in opened.kit.store.rejected_counts()]
    return datetime.fromisoformat(row.keep_until)


def test_a_house_that_stays_open_sweeps_before_a_sitting_when_half_a_minute_has_gone_by(
    house: TestHouse,
) -> None:
    with house.open() as opened:
        desk = opened.desk(opened.signer("Ann"))
        house.clock.set(end_of_rejected(opened))
        with desk.open(purpose=PURPOSE, capability="city.quality"):
            assert sum(opened.kit.store.rejected_counts().values()) == 0
        swept = opened.kit.ledger.size
        with desk.open(purpose=PURPOSE, capability="city.quality"):
            assert opened.kit.ledger.size == swept
        assert timedelta(seconds=30) >= EVERY


@pytest.mark.requirement("L06")
def test_the_headers_of_the_ledger_stay_when_what_they_sealed_is_destroyed(house: TestHouse) -> None:
    with house.open() as opened:
        before = [entry.envelope for entry in opened.kit.ledger.entries()]
        opened.cosign()
        size = opened.kit.ledger.size
        proofs = [opened.kit.ledger.receipt(index) for index in range(size)]
    days_later(house, 1100)
    with house.open() as opened:
        ledger = opened.kit.ledger
        assert [entry.envelope for entry in ledger.entries(0, len(before))] == before
        assert ledger.verify_all().destroyed > 0
        assert [ledger.receipt(index) for index in range(size)] == proofs
    with sqlite3.connect(
        house.home / "ledger" / "ledger.db"
    ) as database:  # the house itself has no way to do this
        database.execute("DELETE FROM entries WHERE idx = 3")
    with pytest.raises(Tampered), house.open():
        pass


@pytest.mark.requirement("R01")
def test_what_has_no_term_is_not_stored(house: TestHouse) -> None:
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.load") as sitting:
        with pytest.raises(BadInput, match="'sighting' is not in the register"):
            record = NewRecord(sitting.new_id(), "sighting", "x", {})
            sitting.act("load.held", action="collect", resource="incident", facts={}, records=[record])


def test_every_clock_start_is_one_of_three_and_each_kind_has_law_and_days() -> None:
    kinds = installed_register().data_kinds
    expired = {kind.id for kind in kinds if kind.clock_starts is ClockStart.EXPIRED}
    assert expired == {"charter", "legal-hold", "written-file"}
    assert {kind.id for kind in kinds if kind.clock_starts is ClockStart.DEPARTED} == {"principal"}
    assert all(kind.retention_days_max > 0 and kind.legal_source for kind in kinds)


def test_a_charter_leaves_ten_years_after_it_ended_and_what_it_governed_before(house: TestHouse) -> None:
    files = list((house.home / "charters").iterdir())
    after = days_later(house, 365 + 3651)
    assert after == {"rejected-row": 0, "side blob": 0}
    assert list((house.home / "charters").iterdir()) == files
    days_later(house, 2)
    assert not list((house.home / "charters").iterdir())
    with house.open() as opened:
        assert opened.kit.store.charters() == ()
        assert opened.kit.store.approval_counts() == {}
        hold_against_ledger(opened.kit)


def test_merged_parts_leave_when_the_first_of_them_is_over(house: TestHouse) -> None:
    house.clock.advance(timedelta(hours=3))
    house.load(["A9|2026-02-20 10:00:00|2026-02-21 10:00:00|-87.65|41.85|burglary"])
    with house.desk() as desk:
        (merged,) = merge_parts(desk, purpose=PURPOSE)
    assert merged.parts == 2
    with house.open() as opened:
        end = min(part.keep_until for part, _ in opened.kit.store.parts())
    house.clock.set(datetime.fromisoformat(end) - timedelta(minutes=1))
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        assert kept(opened).get("incident", 0) == 0


def test_a_term_shortened_past_the_desk_destroys_nothing(house: TestHouse) -> None:
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute("UPDATE parts SET keep_until = ?", (iso(house.clock.now()),))
    with pytest.raises(Tampered, match="changed past the desk"), house.open():
        pass
    assert len(list((house.home / "warehouse").rglob("*.parquet"))) == 2


def test_a_sweep_that_destroyed_what_was_not_over_is_found(house: TestHouse) -> None:
    with house.open() as opened:
        (part, _), *_ = opened.kit.store.parts()
        facts = {"kind": "incident", "rows": part.rows, "count": 1, "law": "none"}
        carry_out_as_house(
            opened.kit, "retention.swept", rule="mine", facts=facts, writes=Writes(removed=(part,))
        )
        with pytest.raises(Tampered, match="may be kept until"):
            hold_against_ledger(opened.kit)


def test_a_sweep_in_a_persons_name_is_found(house: TestHouse) -> None:
    house.clock.advance(timedelta(days=1))
    with house.open() as opened:
        desk = opened.desk(opened.signer("Ann"))
        with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
            sitting.act(
                "retention.swept",
                action="collect",
                resource="incident",
                facts={"kind": "incident", "rows": 0},
            )
        with pytest.raises(Tampered, match=r"calls itself retention\.swept"):
            hold_against_ledger(opened.kit)


@pytest.mark.fault
def test_when_the_entry_cannot_be_written_nothing_is_destroyed(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise PeelianError("database or disk is full")

    house.clock.advance(timedelta(days=1100))
    with monkeypatch.context() as fault:
        fault.setattr(Ledger, "append", full)
        with pytest.raises(PeelianError, match="full"), house.open():
            pass
    assert len(list((house.home / "warehouse").rglob("*.parquet"))) == 2
    assert days_later(house, 0) == {"rejected-row": 0, "side blob": 0}


@pytest.mark.fault
@pytest.mark.requirement("R03")
def test_killed_before_any_step_the_next_opening_finishes_the_sweep(house: TestHouse, tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.governance.erasing"])
    for steps in range(0, 200, STRIDE):
        copy = TestHouse(
            tmp_path / str(steps) / "home",
            SimulatedClock(house.clock.now()),
            tmp_path / "witness",
            schooled=False,
        )
        shutil.copytree(house.home, copy.home)
        worker = context.Process(target=sweep_until_killed, args=(str(copy.home), copy.clock, steps))
        worker.start()
        worker.join()
        copy.clock.advance(timedelta(days=1201))
        with copy.open() as opened:
            hold_against_ledger(opened.kit)
            assert kept(opened) == {"rejected-row": 0, "side blob": 0}
        assert PLACE.encode() not in bytes_of(copy.home)
        if worker.exitcode == 0:
            break
        assert worker.exitcode == -signal.SIGKILL
        shutil.rmtree(copy.home)
    assert steps >= 30, "the sweep has that many steps"
    print(f"killed before {steps} steps, in strides of {STRIDE}")


def test_what_falls_due_is_shown_in_numbers_and_that_it_was_asked_is_entered(house: TestHouse) -> None:
    with house.open() as opened:
        coming = falls_due(opened.kit, actor=opened.signer("Aud"), within=timedelta(days=91))
        law = opened.kit.register.data_kind("rejected-row").legal_source
        assert coming == (FallsDue("rejected-row", 1, 1, law),)
        assert coming[0].sentence() == f"1 of rejected-row with 1 row ({law})."
        asked = opened.kit.ledger.entry(opened.kit.ledger.size - 1)
        assert asked.kind == "record.read"
        assert asked.facts == {
            "kind": "legal-hold",
            "due_by": iso(house.clock.now() + timedelta(days=91)),
            "kinds": 1,
            "reason": "erasure-or-correction",
            "case": None,
        }
        with pytest.raises(Refused):
            falls_due(opened.kit, actor=opened.signer("Adm"), within=timedelta(days=91))
