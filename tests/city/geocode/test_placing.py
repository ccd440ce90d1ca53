"""Placing addresses in the drawn town: where they come to lie, by which rule, or why they wait for a person."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.geocode.along import Point
from peelian.city.geocode.evidence import EVIDENCE
from peelian.city.geocode.found import Found
from peelian.city.geocode.geocoder import Geocoder
from peelian.city.geocode.index import build_index
from peelian.city.geocode.learned import KnownAddress, Learned, NamedPlace, StreetAlias
from peelian.city.geocode.rate import geocoding_rate
from peelian.city.geocode.segments import NO_NUMBER, AddressPoints, StreetSegments
from peelian.domain.errors import BadInput
from tests.city.geocode.drawn import TABLES, at, geocoder, index, metres, segments

TOWN = geocoder()

PLACED = """
address                         | place      | radius | rule         | street
110 Penn Ave                    |   21   210 |    100 | interpolated | penn ave
199 Penn Ave                    |  199   190 |    100 | interpolated | penn ave
250 Penn Ave                    |  302   210 |    100 | interpolated | penn ave
150 Main St                     |  190   102 |    100 | interpolated | main st
150 Route 8                     |  190   102 |    100 | interpolated | route 8
151 Saint Clair Street          |  410   102 |    100 | interpolated | saint clair st
151 St. Clair St., Apt 4        |  410   102 |    100 | interpolated | saint clair st
200 Fifth Avenue                |  201   410 |    100 | interpolated | 5th ave
1XX Main St                     |  200   100 |     99 | block        | main st
200 BLOCK OF Penn Ave           |  300   200 |     99 | block        | penn ave
Main St & Penn Ave              |  200   200 |     15 | crossing     | main st & penn ave
Penn / Oak                      |    0   200 |     15 | crossing     | penn ave & oak st
FIFTH AVE AT SAINT CLAIR        |  400   400 |     15 | crossing     | 5th ave & saint clair st
150 Elm Ave, 20002              |  102  5010 |    100 | interpolated | elm ave
150 Elm Ave, 10001              |  102    10 |    100 | interpolated | elm ave
250 Elm Ave                     |  302    10 |    100 | interpolated | elm ave
7 Stub Lane                     |   30  6000 |     30 | street       | stub ln
Stub Lane                       |   30  6000 |     30 | street       | stub ln
150 Saint Calir Street          |  390   102 |    100 | interpolated | saint clair st
150 Sant Clair                  |  390   102 |    100 | interpolated | saint clair st
150 Sainnt Clair Street         |  390   102 |    100 | interpolated | saint clair st
150 Saint Clair Streeet         |  390   102 |    100 | interpolated | saint clair st
"""
"""Places in metres from the south-western corner, and the radius in which they are."""

QUEUED = """
150 Elm Ave                     | several-places
150 Walnut Street               | street-unknown
150 Zebra Blvd                  | street-unknown
300 Penn Ave                    | number-out-of-range
99 Penn Ave                     | number-out-of-range
300 BLOCK OF Penn Ave           | number-out-of-range
150 Elm Ave, 99999              | several-places
Penn Ave                        | number-missing
5 Long Lane                     | number-missing
Main St & Oak St                | no-crossing
Main St & Main St               | no-crossing
Main St & Walnut St             | street-unknown
Penn Ave, Main St & Oak St & Elm | unreadable
PO Box 7                        | unreadable
                                | unreadable
