"""Mappings are read strictly: what nobody would read is refused, with a sentence that names it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from peelian.city.findings import Reason
from peelian.city.mapping.fetch_spec import FileFetch
from peelian.city.mapping.file import mapping_named, parse_mapping, read_mapping
from peelian.city.mapping.precision import Snapped
from peelian.city.mapping.source import DEFAULT_LIMIT, WGS84, Correction, Join, mapping_from_columns
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


ARCHIVE = """
schema: 1
id: archive
publisher: City of Somewhere
licence: CC0
frequency: monthly
format: csv
zone: Europe/London
members: "*/????-??-*-street.csv"
joins:
  - {members: "*/places.csv", by: place, equals: ref, take: [x, y]}
  - {members: "*/methods.csv", by: method, take: [source]}
combine: {began: [day, clock]}
time_format: {time: "%Y-%m-%d %H:%M", reported: "%d.%m.%Y"}
time_resolution: month
columns: {time: began, reported: told, x: x, y: y, crs: "EPSG:27700", offence: what}
precision_m: 100
snapped: {addresses: 8, addresses_per_km2: 1000}
offences:
  every NIBRS code: itself
  "220": {group: break-in, nibrs: "220"}
  X1: {group: nuisance}
  X2: noise
origin:
  rules:
    - {where: source, in: [OFFICER, "1"], origin: enforcement-found, because: an officer opened it}
    - {where: what, in: [X1], origin: unknown, because: nobody knows}
bbox: {west: -1.0, south: 50.0, east: 1.0, north: 53.0}
dates: {earliest: 2020-01-01, latest_days_after_load: 0}
assertions:
  rows: {min: 1, max: 100}
  shares: {break-in: {min: 0.05, max: 0.4}}
fetch: {kind: file, address: "https://example.org/all.zip", format: zip}
"""


def test_a_mapping_of_an_archive() -> None:
    mapping = parse_mapping(ARCHIVE, name="archive.yaml")
    assert mapping.members == "*/????-??-*-street.csv"
    assert mapping.joins == (
        Join("*/places.csv", "place", ("x", "y"), "ref"), Join("*/methods.csv", "method", ("source",))
    )  # fmt: skip
    assert [join.key for join in mapping.joins] == ["ref", "method"]
    assert mapping.columns_read() == ("day", "clock", "x", "y", "told", "what", "source")
    assert mapping.columns_used() == ("began", "x", "y", "told", "what", "source")
    assert (mapping.format_of("occurred_start"), mapping.format_of("reported")) == (
        "%Y-%m-%d %H:%M",
        "%d.%m.%Y",
    )
    assert mapping.snapped == Snapped(8, 1000.0)
    assert mapping.assertions.shares == {"break-in": (0.05, 0.4)}
    assert mapping.fetch == FileFetch(address="https://example.org/all.zip", format="zip")
    assert mapping.digest() != parse_mapping(ARCHIVE.replace("all.zip", "new.zip"), name="a").digest()


def test_the_publishers_own_codes_go_before_those_of_nibrs() -> None:
    offences = parse_mapping(ARCHIVE, name="archive.yaml").offences
    assert [offences.group(code) for code in ("220", "240", "X1", "X2", "X3")] == [
        "break-in", "vehicle-theft", "nuisance", "noise", None
    ]  # fmt: skip
    assert [offences.nibrs_code(code) for code in ("220", "240", "X1", "X2")] == ["220", "240", None, None]


WRONG_ARCHIVE = [
    ("kind: file", "kind: fax", "archive.yaml: fetch: 'kind' must be one of socrata"),
    ('nibrs: "220"', 'nibrs: "221"', "'221' is no NIBRS offence code"),
    ('nibrs: "220"', "nibrs: 220", "'nibrs' must be text (in quotation marks"),
    ("{group: nuisance}", "{group: nuisance, nebris: 1}", "unknown key 'nebris'"),
    ("itself", "theirs", "'every NIBRS code' must be one of itself"),
    (
        "break-in: {min",
        "burglary: {min",
        "shares speaks of 'burglary', but no published code counts in that group",
    ),
    ("by: method", "on: method", "the key True is no text"),
    ("in: [X1]", "in: X1", "'in' must be a list, not 'X1'"),
    ("in: [X1]", "in: [1]", "'in' must be a list of texts (numbers in quotation marks)"),
    (", because: nobody knows", "", "lacks the key 'because'"),
    ('members: "*/????-??-*-street.csv"\n', "", "say by `members` which files of it hold the rows"),
    (
        "began: [day",
        "begun: [day",
        "'begun' is combined from others, but no role and no origin rule reads it",
    ),
    ('reported: "%d', 'recorded: "%d', "recorded has a time format, but no column plays that role"),
    ("addresses: 8", "addresses: 0", "give both above 0"),
    ("X2: noise", 'X2: "?"', "is still a draft: decide what stands as '?' in line 23: X2: \"?\""),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG_ARCHIVE, ids=[new for _, new, _ in WRONG_ARCHIVE])
def test_what_is_wrong_with_an_archive_is_refused_by_name(old: str, new: str, words: str) -> None:
    assert old in ARCHIVE
    with pytest.raises(BadInput) as error:
        parse_mapping(ARCHIVE.replace(old, new), name="archive.yaml")
    assert words in str(error.value)


WRONG = [
    ("frequency: daily", "frequency: daily\nfrequenzy: daily", "unknown key 'frequenzy'"),
    ("x: est", "x: est, lon: long", "unknown key 'lon'"),
    ("{min: 10, max: 100}", "{min: 10, max: 100, mean: 50}", "unknown key 'mean'"),
    ("swapped: 0.001", "swaped: 0.001", "unknown key 'swaped'"),
    ("swapped: 0.001", "unknown-code: 0.001", "unknown key 'unknown-code'"),
    ("key: 1}", "key: 1, origin: 1}", "origin is asserted to be filled, but no column plays that role"),
    ("key: 1}", "key: 99}", "'key' is a share of the rows, in [0, 1]"),
    ("schema: 1", "schema: 2", "schema 2; this version reads schema 1"),
    ("licence: CC0\n", "", "lacks the key 'licence'"),
    (
        "offences:",
        "offense:",
        "lacks the key 'offences'; did you mean 'offense'? Give it text, a list or a section",
    ),
    ("format: csv", "format: xlsx", "'format' must be one of csv, parquet"),
    ("zone: Europe/Paris", "zone: Paris", "no IANA time zone"),
    ("encoding: cp1252", "encoding: ansi-ish", "no text encoding"),
    ("id: somewhere", "id: Some Where", "lower-case letters"),
    ('"01": burglary', "01: burglary", "key 1 is no text; put it in quotation marks"),
    ('"02": theft', '"01": theft', "the key '01' stands twice"),
    ("default: unknown", "default: told by a neighbour", "'default' must be one of victim-reported"),
    ("column: nature", "column: rue", "names 'rue', which no role and no origin rule reads"),
    ("precision_m: 50", "precision_m: about a block", "'precision_m' must be a number"),
    ("earliest: 2020-01-01", "earliest: long ago", "'earliest' must be a date"),
    ("min: 10", "min: true", "'min' must be a whole number"),
    ("offence: nature}", "offence: nature", "is not readable as YAML"),
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


def test_a_mapping_is_named_by_its_id_or_by_its_file(tmp_path: Path) -> None:
    assert mapping_named("synthetic").id == "synthetic"
    path = tmp_path / "mine.yaml"
    path.write_text(WHOLE)
    assert mapping_named(str(path)) == read_mapping(path)
    with pytest.raises(BadInput, match="known are boston, cad-export, chicago, chicago-2016,"):
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
