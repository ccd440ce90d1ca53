"""Local civil times against the rules of `zoneinfo`, one by one and by the thousand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.civil_time import to_instants, to_local

CHICAGO = """
local civil time     instant               note
2016-07-01T12:00:00  2016-07-01T17:00:00   plain
2016-01-01T00:00:00  2016-01-01T06:00:00   plain
2016-03-13T01:59:59  2016-03-13T07:59:59   plain
2016-03-13T02:30:00  2016-03-13T08:30:00   gap
2016-03-13T03:00:00  2016-03-13T08:00:00   plain
2016-11-06T00:59:59  2016-11-06T05:59:59   plain
2016-11-06T01:30:00  2016-11-06T06:30:00   ambiguous
2016-11-06T02:00:00  2016-11-06T08:00:00   plain
"""


@pytest.mark.parametrize("line", CHICAGO.strip().splitlines()[1:])
def test_chicago(line: str) -> None:
    local, instant, note = line.split()
    found = to_instants(np.array([local], "M8[us]"), zone="America/Chicago")
    assert found.instant[0] == np.datetime64(instant)
    assert (found.ambiguous[0], found.gap[0]) == (note == "ambiguous", note == "gap")


def test_an_ambiguous_time_has_a_second_reading_an_hour_later() -> None:
    found = to_instants(np.array(["2016-11-06T01:30"], "M8[us]"), zone="America/Chicago")
    assert found.second - found.instant == np.timedelta64(1, "h")


def test_a_day_that_samoa_skipped_is_carried_forward_by_a_day() -> None:
    noon = np.array(["2011-12-30T12:00"], "M8[us]")
    found = to_instants(noon, zone="Pacific/Apia")
    assert found.gap[0]
    assert to_local(found.instant, zone="Pacific/Apia")[0] == np.datetime64("2011-12-31T12:00")


def test_no_time_and_times_beyond_any_rule_are_left_alone() -> None:
    far = np.array(["NaT", "9999-12-31T23:59:59", "0001-01-01T00:00:00"], "M8[us]")
    found = to_instants(far, zone="Europe/Paris")
    assert np.array_equal(found.instant, far, equal_nan=True)
    assert not found.ambiguous.any()
    assert not found.gap.any()


def test_nothing_in_nothing_out() -> None:
    assert len(to_instants(np.array([], "M8[us]"), zone="Europe/Paris").instant) == 0


ZONES = st.sampled_from(
    [
        "America/Chicago",
        "America/Los_Angeles",
        "America/Sao_Paulo",  # changed its clocks at midnight
        "America/St_Johns",  # at one minute past midnight, half an hour beside everybody else
        "Australia/Lord_Howe",  # by half an hour
        "Asia/Kolkata",
        "Africa/Casablanca",
        "Pacific/Apia",
    ]
)
DAYS = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2030-01-01"))


@given(zone=ZONES, start=DAYS, step=st.integers(1, 5000), n=st.integers(1, 400))
def test_a_column_is_read_as_its_times_one_by_one(zone: str, start: datetime, step: int, n: int) -> None:
    times = [start + timedelta(minutes=step * i) for i in range(n)]
    found = to_instants(np.array(times, "M8[us]"), zone=zone)
    rules = ZoneInfo(zone)
    expected = [time.replace(tzinfo=rules).astimezone(UTC).replace(tzinfo=None) for time in times]
    assert found.instant.tolist() == expected
    back = [time.replace(tzinfo=UTC).astimezone(rules).replace(tzinfo=None) for time in expected]
    assert to_local(found.instant, zone=zone).tolist() == back
    assert found.gap.tolist() == [time != again for time, again in zip(times, back, strict=True)]


@given(zone=ZONES, year=st.integers(2000, 2029))
def test_the_times_of_a_whole_year_are_noted_rightly(zone: str, year: int) -> None:
    times = np.arange(f"{year}-01-01", f"{year + 1}-01-01", np.timedelta64(165, "m"), dtype="M8[us]")
    found, rules = to_instants(times, zone=zone), ZoneInfo(zone)
    folds = [
        [time.replace(tzinfo=rules, fold=fold).utcoffset() for fold in (0, 1)] for time in times.tolist()
    ]
    assert found.ambiguous.tolist() == [first > second for first, second in folds]
    assert found.gap.tolist() == [first < second for first, second in folds]
