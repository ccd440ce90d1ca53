"""What becomes of a row: drawn tables for every rule, and the one law that nothing vanishes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.findings import LoadHeld, Reason
from peelian.city.intake.clean import clean
from peelian.city.intake.incident_table import ACCEPTED, REJECTED
from peelian.city.intake.read import RawFile, WrongFields, raw_table
from peelian.city.mapping.source import Assertions, Columns, Correction, Dates, Offences, Origins
from peelian.domain.incident import Origin
from peelian.domain.place import project
from tests.city.drawn import DRAWN, KEY, KEYED, TODAY, cleaned, column, held, outcome, reasons, strict, table

GOOD = "2024-01-02 10:15:00  -87.60  41.90  BURG"


def test_an_accepted_row() -> None:
    result = cleaned("time  lon  lat  offence\n" + GOOD)
    assert result.accepted.schema.equals(ACCEPTED)
    assert result.rejected.schema.equals(REJECTED)
    (row,) = result.accepted.to_pylist()
    x_m, y_m = project([-87.6], [41.9], source="EPSG:4326", target="EPSG:32616")
    assert {name: value for name, value in row.items() if not name.endswith(("hash", "hmac"))} == {
        "occurred_start": datetime(2024, 1, 2, 16, 15, tzinfo=UTC),
        "occurred_end": None,
        "reported": None,
        "recorded": None,
        "revised": None,
        "local_date": date(2024, 1, 2),
        "local_hour": 10,
        "time_note": "plain",
        "lon": -87.6,
        "lat": 41.9,
        "x_m": x_m[0],
        "y_m": y_m[0],
        "precision_m": 10.0,
        "offence_published": "BURG",
        "offence": "burglary",
        "origin": "victim-reported",
        "source": "drawn",
        "withdrawn": False,
    }


def test_rows_are_turned_away_one_by_one_each_with_its_reason() -> None:
    result = cleaned("""
        time                 lon      lat    offence
        2024-01-02 10:15:00  -87.60   41.90  BURG
        .                    -87.60   41.90  BURG
        yesterday            -87.60   41.90  BURG
        2024-02-30 10:00:00  -87.60   41.90  BURG
        1974-01-02 10:15:00  -87.60   41.90  BURG
        2074-01-02 10:15:00  -87.60   41.90  BURG
        2024-07-02 10:15:00  -87.60   41.90  BURG
        2024-01-02 10:15:00  .        41.90  BURG
        2024-01-02 10:15:00  -87.60   here   BURG
        2024-01-02 10:15:00  0        0.0    BURG
        2024-01-02 10:15:00  -80.00   41.90  BURG
        2024-01-02 10:15:00  -87.60   41.90  .
        2024-01-02 10:15:00  .        .      .
    """)
    assert reasons(result) == [
        (2, "time-missing"),
        (3, "time-unreadable"),
        (4, "time-unreadable"),
        (5, "outside-dates"),
        (6, "outside-dates"),
        (7, "outside-dates"),
        (8, "place-missing"),
        (9, "place-missing"),
        (10, "at-zero"),
        (11, "outside-bbox"),
        (12, "offence-missing"),
        (13, "place-missing"),
    ]
    assert result.findings.accepted == 1


def test_a_row_turned_away_is_kept_as_it_was_published_in_its_mapped_columns() -> None:
    result = cleaned("time  lon  lat  offence\nnever  -87.60  41.90  BURG\n" + GOOD)
    (row,) = result.rejected.to_pylist()
    assert json.loads(row["raw_json"]) == {
        "time": "never",
        "lon": "-87.60",
        "lat": "41.90",
        "offence": "BURG",
    }


def test_rows_with_a_wrong_number_of_fields_stand_among_the_others() -> None:
    drawn = raw_table(table("time  lon  lat  offence\nnever  -87.60  41.90  BURG\n" + GOOD))
    raw = replace(drawn, row_numbers=np.array([1, 3]), wrong_fields=(WrongFields(2, 4, 3),))
    result = clean(raw, mapping=DRAWN, key=KEY, epsg=32616, loaded_on=TODAY)
    assert reasons(result) == [(1, "time-unreadable"), (2, "wrong-number-of-fields")]
    assert result.findings.read == 3


# Times


def test_the_clocks_are_noted_and_nobody_is_turned_away_for_them() -> None:
    result = cleaned("""
        time              lon     lat    offence
        2024-03-10 02:30  -87.60  41.90  BURG
        2023-11-05 01:30  -87.60  41.90  BURG
        2023-11-05 02:30  -87.60  41.90  BURG
    """)
    assert column(result, "time_note") == ["gap", "ambiguous", "plain"]
    assert [at.hour for at in column(result, "occurred_start")] == [8, 6, 8]
    assert column(result, "local_hour") == [3, 1, 2]
    assert {note.name: note.rows for note in result.findings.notes} == {"ambiguous": 1, "gap": 1}


TIMES = """
text                        format                  instant               hour
2024-01-02 10:15:00         .                       2024-01-02T16:15      10
2024-01-02T10:15            .                       2024-01-02T16:15      10
2024-01-02T10:15:00.250     .                       2024-01-02T16:15      10
2024-01-02T16:15:00Z        .                       2024-01-02T16:15      10
2024-01-03T01:15:00+09:00   .                       2024-01-02T16:15      10
2024-01-02                  .                       2024-01-02T06:00      .
01/02/2024 10:15:00 AM      %m/%d/%Y %I:%M:%S %p    2024-01-02T16:15      10
02.01.2024                  %d.%m.%Y                2024-01-02T06:00      .
"""


@pytest.mark.parametrize("line", TIMES.strip().splitlines()[1:])
def test_times_as_publishers_write_them(line: str) -> None:
    text, form, instant, hour = (cell.strip() for cell in line.split("  ") if cell.strip())
    mapping = replace(DRAWN, time_format=None if form == "." else form)
    result = cleaned(f"time  lon  lat  offence\n{text}  -87.60  41.90  BURG", mapping)
    (at,) = column(result, "occurred_start")
    assert at.strftime("%Y-%m-%dT%H:%M") == instant
    assert column(result, "local_hour") == [None if hour == "." else int(hour)]
    assert column(result, "local_date") == [date(2024, 1, 2)]


@pytest.mark.parametrize(
    ("kind", "hour"),
    [
        (pa.timestamp("us"), 16),
        (pa.timestamp("ns"), 16),
        (pa.timestamp("ms", "UTC"), 10),
        (pa.date32(), None),
    ],
)
def test_times_as_parquet_types_them(kind: pa.DataType, hour: int | None) -> None:
    """A time without zone is civil time; one with a zone is an instant; a date tells no hour."""
    drawn = table("time  lon  lat  offence\n" + GOOD)
    times = pa.array([datetime.fromisoformat("2024-01-02T16:15")], pa.timestamp("us")).cast(kind, safe=False)
    result = cleaned(drawn.set_column(0, "time", times))
    assert column(result, "local_hour") == [hour]
    assert column(result, "local_date") == [date(2024, 1, 2)]


def test_a_source_that_knows_days_only_has_no_hours() -> None:
    result = cleaned("time  lon  lat  offence\n" + GOOD, replace(DRAWN, time_resolution="day"))
    assert column(result, "local_hour") == [None]


SPANNED = replace(
    DRAWN, columns=replace(DRAWN.columns, occurred_start="from", occurred_end="to", recorded="recorded")
)


def test_spans_and_recorded_times() -> None:
    result = cleaned(
        """
        from              to                recorded          lon     lat    offence
        2024-01-02 10:00  2024-01-02 12:00  2024-01-03 08:00  -87.60  41.90  BURG
        2024-01-02 10:00  .                 .                 -87.60  41.90  BURG
        2024-01-02 10:00  2024-01-02 09:00  2024-01-03 08:00  -87.60  41.90  BURG
        2024-01-02 10:00  2024-01-02 12:00  2094-01-03 08:00  -87.60  41.90  BURG
        2024-01-02 10:00  noon              2024-01-03 08:00  -87.60  41.90  BURG
        2024-01-02 10:00  2024-01-02 12:00  2024-01-02 09:00  -87.60  41.90  BURG
        2023-11-05 01:50  2023-11-05 01:10  2023-11-05 01:20  -87.60  41.90  BURG
        """,
        SPANNED,
    )
    assert reasons(result) == [(3, "end-before-start"), (4, "outside-dates"), (5, "time-unreadable")]
    ends = column(result, "occurred_end")
    assert ends[0] == datetime(2024, 1, 2, 18, tzinfo=UTC)
    assert ends[1] is None
    assert ends[3] == datetime(
        2023, 11, 5, 7, 10, tzinfo=UTC
    )  # the second 01:10, for the first was before 01:50
    notes = {note.name: note.rows for note in result.findings.notes}
    assert notes["recorded-before-it-occurred"] == 1


def test_an_end_of_which_the_day_alone_is_told_is_the_end_of_that_day() -> None:
    result = cleaned(
        """
        from              to                recorded          lon     lat    offence
        2024-01-02 10:00  2024-01-02        2024-01-03 08:00  -87.60  41.90  BURG
        2024-01-02        2024-01-02        2024-01-03 08:00  -87.60  41.90  BURG
        2024-01-02        2024-01-02 09:00  2024-01-03 08:00  -87.60  41.90  BURG
        2024-01-02 10:00  2024-01-01        2024-01-03 08:00  -87.60  41.90  BURG
        2024-01-02        2024-01-01 23:59  2024-01-03 08:00  -87.60  41.90  BURG
        2024-03-09 10:00  2024-03-10        2024-03-11 08:00  -87.60  41.90  BURG
        """,
        SPANNED,
    )
    assert reasons(result) == [(4, "end-before-start"), (5, "end-before-start")]
    assert column(result, "occurred_end") == [
        datetime(2024, 1, 3, 5, 59, 59, tzinfo=UTC),
        datetime(2024, 1, 3, 5, 59, 59, tzinfo=UTC),
        datetime(2024, 1, 2, 15, 0, tzinfo=UTC),
        datetime(2024, 3, 11, 4, 59, 59, tzinfo=UTC),  # that night the clocks went forward
    ]


def test_a_closed_source_ends_on_its_last_day() -> None:
    closed = replace(DRAWN, dates=Dates(date(2023, 1, 1), latest=date(2024, 1, 1)))
    result = cleaned(
        """
        time              lon     lat    offence
        2024-01-01 23:59  -87.60  41.90  BURG
        2024-01-02 00:00  -87.60  41.90  BURG
        """,
        closed,
    )
    assert reasons(result) == [(2, "outside-dates")]


# Places


def test_feet_are_carried_to_degrees_and_metres() -> None:
    feet = replace(
        DRAWN,
        crs="EPSG:2913",
        columns=replace(DRAWN.columns, x="x_ft", y="y_ft"),
        bbox=replace(DRAWN.bbox, west=-123.0, east=-122.0, south=45.0, north=46.0),
    )
    result = cleaned("time  x_ft  y_ft  offence\n2024-01-02  7642762  704069  BURG", feet)
    assert column(result, "lon") == pytest.approx([-122.6847], abs=1e-4)
    assert column(result, "lat") == pytest.approx([45.5771], abs=1e-4)


SWAPPED = """
    time              lon    lat     offence
    2024-01-02 10:00  41.90  -87.60  BURG
    2024-01-02 11:00  41.91  -87.61  BURG
    2024-01-02 12:00  -87.6  41.90   BURG
