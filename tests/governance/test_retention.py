"""Until when things may be kept, and which schedules a charter may not have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.governance.register import installed_register
from peelian.governance.retention import check_schedule, keep_until, since_departure
from tests.governance.made import NOON, charter


@pytest.mark.parametrize(
    ("kind", "until"),
    [
        ("plan", datetime(2027, 7, 1, 12, tzinfo=UTC)),  # 365 days
        ("rejected-row", datetime(2026, 9, 29, 12, tzinfo=UTC)),  # 90 days
        ("incident", datetime(2029, 6, 30, 12, tzinfo=UTC)),  # 1095 days, one of them a leap day
    ],
)
def test_the_days_are_counted_from_the_record(kind: str, until: datetime) -> None:
    assert keep_until(kind, charter=charter(), recorded=NOON) == until


@given(st.datetimes(timezones=st.just(UTC), allow_imaginary=False), st.integers(-12, 14))
def test_the_end_is_the_same_instant_in_every_zone(here: datetime, offset_hours: int) -> None:
    assume(2 < here.year < 9998)
    there = here.astimezone(timezone(timedelta(hours=offset_hours)))
    assert keep_until("plan", charter=charter(), recorded=there) == here + timedelta(days=365)
    with pytest.raises(BadInput, match="no zone"):
        keep_until("plan", charter=charter(), recorded=here.replace(tzinfo=None))


@pytest.mark.requirement("R01")
def test_what_has_no_end_is_not_begun() -> None:
    with pytest.raises(Refused, match="how long 'sighting' may be kept") as refusal:
        keep_until("sighting", charter=charter(), recorded=NOON)
    assert refusal.value.rule == "retention-required"


@pytest.mark.requirement("R01")
@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"plan": None}, "no retention for plan"),
        ({"plan": 0}, "give 1 to 3653 days"),
        ({"plan": 3654}, "give 1 to 3653 days"),
        ({"rejected-row": 366}, "give 1 to 365 days"),
        ({"principal": 100}, "not among its data"),
        ({"sighting": 100}, "not in the register"),
    ],
)
def test_which_schedules_are_refused(days: dict[str, int | None], says: str) -> None:
    schedule = {kind: kept for kind, kept in (dict(charter().retention) | days).items() if kept is not None}
    with pytest.raises(BadInput, match=says):
        check_schedule(replace(charter(), retention=tuple(schedule.items())), installed_register())


def test_the_shortest_and_the_longest_allowed_are_allowed() -> None:
    register = installed_register()
    for days in (lambda kind: 1, lambda kind: register.data_kind(kind).retention_days_max):
        schedule = tuple((kind, days(kind)) for kind in charter().data)
        check_schedule(replace(charter(), retention=schedule), register)


def test_the_days_of_one_who_left_are_counted_from_the_midnight_of_their_last_day() -> None:
    assert since_departure(date(2026, 2, 28), days=3653) == datetime(2036, 2, 29, tzinfo=UTC)
    assert since_departure(date(2026, 7, 1), days=1) == datetime(2026, 7, 2, tzinfo=UTC)
