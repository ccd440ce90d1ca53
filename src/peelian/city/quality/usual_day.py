"""How many rows a day should have: the level of the weeks around it, times its weekday's factor."""

from __future__ import annotations

import numpy as np

from peelian.city.quality.rows import Indices
from peelian.domain.place import Floats

AROUND_DAYS = 56
"""The level is the median over eight weeks on each side: nothing shorter than eight weeks can move it."""

FEW_A_WEEK = 15.0
"""Rows a week below which the mean takes the median's place: a median of small counts is a coarse number, often 0."""


def usual_by_day(counts: Floats, *, weekday: Indices) -> Floats:
    """Return the expected rows of each day, given the (n,) counts and each day's weekday."""
    if len(counts) < 7:
        return np.full(len(counts), np.median(counts) if len(counts) else 0.0)
    weekly = np.convolve(counts, np.ones(7), mode="valid") / 7  # a whole week has every weekday once
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(weekly, (AROUND_DAYS + 3, AROUND_DAYS + 3), mode="reflect" if len(weekly) > 60 else "edge"),
        2 * AROUND_DAYS + 1,
    )
    middle = np.median if counts.mean() * 7 >= FEW_A_WEEK else np.mean
    level = middle(around, axis=1)[: len(counts)]
    factor = np.array([_factor(counts, level, weekday == day) for day in range(7)])
    usual: Floats = level * factor[weekday]
    return usual


def _factor(counts: Floats, level: Floats, days: Floats) -> float:
    due = float(level[days].sum())
    return float(counts[days].sum()) / due if due > 0 else 1.0