"""


def test_swapped_coordinates_hold_the_whole_load_back() -> None:
    sentence, findings = held(SWAPPED, strict(swapped=0))
    assert (
        "2 of 3 rows (66.7%) lie inside the bounding box only with their two coordinates exchanged"
        in sentence
    )
    assert "exchange the two columns in the mapping" in sentence
    assert findings.document()["rejected"] == {"swapped": 2}


def test_a_stray_among_more_that_are_merely_outside_is_no_exchange() -> None:
    result = cleaned(
        """
        time              lon     lat     offence
        2024-01-02 10:00  41.90   -87.60  BURG
        2024-01-02 11:00  -60.00  41.90   BURG
        2024-01-02 12:00  -87.6   41.90   BURG
        """,
        strict(swapped=0),
    )
    assert reasons(result) == [(1, "swapped"), (2, "outside-bbox")]


PILE = """
    time              lon    lat    offence
    2024-01-02 10:00  0      0      BURG
    2024-01-02 11:00  0.0    -0.0   BURG
    2024-01-02 12:00  -87.6  41.90  BURG
    2024-01-02 13:00  -87.6  41.90  BURG
"""


def test_a_pile_at_zero_holds_the_load_back_beyond_its_limit() -> None:
    assert reasons(cleaned(PILE, strict(at_zero=0.5))) == [(1, "at-zero"), (2, "at-zero")]
    sentence, _ = held(PILE, strict(at_zero=0.49))
    assert "2 of 4 rows (50.0%) lie at (0, 0) (first: row 1) where at most 49.0% may" in sentence


@pytest.mark.parametrize(
    ("limit", "row"),
    [
        ("outside_dates", "1974-01-02 10:00  -87.6  41.9  BURG"),
        ("outside_bbox", "2024-01-02 10:00  -80.0  41.9  BURG"),
        ("time_unreadable", "10 o'clock  -87.6  41.9  BURG"),
        ("place_missing", "2024-01-02 10:00  .  41.9  BURG"),
    ],
)
def test_any_reason_beyond_its_limit_holds_the_load_back(limit: str, row: str) -> None:
    drawing = f"time  lon  lat  offence\n{row}\n{GOOD}\n{GOOD}\n{GOOD}"
    assert cleaned(drawing, strict(**{limit: 0.25})).findings.accepted == 3
    assert "1 of 4 rows (25.0%)" in held(drawing, strict(**{limit: 0.2}))[0]


def test_a_time_that_cannot_be_read_is_shown() -> None:
    sentence, _ = held("time  lon  lat  offence\n01/15/2024 11:00 PM  -87.6  41.9  BURG")
    assert "none of its rows can be used" in sentence
    assert "(first: row 1, '01/15/2024 11:00 PM')" in sentence


# Codes


def test_unknown_codes_stop_the_load_with_the_whole_list() -> None:
    drawing = "time  lon  lat  offence\n" + "\n".join(
        f"2024-01-02  -87.6  41.9  {code}" for code in ["BURG", "ARSN", "NARC", "ARSN", "VICE", "THFT"]
    )
    sentence, findings = held(drawing)
    assert "offence 'ARSN' (2 rows), offence 'NARC' (1 row), offence 'VICE' (1 row)" in sentence
    assert [(code.code, code.rows) for code in findings.unknown_codes] == [
        ("ARSN", 2),
        ("NARC", 1),
        ("VICE", 1),
    ]
    assert findings.read == findings.accepted + sum(count.rows for count in findings.rejected)


def coded(codes: list[str]) -> str:
    return "time  lon  lat  offence\n" + "\n".join(f"2024-01-02  -87.6  41.9  {code}" for code in codes)


def test_of_many_unknown_codes_twenty_are_listed_and_each_is_cut_to_a_codes_length() -> None:
    long = "X" * 41
    sentence, findings = held(coded([long, long, *(f"C{number:02}" for number in range(22))]))
    assert f"offence '{'X' * 37}...' (2 rows), offence 'C00' (1 row)" in sentence
    assert "offence 'C18' (1 row) and 3 more" in sentence
    assert len(findings.unknown_codes) == 23
    document = findings.document()["unknown_codes"]
    assert isinstance(document, list)
    assert len(document) == 20
    assert long not in json.dumps(document)


@pytest.mark.parametrize(
    ("once", "twice", "quoted"),
    [(101, 0, False), (100, 0, True), (60, 59, False), (60, 60, True)],
)
def test_texts_that_are_no_codes_are_counted_and_none_is_quoted(once: int, twice: int, quoted: bool) -> None:
    """Names mapped as offences by mistake must not stand in a sentence, nor in the record that a held load leaves."""
    names = [f"Jane Doe {number}" for number in range(once + twice)]
    sentence, findings = held(coded([*names, *names[once:], "BURG"]))
    kept = sentence + json.dumps(findings.document())
    assert ("Doe" in kept) == quoted
    assert (f"mapped as offence holds no codes ({once + twice:,} different values" in kept) != quoted


def test_codes_as_published_and_one_code_for_every_row() -> None:
    drawing = "time  lon  lat  offence\n2024-01-02  -87.6  41.9  ARSN"
    assert column(cleaned(drawing, replace(DRAWN, offences=Offences())), "offence") == ["ARSN"]
    single = replace(
        DRAWN, offences=Offences(everything="arson"), columns=replace(DRAWN.columns, offence=None)
    )
    result = cleaned(drawing, single)
    assert column(result, "offence") == column(result, "offence_published") == ["arson"]


def test_the_origin_comes_from_the_file_else_from_the_offence() -> None:
    drawing = """
        time        lon    lat   offence  how                taken back
        2024-01-02  -87.6  41.9  BURG     enforcement-found  true
        2024-01-02  -87.6  41.9  THFT     .                  N
        2024-01-02  -87.6  41.9  THFT     victim-reported    .
    """
    told = replace(DRAWN, columns=replace(DRAWN.columns, origin="how", withdrawn="taken back"))
    result = cleaned(drawing, told)
    assert column(result, "origin") == ["enforcement-found", "unknown", "victim-reported"]
    assert column(result, "withdrawn") == [True, False, False]
    by_offence = replace(DRAWN, origins=Origins(by_offence={"theft": Origin.SENSOR_FOUND}))
    assert column(cleaned(drawing, by_offence), "origin") == [
        "victim-reported",
        "sensor-found",
        "sensor-found",
    ]


@pytest.mark.parametrize("role", ["origin", "withdrawn"])
def test_unknown_words_in_any_coded_column_stop_the_load(role: str) -> None:
    drawing = "time  lon  lat  offence  word\n2024-01-02  -87.6  41.9  BURG  perhaps"
    sentence, _ = held(drawing, replace(DRAWN, columns=replace(DRAWN.columns, **{role: "word"})))
    assert f"{role} 'perhaps' (1 row)" in sentence


# Identity


def test_one_key_with_two_contents_is_held_back_and_a_copy_is_turned_away() -> None:
    result = cleaned(
        """
        case  time              lon     lat    offence
        A1    2024-01-02 10:00  -87.60  41.90  BURG
        B2    2024-01-02 10:00  -87.60  41.90  BURG
        A1    2024-01-02 10:00  -87.60  41.90  THFT
        C3    2024-01-02 10:00  -87.60  41.90  BURG
        B2    2024-01-02 10:00  -87.60  41.90  BURG
        A1    2024-01-02 10:00  -87.60  41.90  BURG
        .     2024-01-02 10:00  -87.60  41.90  BURG
        B2    2024-01-02T10:00  -87.6   41.9   BURG
        """,
        KEYED,
    )
    assert reasons(result) == [
        (1, "key-conflict"),
        (3, "key-conflict"),
        (5, "duplicate"),
        (6, "key-conflict"),
        (7, "key-missing"),
        (8, "duplicate"),
    ]
    assert result.accepted.num_rows == 2


def test_without_keys_equal_rows_are_incidents_of_their_own() -> None:
    drawing = f"time  lon  lat  offence\n{GOOD}\n{GOOD}\n{GOOD}"
    result = cleaned(drawing)
    assert result.accepted.num_rows == len(set(column(result, "key_hmac"))) == 3
    assert len(set(column(result, "content_hash"))) == 1
    assert {note.name: note.rows for note in result.findings.notes} == {"equals-an-earlier-row": 2}


def test_a_file_pasted_twice_is_held_back_even_without_keys() -> None:
    sentence, _ = held(f"time  lon  lat  offence\n{GOOD}\n{GOOD}", strict(duplicate=0.4))
    assert "1 of 2 rows (50.0%) repeat an earlier row" in sentence


def test_identity_does_not_hang_on_spelling_or_on_the_order_of_rows() -> None:
    one = cleaned("""
        time                 lon     lat    offence
        2024-01-02 10:00:00  -87.60  41.90  BURG
        2024-01-03 10:00:00  -87.61  41.91  THFT
    """)
    other = cleaned("""
        time              lon       lat     offence
        2024-01-03T10:00  -8.761e1  41.910  THFT
        2024-01-02T10:00  -87.6     41.9    BURG
    """)
    assert column(one, "key_hmac") == column(other, "key_hmac")[::-1]
    assert column(one, "content_hash") == column(other, "content_hash")[::-1]


def test_identity_cannot_be_had_without_the_key() -> None:
    drawing = "case  time  lon  lat  offence\nA1  2024-01-02 10:00  -87.6  41.9  BURG"
    ours, theirs = cleaned(drawing, KEYED), cleaned(drawing, KEYED, key=b"another key")
    assert column(ours, "key_hmac") != column(theirs, "key_hmac")
    assert column(ours, "content_hash") != column(theirs, "content_hash")


def test_two_sources_with_the_same_case_number_are_two_incidents() -> None:
    drawing = "case  time  lon  lat  offence\nA1  2024-01-02 10:00  -87.6  41.9  BURG"
    assert column(cleaned(drawing, KEYED), "key_hmac") != column(
        cleaned(drawing, replace(KEYED, id="other")), "key_hmac"
    )


def test_a_correction_by_hand_changes_what_a_row_says_and_not_which_row_it_is() -> None:
    drawing = "time  lon  lat  offence\n2024-01-02 10:00  -87.6  41.9  BRUG\n" + GOOD
    known = replace(DRAWN, offences=Offences(groups={"BURG": "burglary", "BRUG": "slip of the pen"}))
    by_hand = replace(
        known, corrections=(Correction("offence", "BRUG", "BURG", "typing error, told by mail"),)
    )
    before, after = cleaned(drawing, known), cleaned(drawing, by_hand)
    assert column(after, "offence") == ["burglary", "burglary"]
    assert column(before, "key_hmac") == column(after, "key_hmac")
    changed = [
        a != b for a, b in zip(column(before, "content_hash"), column(after, "content_hash"), strict=True)
    ]
    assert changed == [True, False]
    assert [(note.name, note.rows) for note in after.findings.notes] == [
        ("corrected offence 'BRUG' to 'BURG'", 1)
    ]


# Whole files


def test_too_few_rows_and_too_many_blanks_hold_the_load_back_in_one_sentence() -> None:
    asked = replace(DRAWN, assertions=Assertions(3, 9, {"x": 0.9}, dict.fromkeys(Reason, 1.0)))
    sentence, findings = held(f"time  lon  lat  offence\n{GOOD}\n2024-01-02  .  41.9  BURG", asked)
    assert "it has 2 rows where 3 to 9 are expected" in sentence
    assert "lon is filled in 50.0% of the rows where at least 90.0% is expected" in sentence
    assert len(findings.problems) == 2


def test_a_file_of_nothing_but_broken_rows_is_held_back() -> None:
    empty = table("time  lon  lat  offence\n" + GOOD).slice(0, 0)
    raw: RawFile = replace(raw_table(empty), wrong_fields=(WrongFields(1, 4, 2),))
    with pytest.raises(LoadHeld, match="none of its rows can be used"):
        clean(raw, mapping=DRAWN, key=KEY, epsg=32616, loaded_on=TODAY)


CELLS = {
    "case": st.sampled_from(["A", "B", "C", "D", "E", "F", None]),
    "time": st.sampled_from(
        [
            "2024-01-02 10:00",
            "2024-03-10 02:30",
            "2023-11-05 01:30",
            "2024-01-02",
            "1970-01-01",
            "never",
            None,
            "9999-12-31 23:59:59",
            "0001-01-01",
            "2024-01-02T10:00:00Z",
        ]
    ),
    "lon": st.sampled_from(["-87.6", "41.9", "0", "-80", "x", "1e400", None]),
    "lat": st.sampled_from(["41.9", "-87.6", "0", "", "nan", None]),
    "offence": st.sampled_from(["BURG", "THFT", "THFT ", None]),
}
FILES = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=30)


@given(rows=FILES, keyed=st.booleans())
def test_accepted_and_rejected_make_up_what_was_read(rows: list[dict[str, str | None]], keyed: bool) -> None:
    file = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in CELLS})
    result = outcome(file, KEYED if keyed else DRAWN)
    if isinstance(result, LoadHeld):
        assert result.findings.accepted == 0
        assert sum(count.rows for count in result.findings.rejected) == len(rows)
        return
    assert result.accepted.num_rows + result.rejected.num_rows == len(rows)
    assert result.findings.read == len(rows)
    assert result.findings.accepted == result.accepted.num_rows
    counted = {count.name: count.rows for count in result.findings.rejected}
    assert counted == {r: rows_of(result.rejected, r) for r in set(result.rejected["reason"].to_pylist())}
    assert len(set(column(result, "key_hmac"))) == result.accepted.num_rows
    for field in ACCEPTED:
        assert field.nullable or result.accepted[field.name].null_count == 0


def rows_of(rejected: pa.Table, reason: str) -> int:
    return int(rejected["reason"].to_pylist().count(reason))


def test_columns_are_as_few_as_they_should_be() -> None:
    """No column can hold a name, a case number or a narrative; an address is looked up and not kept."""
    assert set(Columns.roles()) == {
        "occurred_start", "occurred_end", "reported", "recorded", "revised", "x", "y", "offence", "key", "origin",
        "withdrawn", "dispatched", "arrived", "cleared", "priority", "disposition", "address",
    }  # fmt: skip
    assert "address" not in ACCEPTED.names
    assert "key" not in ACCEPTED.names
