"""Mappings are read strictly: what nobody would read is refused, with a sentence that names it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from peelian.city.findings import Reason
from peelian.city.mapping import DEFAULT_LIMIT, WGS84, Correction, mapping_from_columns
from peelian.city.mapping_file import installed_mappings, mapping_named, parse_mapping, read_mapping
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin

WHOLE = """
schema: 1
id: somewhere
publisher: City of Somewhere
licence: CC0
frequency: daily
format: csv
encoding: cp1252
zone: Europe/Paris
time_format: "%d/%m/%Y %H:%M"
columns: {time: quand, recorded: saisi, key: dossier, x: est, y: nord, crs: "EPSG:2154", offence: nature}
precision_m: 50
offences: {"01": burglary, "02": theft}
origin: {default: unknown, by_offence: {theft: sensor-found}}
bbox: {west: 2.0, south: 48.0, east: 3.0, north: 49.0}
dates: {earliest: 2020-01-01, latest_days_after_load: 2}
assertions:
  rows: {min: 10, max: 100}
  filled: {time: 0.9, key: 1}
  at_most: {outside-bbox: 0.02, swapped: 0.001}
corrections:
  - {column: nature, from: "1", to: "01", reason: "leading zero lost in 2021, told by mail"}
"""


def test_a_whole_mapping() -> None:
    mapping = parse_mapping(WHOLE, name="somewhere.yaml")
    assert mapping.columns.by_role() == {
        "occurred_start": "quand", "recorded": "saisi", "key": "dossier", "x": "est", "y": "nord", "offence": "nature"
    }  # fmt: skip
    assert mapping.crs == "EPSG:2154"
    assert mapping.offences.groups == {"01": "burglary", "02": "theft"}
    assert mapping.origins.default is Origin.UNKNOWN
    assert mapping.origins.by_offence == {"theft": Origin.SENSOR_FOUND}
    assert (mapping.dates.earliest, mapping.dates.latest, mapping.dates.latest_days_after_load) == (
        date(2020, 1, 1),
        None,
        2,
    )
    assert mapping.assertions.filled == {"occurred_start": 0.9, "key": 1.0}
    assert mapping.assertions.limit(Reason.OUTSIDE_BBOX) == 0.02
    assert mapping.assertions.limit(Reason.AT_ZERO) == DEFAULT_LIMIT
    assert mapping.corrections == (
        Correction("nature", "1", "01", "leading zero lost in 2021, told by mail"),
    )


def test_the_digest_names_the_mapping() -> None:
    one, same = parse_mapping(WHOLE, name="a"), parse_mapping(WHOLE.replace("50", "50.0"), name="b")
    other = parse_mapping(WHOLE.replace("0.02", "0.03"), name="c")
    assert one.digest() == same.digest() != other.digest()


WRONG = [
    ("frequency: daily", "frequency: daily\nfrequenzy: daily", "unknown key 'frequenzy'"),
    ("x: est", "x: est, lon: long", "unknown key 'lon'"),
    ("{min: 10, max: 100}", "{min: 10, max: 100, mean: 50}", "unknown key 'mean'"),
    ("swapped: 0.001", "swaped: 0.001", "unknown key 'swaped'"),
    ("swapped: 0.001", "unknown-code: 0.001", "unknown key 'unknown-code'"),
    ("key: 1}", "key: 1, origin: 1}", "origin is asserted to be filled, but no column plays that role"),
    ("key: 1}", "key: 99}", "'key' is a share of the rows, in [0, 1]"),
    ("schema: 1", "schema: 2", "schema 2; this version reads schema 1"),
    ("licence: CC0\n", "", "'licence' is missing"),
    ("format: csv", "format: xlsx", "'format' must be one of csv, parquet"),
    ("zone: Europe/Paris", "zone: Paris", "no IANA time zone"),
    ("encoding: cp1252", "encoding: ansi-ish", "no text encoding"),
    ("id: somewhere", "id: Some Where", "lower-case letters"),
    ('"01": burglary', "01: burglary", "key 1 is no text; put it in quotation marks"),
    ('"02": theft', '"01": theft', "the key '01' stands twice"),
    ("default: unknown", "default: told by a neighbour", "'default' must be one of victim-reported"),
    ("column: nature", "column: rue", "names 'rue', which no role reads"),
    ("precision_m: 50", "precision_m: about a block", "'precision_m' must be a number"),
    ("earliest: 2020-01-01", "earliest: long ago", "'earliest' must be a date"),
    ("min: 10", "min: true", "'min' must be a whole number"),
    ("offence: nature}", "offence: nature", "is not well-formed YAML"),
    ('{"01": burglary, "02": theft}', '{"01": burglary, "*": theft}', "'*' alone for every row"),
    ("key: dossier", "key: no", "'key' must be text (in quotation marks where YAML would read it otherwise)"),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG, ids=[new for _, new, _ in WRONG])
def test_what_is_wrong_is_refused_by_name(old: str, new: str, words: str) -> None:
    assert old in WHOLE
    with pytest.raises(BadInput) as error:
        parse_mapping(WHOLE.replace(old, new), name="somewhere.yaml")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("offences", "groups", "everything"),
    [
        ("as-published", None, None),
        ("[theft, arson]", {"theft": "theft", "arson": "arson"}, None),
        ('{"*": arson}', None, "arson"),
    ],
)
def test_other_ways_to_say_the_offences(
    offences: str, groups: dict[str, str] | None, everything: str | None
) -> None:
    text = WHOLE.replace('{"01": burglary, "02": theft}', offences)
    mapping = parse_mapping(text, name="somewhere.yaml")
    assert (mapping.offences.groups, mapping.offences.everything) == (groups, everything)


def test_the_mappings_of_the_house_can_all_be_read() -> None:
    assert [mapping.id for mapping in installed_mappings()] == [
        "chicago-2016", "nyc-2014", "portland-burglary", "portland-theft-of-auto", "synthetic"
    ]  # fmt: skip


def test_a_mapping_is_named_by_its_id_or_by_its_file(tmp_path: Path) -> None:
    assert mapping_named("synthetic").id == "synthetic"
    path = tmp_path / "mine.yaml"
    path.write_text(WHOLE)
    assert mapping_named(str(path)) == read_mapping(path)
    with pytest.raises(BadInput, match="known are chicago-2016, nyc-2014"):
        mapping_named("atlantis")
    with pytest.raises(BadInput, match="cannot be read"):
        mapping_named("atlantis.yaml")


def test_a_mapping_from_options() -> None:
    mapping = mapping_from_columns(Path("mine.PARQUET"), time="t", zone="America/Chicago", lon="x", lat="y")
    assert (mapping.format, mapping.crs, mapping.columns.x, mapping.columns.y) == ("parquet", WGS84, "x", "y")
    assert mapping.offences.everything == "all"
    feet = mapping_from_columns(
        Path("mine.csv"), time="t", zone="America/Los_Angeles", x="e", y="n", crs="EPSG:2913", offence="what"
    )
    assert (feet.format, feet.crs, feet.columns.offence) == ("csv", "EPSG:2913", "what")
    assert (feet.offences.groups, feet.offences.everything) == (None, None)


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"lon": "x"},
        {"x": "x", "y": "y"},
        {"lon": "x", "lat": "y", "crs": "EPSG:1"},
        {"x": "x", "lat": "y"},
    ],
)
def test_half_a_place_is_refused(place: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="either as --lat and --lon, or as --x, --y and --crs"):
        mapping_from_columns(Path("mine.csv"), time="t", zone="UTC", **place)
