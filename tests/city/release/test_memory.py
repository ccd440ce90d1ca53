"""What must not be forgotten between releases: how codes were grouped, and which editions there were."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from peelian.city.mapping.file import parse_mapping
from peelian.city.mapping.grouping import UNRECORDED, Groupings, grouping_of, regrouped
from peelian.city.release.service import KeptRelease, ReleaseSpec, publish_release, write_release
from peelian.city.service import load
from peelian.domain.errors import Refused, Tampered
from peelian.governance.ledger.witnesses import NotCosigned
from tests.city.release.test_service import SPEC, ZONE
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found

WEEK = {"first": date(2026, 2, 2), "end": date(2026, 2, 9)}
THEFTS = replace(SPEC, offences=("vehicle theft",), **WEEK)  # type: ignore[arg-type]
BURGLARIES = replace(THEFTS, offences=("burglary",))
BOTH = replace(THEFTS, offences=("burglary", "vehicle theft"))


def mapped(**group_of_code: str) -> str:
    """Return the houses' mapping with these codes in these groups."""
    return MAPPING.replace("[burglary, vehicle theft]", str(group_of_code).replace("'", ""))


BEFORE = mapped(VT="vehicle theft", SHIP="vehicle theft", B="burglary")
AFTER = mapped(VT="burglary", SHIP="other", B="burglary")
MOVED = [(f"A{key}", "VT" if key < 23 else "SHIP") for key in range(25)]
OF_OLD = [(f"B{key}", "B") for key in range(40)]


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    house = found(tmp_path)
    charter(house)
    return house


def deliver(house: TestHouse, rows: Sequence[tuple[str, str]], mapping: str, *, day: str = "02-03") -> None:
    path = house.home.parent / "delivery.csv"
    lines = [f"{key},2026-{day} 12:00:00,2026-{day} 18:00:00,-87.65,41.85,{code}" for key, code in rows]
    path.write_text("\n".join(["id,when,recorded,lon,lat,offence", *lines]) + "\n", encoding="utf-8")
    with house.open() as opened:
        load(
            opened.desk(opened.signer("Ann")),
            file=path,
            mapping=parse_mapping(mapping, name="test.yaml"),
            purpose=PURPOSE,
            naming_key=opened.naming_key,
            epsg=opened.settings.epsg,
            progress=lambda done, total: None,
        )


def publish(house: TestHouse, name: str, spec: ReleaseSpec) -> KeptRelease:
    with house.desk() as desk:
        return publish_release(desk, purpose=PURPOSE, spec=spec, folder=house.home.parent / name, zone=ZONE)


def said(kept: KeptRelease) -> list[tuple[str, int | None]]:
    return [(figure.slice.offence, figure.count) for figure in kept.figures]


def test_25_thefts_less_23_that_are_burglaries_now_are_not_to_be_had(house: TestHouse) -> None:
    deliver(house, MOVED, BEFORE)
    house.clock.advance(timedelta(days=70))
    assert said(publish(house, "one", THEFTS)) == [("vehicle theft", 25)]
    deliver(house, MOVED, AFTER)
    with pytest.raises(
        Refused, match=r"'test-source' counts its codes by other rules.*release days that"
    ) as no:
        publish(house, "two", BURGLARIES)
    assert no.value.rule == "one-grouping"
    assert house.entries().count("release.published") == 1
    assert not (house.home.parent / "two").exists()


def test_figures_of_days_before_a_regrouping_stand_as_first_said(house: TestHouse) -> None:
    deliver(house, MOVED + OF_OLD, BEFORE)
    house.clock.advance(timedelta(days=70))
    first = said(publish(house, "one", BOTH))
    assert first == [("burglary", 40), ("vehicle theft", 25)]
    deliver(house, MOVED + OF_OLD, AFTER)
    assert said(publish(house, "two", BOTH)) == first


def test_after_a_regrouping_days_that_no_edition_covers_are_released(house: TestHouse) -> None:
    deliver(house, MOVED, BEFORE)
    house.clock.advance(timedelta(days=70))
    publish(house, "one", THEFTS)
    deliver(house, [(f"C{key}", "VT") for key in range(12)], AFTER, day="02-10")
    following = replace(BURGLARIES, first=date(2026, 2, 9), end=date(2026, 2, 16))
    assert said(publish(house, "two", following)) == [("burglary", 12)]


def test_under_one_grouping_another_offence_of_the_same_days_is_released(house: TestHouse) -> None:
    deliver(house, MOVED, BEFORE)
    house.clock.advance(timedelta(days=70))
    publish(house, "one", THEFTS)
    deliver(house, OF_OLD, BEFORE)
    assert said(publish(house, "two", BURGLARIES)) == [("burglary", 40)]


@pytest.mark.parametrize(
    "change",
    [
        ("VT: vehicle theft", "VT: burglary"),
        ("offence: offence}", "offence: id}"),
        ("precision_m: 1", "precision_m: 1\norigin: {default: enforcement-found}"),
        ("precision_m: 1", "precision_m: 1\norigin: {by_offence: {burglary: enforcement-found}}"),
    ],
)
def test_whatever_decides_the_group_or_origin_is_in_the_digest(change: tuple[str, str]) -> None:
    other = BEFORE.replace(*change)
    assert other != BEFORE
    assert grouping_of(parse_mapping(other, name="b")) != grouping_of(parse_mapping(BEFORE, name="a"))


def test_what_decides_neither_is_not_in_the_digest() -> None:
    other = BEFORE.replace("precision_m: 1", "precision_m: 50").replace("weekly", "daily")
    assert grouping_of(parse_mapping(other, name="b")) == grouping_of(parse_mapping(BEFORE, name="a"))


@pytest.mark.parametrize(
    ("since", "now", "sources"),
    [
        ({"a": {"x": 1}}, {"a": {"x": 5}}, ()),
        ({"a": {"x": 1}}, {"a": {"y": 1}}, ("a",)),
        ({"a": {"x": 1}}, {"a": {"x": 1, "y": 1}}, ("a",)),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 1, "y": 1}}, ()),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 1, "y": 2}}, ("a",)),  # a second y can move what came by x
        ({"a": {UNRECORDED: 1}}, {"a": {UNRECORDED: 2}}, ("a",)),
        ({"a": {"x": 1}}, {"a": {"x": 1}, "b": {"x": 1}}, ("b",)),
    ],
)
def test_two_sets_of_rules_make_every_later_load_suspect(
    since: Groupings, now: Groupings, sources: tuple[str, ...]
) -> None:
    assert regrouped(now, since=since) == sources


def test_an_older_copy_put_in_place_by_hand_is_told_by_the_witness_before_files(house: TestHouse) -> None:
    deliver(house, OF_OLD[:25], BEFORE)
    house.clock.advance(timedelta(days=70))
    older = house.home.parent / "older"
    shutil.copytree(house.home, older)
    deliver(house, OF_OLD[:28], BEFORE)
    publish(house, "one", BURGLARIES)
    shutil.rmtree(house.home)
    shutil.copytree(older, house.home)
    with pytest.raises(Tampered, match="an old copy was restored"):
        publish(house, "two", BURGLARIES)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.release") as sitting:
        (kept,) = sitting.records("release")
    with house.desk() as desk, pytest.raises((Tampered, NotCosigned)):
        folder = house.home.parent / "two"
        write_release(desk, purpose=PURPOSE, release_id=kept.record_id, spec=BURGLARIES, folder=folder)
    assert not (house.home.parent / "two").exists()
