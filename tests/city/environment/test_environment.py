"""Layers and conditions: what was there, what held, and that nothing is told before it was known."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from peelian.city.environment import service as environment
from peelian.city.environment.service import parse_condition_mapping, parse_layer_mapping
from peelian.city.place_set import Provenance
from peelian.domain.errors import BadInput
from peelian.domain.place import project
from tests.city.dwellings_layer import load_dwellings
from tests.data import DATA, data_folder
from tests.houses import PURPOSE, TestHouse, charter, found

LIGHTS = """
schema: 1
layer: street-lights-out
publisher: City lighting office
licence: CC BY 4.0
frequency: daily
format: csv
zone: America/Chicago
columns: {lon: lon, lat: lat, valid_from: out_since, valid_to: mended, recorded: told}
keep: {type: [Street Light Out]}
rejected_max: 0.5
"""

#            type               lon    lat    out_since   mended      told (local)
REQUESTS = """
A            Street Light Out | -87.65 41.85  2026-02-01  2026-02-10  2026-02-01T21:00
B            Street Light Out | -87.66 41.86  2026-02-05  .           2026-02-20T08:00
C            Pothole          | -87.66 41.86  2026-02-05  .           2026-02-05T08:00
D            Street Light Out | 0      0      2026-02-05  .           2026-02-05T08:00
E            Street Light Out | -87.67 41.87  2026-02-09  2026-02-01  2026-02-09T08:00
F            Street Light Out | -87.68 41.88  2026-02-09  .           yesterday
G            Street Light Out | -87.69 41.89  .           .           2026-01-05T08:00
"""


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def requests_file(folder: Path) -> Path:
    lines = ["type,lon,lat,out_since,mended,told"]
    for row in REQUESTS.strip().splitlines():
        kind, told = row[13:].split("|")
        lines.append(",".join([kind.strip(), *("" if word == "." else word for word in told.split())]))
    path = folder / "requests.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def load_lights(house: TestHouse, *, as_of: date = date(2026, 3, 1)) -> environment.PlaceSetReport:
    mapping = parse_layer_mapping(LIGHTS, name="lights.yaml")
    file = requests_file(house.home.parent)
    with house.desk() as desk:
        return environment.load_layer(
            desk, purpose=PURPOSE, file=file, mapping=mapping, as_of=as_of, epsg=32616
        )


def test_every_row_of_a_layer_is_kept_or_sealed_with_its_reason(house: TestHouse) -> None:
    taken = load_lights(house)
    assert (
        taken.delivery.findings["read"],
        dict(taken.delivery.counts),
        taken.delivery.findings["other"],
    ) == (6, {"layer": 3}, 1)
    assert taken.delivery.provenance == Provenance("City lighting office", "CC BY 4.0", date(2026, 3, 1))
    with house.open() as opened:
        sealed = opened.kit.store.rejected(taken.entry_index)
        assert [(row.row_number, row.reason) for row in sealed] == [
            (4, "at-zero"),
            (5, "end-before-start"),
            (6, "time-unreadable"),
        ]


@pytest.mark.parametrize(
    ("day", "known_by", "there"),
    [
        ("2026-02-01", "2026-03-02T06:00", ["A", "G"]),
        ("2026-02-09", "2026-03-02T06:00", ["A", "B", "G"]),
        ("2026-02-10", "2026-03-02T06:00", ["B", "G"]),  # mended that day
        ("2026-01-15", "2026-03-02T06:00", ["G"]),  # nobody knows since when: counted as there
    ],
)
def test_a_feature_is_there_from_its_first_day_up_to_its_last(
    house: TestHouse, day: str, known_by: str, there: list[str]
) -> None:
    load_lights(house)
    with house.desk() as desk:
        lights = environment.layer(
            desk,
            purpose=PURPOSE,
            name="street-lights-out",
            day=date.fromisoformat(day),
            known_by=datetime.fromisoformat(known_by).replace(tzinfo=UTC),
        )
    names = {date(2026, 2, 1): "A", date(2026, 2, 5): "B", None: "G"}
    assert sorted(names[row] for row in lights.features["valid_from"].to_pylist()) == there


def test_a_feature_recorded_after_the_cutoff_is_not_told(house: TestHouse) -> None:
    """B went out on 5 February and was told to the city on the 20th: a forecast of the 15th cannot know it."""
    load_lights(house, as_of=date(2026, 2, 12))
    with house.desk() as desk:

        def known(by: datetime) -> int:
            lights = environment.layer(
                desk, purpose=PURPOSE, name="street-lights-out", day=date(2026, 2, 12), known_by=by
            )
            return int(lights.features.num_rows)

        assert known(datetime(2026, 2, 15, tzinfo=UTC)) == 1  # G only
        assert known(datetime(2026, 2, 20, 13, 59, tzinfo=UTC)) == 1
        assert known(datetime(2026, 2, 20, 14, 0, tzinfo=UTC)) == 2  # 08:00 in Chicago
        with pytest.raises(BadInput, match="the earliest is as of 2026-02-12"):
            known(datetime(2026, 2, 11, tzinfo=UTC))


def test_the_newest_snapshot_by_its_own_day_answers(house: TestHouse) -> None:
    newer = load_lights(house, as_of=date(2026, 3, 1))
    older = load_lights(house, as_of=date(2026, 2, 12))
    with house.desk() as desk:
        for known_by, which in ((date(2026, 3, 3), newer), (date(2026, 2, 25), older)):
            instant = datetime.combine(known_by, datetime.min.time(), UTC)
            answered = environment.layer(
                desk, purpose=PURPOSE, name="street-lights-out", day=date(2026, 2, 12), known_by=instant
            )
            assert answered.of_set.set_id == which.delivery.set_id
        assert [each.set_id for each in environment.place_sets(desk, purpose=PURPOSE)] == [
            newer.delivery.set_id,
            older.delivery.set_id,
        ]


@pytest.mark.parametrize(
    ("zone", "over"), [("America/Chicago", "2026-03-02T06:00"), ("Asia/Tokyo", "2026-03-01T15:00")]
)
def test_a_snapshot_is_known_from_the_local_midnight_that_ends_its_day(
    house: TestHouse, zone: str, over: str
) -> None:
    """A snapshot of the evening of 1 March cannot be known on that day's morning, whatever UTC calls the day."""
    taken_in(house, LAMPS.replace("America/Chicago", zone), "lon,lat\n-87.65,41.85\n")
    known = datetime.fromisoformat(over).replace(tzinfo=UTC)
    with house.desk() as desk:
        at = {"purpose": PURPOSE, "name": "lamps", "day": date(2026, 3, 1)}
        assert environment.layer(desk, **at, known_by=known).features.num_rows == 1
        with pytest.raises(BadInput, match="the earliest is as of 2026-03-01, known when that day is over"):
            environment.layer(desk, **at, known_by=known - timedelta(microseconds=1))


