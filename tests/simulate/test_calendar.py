"""The civil clock: what the zone does to times, against the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.simulate.calendar import civil_clock

ZONES = ("America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
CLOCKS = {zone: civil_clock(zone, first=date(2023, 12, 1), days=500) for zone in ZONES}
FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2024, 2025))


@settings(deadline=None)
@given(zone=st.sampled_from(ZONES), instant_s=st.integers(FIRST, LAST))
def test_civil_time_is_the_standard_library_s(zone: str, instant_s: int) -> None:
    civil_s = int(CLOCKS[zone].to_civil(np.array([instant_s]))[0])
    local = datetime.fromtimestamp(instant_s, ZoneInfo(zone)).replace(tzinfo=UTC)
    assert civil_s == int(local.timestamp())


@settings(deadline=None)
@given(zone=st.sampled_from(ZONES), instant_s=st.integers(FIRST, LAST))
def test_there_and_back_again_shows_the_same_clock_face(zone: str, instant_s: int) -> None:
    face = CLOCKS[zone].to_civil(np.array([instant_s]))
    np.testing.assert_array_equal(CLOCKS[zone].to_civil(CLOCKS[zone].to_utc(face)), face)


@pytest.mark.parametrize(
    ("zone", "civil", "shown"),
    [
        ("America/Chicago", "2024-03-10T01:59:59", "2024-03-10T01:59:59"),
        ("America/Chicago", "2024-03-10T02:00:00", "2024-03-10T03:00:00"),  # never existed: carried forward
        ("America/Chicago", "2024-03-10T02:30:00", "2024-03-10T03:30:00"),
        ("America/Chicago", "2024-03-10T03:00:00", "2024-03-10T03:00:00"),
        ("America/Chicago", "2024-11-03T01:30:00", "2024-11-03T01:30:00"),  # happened twice
        ("Europe/Berlin", "2024-03-31T02:30:00", "2024-03-31T03:30:00"),
        ("Australia/Lord_Howe", "2024-10-06T02:15:00", "2024-10-06T02:45:00"),  # a gap of half an hour
    ],
)
def test_times_that_did_not_exist_are_carried_forward(zone: str, civil: str, shown: str) -> None:
    asked = np.array([np.datetime64(civil, "s").astype(np.int64)])
    face = CLOCKS[zone].to_civil(CLOCKS[zone].to_utc(asked)).astype("datetime64[s]")
    assert str(face[0]) == shown
