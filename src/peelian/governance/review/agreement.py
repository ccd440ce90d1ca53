"""How far readers agree beyond chance, and how sure such a figure is. Pure.

Cohen (1960), "A Coefficient of Agreement for Nominal Scales"; Krippendorff (2011), "Computing Krippendorff's
Alpha-Reliability"; Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from peelian.domain.canonical import Document

Pair = tuple[str, str]
"""What the first and the second reader said of one finding."""

Unit = tuple[str | None, ...]
"""What each reader said of one finding; None where a reader did not read it."""

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """A figure with its interval and the number of things it rests on; NaN where it is not defined."""

    value: float
    lo: float
    hi: float
    of: int

    def document(self) -> Document:
        """Return the figure for machines; what is not defined is null."""
        told = {"value": self.value, "lo": self.lo, "hi": self.hi}
        return {name: None if math.isnan(number) else number for name, number in told.items()} | {
            "of": self.of
        }


def wilson(count: int, of: int, *, confidence: float = 0.95) -> Figure:
    """Return the share `count / of` with Wilson's score interval."""
    if of == 0:
        return Figure(math.nan, 0.0, 1.0, 0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, scale = count / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return Figure(share, max(0.0, middle - half), min(1.0, middle + half), of)


def cohen_kappa(pairs: Sequence[Pair]) -> float:
    """Return Cohen's kappa, (p_o - p_c) / (1 - p_c); NaN where chance alone would agree always."""
    if not pairs:
        return math.nan
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(first[word] * second[word] for word in first) / len(pairs) ** 2
    return math.nan if chance == 1 else (observed - chance) / (1 - chance)


def krippendorff_alpha(units: Sequence[Unit]) -> float:
    """Return Krippendorff's alpha for nominal data with gaps, 1 - D_o / D_e; NaN where nothing could differ."""
    coincidences: Counter[Pair] = Counter()
    for unit in units:
        said = [word for word in unit if word is not None]
        for place, word in enumerate(said):
            for other in (*said[:place], *said[place + 1 :]):
                coincidences[word, other] += 1 / (len(said) - 1)  # type: ignore[assignment]  # a weight
    totals: Counter[str] = Counter()
    for (word, _), weight in coincidences.items():
        totals[word] += weight
    number = sum(totals.values())
    differing = sum(weight for (word, other), weight in coincidences.items() if word != other)
    expected = number * number - sum(total * total for total in totals.values())
    return math.nan if expected == 0 else 1 - (number - 1) * differing / expected


def bootstrapped(
    measure: Callable[[Sequence[T]], float],
    items: Sequence[T],
    *,
    rng: np.random.Generator,
    resamples: int = 1_000,
    confidence: float = 0.95,
) -> Figure:
    """Return a measure with the percentile interval of resampled items (Efron 1979)."""
    value = measure(items)
    if len(items) < 2 or math.isnan(value):
        return Figure(value, math.nan, math.nan, len(items))
    drawn = rng.integers(len(items), size=(resamples, len(items)))
    measured = [measure([items[place] for place in row]) for row in drawn]
    tail = (1 - confidence) / 2
    lo, hi = np.nanquantile(measured, [tail, 1 - tail])
    return Figure(value, float(lo), float(hi), len(items))
