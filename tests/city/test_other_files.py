"""The page on layers, conditions, feeds and releases: its examples are read, and it names every key there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from peelian.city.environment.condition import conditions_of_rows, conditions_of_spans, public_holidays
from peelian.city.environment.features_file import Rows, read_rows
from peelian.city.environment.layer import clean_layer
from peelian.city.environment.mapping import parse_condition_mapping, parse_layer_mapping
from peelian.city.feed.service import parse_feed
from peelian.city.release.spec_file import parse_release
from peelian.domain.errors import BadInput
from peelian.domain.section import Section

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "other-files.md").read_text(encoding="utf-8")
PARTS = dict(re.findall(r"^## A (\w+): .*?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
READERS: dict[str, Callable[..., object]] = {
    "layer": parse_layer_mapping,
    "condition": parse_condition_mapping,
    "feed": parse_feed,
    "release": parse_release,
}
DAY = date(2026, 2, 10)


def blocks(part: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PARTS[part], re.MULTILINE | re.DOTALL)


def obligatory(part: str) -> list[str]:
    (sentence,) = re.findall(r"^Obligatory are ([^.]*)\.", PARTS[part], re.MULTILINE)
    return re.findall(r"`(\w+)`", sentence)


def rows_of(part: str, folder: Path, columns: tuple[str, ...]) -> Rows:
    (drawn,) = blocks(part, "csv")
    path = folder / "drawn.csv"
    path.write_text(drawn, encoding="utf-8")
    return read_rows(path, format="csv", columns=columns)


def test_every_kind_of_file_has_its_part() -> None:
    assert list(PARTS) == list(READERS)


@pytest.mark.parametrize("part", READERS)
def test_each_example_is_read_and_each_key_that_is_understood_stands_on_the_page(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    holds = Section.__contains__

    def listen(section: Section, key: str) -> bool:
        asked.add(key)
        return holds(section, key)

    monkeypatch.setattr(Section, "__contains__", listen)
    for example in blocks(part, "yaml"):
        READERS[part](example, name="example.yaml")
    assert len(asked) > 5
    assert asked - set(re.findall(r"\b\w+(?=:)|(?<=`)\w+", PARTS[part])) == set()


@pytest.mark.parametrize("part", READERS)
def test_what_is_obligatory_is_told_all_at_once_and_one_by_one(part: str) -> None:
    with pytest.raises(BadInput) as refused:
        READERS[part]("strange: 1\n", name="example.yaml")
    said = re.findall(r"[`'](\w+)", str(refused.value))
    assert sorted(said) == sorted(obligatory(part))
    whole = yaml.safe_load(blocks(part, "yaml")[0])
    for key in obligatory(part):
        less = yaml.safe_dump({name: value for name, value in whole.items() if name != key})
        with pytest.raises(BadInput, match=rf"\b{key}\b"):
            READERS[part](less, name="example.yaml")


def test_the_layer_takes_in_what_its_example_says(tmp_path: Path) -> None:
    mapping = parse_layer_mapping(blocks("layer", "yaml")[0], name="lights.yaml")
    done = clean_layer(rows_of("layer", tmp_path, mapping.columns()), mapping=mapping, epsg=32616)
    assert (done.read, done.accepted.num_rows, done.other, done.rejected) == (3, 2, 1, ())
    assert done.accepted["category"].to_pylist() == ["globe", "arm"]


def test_the_series_takes_in_what_its_example_says(tmp_path: Path) -> None:
    mapping = parse_condition_mapping(blocks("condition", "yaml")[0], name="weather.yaml")
    table = conditions_of_rows(rows_of("condition", tmp_path, mapping.columns()), mapping=mapping, as_of=DAY)
    assert table["value"].to_pylist() == [-3.5, -2.0]
    assert {each.minute for each in table["known"].to_pylist()} == {20}


def test_public_holidays_come_without_a_file() -> None:
    mapping = parse_condition_mapping(blocks("condition", "yaml")[1], name="holidays.yaml")
    table = conditions_of_spans(public_holidays(mapping), mapping=mapping, as_of=DAY)
    assert table.num_rows > 30
