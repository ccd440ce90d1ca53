"""Time is split in one place: consecutive civil weeks, oldest first, each forecast at the midnight it begins."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from peelian.domain.errors import BadInput
from peelian.domain.time import Cutoff, Period
from peelian.forecast.split import Origin, rolling_origins

CHICAGO, LONDON = "America/Chicago", "Europe/London"


@pytest.mark.parametrize(
    ("last_day", "zone", "starts", "hours_of_the_week"),
    [
        (date(2017, 9, 30), CHICAGO, ["2017-09-10", "2017-09-17", "2017-09-24"], [168, 168, 168]),
        # clocks go forward on 2024-03-10 in Chicago, back on 2024-11-03
        (date(2024, 3, 16), CHICAGO, ["2024-02-25", "2024-03-03", "2024-03-10"], [168, 168, 167]),
        (date(2024, 11, 9), CHICAGO, ["2024-10-20", "2024-10-27", "2024-11-03"], [168, 168, 169]),
        # and in London on 2024-03-31
        (date(2024, 4, 6), LONDON, ["2024-03-17", "2024-03-24", "2024-03-31"], [168, 168, 167]),
        # a leap day is a day like any other
        (date(2024, 3, 3), LONDON, ["2024-02-12", "2024-02-19", "2024-02-26"], [168, 168, 168]),
    ],
)
def test_weeks_end_with_the_last_complete_day(last_day, zone, starts, hours_of_the_week):
    origins = rolling_origins(last_day=last_day, horizon_days=7, origins=3, zone=zone)
    assert [str(origin.period.start) for origin in origins] == starts
    assert origins[-1].period.end == last_day + timedelta(days=1)
    spans = [origin.period.end_utc - origin.period.start_utc for origin in origins]
    assert [span / timedelta(hours=1) for span in spans] == hours_of_the_week


def test_periods_follow_each_other_without_gap_or_overlap_and_none_sees_itself():
    origins = rolling_origins(last_day=date(2024, 12, 31), horizon_days=10, origins=40, zone=CHICAGO)
    assert all(a.period.end == b.period.start for a, b in pairwise(origins))
    assert all(origin.cutoff == Cutoff(origin.period.start, "occurred") for origin in origins)


def test_impossible_splits_are_refused():
    for wrong in ({"horizon_days": 0, "origins": 3}, {"horizon_days": 7, "origins": 0}):
        with pytest.raises(BadInput, match="at least one of each"):
            rolling_origins(last_day=date(2024, 1, 1), zone=CHICAGO, **wrong)
    week = Period(date(2024, 1, 1), date(2024, 1, 8), CHICAGO)
    with pytest.raises(BadInput, match="inside the period"):
        Origin(Cutoff(date(2024, 1, 2), "occurred"), week)
