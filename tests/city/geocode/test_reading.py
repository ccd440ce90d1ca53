"""Reading addresses: what is written, and what is understood."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.geocode.address import Form
from peelian.city.geocode.parse import parse
from peelian.city.geocode.segments import names_of
from peelian.city.geocode.street_name import street_name
from peelian.city.geocode.wording import ordinal, wording
from peelian.city.geocode.words import words_of

TABLES = wording()

READ = """
1234 N Main St                                 | 1234 n main st
1234 north main street                         | 1234 n main st
1234 1/2 N. Main St.                           | 1234 n main st
1234-A Main St                                 | 1234 main st
1234-1240 Main St                              | 1234 main st
1234Main St                                    | 1234 main st
12 High Street                                 | 12 high st
Flat 2, 12 High Street, Leeds LS1 4AB          | 12 high st
1234 Main St Apt 5 Pittsburgh PA 15213-1102    | 1234 main st, 15213
1234 Main St #5                                | 1234 main st
1234 Main St, Unit 7, Pittsburgh, PA           | 1234 main st
near 1234 Main St                              | 1234 main st
1200 BLOCK OF Main St                          | 1200 block of main st
block 1200 Main St                             | 1200 block of main st
1200-1299 Main St                              | 1200 block of main st
12XX MAIN ST                                   | 1200 block of main st
012XX N STATE ST                               | 1200 block of n state st
0000X W 95TH ST                                | 0 block of w 95th st
005XXMain St                                   | 500 block of main st
Main St & 5th Ave                              | 5th ave & main st
Main / Fifth                                   | 5th & main
MAIN ST AT FIFTH AVENUE                        | 5th ave & main st
corner of Main St and Twenty-First St, 15213   | 21st st & main st, 15213
N St Clair St                                  | n saint clair st
St. Clair St & Mt Vernon Ave                   | mount vernon ave & saint clair st
10 Dr Martin Luther King Jr Blvd               | 10 mlk blvd
10 MLK Blvd                                    | 10 mlk blvd
10 North Avenue                                | 10 north ave
10 E North Ave                                 | 10 e north ave
10 Main St NW                                  | 10 main st nw
42 St & 5 Ave                                  | 42nd st & 5th ave
594 Cove                                       | 594 cove
14 O'Hara St                                   | 14 ohara st
12 Éclair Rd                                   | 12 eclair rd
43 1/2 Street & Willow St                      | half43 st & willow st
206 43 1/2 St.                                 | 206 half43 st
144 A STREET                                   | 144 a st
12 A Main Street                               | 12 main st
100 26th Street Ramp                           | 100 26th street ramp
Boulevard of the Allies & Grant St             | boulevard of the allies & grant st
"""


def rows(table: str) -> list[tuple[str, str]]:
    return [tuple(part.strip() for part in line.split("|")) for line in table.strip().splitlines()]  # type: ignore[misc]


@pytest.mark.parametrize(("written", "understood"), rows(READ))
def test_what_is_written_and_what_is_understood(written: str, understood: str) -> None:
    assert str(parse(written, tables=TABLES)) == understood


@pytest.mark.parametrize(
    "written", ["", "   ", "???", "PO Box 12", "P.O. Box 12", "100 Penn Ave & Main St", "A St & B St & C St"]
)
def test_what_is_no_address_is_said_to_be_unreadable(written: str) -> None:
    assert parse(written, tables=TABLES).form is Form.UNREADABLE


MENDED = """
110 Main Streeet             | main st
110 Liberty Bredge           | liberty brg
110 West Commns              | west cmns
110 Penn Lincoln Pakway East | penn lincoln pkwy e
"""


@pytest.mark.parametrize(("written", "meant"), rows(MENDED))
def test_a_misspelt_type_is_also_read_as_the_type(written: str, meant: str) -> None:
    (readings,) = parse(written, tables=TABLES).streets
    assert meant not in str(readings[0]).split(" ", 1)
    assert meant in {str(reading) for reading in readings[1:]}


@pytest.mark.parametrize("word", ["hal", "pall", "boxer", "stree7"])
def test_what_may_be_several_types_or_none_is_not_mended(word: str) -> None:
    assert TABLES.mended_type(word) is None


def test_an_odd_address_is_read_by_the_statistical_parser() -> None:
    address = parse("Giant Eagle rear lot 4250 Murray Ave Squirrel Hill", tables=TABLES)
    assert address.by_library
    assert (address.form, address.number) == (Form.HOUSE, 4250)
    assert "murray ave" in {str(reading) for reading in address.streets[0]}


BASES = [
    "Main",
    "St Clair",
    "Mt. Vernon",
    "Saw Mill Run",
    "Fifth",
    "21st",
    "twenty-first",
    "North",
    "O'Hara",
    "M L K Jr",
]
KINDS = ["", "St", "street", "AVENUE", "Blvd.", "Way", "Park", "Ramp", "St Ext"]
SIDES = ["", "N", "south", "NW", "W."]
STREETS = st.builds(
    lambda before, base, kind, after: " ".join([before, base, kind, after]),
    st.sampled_from(SIDES),
    st.sampled_from(BASES),
    st.sampled_from(KINDS),
    st.sampled_from(SIDES),
)
STARTS = st.sampled_from(["1234 ", "1200 block of ", "12XX ", "007xx ", "12-14 ", "12A ", ""])
ENDS = st.sampled_from(["", " #5", ", Apt 2, Pittsburgh PA", ", 15213", " PA 15213-1102, USA", " suite 12"])
ADDRESSES = st.one_of(
    st.builds(lambda start, street, end: start + street + end, STARTS, STREETS, ENDS),
    st.builds(
        lambda one, joint, other: one + joint + other, STREETS, st.sampled_from([" & ", "/", " AT "]), STREETS
    ),
)


@settings(deadline=None, max_examples=500)
@given(address=ADDRESSES)
def test_normalising_twice_is_normalising_once(address: str) -> None:
    once = str(parse(address, tables=TABLES))
    assert once
    assert str(parse(once, tables=TABLES)) == once


@settings(deadline=None, max_examples=500)
@given(street=STREETS)
def test_the_text_of_a_name_is_read_as_the_same_name(street: str) -> None:
    plain = [word for word in words_of(street, tables=TABLES) if word.isalnum()]
    name = street_name(plain, tables=TABLES)
    assert street_name(str(name).split(), tables=TABLES) == name


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_no_text_is_an_error(text: str) -> None:
    parse(text, tables=TABLES)


def test_a_narrative_is_no_address_and_costs_little() -> None:
    assert parse("x" * 10_000_000, tables=TABLES).form is not Form.HOUSE


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")],
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


@pytest.mark.parametrize(
    ("published", "names"),
    [
        ("Main Street", ("Main Street",)),
        ("Main Street; Route 8", ("Main Street", "Route 8")),
        ("['Main Street', 'Route 8']", ("Main Street", "Route 8")),
        ("[\"O'Hara Street\", 'Route 8']", ("O'Hara Street", "Route 8")),
        ("", ()),
    ],
)
def test_a_segment_may_bear_several_names(published: str, names: tuple[str, ...]) -> None:
    assert names_of(published) == names
