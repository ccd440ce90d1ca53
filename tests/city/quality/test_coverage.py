"""Days of which rows are missing are told in words that are true of them: none, some, one, the last of the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from peelian.city.intake.incident_table import SCHEMA
from peelian.city.quality.coverage import days_without_data
from peelian.city.quality.finding import Suspicion
from peelian.city.quality.rows import rows_of

DAYS = 200
USUAL = 60


def outage(left: dict[int, int]) -> Suspicion:
    """Return the one outage of a file with USUAL rows a day, but for the days of which `left` says what is left."""
    rows: list[dict[str, Any]] = []
    for day in range(DAYS):
        rows += [drawn(datetime(2023, 1, 2, 12, tzinfo=UTC) + timedelta(days=day))] * left.get(day, USUAL)
    schema = pa.schema([SCHEMA.field(name) for name in rows[0]])
    examined = rows_of(pa.Table.from_pylist(rows, schema=schema), zone="UTC", epsg=32616)
    (found,) = days_without_data(examined, explained=np.zeros(examined.day_count, dtype=bool))
    return found


def drawn(at: datetime) -> dict[str, Any]:
    return {
        "local_date": at.date(), "local_hour": 12, "occurred_start": at, "recorded": None, "x_m": 0.0, "y_m": 0.0,
        "offence": "theft",
    }  # fmt: skip


TOLD = [
    ({100: 0}, "day", "that nothing happened on 1 day in", "nothing happened, or nothing arrived."),
    (
        {100: 5},
        "day",
        "only 5 of about 58 incidents happened on 1 day in",
        "nothing happened, or nothing arrived.",
    ),
    ({100: 0, 101: 0}, "days", "that nothing happened on 2 days in", "nothing happened, or nothing arrived."),
    ({DAYS - 1: 5}, "day", "only 5 of about 58 incidents", "the file ends there, and was probably cut off."),
]


@pytest.mark.parametrize(("left", "unit", "consequence", "why"), TOLD)
def test_an_outage_is_told_as_it_is(left: dict[int, int], unit: str, consequence: str, why: str) -> None:
    found = outage(left)
    assert (found.finding.size.value, found.finding.size.unit) == (len(left), unit)
    assert consequence in found.consequence
    assert found.finding.sentence.endswith(why)
