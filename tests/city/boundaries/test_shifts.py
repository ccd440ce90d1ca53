"""The shift in which an instant falls: over midnight, on the nights when clocks change, and after a new roster."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.city.boundaries.shifts import read_shifts, shift_of
from peelian.domain.errors import BadInput
from peelian.domain.shifts import Shift

CHICAGO = "America/Chicago"
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
ROSTER = (
    Shift("1", "Nights", 22 * 60, 6 * 60, EVERY_DAY),
    Shift("2", "Days", 6 * 60, 14 * 60, EVERY_DAY),
    Shift("3", "Evenings", 14 * 60, 22 * 60, EVERY_DAY),
)


def worked(*local: str, roster: tuple[Shift, ...] = ROSTER) -> list[str | None]:
    """The shifts at local times of Chicago; a time that comes twice is written with a * the second time."""
    instants = [
        datetime.fromisoformat(each.rstrip("*")).replace(tzinfo=ZoneInfo(CHICAGO), fold=each.endswith("*"))
        for each in local
    ]
    utc = [instant.astimezone(UTC).replace(tzinfo=None) for instant in instants]
    found: list[str | None] = shift_of(np.array(utc, "M8[us]"), roster, zone=CHICAGO).tolist()
    return found


def test_a_night_shift_reaches_over_midnight() -> None:
    assert worked("2026-03-02 21:59:59", "2026-03-02 22:00", "2026-03-03 00:00", "2026-03-03 05:59:59") == [
        "3",
        "1",
        "1",
        "1",
    ]
    assert worked("2026-03-03 06:00", "2026-03-03 14:00") == ["2", "3"]


def test_a_shift_that_begins_on_fridays_only_ends_on_saturday() -> None:
    friday = (Shift("F", "Friday night", 22 * 60, 4 * 60, (5,)),)
    assert worked(
        "2026-03-06 22:00", "2026-03-07 03:59", "2026-03-07 04:00", "2026-03-07 23:00", roster=friday
    ) == [
        "F",
        "F",
        None,
        None,
    ]


def test_a_new_roster_takes_over_on_its_first_day_and_the_old_night_is_worked_to_its_end() -> None:
    change = date(2026, 3, 10)
    old = tuple(shift.dated(None, change) for shift in ROSTER)
    new = (
        Shift("D", "Day", 8 * 60, 20 * 60, EVERY_DAY, change),
        Shift("N", "Night", 20 * 60, 8 * 60, EVERY_DAY, change),
    )
    assert worked(
        "2026-03-09 23:00", "2026-03-10 05:00", "2026-03-10 07:00", "2026-03-10 08:00", roster=old + new
    ) == [
        "1",
        "1",
        None,
        "D",
    ]


def test_the_night_when_clocks_go_back_is_nine_hours_long_and_belongs_to_one_shift() -> None:
    assert worked("2026-11-01 01:30", "2026-11-01 01:30*", "2026-11-01 05:59", "2026-11-01 06:00") == [
        "1",
        "1",
        "1",
        "2",
    ]


def test_a_change_of_shift_at_a_time_that_comes_twice_happens_the_first_time() -> None:
    roster = (Shift("A", "", 18 * 60, 90, EVERY_DAY), Shift("B", "", 90, 18 * 60, EVERY_DAY))
    assert worked("2026-11-01 01:29", "2026-11-01 01:30", "2026-11-01 01:10*", roster=roster) == [
        "A",
        "B",
        "B",
    ]


def test_a_change_of_shift_at_a_time_that_never_comes_leaves_no_gap() -> None:
    roster = (Shift("A", "", 18 * 60, 150, EVERY_DAY), Shift("B", "", 150, 18 * 60, EVERY_DAY))
    assert worked("2026-03-08 01:59", "2026-03-08 03:00", "2026-03-08 03:30", roster=roster) == [
        "A",
        "A",
        "B",
    ]


def test_of_overlapping_shifts_the_one_that_began_last_counts() -> None:
    roster = (*ROSTER, Shift("P", "Power", 18 * 60, 2 * 60, EVERY_DAY))
    assert worked(
        "2026-03-02 17:00", "2026-03-02 19:00", "2026-03-02 23:00", "2026-03-03 03:00", roster=roster
    ) == [
        "3",
        "P",
        "1",
        "1",
    ]
    together = (Shift("B", "", 0, 60, EVERY_DAY), Shift("A", "", 0, 120, EVERY_DAY))
    assert worked("2026-03-02 00:30", "2026-03-02 01:30", roster=together) == ["A", "A"]


def test_no_instant_and_no_shift_give_none() -> None:
    assert shift_of(np.array(["NaT", "2026-03-02"], "M8[us]"), ROSTER, zone=CHICAGO).tolist() == [None, "3"]
    assert shift_of(np.array(["2026-03-02"], "M8[us]"), (), zone=CHICAGO).tolist() == [None]
    assert shift_of(np.array([], "M8[us]"), ROSTER, zone=CHICAGO).tolist() == []


@given(
    cuts=st.lists(st.integers(0, 1439), min_size=2, max_size=5, unique=True).map(sorted),
    minutes=st.lists(st.integers(0, 366 * 1440), min_size=1, max_size=50),
    zone=st.sampled_from(
        [CHICAGO, "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]
    ),
)
def test_shifts_that_follow_on_each_other_leave_no_instant_of_the_year_out(
    cuts: list[int], minutes: list[int], zone: str
) -> None:
    ends = [*cuts[1:], cuts[0]]
    roster = [Shift(str(n), "", *span, EVERY_DAY) for n, span in enumerate(zip(cuts, ends, strict=True))]
    at = np.datetime64("2026-01-01", "us") + np.array(minutes, "m8[m]")
    assert None not in shift_of(at, roster, zone=zone).tolist()


def test_a_year_of_instants_is_placed_in_a_moment() -> None:
    at = np.datetime64("2026-01-01", "us") + np.arange(0, 365 * 1440, dtype="m8[m]")
    found, times = np.unique(shift_of(at, ROSTER, zone=CHICAGO).astype(str), return_counts=True)
    assert dict(zip(found.tolist(), times.tolist(), strict=True)) == {
        "1": 175_200,
        "2": 175_200,
        "3": 175_200,
    }


CSV = "shift_id,name,start,end,weekdays\n1,Nights,22:00,06:00,1234567\n2,Days,6:00,22:00,12345\n"
YAML = """
shifts:
  - {shift_id: 1, name: Nights, start: 22:00, end: 06:00, weekdays: 1234567}
  - {shift_id: 2, name: Days, start: 6:00, end: 22:00, weekdays: 12345}
