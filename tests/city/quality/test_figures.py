"""The figures about the data, on a small city whose every number can be counted by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from peelian.city.intake.incident_table import SCHEMA
from peelian.city.quality.figures import SMALLEST, MonthCount, quality_figures
from peelian.domain.canonical import canonical

COLUMNS = (
    "local_date", "local_hour", "time_note", "occurred_start", "reported", "recorded", "x_m", "y_m", "offence",
    "origin", "source",
)  # fmt: skip
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def incident(at: datetime, **told: Any) -> dict[str, Any]:
    """Return one incident whose local time is UTC."""
    row = {
        "local_date": at.date(), "local_hour": at.hour, "time_note": "plain", "occurred_start": at,
        "reported": None, "recorded": None, "x_m": 0.0, "y_m": 0.0, "offence": "theft",
        "origin": "victim-reported", "source": "drawn",
    }  # fmt: skip
    return row | told


def incidents(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=pa.schema([SCHEMA.field(name) for name in COLUMNS]))


def daily(days: int, *, each: int = 1, **told: Any) -> list[dict[str, Any]]:
    """Return `each` incidents a day from Monday 2024-01-01, at noon and on different places."""
    return [
        incident(MONDAY + timedelta(days=day, hours=12), x_m=float(1000 * day + number), **told)
        for day in range(days)
        for number in range(each)
    ]


def share(figures: Any, name: str) -> tuple[int, int]:
    (found,) = [line for line in figures.lines() if getattr(line, "name", None) == name]
    return found.n, found.of


def test_months_have_no_holes() -> None:
    table = incidents(incident(MONDAY), incident(MONDAY), incident(datetime(2024, 3, 31, tzinfo=UTC)))
    assert quality_figures(table).months == (
        MonthCount(date(2024, 1, 1), 2),
        MonthCount(date(2024, 2, 1), 0),
        MonthCount(date(2024, 3, 1), 1),
    )


def test_every_share_says_of_how_many() -> None:
    table = incidents(
        incident(MONDAY, recorded=MONDAY - timedelta(hours=1)),
        incident(MONDAY, offence="arson"),
        incident(MONDAY + timedelta(days=1, minutes=30), time_note="ambiguous"),
        incident(
            MONDAY + timedelta(days=2), local_hour=None, time_note="gap", recorded=MONDAY + timedelta(days=3)
        ),
        incident(MONDAY),
    )
    figures = quality_figures(
        table, loads=[{"read": 7, "reasons": {"at-zero": 2}}, {"read": 3, "reasons": {}}]
    )
    assert share(figures, "midnight") == (3, 4)
    assert share(figures, "first-of-month") == (3, 5)
    assert share(figures, "ambiguous") == (1, 5)
    assert share(figures, "gap") == (1, 5)
    assert share(figures, "recorded-early") == (1, 2)
    assert share(figures, "equal-rows") == (1, 5)
    assert share(figures, "filled-recorded") == (2, 5)
    assert share(figures, "filled-local_hour") == (4, 5)
    assert share(figures, "offence-arson") == (1, 5)
    assert share(figures, "rejected") == (2, 10)
    assert share(figures, "rejected-at-zero") == (2, 10)


@pytest.mark.parametrize(("days", "told"), [(1, "100.0%"), (10, "10.0%"), (31, "3.2%"), (60, "3.3%")])
def test_firsts_of_the_month_stand_beside_their_share_of_the_files_days(days: int, told: str) -> None:
    figures = quality_figures(incidents(*daily(days)))
    (label,) = [each.label for each in figures.times if each.name == "first-of-month"]
    assert label == f"first of the month (as are {told} of the days)"


def test_midnight_is_found_in_a_zone_half_an_hour_beside_the_others() -> None:
    midnight_in_delhi = datetime(2024, 1, 1, 18, 30, tzinfo=UTC)
    table = incidents(incident(midnight_in_delhi, local_hour=0, local_date=date(2024, 1, 2)))
    assert share(quality_figures(table, zone="Asia/Kolkata"), "midnight") == (1, 1)
    assert share(quality_figures(table), "midnight") == (0, 1)


@pytest.mark.parametrize(("rows", "named"), [(SMALLEST, 1), (SMALLEST - 1, 0)])
def test_a_place_is_named_only_where_many_lie(rows: int, named: int) -> None:
    table = incidents(*(incident(MONDAY, x_m=12.3, y_m=45.6) for _ in range(rows)), *daily(5))
    piles = quality_figures(table).piles
    assert [(pile.x_m, pile.y_m, pile.rows) for pile in piles] == [(12, 46, rows)] * named


def test_lags_are_the_quantiles_of_those_that_are_known() -> None:
    days = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    table = incidents(*(incident(MONDAY, recorded=MONDAY + timedelta(days=n)) for n in days), *daily(5))
    lags = quality_figures(table).lags
    assert [lag.quantile for lag in lags] == [0.5, 0.9, 0.95, 0.99]
    assert [lag.days for lag in lags] == pytest.approx(
        [float(np.quantile(days, lag.quantile)) for lag in lags]
    )
    assert {lag.of for lag in lags} == {11}


def test_lags_of_too_few_are_withheld() -> None:
    table = incidents(*(incident(MONDAY, recorded=MONDAY) for _ in range(SMALLEST - 1)))
    assert {lag.days for lag in quality_figures(table).lags} == {None}


def test_the_latest_complete_week() -> None:
    """Weeks begin on Mondays; 2024-01-01 was one."""
    whole, begun = daily(21), daily(24)
    assert quality_figures(incidents(*whole)).latest_complete_week == date(2024, 1, 15)
    assert quality_figures(incidents(*begun)).latest_complete_week == date(2024, 1, 15)
    slow = [row | {"recorded": row["occurred_start"] + timedelta(days=3)} for row in begun]
    assert quality_figures(incidents(*slow)).latest_complete_week == date(2024, 1, 15)
    slower = [
        row | {"recorded": row["occurred_start"] + timedelta(days=9)}
        for row in begun
        if row["local_date"].day < 16
    ]
    assert quality_figures(incidents(*slower)).latest_complete_week == date(2024, 1, 8)


def test_a_last_week_with_far_too_few_is_not_complete() -> None:
    table = incidents(
        *daily(63, each=4), *(incident(MONDAY + timedelta(days=69), x_m=-1.0) for _ in range(3))
    )
    assert quality_figures(table).latest_complete_week == date(2024, 2, 26)


def test_of_nothing_there_is_nothing_to_say() -> None:
    figures = quality_figures(incidents())
    assert (figures.incidents, figures.months, figures.piles) == (0, (), ())
    assert figures.latest_complete_week is None
    assert {line.text for line in figures.lines()} == {"none", "withheld, too few"}


def test_the_document_is_canonical_json() -> None:
    document = json.loads(canonical(quality_figures(incidents(*daily(30))).document()))
    assert document["incidents"] == 30
    assert document["months"] == [{"month": "2024-01", "rows": 30}]
    assert document["piles_at_least"] == SMALLEST