"""


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(part.strip() for part in line.split("|")) for line in table.strip("\n").splitlines()]


def one(address: str, *, town: Geocoder = TOWN) -> Found:
    (found,) = town.find([address])
    return found


@pytest.mark.parametrize(("address", "place", "radius", "rule", "street"), rows(PLACED)[1:])
def test_an_address_is_placed(address: str, place: str, radius: str, rule: str, street: str) -> None:
    found = one(address)
    assert found.point is not None, found
    x, y = (int(metre) for metre in place.split())
    assert metres(found.point.lon, found.point.lat) == pytest.approx((x, y), abs=1.5)
    assert found.precision_m == pytest.approx(int(radius), abs=1)
    assert (found.rule, found.street, found.queued) == (rule, street, None)
    assert EVIDENCE.accept <= found.score <= 1


@pytest.mark.parametrize(("address", "reason"), rows(QUEUED))
def test_an_address_waits_for_a_person(address: str, reason: str) -> None:
    found = one(address)
    assert (found.point, found.queued, found.rule) == (None, reason, None)
    assert math.isnan(found.precision_m)


def test_the_columns_say_the_same_as_the_answers() -> None:
    placed = TOWN.place(["Main St & Penn Ave", "150 Zebra Blvd", "Main St & Penn Ave"])
    assert placed.found.tolist() == [True, False, True]
    assert [round(value) for value in metres(placed.lon[0], placed.lat[0])] == [200, 200]
    assert np.isnan([placed.lon[1], placed.lat[1], placed.precision_m[1]]).all()
    assert (placed.lon[2], placed.precision_m[2]) == (placed.lon[0], 15.0)


def test_nothing_asked_is_nothing_answered() -> None:
    assert TOWN.find([]) == ()
    assert TOWN.place([]).found.tolist() == []


@settings(deadline=None)
@given(
    row=st.sampled_from([r for r, name in enumerate(segments().names) if segments().left_from[r] >= 0]),
    plus=st.integers(0, 99),
)
def test_a_perfect_address_lies_beside_its_own_segment(row: int, plus: int) -> None:
    town = segments()
    name = "Main Street" if "Main" in town.names[row] else town.names[row]
    number = int(town.left_from[row]) + plus
    found = one(f"{number} {name}, {town.areas[row]}")
    assert found.point is not None
    (x0, y0), (x1, y1) = (
        metres(town.node_lon[node], town.node_lat[node]) for node in (town.tail[row], town.head[row])
    )
    x, y = metres(found.point.lon, found.point.lat)
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / math.dist((x0, y0), (x1, y1))
    left = ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / math.dist((x0, y0), (x1, y1))
    assert 0 <= along <= town.length_m[row] + 0.5
    assert left == pytest.approx(10 if number % 2 == 0 else -10, abs=0.5)


@settings(deadline=None)
@given(
    number=st.integers(300, 999_999),
    name=st.sampled_from(["Penn Ave", "Main St", "5th Avenue", "Pen Ave", "Saint Clar St"]),
)
def test_a_number_out_of_range_is_never_placed(number: int, name: str) -> None:
    assert one(f"{number} {name}").point is None


@settings(deadline=None)
@given(name=st.from_regex(r"[bcdfgjkqvwxz]{5,9}", fullmatch=True), number=st.integers(1, 400))
def test_an_invented_street_is_never_placed(name: str, number: int) -> None:
    assert one(f"{number} {name} St").point is None


@settings(deadline=None, max_examples=50)
@given(order=st.permutations([row[0] for row in rows(PLACED)[1:12]]))
def test_an_answer_does_not_depend_on_its_company(order: list[str]) -> None:
    assert TOWN.find(order) == tuple(one(address) for address in order)


def test_a_house_in_the_address_file_goes_before_the_ranges() -> None:
    lon, lat = at(37.0, 222.0)
    points = AddressPoints(
        np.array([110, 901]), ("Penn Avenue", "New Court"), np.array([lon, lon]), np.array([lat, lat])
    )
    town = Geocoder(index(points=points), TABLES, fingerprint=str)
    found = one("110 Penn Ave", town=town)
    assert (found.rule, found.point, found.precision_m) == ("house", Point(lon, lat), 5.0)
    assert one("112 Penn Ave", town=town).rule == "interpolated"
    assert one("901 New Court", town=town).rule == "house"
    assert one("903 New Court", town=town).queued == "number-out-of-range"


def test_a_number_of_the_wrong_parity_is_placed_only_where_its_own_side_has_none() -> None:
    town = segments()
    odd_only = replace(town, left_from=town.left_from * 0 + NO_NUMBER, left_to=town.left_to * 0 + NO_NUMBER)
    found = one("110 Penn Ave", town=Geocoder(build_index(odd_only, tables=TABLES), TABLES, fingerprint=str))
    assert found.point is None or metres(found.point.lon, found.point.lat)[1] < 200


def test_a_winding_street_is_followed() -> None:
    ends = [at(0, 0), at(0, 100)]
    bent = replace(
        StreetSegments(
            np.array([lon for lon, _ in ends]), np.array([lat for _, lat in ends]), np.array([0]), np.array([1]),
            ("Bow Lane",), np.array([300.0]), *(np.array([n]) for n in (100, 198, 101, 199)),
        ),
        courses=((at(0, 0), at(100, 0), at(100, 100), at(0, 100)),),
    )  # fmt: skip
    found = one("150 Bow Lane", town=Geocoder(build_index(bent, tables=TABLES), TABLES, fingerprint=str))
    assert found.point is not None
    assert metres(found.point.lon, found.point.lat) == pytest.approx((90, 53), abs=3)


def test_answers_given_by_hand_are_used() -> None:
    somewhere = Point(*at(50, 50))
    learned = Learned(
        addresses=(
            KnownAddress("150 zebra blvd", Point(0, 0), 1.0),
            KnownAddress("150 zebra blvd", somewhere, 10.0),
        ),
        streets=(StreetAlias("walnut st", "penn ave"), StreetAlias("strip", "penn ave")),
    )
    town = replace(TOWN, learned=learned)
    found = one("150 ZEBRA Boulevard #4", town=town)
    assert (found.point, found.rule) == (somewhere, "by-hand")
    assert one("152 Zebra Blvd", town=town).queued == "street-unknown"
    assert one("110 Walnut Street", town=town).point == one("110 Penn Ave").point
    assert one("Strip & Main", town=town).point == one("Penn & Main").point


def test_an_answer_by_hand_outlives_an_alias_taught_later() -> None:
    answer = KnownAddress("150 walnut st", Point(*at(50, 50)), 10.0)
    town = replace(TOWN, learned=Learned((answer,), (StreetAlias("walnut st", "penn ave"),)))
    assert one("150 Walnut St", town=town).rule == "by-hand"


def test_a_named_place_stands_for_an_address() -> None:
    town = replace(TOWN, places=(NamedPlace("City Hall", Point(*at(5, 5)), 20.0),))
    assert one("CITY HALL", town=town).rule == "named-place"
    assert one("City Hall Annex", town=town).point is None


def test_a_rate_accounts_for_every_address() -> None:
    found = TOWN.find(["110 Penn Ave", "Main & Penn", "150 Zebra Blvd", "Penn Ave", "112 Penn Ave"])
    rate = geocoding_rate(found, source="cad")
    assert (rate.asked, rate.placed, rate.queued, rate.share) == (5, 3, 2, 0.6)
    assert rate.document()["by_rule"] == {"interpolated": 2, "crossing": 1}
    assert rate.document()["by_reason"] == {"street-unknown": 1, "number-missing": 1}
    assert geocoding_rate([], source="cad").share is None


def test_a_city_without_streets_places_nothing() -> None:
    none = np.array([], dtype=np.int64)
    empty = StreetSegments(np.array([]), np.array([]), none, none, (), np.array([]), none, none, none, none)
    town = Geocoder(build_index(empty, tables=TABLES), TABLES, fingerprint=str)
    assert one("110 Penn Ave", town=town).queued == "street-unknown"


@pytest.mark.parametrize("change", [{"names": ("Main Street",)}, {"head": np.full(15, 99)}])
def test_segments_that_do_not_fit_together_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        replace(segments(), **change)  # type: ignore[arg-type]
