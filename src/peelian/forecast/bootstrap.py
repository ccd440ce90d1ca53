"""Intervals by moving blocks of origins (Künsch 1989): weeks that follow each other are not independent.

The pooled sums are drawn again, week by week; a model and its baseline are drawn with the same weeks, so
that the interval of a difference is about the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.domain.place import Floats
from peelian.forecast.metrics import Ratio

RESAMPLES = 2_000
LEVEL = 0.95
LEAST_ORIGINS = 5
"""Fewer weeks give no interval: resampling two or three of them would show a precision that is not there."""


@dataclass(frozen=True)
class Estimate:
    """A value with the central interval of its resamples; None where its denominator was zero."""

    value: float | None
    lo: float | None
    hi: float | None


def block_length(origins: int) -> int:
    """Return how many consecutive origins are drawn together: the cube root of their number, rounded."""
    return max(1, int(np.rint(np.cbrt(origins))))


def moving_blocks(origins: int, *, rng: np.random.Generator, resamples: int = RESAMPLES) -> NDArray[np.int64]:
    """Return (resamples, origins) positions: blocks of consecutive origins, laid end to end and cut off."""
    length = block_length(origins)
    blocks = -(-origins // length)
    starts = rng.integers(0, origins - length + 1, size=(resamples, blocks))
    positions = starts[:, :, None] + np.arange(length)
    drawn: NDArray[np.int64] = positions.reshape(resamples, -1)[:, :origins]
    return drawn


def estimate(ratio: Ratio, *, draws: NDArray[np.int64]) -> Estimate:
    """Return the pooled ratio over all origins and its interval over the drawn ones."""
    return _estimate(_pooled(ratio), _drawn(ratio, draws), origins=draws.shape[1])


def difference(ratio: Ratio, *, baseline: Ratio, draws: NDArray[np.int64]) -> Estimate:
    """Return by how much the pooled ratio exceeds the baseline's, and its interval over the same draws."""
    value = _pooled(ratio) - _pooled(baseline)
    drawn = _drawn(ratio, draws) - _drawn(baseline, draws)
    return _estimate(value, drawn, origins=draws.shape[1])


def _pooled(ratio: Ratio) -> float:
    return _over(ratio.numerator.sum(), ratio.denominator.sum()).item()


def _drawn(ratio: Ratio, draws: NDArray[np.int64]) -> Floats:
    return _over(ratio.numerator[draws].sum(axis=1), ratio.denominator[draws].sum(axis=1))


def _over(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; nothing over nothing is nan, never zero."""
    quotient: Floats = np.full(np.shape(denominator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=np.asarray(denominator) > 0)
    return quotient


def _estimate(value: float, drawn: Floats, *, origins: int) -> Estimate:
    defined = drawn[np.isfinite(drawn)]
    if not (np.isfinite(value) and len(defined)):
        return Estimate(value=None, lo=None, hi=None)
    if origins < LEAST_ORIGINS:
        return Estimate(value=float(value), lo=None, hi=None)
    tail = (1 - LEVEL) / 2
    lo, hi = np.quantile(defined, [tail, 1 - tail])
    return Estimate(value=float(value), lo=float(lo), hi=float(hi))
