"""A draft writes down what a file shows, asks what it does not, and reads the file once somebody has answered."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.drafting.codes import propose
from peelian.city.drafting.draft import draft_mapping
from peelian.city.drafting.times import ISO, guess_clock, guess_times
from peelian.city.drafting.words import scalar
from peelian.city.intake.clean import clean
from peelian.city.intake.read import open_delivery
from peelian.city.mapping.file import parse_mapping
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from peelian.domain.strict import read_yaml
from tests.city.drawn import table
from tests.data import DATA, data_folder

TOWN = """
Case No   Occurred Date    Reported         What Happened      Latitude  Longitude  Victim Age  Block
A-1       01/02/2024 9:30  02/02/2024 9:00  BURGLARY           41.91     -87.61     33          1XX ELM
A-2       01/02/2024 9:45  02/02/2024 9:00  BURGLARY           41.92     -87.62     34          1XX ELM
A-3       02/02/2024 9:30  03/02/2024 9:00  Theft f/Auto       41.93     -87.63     35          2XX ELM
A-4       03/02/2024 9:30  04/02/2024 9:00  NARCOTICS          41.94     -87.64     36          2XX ELM
A-5       04/02/2024 9:30  05/02/2024 9:00  Found a glove      41.95     -87.65     37          3XX ELM
A-6       05/02/2024 9:30  06/02/2024 9:00  Found a glove      41.96     -87.66     38          3XX ELM
A-7       06/02/2024 9:30  07/02/2024 9:00  Theft f/Auto       41.97     -87.67     39          3XX ELM
A-8       07/02/2024 9:30  08/02/2024 9:00  BURGLARY           41.98     -87.68     40          3XX ELM
A-9       08/02/2024 9:30  09/02/2024 9:00  BURGLARY           41.99     -87.69     40          3XX ELM
"""


def written(folder: Path, drawing: str) -> Path:
    arrow_csv.write_csv(table(drawing), folder / "town.csv")
    return folder / "town.csv"


def drafted(file: Path, **options: str) -> str:
    return draft_mapping(
        file, id="town", publisher="Town: of, sorts", licence="internal", zone="America/Chicago", **options
    )


ANSWERS = {
    r'frequency: "\?".*': "frequency: daily",
    r'precision_m: "\?".*': "precision_m: 100",
    r'(\w+): "\?"  # day first or month first.*?("%m[^"]*").*': r"\1: \2",
}


def answered(draft: str, answers: dict[str, str] = ANSWERS) -> str:
    for question, answer in answers.items():
        draft = re.sub(question, answer, draft)
    return draft


def test_a_draft_asks_what_the_file_does_not_tell(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, TOWN))
    with pytest.raises(BadInput) as error:
        parse_mapping(draft, name="town.yaml")
    asked = re.findall(r"line \d+: (\w+)", str(error.value))
    assert asked == ["frequency", "time", "reported", "precision_m"]
    assert 'day first or month first? the file fits both: "%m/%d/%Y %H:%M" or "%d/%m/%Y %H:%M"' in draft


def test_a_key_of_which_one_row_came_again_is_proposed_with_how_many_differ(tmp_path: Path) -> None:
    rows = [f"CCR-{n}  2024-02-01 09:{n % 60:02}  BURGLARY  41.{900 + n}  -87.{600 + n}" for n in range(99)]
    file = "\n".join(["CCR No  Occurred Date  Offense  Latitude  Longitude", *rows, rows[0]])
    draft = drafted(written(tmp_path, file))
    assert "  # key: CCR No  # 99 of 100 rows different: if it is the publisher's number of the row" in draft
    halves = "\n".join(["CCR No  Occurred Date  Offense  Latitude  Longitude", *rows[:50], *rows[:50]])
    assert "  # no key: no column has another value" in drafted(written(tmp_path, halves))


def test_a_file_of_calls_is_proposed_as_one(tmp_path: Path) -> None:
    times = "2024-02-01 09:00  2024-02-01 09:04  2024-02-01 09:09"
    rows = [f"C{n}  {times}  {1 + n % 3}  ALARM  41.{900 + n}  -87.{600 + n}" for n in range(40)]
    header = "Call No  Incident Time  Dispatched  Arrived  Priority  Nature  Latitude  Longitude"
    draft = drafted(written(tmp_path, "\n".join([header, *rows])))
    assert "# kind: call  # check" in draft
    assert "  # dispatched: Dispatched  #" in draft
    assert "  # arrived: Arrived  #" in draft
    assert "reported:" not in draft
    assert "recorded:" not in draft
    parse_mapping(
        re.sub(r"^(\s*)# (kind|dispatched|arrived|priority):", r"\1\2:", answered(draft), flags=re.M),
        name="c",
    )
    assert "kind: call" not in drafted(written(tmp_path, TOWN))


def test_a_draft_says_what_it_saw(tmp_path: Path) -> None:
    mapping = parse_mapping(answered(drafted(written(tmp_path, TOWN))), name="town.yaml")
    assert mapping.columns.by_role() == {
        "key": "Case No", "occurred_start": "Occurred Date", "reported": "Reported", "offence": "What Happened",
        "x": "Longitude", "y": "Latitude",
    }  # fmt: skip
    assert mapping.offences.groups == {
        "BURGLARY": "burglary", "Found a glove": "found-a-glove", "NARCOTICS": "drugs",
        "Theft f/Auto": "theft-from-vehicle",
    }  # fmt: skip
    assert mapping.offences.nibrs == {"BURGLARY": "220", "NARCOTICS": "35A", "Theft f/Auto": "23F"}
    assert mapping.origin_of("NARCOTICS").origin is Origin.ENFORCEMENT_FOUND
    assert (mapping.bbox.west, mapping.bbox.south, mapping.bbox.east, mapping.bbox.north) == (
        -87.704, 41.9, -87.596, 42.0
    )  # fmt: skip
    assert mapping.publisher == "Town: of, sorts"


def thirty(lat: float, lon: float, step: float) -> str:
    """Return thirty robberies on a line that goes north-west."""
    rows = (
        f"{n}  2024-01-{n + 1:02d}  ROBBERY  {lat + n * step:.4f}  {lon - n * step:.4f}" for n in range(30)
    )
    return "\n".join(["id  occurred  type  lat  lon", *rows])


def test_the_box_is_wider_than_the_points_and_says_so(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, thirty(41.0, -87.0, 0.01)))
    box = parse_mapping(answered(draft), name="town.yaml").bbox
    # 0.29 degrees of points, and a tenth of that on each side
    assert (box.south, box.north) == pytest.approx((40.971, 41.319), abs=0.002)
    assert (box.west, box.east) == pytest.approx((-87.319, -86.971), abs=0.002)
    assert "widened by a tenth on each side; set it to the town's limits" in draft


def test_a_small_box_is_widened_by_a_kilometre(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, thirty(41.0, -87.0, 0.0001)))
    box = parse_mapping(answered(draft), name="town.yaml").bbox
    assert (box.south, box.north) == pytest.approx((40.990, 41.013), abs=0.002)
    # a degree of longitude is shorter there, so a kilometre is more of it
    assert (box.west, box.east) == pytest.approx((-87.0162, -86.9867), abs=0.002)


def test_a_smaller_next_delivery_is_let_in(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, TOWN))
    asserted = parse_mapping(answered(draft), name="town.yaml").assertions
    assert (asserted.rows_min, asserted.rows_max) == (1, 27)
    assert "check: this file has 9; does each file hold everything, or only what is new?" in draft


UNUSED = """
id  occurred          crime type  lat   lon    Noted On    Updated           Beat  Remark         Suspect  Blank
1   2024-01-01T10:00  ROBBERY     41.1  -87.1  01/31/2024  2024-02-01T10:00  1     seen by Jones  Smith    .
2   2024-01-02T10:00  ROBBERY     41.2  -87.2  02/01/2024  2024-02-02T10:00  2     seen by Doe    Smith    .
3   2024-01-03T10:00  THEFT       41.3  -87.3  02/02/2024  2024-02-03T10:00  3     .              Miller   .
"""


def test_every_column_that_is_not_read_is_named_without_its_values(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, UNUSED))
    comments = [line.strip() for line in draft.splitlines() if line.startswith("  # ")]
    assert [line for line in comments if "not read" in line] == [
        "# not read: Beat (numbers, 3 different)",
        "# not read: Remark (texts, 2 different, 33% blank)",
        "# not read: Blank (blank in every row)",
    ]
    assert "# about people, and never to be mapped: Suspect" in comments
    assert not any(name in draft for name in ("Jones", "Doe", "Smith", "Miller"))


@pytest.mark.parametrize("name", ["Rpt Date", "RPT_DT", "Report Date", "DATE_RPTD", "ReportedTime"])
def test_when_it_was_reported_goes_by_many_names(tmp_path: Path, name: str) -> None:
    draft = drafted(written(tmp_path, UNUSED.replace("Noted On", name)))
    assert parse_mapping(answered(draft), name="town.yaml").columns.reported == name


def test_dates_without_a_role_need_only_their_sign_taken_out(tmp_path: Path) -> None:
    draft = answered(drafted(written(tmp_path, UNUSED)))
    assert parse_mapping(draft, name="town.yaml").columns.reported is None
    taken = re.sub(r"^( *)# (?=reported:|recorded:|time_format:)", r"\1", draft, flags=re.MULTILINE)
    mapping = parse_mapping(taken, name="town.yaml")
    assert (mapping.columns.reported, mapping.columns.recorded) == ("Noted On", "Updated")
    assert mapping.format_of("reported") == "%m/%d/%Y"
    result = clean(
        open_delivery(tmp_path / "town.csv", mapping=mapping), mapping=mapping, key=b"k" * 32, epsg=32616,
        loaded_on=date(2024, 9, 30),
    )  # fmt: skip
    for role, day in (("reported", "2024-01-31"), ("recorded", "2024-02-01")):
        assert str(result.accepted[role][0]).startswith(day)


def test_a_column_of_lists_is_named_too(tmp_path: Path) -> None:
    listed = table(UNUSED).append_column("units", pa.array([["A"], ["B"], []], pa.list_(pa.string())))
    arrow_parquet.write_table(listed, tmp_path / "town.parquet")
    assert "# not read: units (lists or records, which no role reads)" in drafted(tmp_path / "town.parquet")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"id": "My Town"}, "The source id 'My Town' must be lower-case letters, digits and hyphens"),
        ({"zone": "Chicago"}, "'Chicago' is no IANA time zone"),
        ({"crs": "EPSG:9"}, "--crs EPSG:9 is no reference system that PROJ knows"),
        (
            {"crs": "EPSG:2913"},
            "'Longitude' and 'Latitude' of town.csv are degrees, to which --crs EPSG:2913",
        ),
    ],
)
def test_what_no_file_tells_is_held_to_what_a_mapping_may_say(
    told: dict[str, str], words: str, tmp_path: Path
) -> None:
    good = {"id": "town", "publisher": "Town", "licence": "internal", "zone": "UTC", "crs": "EPSG:4326"}
    file = written(tmp_path, TOWN)
    assert draft_mapping(file, **good)
    with pytest.raises(BadInput, match=words):
        draft_mapping(file, **(good | told))


def test_a_draft_warns_of_columns_about_people_and_maps_none(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, TOWN))
    assert "# about people, and never to be mapped: Victim Age" in draft
    assert "Victim Age" not in parse_mapping(answered(draft), name="town.yaml").columns_read()


def test_the_file_loads_by_its_answered_draft(tmp_path: Path) -> None:
    file = written(tmp_path, TOWN)
    mapping = parse_mapping(answered(drafted(file)), name="town.yaml")
    result = clean(
        open_delivery(file, mapping=mapping), mapping=mapping, key=b"k" * 32, epsg=32616, loaded_on=date(2024, 9, 30)
    )  # fmt: skip
    assert (result.accepted.num_rows, result.findings.problems) == (9, ())


APART = """
id  incident date  incident time  crime type  x         y
1   2024-02-01     930            THEFT       1190000   1890000
2   2024-02-02     1015           THEFT       1190100   1890100
3   2024-02-03     2359           ROBBERY     1190200   1890200
4   2024-02-04     0001           ROBBERY     1190300   1890300
5   2024-02-05     1200           ROBBERY     1190400   1890400
6   2024-02-06     1200           ROBBERY     1190500   1890500
7   2024-02-07     1200           ROBBERY     1190600   1890600
8   2024-02-08     1200           ROBBERY     1190700   1890700
"""


def test_date_and_time_of_day_apart_and_places_in_feet(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, APART))
    with pytest.raises(BadInput, match=r"crs: .*bbox: "):
        parse_mapping(draft, name="town.yaml")
    mapping = parse_mapping(answered(drafted(tmp_path / "town.csv", crs="EPSG:3435")), name="town.yaml")
    assert mapping.combine == {"occurred_at": ("incident date", "incident time")}
    assert mapping.format_of("occurred_start") == "%Y-%m-%d %H%M"
    assert (mapping.crs, mapping.columns.x, mapping.columns.y) == ("EPSG:3435", "x", "y")
    assert -87.6 < mapping.bbox.west < mapping.bbox.east < -87.5
    result = clean(
        open_delivery(tmp_path / "town.csv", mapping=mapping), mapping=mapping, key=b"k" * 32, epsg=32616,
        loaded_on=date(2024, 9, 30),
    )  # fmt: skip
    assert result.accepted["local_hour"].to_pylist() == [9, 10, 23, 0, 12, 12, 12, 12]


MIDNIGHTS = """
DR_NO  Date Rptd               DATE OCC                TIME OCC  Crm Cd Desc       LAT   LON
1      02/14/2024 12:00:00 AM  02/13/2024 12:00:00 AM  2230      VEHICLE - STOLEN  34.1  -118.3
2      02/15/2024 12:00:00 AM  02/14/2024 12:00:00 AM  0045      VEHICLE - STOLEN  34.2  -118.4
3      02/16/2024 12:00:00 AM  02/15/2024 12:00:00 AM  1200      ROBBERY           34.3  -118.5
4      02/17/2024 12:00:00 AM  02/16/2024 12:00:00 AM  1200      ROBBERY           34.4  -118.6
"""


def test_a_midnight_that_every_value_carries_is_no_time(tmp_path: Path) -> None:
    mapping = parse_mapping(answered(drafted(written(tmp_path, MIDNIGHTS))), name="town.yaml")
    assert mapping.time_formats == {
        "occurred_start": "%m/%d/%Y 12:00:00 AM %H%M", "reported": "%m/%d/%Y 12:00:00 AM"
    }  # fmt: skip
    result = clean(
        open_delivery(tmp_path / "town.csv", mapping=mapping), mapping=mapping, key=b"k" * 32, epsg=32611,
        loaded_on=date(2024, 9, 30),
    )  # fmt: skip
    assert result.accepted["local_hour"].to_pylist() == [22, 0, 12, 12]


RESOLUTIONS = """
first                      second                     resolution  told
2024-01                    2024-02                    month       # check: the file tells no more
2024-01-31                 2024-02-01                 day         # check: the file tells no more
2024-01-31T00:00:00        2024-02-01T00:00:00        day         # check: the file tells no more
2024-01-31T10:00:00        2024-02-01T00:00:00        second      # check
2024-01-31 10:00:00+00     2024-02-01 00:00:00+00     second      its times carry an offset from UTC; is it true?
"""


@pytest.mark.parametrize("line", RESOLUTIONS.strip().splitlines()[1:])
def test_what_the_times_tell(line: str, tmp_path: Path) -> None:
    first, second, resolution, told = re.split(r"\s{2,}", line.strip())
    drawing = f"occurred  type  lat  lon\n{first}  ROBBERY  41.1  -87.1\n{second}  ROBBERY  41.2  -87.2"
    draft = drafted(written(tmp_path, drawing))
    assert parse_mapping(answered(draft), name="town.yaml").time_resolution == resolution
    assert told in draft
    assert ("carry an offset" in draft) == ("carry an offset" in told)


NOTHING = [
    ("who   when\nA     2024-01-01\nB     2024-01-02", "No column of town.csv looks like coordinates"),
    ("lon    lat\n-87.1  41.1\n-87.2  41.2", "No column of town.csv looks like a time"),
]


@pytest.mark.parametrize(("drawing", "words"), NOTHING)
def test_without_time_or_place_there_is_nothing_to_map(drawing: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=words):
        drafted(written(tmp_path, drawing))


FRENCH = """
N° dossier  Date des faits  Heure  Catégorie  X (m)   Y (m)     Secteur
D-1         13/01/2024      09:30  VOL        786927  1442290  1
D-2         14/01/2024      10:30  VOL        786928  1442291  2
D-3         15/01/2024      11:30  चोरी        786929  1442292  1
D-4         16/01/2024      12:30  VOL        786930  1442293  2
"""


def test_a_header_with_accents_and_codes_of_another_script(tmp_path: Path) -> None:
    draft = drafted(written(tmp_path, FRENCH), crs="EPSG:32643")
    mapping = parse_mapping(answered(draft), name="town.yaml")
    assert mapping.columns.offence == "Catégorie"
    assert '  # key: "N° dossier"  # another value in every row: if it is the publisher' in draft
    assert "2 codes here have none: say under `by_offence` which of them patrols find" in draft
    assert mapping.combine == {"occurred_at": ("Date des faits", "Heure")}
    assert mapping.offences.groups == {"VOL": "vol", "चोरी": "चोरी"}


def test_decimals_behind_a_comma_are_said_in_a_sentence(tmp_path: Path) -> None:
    file = written(tmp_path, re.sub(r"(\d{6,7})  ?", r"\1,5  ", FRENCH))
    with pytest.raises(
        BadInput, match=r"a comma before their decimals \('X \(m\)'\); save the file with points"
    ):
        drafted(file, crs="EPSG:32643")


ODD_FILES = [
    (b"a;b;c\n1;2;3\n", "parts its fields with semicolons"),
    (b"a\tb\n1\t2\n", "parts its fields with tabs"),
    (b"PK\x03\x04rest", "is an archive or a spreadsheet"),
    (b"PAR1rest", "is damaged Parquet"),
    (b"", "cannot be read as comma-separated values"),
]


@pytest.mark.parametrize(("content", "words"), ODD_FILES, ids=[words for _, words in ODD_FILES])
def test_a_file_that_is_no_csv_is_refused_with_a_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "town.csv").write_bytes(content)
    with pytest.raises(BadInput, match=words):
        drafted(tmp_path / "town.csv")


def test_another_encoding_is_found(tmp_path: Path) -> None:
    file = written(tmp_path, TOWN.replace("Found a glove", "Trouvé un gant"))
    file.write_bytes(file.read_bytes().decode().encode("cp1252"))
    mapping = parse_mapping(answered(drafted(file)), name="town.yaml")
    assert mapping.encoding == "cp1252"
    assert "Trouvé un gant" in (mapping.offences.groups or {})


TIMES = """
values                                     formats
2024-01-31T10:00:00.000                    ISO 8601
2024-01-31 | 2024-02-01                    ISO 8601
31/01/2024 10:00 | 01/02/2024 11:00        %d/%m/%Y %H:%M
01/31/2024 10:00:00 PM | 01/02/2024 1:00:00 AM  %m/%d/%Y %I:%M:%S %p
01/02/2024 | 03/04/2024                    %m/%d/%Y & %d/%m/%Y
31.01.2024 10:00                           %d.%m.%Y %H:%M
2024-01 | 2023-12                          %Y-%m
2024 | 2023                                .
hello                                      .
"""


@pytest.mark.parametrize("line", TIMES.strip().splitlines()[1:])
def test_formats_of_times_are_all_those_that_fit(line: str) -> None:
    values, formats = re.split(r"\s{2,}", line.strip())
    guess = guess_times(values.split(" | "))
    assert (" & ".join(guess.formats) if guess else ".") == formats
    assert guess is None or guess.ambiguous == ("&" in formats)


@settings(deadline=None)
@given(st.lists(st.datetimes(), min_size=1, max_size=20))
def test_iso_times_are_never_asked_back(moments: list[object]) -> None:
    guess = guess_times([str(moment) for moment in moments])
    assert guess is not None
    assert guess.formats == (ISO,)


@pytest.mark.parametrize(
    ("values", "form"), [(["10:15", "9:05"], "%H:%M"), (["0915", "2359"], "%H%M"), (["x"], None)]
)
def test_times_of_day(values: list[str], form: str | None) -> None:
    assert guess_clock(values) == form


PROPOSED = """
published                          group               nibrs
13A                                aggravated-assault  13A
BURGLARY - RESIDENTIAL             burglary            220
Larceny From Motor Vehicle         theft-from-vehicle  23F
GRAND LARCENY OF MOTOR VEHICLE     vehicle-theft       240
VEHICLE - STOLEN                   vehicle-theft       240
MV THEFT                           vehicle-theft       240
THEFT FROM MV                      theft-from-vehicle  23F
AGG ASSAULT                        aggravated-assault  13A
Criminal Trespass                  trespass            90J
Vandelism                          criminal-damage     290
PUBLIC PEACE VIOLATION             public-peace-violation  .
Violence and sexual offences       violence-and-sexual-offences  .
0110                               code-0110           .
STUPÉFIANTS                        stupefiants         .
चोरी                               चोरी                .
हत्या का प्रयास                      हत्या-का-प्रयास       .
"""


@pytest.mark.parametrize("line", PROPOSED.strip().splitlines()[1:])
def test_nibrs_is_proposed_by_likeness_of_names(line: str) -> None:
    published, group, nibrs = re.split(r"\s{2,}", line.strip())
    proposed = propose(published)
    assert (proposed.group, proposed.nibrs or ".") == (group, nibrs)


@settings(deadline=None)
@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff"),
        min_size=1,
    )
)
def test_every_published_code_survives_yaml(code: str) -> None:
    keys = read_yaml(f"{scalar(code)}: {scalar('x' + code)}\n", where="codes")
    assert keys.take(code, str) == "x" + code


@data_folder("forecast")
def test_a_real_file_is_drafted_and_loads(tmp_path: Path) -> None:
    rows = arrow_parquet.read_table(DATA / "forecast" / "nyc_2014_2015.parquet").slice(0, 20_000)
    arrow_parquet.write_table(rows, tmp_path / "nyc.parquet")
    mapping = parse_mapping(answered(drafted(tmp_path / "nyc.parquet")), name="town.yaml")
    result = clean(
        open_delivery(tmp_path / "nyc.parquet", mapping=mapping), mapping=mapping, key=b"k" * 32, epsg=32618,
        loaded_on=date(2024, 9, 30),
    )  # fmt: skip
    assert mapping.offences.nibrs == {
        "BURGLARY": "220", "FELONY ASSAULT": "13A", "GRAND LARCENY": "23H", "ROBBERY": "120"
    }  # fmt: skip
    assert result.accepted.num_rows > 0.995 * 20_000
