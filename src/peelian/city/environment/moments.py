"""Times of features and conditions, for whole columns at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.civil_time import Moments
from peelian.city.intake.parse import CivilTimes, read_times
from peelian.domain.time import local_midnight


def known_from(as_of: date, *, zone: str) -> datetime:
    """Return the instant from which a state as of a civil day is known: the midnight in `zone` that ends the day."""
    return local_midnight(as_of + timedelta(days=1), zone)


@dataclass(frozen=True, eq=False)
class Told:
    """The moments of n rows, NaT where none is told, and where something is written that is no time."""

    moment: Moments
    unreadable: NDArray[np.bool_]


def read_moments(
    table: pa.Table, column: str | None, *, zone: str, time_format: str | None, civil: bool = False
) -> Told:
    """Return a column's instants in UTC, or its civil times in `zone` where `civil`; NaT without a column."""
    if column is None:
        none = np.full(table.num_rows, np.datetime64("NaT"), dtype="M8[us]")
        return Told(none, np.zeros(table.num_rows, dtype=bool))
    times = read_times(table[column], CivilTimes(zone, time_format))
    return Told(times.local if civil else times.instant, times.unreadable)