LAMPS = """
schema: 1
layer: lamps
publisher: City lighting office
licence: CC BY 4.0
frequency: daily
format: csv
zone: America/Chicago
columns: {lon: lon, lat: lat}
rejected_max: 0.5
"""


def taken_in(house: TestHouse, text: str, content: str) -> environment.PlaceSetReport:
    path = house.home.parent / "lamps.csv"
    path.write_text(content, encoding="utf-8")
    mapping = parse_layer_mapping(text, name="lamps.yaml")
    with house.desk() as desk:
        return environment.load_layer(
            desk, purpose=PURPOSE, file=path, mapping=mapping, as_of=date(2026, 3, 1), epsg=32616
        )


@pytest.mark.parametrize(
    ("columns", "content", "told"),
    [
        ("{lon: lon, lat: lat}", "lon,lat\n41.85,-87.65\n41.86,-87.66\n", "longitude and latitude exchanged"),
        ("{x: lon, y: lat, crs: 'EPSG:26916'}", "lon,lat\n-87.65,41.85\n", "outside the area of EPSG:32616"),
        ("{lon: lon, lat: lat}", "lon,lat\n-0.12,51.50\n0,0\n", "outside the area of EPSG:32616"),
        ("{lon: lon, lat: lat}", "lon,lat\n0,0\n", "no readable place"),
    ],
)
def test_a_layer_that_lies_elsewhere_is_held_back(
    house: TestHouse, columns: str, content: str, told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        taken_in(house, LAMPS.replace("{lon: lon, lat: lat}", columns), content)
    assert "places.loaded" not in house.entries()


def test_a_feature_that_lies_elsewhere_is_turned_away_alone(house: TestHouse) -> None:
    content = "lon,lat\n-87.65,41.85\n41.86,-87.66\n-87.66,41.86\n-87.67,\n-0.12,51.50\n-87.68,41.87\n"
    taken = taken_in(house, LAMPS, content)
    assert dict(taken.delivery.counts) == {"layer": 3}
    with house.open() as opened:
        sealed = opened.kit.store.rejected(taken.entry_index)
        assert [(row.row_number, row.reason) for row in sealed] == [
            (2, "outside-area"),
            (4, "place-missing"),
            (5, "outside-area"),
        ]


@pytest.mark.parametrize("column", ["victim_name", "SuspectDescription", "officer", "owner", "Owner Name"])
def test_no_words_are_read_from_a_column_about_persons(column: str) -> None:
    with pytest.raises(BadInput, match="says that it is about persons"):
        parse_layer_mapping(LAMPS.replace("lat: lat", f"lat: lat, category: {column}"), name="lamps.yaml")
    for role in ("word", "area"):
        with pytest.raises(BadInput, match="says that it is about persons"):
            parse_condition_mapping(
                HOURLY.replace("value: t", f"value: t, {role}: {column}"), name="series.yaml"
            )


def test_a_category_is_a_kind_of_feature_and_not_a_text(house: TestHouse) -> None:
    text = LAMPS.replace("lat: lat", "lat: lat, category: sign")

    def signs(different: int) -> str:
        return "lon,lat,sign\n" + "".join(f"-87.65,41.85,JANE DOE {number}\n" for number in range(different))

    with pytest.raises(BadInput, match="column 'sign' has 201 different words") as refused:
        taken_in(house, text, signs(201))
    assert "DOE" not in str(refused.value)
    assert dict(taken_in(house, text, signs(200)).delivery.counts) == {"layer": 200}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("mended", "repaired"), "no column 'repaired'"),
        (("rejected_max: 0.5", "rejected_max: 0.1"), "3 of 6 features cannot be used"),
        (("[Street Light Out]", "[Lamp]"), "no row of the layer"),
    ],
)
def test_a_layer_that_cannot_be_trusted_changes_nothing(
    house: TestHouse, change: tuple[str, str], told: str
) -> None:
    mapping = parse_layer_mapping(LIGHTS.replace(*change), name="lights.yaml")
    with house.desk() as desk, pytest.raises(BadInput, match=told):
        environment.load_layer(
            desk,
            purpose=PURPOSE,
            file=requests_file(house.home.parent),
            mapping=mapping,
            as_of=date(2026, 3, 1),
            epsg=32616,
        )
    assert "places.loaded" not in house.entries()


