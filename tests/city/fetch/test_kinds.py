"""What only one kind of publisher does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, union_all

from peelian.city.fetch.cells import ABSENT, NO_PARENT, Number, check_kinds, text_table, value_at
from peelian.city.fetch.outcome import Watermark
from peelian.city.fetch.police_uk import split
from peelian.city.mapping.fetch_spec import SocrataFetch
from peelian.domain.errors import BadInput, PeelianError
from tests.city.fetch.caller import Caller, rows_of
from tests.city.fetch.publishers.arcgis import Arcgis, throttled
from tests.city.fetch.publishers.ckan import Ckan
from tests.city.fetch.publishers.office import Asked, Office, Reply, as_json, incidents, open_office, status
from tests.city.fetch.publishers.police_uk import AREA, PoliceUk
from tests.city.fetch.publishers.socrata import Socrata


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path / "kind")


def test_socrata_is_asked_for_the_mapped_columns_only(caller: Caller) -> None:
    with open_office(Socrata()) as office:
        caller.fetch(office)
        first = json.loads(office.pages_asked[0])
    assert first == {
        "$select": ":id,:updated_at,case_number,date,location,primary_type",
        "$order": ":id",
        "$limit": "4",
    }
    assert json.loads(office.pages_asked[1])["$where"] == ":id > 'row-9895.o''k'"


def test_socrata_conditions_are_joined(caller: Caller) -> None:
    class Narrow(Socrata):
        def spec(self) -> SocrataFetch:
            return replace(super().spec(), where="ward = '1' OR ward = '2'")

    with open_office(Narrow()) as office:
        caller.fetch(office, Watermark(updated="2024-01-01T00:00:00.000Z"))
        where = json.loads(office.pages_asked[1])["$where"]
    assert where.startswith(
        "(ward = '1' OR ward = '2') AND :updated_at >= '2024-01-01T00:00:00.000Z' AND :id > "
    )


def test_socrata_working_on_it_is_waited_for(caller: Caller) -> None:
    with open_office(Socrata()) as office:
        office.faults[1] = status(202)
        assert caller.fetch(office).notes == ("page 1: asked again after HTTP 202",)


@pytest.mark.parametrize("body", ['[{"case_number": "HX1"}]', "[1]", '[{":id": null}]'])
def test_an_answer_of_another_shape_stops_the_fetch(caller: Caller, body: str) -> None:
    def odd(_office: Office, _asked: Asked, _true: Callable[[], Reply]) -> Reply:
        return Reply(200, body.encode())

    with open_office(Socrata()) as office:
        office.faults[1] = odd
        with pytest.raises(
            BadInput, match=r"page 1: .* sent an answer of another shape than its interface documents"
        ):
            caller.ask(office)


def test_socrata_lagging_behind_itself_is_told(caller: Caller) -> None:
    def behind(_office: Office, _asked: Asked, true: Callable[[], Reply]) -> Reply:
        return replace(true(), headers={"X-SODA2-Data-Out-Of-Date": "true"})

    with open_office(Socrata()) as office:
        office.faults[2] = behind
        assert caller.fetch(office).notes == (
            "page 2: the publisher says that this answer lags behind its own data",
        )


def test_arcgis_errors_inside_200_are_errors(caller: Caller) -> None:
    def unknown(_office: Office, _asked: Asked, _true: Callable[[], Reply]) -> Reply:
        return as_json({"error": {"code": 499, "message": "Token Required", "details": []}})

    with open_office(Arcgis()) as office:
        office.faults = {1: throttled, 3: unknown}
        with pytest.raises(BadInput, match=r"page 2: .*/query answered HTTP 499 \(Token Required\)"):
            caller.ask(office)
        office.faults = {}
        assert "page 1: asked again after an error 503 in the answer" in caller.fetch(office).notes


def test_arcgis_points_and_dates_that_are_not_there_are_empty(caller: Caller) -> None:
    def odd(_office: Office, _asked: Asked, true: Callable[[], Reply]) -> Reply:
        document = json.loads(true().body)
        first, second, third, _ = document["features"]
        del first["geometry"]
        second["attributes"]["REPORT_DAT"] = None
        third["attributes"]["REPORT_DAT"] = -62135596800001 * 1000
        return as_json(document)

    with open_office(Arcgis()) as office:
        office.faults[1] = odd
        rows = rows_of(caller.fetch(office))
        assert [row[1:4] for row in rows[:3]] == [
            (office.rows[0].when, None, None),
            (None, office.rows[1].lon, office.rows[1].lat),
            ("-62135596800001000", office.rows[2].lon, office.rows[2].lat),
        ]
        assert rows[3:] == office.expected()[3:]


def test_ckan_giving_fewer_than_asked_is_believed(caller: Caller) -> None:
    with open_office(Ckan()) as office:
        office.cap = 3  # type: ignore[attr-defined]
        done = caller.fetch(office)
        assert rows_of(done) == office.expected()
        assert done.pages == 6  # 3, then 2 new ones and the one that overlaps, each time


def test_ckan_records_removed_between_two_pages_cost_no_other_record(caller: Caller) -> None:
    def removed(office: Office, _asked: Asked, true: Callable[[], Reply]) -> Reply:
        office.rows = office.rows[1:]
        return true()

    with open_office(Ckan()) as office:
        office.faults[2] = removed
        done = caller.fetch(office)
        assert rows_of(done) == office.expected()
        assert "began anew: rows were removed or replaced between two pages" in done.notes


def test_ckan_estimates_are_not_reconciled_with(caller: Caller) -> None:
    with open_office(Ckan()) as office:
        office.estimates, office.miscount = True, 3  # type: ignore[attr-defined]
        assert caller.fetch(office).published_rows is None


def test_police_areas_with_too_many_crimes_are_split(caller: Caller) -> None:
    with open_office(PoliceUk(incidents(120))) as office:
        office.most = 12  # type: ignore[attr-defined]
        done = caller.fetch(office)
        assert sorted(rows_of(done)) == sorted(office.expected())  # type: ignore[type-var]
        assert done.pages > 8


def test_a_police_outage_is_no_reason_to_split_for_ever(caller: Caller) -> None:
    with open_office(PoliceUk()) as office:
        office.faults = dict.fromkeys(range(1, 999), status(503))
        with pytest.raises(PeelianError, match="6 attempts ended in HTTP 503"):
            caller.ask(office)
        assert len(office.pages_asked) < 30
        office.faults = {}
        assert sorted(rows_of(caller.fetch(office))) == sorted(office.expected())  # type: ignore[type-var]


def test_police_crimes_of_another_month_are_not_taken(caller: Caller) -> None:
    def other(office: Office, asked: Asked, _true: Callable[[], Reply]) -> Reply:
        return office.answer(replace(asked, query=asked.query | {"date": "2024-03"}))

    with open_office(PoliceUk()) as office:
        office.faults[1] = other
        done = caller.fetch(office)
        assert rows_of(done) == office.expected()
        assert done.notes == ("page 1: asked again after crimes of another month than 2024-01",)


def test_police_months_that_are_not_published_yet_are_told(caller: Caller) -> None:
    class Future(PoliceUk):
        def spec(self) -> object:  # type: ignore[override]
            return replace(super().spec(), first="2024-04")

    class Early(PoliceUk):
        def spec(self) -> object:  # type: ignore[override]
            return replace(super().spec(), first="2023-12")

    for kind in (Future, Early):
        with (
            open_office(kind()) as office,
            pytest.raises(BadInput, match="has the months 2024-01 to 2024-03"),
        ):
            caller.ask(office)


def test_a_police_area_that_crosses_itself_is_refused(caller: Caller) -> None:
    class Bow(PoliceUk):
        def spec(self) -> object:  # type: ignore[override]
            return replace(super().spec(), area=(AREA[0], AREA[2], AREA[1], AREA[3]))

    with open_office(Bow()) as office, pytest.raises(BadInput, match="'area' crosses itself"):
        caller.ask(office)


degrees = st.tuples(st.floats(-2, 2), st.floats(50, 54))


@settings(deadline=None)
@given(corners=st.lists(degrees, min_size=3, max_size=9, unique=True))
def test_the_parts_of_an_area_are_the_area(corners: list[tuple[float, float]]) -> None:
    area = Polygon(corners).convex_hull
    if area.geom_type != "Polygon" or area.area < 1e-3:
        return
    parts = [Polygon(part) for part in split(list(area.exterior.coords[:-1]))]
    assert union_all(parts).symmetric_difference(area).area < 1e-9
    assert sum(part.area for part in parts) == pytest.approx(area.area, rel=1e-9)


def test_numbers_keep_the_text_they_were_sent_as() -> None:
    rows = json.loads(
        '[{"a": 1.50, "b": 12345678901234567890, "c": true, "d": ""}]', parse_float=Number, parse_int=Number
    )
    table, kinds = text_table(rows, columns=("a", "b", "c", "d"))
    assert table.to_pylist() == [{"a": "1.50", "b": "12345678901234567890", "c": "true", "d": None}]
    assert kinds == ("number", "number", "truth value", "text")


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"a": {"b": {"c": 3}}}, "a.b.c", 3),
        ({"a": {"coordinates": [-1, 52]}}, "a.coordinates.1", 52),
        ({"a": {"coordinates": [-1]}}, "a.coordinates.1", ABSENT),
        ({"a": None}, "a.b", NO_PARENT),
        ({"a": {"b": None}}, "a.b", None),
        ({"a": 1}, "a.b", ABSENT),
        ({}, "a.b", ABSENT),
    ],
)
def test_paths(row: dict[str, object], column: str, value: object) -> None:
    assert value_at(row, column) is value or value_at(row, column) == value


def test_a_renamed_part_of_a_column_is_missed_by_its_full_name() -> None:
    rows = [{"location": {"lat": "1"}}, {"location": None}]
    with pytest.raises(
        BadInput, match=r"'location.latitude', .* is not there; the nearest is 'location.lat'"
    ):
        text_table(rows, columns=("location.latitude",))


def test_columns_of_two_kinds_are_refused() -> None:
    with pytest.raises(BadInput, match="holds a number in some rows and a text in others"):
        text_table([{"a": Number("1")}, {"a": "x"}], columns=("a",))
    with pytest.raises(BadInput, match="'a' holds a text where earlier pages hold a number"):
        check_kinds(("text",), before=("number",), columns=("a",))
    assert check_kinds(("", "text"), before=("number", ""), columns=("a", "b")) == ("number", "text")
