"""Pages that a cut fetch left: gone on with for a day, then destroyed; and never kept through an erasure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.app.erasing import carry_out
from peelian.app.wiring import house as opened_house
from peelian.city.erasure.service import Ground, order_erasure
from peelian.city.fetch.journal import held
from peelian.domain.errors import Busy, PeelianError
from tests.app.test_fetching import brought, mapping_of
from tests.city.fetch.publishers.office import Office, open_office, status
from tests.city.fetch.publishers.socrata import Socrata
from tests.city.fetch.test_letting_go import written_over
from tests.houses import PURPOSE, TestHouse, charter, found

HERE_TO_STAY = {"lock", "watermark.json"}


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office(Socrata()) as opened:
        yield opened


def cut_fetch(house: TestHouse, office: Office) -> list[Path]:
    """Cut a fetch after its first pages and return them, as old as the house's clock says it is now."""
    office.faults = dict.fromkeys(range(4, 14), status(502))
    with pytest.raises(PeelianError):
        brought(house, office)
    office.faults = {}
    left = [path for path in folder(house).iterdir() if path.name not in HERE_TO_STAY]
    assert {path.name for path in left} >= {"journal.json", "page-000001.parquet"}
    now = house.clock.now().timestamp()
    for path in left:
        os.utime(path, (now, now))
    return left


def folder(house: TestHouse) -> Path:
    return house.home / "staging" / "fetch" / "stand-in"


def someone_opens(house: TestHouse, *, after: timedelta) -> None:
    house.clock.advance(after)
    with opened_house(house.home, clock=house.clock):
        pass


def erased(house: TestHouse, office: Office) -> None:
    with house.open() as opened:
        order = order_erasure(
            opened.desk(opened.signer("Ann")),
            purpose=PURPOSE,
            mapping=mapping_of(office),
            naming_key=opened.naming_key,
            ground=Ground.COURT,
            reference="2026-CR-17",
            keys=[f"HX{office.rows[0].number}"],
        )
    carry_out(house.home, order_id=order.order_id, who="Abe", purpose=PURPOSE, clock=house.clock)


def test_pages_are_there_for_a_day_and_then_written_over(house: TestHouse, office: Office) -> None:
    page = next(path for path in cut_fetch(house, office) if path.suffix == ".parquet")
    someone_opens(house, after=timedelta(hours=23))
    assert page.exists()
    assert written_over(page, by=lambda: someone_opens(house, after=timedelta(hours=2)))
    assert {path.name for path in folder(house).iterdir()} <= HERE_TO_STAY


def test_an_erasure_leaves_no_page_of_the_source_and_the_next_fetch_begins_anew(
    house: TestHouse, office: Office
) -> None:
    page = next(path for path in cut_fetch(house, office) if path.suffix == ".parquet")
    assert written_over(page, by=lambda: erased(house, office))
    assert {path.name for path in folder(house).iterdir()} <= HERE_TO_STAY
    done = brought(house, office)
    assert done.fetched is not None
    assert not any("went on" in note for note in done.fetched.notes)
    assert done.load is not None
    assert done.load.read == len(office.rows)
    assert dict(done.load.reasons)["erased"] == 1


def test_while_a_fetch_is_at_work_nothing_is_taken_from_under_it(house: TestHouse, office: Office) -> None:
    left = cut_fetch(house, office)
    with held(folder(house)):
        someone_opens(house, after=timedelta(days=2))
        with pytest.raises(Busy, match="Another fetch"):
            erased(house, office)
    assert all(path.exists() for path in left)
    assert "rows.erased" not in house.entries()