def test_a_set_cannot_be_of_a_day_that_has_not_come(house: TestHouse) -> None:
    with pytest.raises(BadInput, match="has not come yet"):
        load_lights(house, as_of=date(2030, 1, 1))


HOURLY = """
schema: 1
series: temperature-c
publisher: Weather office
licence: public domain
frequency: hourly
format: csv
zone: America/Chicago
columns: {start: hour, value: t, known: issued}
span_minutes: 60
"""


def load_series(house: TestHouse, text: str, content: str | None, *, as_of: date = date(2026, 3, 1)) -> None:
    path = house.home.parent / "series.txt"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    mapping = parse_condition_mapping(text, name="series.yaml")
    with house.desk() as desk:
        environment.load_conditions(
            desk, purpose=PURPOSE, file=None if content is None else path, mapping=mapping, as_of=as_of
        )


def asked(house: TestHouse, series: str, start: str, end: str, *, known_by: str) -> list[tuple[object, ...]]:
    first, last, by = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end, known_by))
    with house.desk() as desk:
        spans = environment.conditions(
            desk, purpose=PURPOSE, series=series, start=first, end=last, known_by=by
        ).spans
    return [(f"{row['start']:%d %H:%M}", row["value"], row["word"]) for row in spans.to_pylist()]


def test_of_each_hour_the_last_known_figure_is_told_and_none_from_the_future(house: TestHouse) -> None:
    table = """hour,t,issued
2026-02-10T06:00,-3,2026-02-09T06:00
2026-02-10T06:00,-5,2026-02-10T05:00
2026-02-10T06:00,-6.5,2026-02-10T07:10
2026-02-10T07:00,-4,2026-02-09T06:00
"""
    load_series(house, HOURLY, table)
    day = ("2026-02-10T00:00", "2026-02-11T00:00")
    assert asked(house, "temperature-c", *day, known_by="2026-02-09T11:59") == []
    assert asked(house, "temperature-c", *day, known_by="2026-02-09T12:00") == [
        ("10 12:00", -3, None),
        ("10 13:00", -4, None),
    ]
    assert asked(house, "temperature-c", *day, known_by="2026-02-10T11:00") == [
        ("10 12:00", -5, None),
        ("10 13:00", -4, None),
    ]
    assert asked(house, "temperature-c", *day, known_by="2026-02-20T00:00") == [
        ("10 12:00", -6.5, None),
        ("10 13:00", -4, None),
    ]


