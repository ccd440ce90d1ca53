"""The whole examination of stored rows: every rule in an order in which none repeats what another has explained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

import numpy as np

from peelian.city.quality.clock import shifted_hours, swapped_days
from peelian.city.quality.codes import drifted_codes
from peelian.city.quality.coverage import Located, coverage_holes, days_without_data
from peelian.city.quality.duplicates import equal_rows, near_duplicates
from peelian.city.quality.effect import cell_numbers, with_effect
from peelian.city.quality.finding import Finding, Flags, Severity, Suspicion
from peelian.city.quality.heaping import first_of_month, heaped_hours, rounded_times
from peelian.city.quality.lag import grown_lag
from peelian.city.quality.points import default_points, month_piles
from peelian.city.quality.precision import cut_coordinates
from peelian.city.quality.rows import Rows
from peelian.city.quality.shift import changed_months, shifted_months
from peelian.domain.place import Grid

FEWEST = 100
"""Rows of a source below which nothing is said of it: of fewer, every share is an accident."""


def examine(rows: Rows, *, source: str, grid: Grid, located: Located | None = None) -> tuple[Finding, ...]:
    """Return what looks wrong with the current rows of one source, alarms first.

    Parameters
    ----------
    source : id of the mapping they came through.
    grid : cells on which the effect on a forecast is counted, in the system of the rows' metres.
    located : the area of each row; without it no area is looked at.
    """
    if len(rows) < FEWEST:
        return ()
    cells = cell_numbers(rows, grid=grid)
    found = (replace(with_effect(each, cells=cells), source=source) for each in _suspicions(rows, located))
    return tuple(sorted(found, key=lambda each: each.severity is not Severity.ALARM))


def _suspicions(rows: Rows, located: Located | None) -> tuple[Suspicion, ...]:
    odd = (*default_points(rows), *cut_coordinates(rows))
    shifted = shifted_months(rows, explained=_rows_of(odd, rows))
    piles = month_piles(rows, explained=_rows_of((*odd, *shifted), rows))
    rounded, swapped = rounded_times(rows), swapped_days(rows)
    places = (*odd, *shifted, *piles)
    explained = _rows_of((*places, *rounded), rows)
    twice = (*equal_rows(rows, explained=explained), *near_duplicates(rows, explained=explained))
    return (
        *places,
        *changed_months(rows, explained=_rows_of((*places, *twice), rows)),
        *heaped_hours(rows),
        *first_of_month(rows),
        *rounded,
        *shifted_hours(rows),
        *swapped,
        *days_without_data(rows, explained=_days_of(swapped, rows)),
        *(coverage_holes(rows, located=located) if located is not None else ()),
        *twice,
        *grown_lag(rows),
        *drifted_codes(rows),
    )


def _rows_of(suspicions: Iterable[Suspicion], rows: Rows) -> Flags:
    none: Flags = np.zeros(len(rows), dtype=bool)
    return reduce(np.logical_or, (each.rows for each in suspicions), none)


def _days_of(suspicions: Iterable[Suspicion], rows: Rows) -> Flags:
    """Return which days lie in a period that a suspicion is about."""
    days = rows.first_day + np.arange(rows.day_count)
    periods = [each.finding.period for each in suspicions if each.finding.period is not None]
    none: Flags = np.zeros(rows.day_count, dtype=bool)
    spans = ((days >= np.datetime64(p.start)) & (days < np.datetime64(p.end)) for p in periods)
    return reduce(np.logical_or, spans, none)
