"""What an erasure costs older backups: how many of them, and how many rows that nobody ordered erased."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from peelian.governance.backups.lost import BackedUp, OpensNoMore, backed_up, opens_no_more
from peelian.governance.house import House
from peelian.storage.backup import part_key
from tests.city.erasure.orders import found_town
from tests.houses import TestHouse, found

END = "2030-01-01T00:00:00+00:00"


def keep(house: House, *names: str) -> None:
    """Make the keys that backups are sealed with, which are called so."""
    house.kit.backup_keys.make(dict.fromkeys(names, END), entropy=os.urandom)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    return found(tmp_path_factory.mktemp("lost"))


OLD, MID, NEW = (
    "part:incident/2026-01/010.parquet",
    "part:incident/2026-02/030.parquet",
    "part:plan/x/050.parquet",
)
HELD = {OLD: 5, MID: 7, NEW: 11}

LOST = [
    # keys that went     rows erased     backups that lost something, and rows
    ([], 0, None),
    ([MID], 2, (2, 5)),
    ([NEW], 11, (1, 0)),
    ([OLD, MID], 3, (3, 9)),
    ([OLD, MID, NEW], 0, (3, 23)),
    (["part:incident/2025-12/005.parquet"], 0, (3, 0)),  # merged since: its rows stand in another part
    (["part:plan/x/070.parquet"], 0, None),  # younger than every backup
]


@pytest.mark.parametrize(("gone", "erased", "expected"), LOST)
def test_what_an_erasure_takes_from_the_backups_that_are_younger_than_the_part(
    house: TestHouse, gone: list[str], erased: int, expected: tuple[int, int] | None
) -> None:
    with house.open() as opened:
        keep(opened, *HELD, *gone, "frame:020", "frame:040", "frame:060", "charter:999")
        keys = frozenset({*HELD, *gone})
        opened.kit.backup_keys.destroy(gone)
        found_lost = opens_no_more(opened.kit, BackedUp(keys, HELD), erased=erased)
    assert found_lost == (None if expected is None else OpensNoMore(*expected))


def test_without_a_backup_nothing_is_lost(tmp_path: Path) -> None:
    with found(tmp_path).open() as opened:
        assert opens_no_more(opened.kit, BackedUp(frozenset({OLD}), HELD), erased=0) is None


def test_what_is_to_be_done_is_said_in_a_sentence() -> None:
    assert [OpensNoMore(1, 30).sentence(), OpensNoMore(2, 30).sentence()] == [
        "Make a new backup and seal the keys anew: 30 rows that stay open no more in 1 older backup.",
        "Make a new backup and seal the keys anew: 30 rows that stay open no more in 2 older backups.",
    ]


ROWS = [
    "A1|2026-01-30 10:00:00|2026-01-31 10:00:00|-87.65|41.85|burglary",
    "A2|2026-02-03 11:00:00|2026-02-04 10:00:00|-87.61|41.86|burglary",
    "A3|2026-02-05 11:00:00|2026-02-06 10:00:00|-87.61|41.86|burglary",
]


def test_before_an_erasure_the_keys_of_parts_are_told_from_the_others_and_every_part_has_its_rows(
    tmp_path: Path,
) -> None:
    with found_town(tmp_path, ROWS).open() as opened:
        parts = [part for part, _ in opened.kit.store.parts()]
        keep(opened, part_key(parts[0].path), OLD, "frame:020", "charter:999")
        assert backed_up(opened.kit) == BackedUp(
            frozenset({part_key(parts[0].path), OLD}), {part_key(part.path): part.rows for part in parts}
        )
        assert sum(backed_up(opened.kit).rows.values()) == len(ROWS)