def test_an_observation_is_known_when_its_span_is_over_and_the_publisher_had_time(house: TestHouse) -> None:
    text = HOURLY.replace(", known: issued", "") + "known_after_minutes: 30\n"
    load_series(house, text, "hour,t\n2026-02-10T06:00,-3\n")
    day = ("2026-02-10T00:00", "2026-02-11T00:00")
    assert asked(house, "temperature-c", *day, known_by="2026-02-10T13:29") == []
    assert asked(house, "temperature-c", *day, known_by="2026-02-10T13:30") == [("10 12:00", -3, None)]


def test_public_holidays_need_no_file(house: TestHouse) -> None:
    text = """
schema: 1
series: public-holiday
publisher: computed from the laws by the library holidays
licence: MIT
frequency: yearly
format: public-holidays
zone: America/Chicago
country: US
region: IL
years: {first: 2026, last: 2026}
"""
    load_series(house, text, None)
    assert asked(
        house, "public-holiday", "2026-07-01T00:00", "2026-08-01T00:00", known_by="2026-03-02T06:00"
    ) == [
        ("03 05:00", 1.0, "Independence Day (observed)"),  # local midnight in Chicago; the 4th is a Saturday
        ("04 05:00", 1.0, "Independence Day"),
    ]


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:1
SUMMARY:Derby
DTSTART;TZID=America/Chicago:20260210T190000
DTEND;TZID=America/Chicago:20260210T220000
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:School holidays
DTSTART;VALUE=DATE:20260216
DTEND;VALUE=DATE:20260221
{rule}END:VEVENT
END:VCALENDAR
"""
EVENTS = """
schema: 1
series: event
publisher: City calendar
licence: CC0
frequency: weekly
format: icalendar
zone: America/Chicago
"""


def test_a_calendar_of_events_is_read(house: TestHouse) -> None:
    load_series(house, EVENTS, CALENDAR.format(rule="").replace("\n", "\r\n"), as_of=date(2026, 2, 1))
    assert asked(house, "event", "2026-02-01T00:00", "2026-03-01T00:00", known_by="2026-02-02T06:00") == [
        ("11 01:00", None, "Derby"),
        ("16 06:00", None, "School holidays"),
    ]
    assert asked(house, "event", "2026-02-01T00:00", "2026-03-01T00:00", known_by="2026-02-02T05:59") == []


def test_an_event_that_repeats_by_a_rule_is_refused(house: TestHouse) -> None:
    calendar = CALENDAR.format(rule="RRULE:FREQ=WEEKLY\n").replace("\n", "\r\n")
    with pytest.raises(BadInput, match="'School holidays' repeats by a rule"):
        load_series(house, EVENTS, calendar)


@pytest.mark.parametrize(
    ("row", "told"), [("soon,-3,2026-02-09T06:00", "1 of 1 spans"), ("2026-02-10T06:00,-3,", "1 of 1 spans")]
)
def test_a_span_that_cannot_be_read_holds_the_series_back(house: TestHouse, row: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        load_series(house, HOURLY, f"hour,t,issued\n{row}\n")
    assert str(refused.value).endswith("(first: row 1); correct them in its columns 'hour', 'issued'.")
    assert "places.loaded" not in house.entries()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("span_minutes: 60\n", ""), "`end` or the length"),
        ((", value: t", ""), "`value` or `word`"),
        (("series: temperature-c", "series: temperature-c\nfolder: x"), "unknown key 'folder'"),
        (("format: csv", "format: public-holidays"), "`country` and `years`"),
    ],
)
def test_a_mapping_that_leaves_something_open_is_refused(change: tuple[str, str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse_condition_mapping(HOURLY.replace(*change), name="series.yaml")


def test_a_geojson_layer_counts_a_line_at_a_point_on_it(house: TestHouse) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"kind": "bar"},
            "geometry": {"type": "Point", "coordinates": [-87.65, 41.85]},
        },
        {
            "type": "Feature",
            "properties": {"kind": None},
            "geometry": {"type": "LineString", "coordinates": [[-87.7, 41.8], [-87.6, 41.8]]},
        },
    ]
    path = house.home.parent / "licensed.geojson.gz"
    path.write_bytes(gzip.compress(json.dumps({"type": "FeatureCollection", "features": features}).encode()))
    text = (
        LIGHTS.replace("street-lights-out", "licensed-premises")
        .replace("format: csv", "format: geojson")
        .replace(
            "{lon: lon, lat: lat, valid_from: out_since, valid_to: mended, recorded: told}",
            "{category: kind}",
        )
        .replace("keep: {type: [Street Light Out]}\n", "")
    )
    mapping = parse_layer_mapping(text, name="licensed.yaml")
    with house.desk() as desk:
        taken = environment.load_layer(
            desk, purpose=PURPOSE, file=path, mapping=mapping, as_of=date(2026, 3, 1), epsg=32616
        )
        assert dict(taken.delivery.counts) == {"layer": 2}
        found_now = environment.layer(
            desk,
            purpose=PURPOSE,
            name="licensed-premises",
            day=date(2026, 3, 1),
            known_by=datetime(2026, 3, 2, 6, tzinfo=UTC),
        )
        assert sorted(found_now.features["category"].to_pylist()) == ["bar", "licensed-premises"]


@data_folder("forecast")
def test_a_real_file_of_many_layers_is_taken_in_one_by_one(house: TestHouse) -> None:
    """Risk terrain points of Chicago in 2017, in the metres of the state plane; most of its factors in one file."""
    source = DATA / "forecast" / "chicago_rtm_2017_points.parquet"
    counts = Counter(pq.read_table(source)["factor"].to_pylist())
    factors = [name for name, _ in counts.most_common(3)]
    for factor in factors:
        mapping = parse_layer_mapping(FACTOR.replace("FACTOR", factor), name="rtm.yaml")
        with house.desk() as desk:
            taken = environment.load_layer(
                desk, purpose=PURPOSE, file=source, mapping=mapping, as_of=date(2017, 12, 31), epsg=32616
            )
        assert dict(taken.delivery.counts) == {"layer": counts[factor]}
    with house.desk() as desk:
        at = {"day": date(2017, 12, 31), "known_by": datetime(2018, 1, 2, tzinfo=UTC)}
        found_now = environment.layer(desk, purpose=PURPOSE, name=factors[0], **at).features
    assert found_now.num_rows == counts[factors[0]]
    assert 41.6 < np.median(_latitude(found_now)) < 42.1


FACTOR = """
schema: 1
layer: FACTOR
publisher: Chicago risk terrain points of 2017
licence: see the shared README
frequency: once
format: parquet
zone: America/Chicago
columns: {x: x, y: y, crs: "EPSG:26971"}
keep: {factor: [FACTOR]}
"""


def _latitude(features):
    return project(
        features["x_m"].to_numpy(), features["y_m"].to_numpy(), source="EPSG:32616", target="EPSG:4326"
    )[1]


@pytest.mark.parametrize(
    "content", ["{}", "[]", '{"features": [1]}', '{"features": [{"geometry": {"type": "Point"}}]}']
)
def test_json_that_is_no_geojson_is_said_in_a_sentence(house: TestHouse, content: str) -> None:
    path = house.home.parent / "bars.geojson"
    path.write_text(content, encoding="utf-8")
    text = LIGHTS.replace("format: csv", "format: geojson").replace("keep: {type: [Street Light Out]}\n", "")
    text = text.replace("{lon: lon, lat: lat, valid_from: out_since, valid_to: mended, recorded: told}", "{}")
    mapping = parse_layer_mapping(text, name="bars.yaml")
    with house.desk() as desk, pytest.raises(BadInput, match=r"no GeoJSON|cannot be read as"):
        environment.load_layer(
            desk, purpose=PURPOSE, file=path, mapping=mapping, as_of=date(2026, 3, 1), epsg=32616
        )


@pytest.mark.parametrize("homes", ["-1", "2.5", "100001"])
def test_a_number_of_dwellings_that_counts_nothing_holds_the_layer_back(house: TestHouse, homes: str) -> None:
    with pytest.raises(BadInput, match="tells whole numbers from 0 to 100,000"):
        load_dwellings(house, (-87.65, 41.85, "3"), (-87.66, 41.85, homes))
    assert "places.loaded" not in house.entries()


def test_a_layer_of_another_name_may_carry_any_number(house: TestHouse) -> None:
    text = LAMPS.replace("lat: lat", "lat: lat, value: watts")
    assert dict(taken_in(house, text, "lon,lat,watts\n-87.65,41.85,-2.5\n").delivery.counts) == {"layer": 1}


@pytest.mark.parametrize("homes", ["0", "100000", "", "many"])
def test_dwellings_may_be_none_many_or_not_told(house: TestHouse, homes: str) -> None:
    assert dict(load_dwellings(house, (-87.65, 41.85, homes)).delivery.counts) == {"layer": 1}
