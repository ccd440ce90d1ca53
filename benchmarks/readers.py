"""Simulated readers, on whom the test for reading without looking is tuned and measured; invented throughout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from peelian.governance.review.decoys import FALSE_SHARE
from peelian.governance.review.rubber_stamp import TEST, Answer, Test, flagged_after
from peelian.governance.terms import MOST_DECOYS


@dataclass(frozen=True)
class Reader:
    """Somebody's habits: how often a true claim is confirmed, and how often a false one."""

    confirms_true: float
    confirms_false: float


@dataclass(frozen=True)
class Stream:
    """What is read: the share of decoys, and the share of them that are false."""

    decoys: float = MOST_DECOYS
    false_decoys: float = FALSE_SHARE


def careful(rng: np.random.Generator) -> Reader:
    """Draw a reader who looks: 0.5 to 10 % errors on decoys of either kind, 4 % in the median."""
    return Reader(1 - _error(rng), _error(rng))


def rubber_stamper(rng: np.random.Generator) -> Reader:
    """Draw a reader who confirms 93 to 100 % of everything, whatever it shows."""
    confirms = float(rng.uniform(0.93, 1.0))
    return Reader(confirms, confirms)


def _error(rng: np.random.Generator) -> float:
    return float(np.clip(rng.lognormal(np.log(0.04), 0.6), 0.005, 0.1))


def flagged_within(
    reader: Reader, *, items: int, stream: Stream, rng: np.random.Generator, test: Test = TEST
) -> bool:
    """Let a reader read so many items and return whether they were flagged."""
    return flagged_after(_answers(reader, items=items, stream=stream, rng=rng), test=test) is not None


def _answers(reader: Reader, *, items: int, stream: Stream, rng: np.random.Generator) -> Iterator[Answer]:
    for _ in range(int(rng.binomial(items, stream.decoys))):
        holds = bool(rng.random() >= stream.false_decoys)
        confirms = reader.confirms_true if holds else reader.confirms_false
        yield Answer(holds, bool(rng.random() < confirms))