"""


def test_a_roster_is_read_from_csv_or_yaml(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "a.yaml").write_text(YAML)
    expected = (Shift("1", "Nights", 1320, 360, EVERY_DAY), Shift("2", "Days", 360, 1320, (1, 2, 3, 4, 5)))
    assert read_shifts(tmp_path / "a.csv") == read_shifts(tmp_path / "a.yaml") == expected
    assert [shift.minutes for shift in expected] == [480, 960]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("22:00", "24:00"), "shift 1 has the time '24:00'; write it as 07:00 or 22:30"),
        (("12345\n", "weekly\n"), "shift 2 begins on 'weekly'; write weekdays as digits"),
        (("12345\n", "89\n"), "begins on the weekdays \\(8, 9\\); name some of 1"),
        (("2,Days", "1,Days"), "has the shifts 1, 1; it needs each id once"),
        (("weekdays\n", "days\n"), "it must have shift_id, name, start, end, weekdays"),
        ((CSV[33:], ""), "has the shifts none"),
    ],
)
def test_a_roster_that_cannot_be_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "a.csv").write_text(CSV.replace(*change))
    with pytest.raises(BadInput, match=said):
        read_shifts(tmp_path / "a.csv")


def test_a_year_holds_one_shift_for_each_day() -> None:
    starts = [datetime.fromisoformat("2026-01-01 22:00") + timedelta(days=n) for n in range(365)]
    assert set(worked(*(str(start) for start in starts))) == {"1"}
