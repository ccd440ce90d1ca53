"""Whether somebody reads without looking: a sequential test on decoys that may be looked at after every one.

The test is a bet against "this reader errs on at most one decoy in ten". After each decoy the stake is multiplied by
how much likelier the answer is from somebody who does not look than from one who errs that often. If the reader is
careful the stake is a non-negative supermartingale, so whenever one looks it ever reaches 1/alpha with probability at
most alpha (Ville 1939; Wald 1945; Ramdas et al. 2023, "Game-Theoretic Statistics and Safe Anytime-Valid Inference").
Three who do not look are bet on at once, each with a part of the stake: one confirms nearly everything, one nearly
nothing, one tosses a coin. A bet is placed only where not looking errs more often than the careful do, since else
an answer of a very careful reader could raise it.

Pure. Override rate, time per item and repeated texts are shown beside the flag and are no part of it: an able reader
may be fast, and a careful one may confirm whatever a good detector says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What was said to one decoy: whether its claim holds, and whether the reader confirmed it."""

    holds: bool
    confirmed: bool


@dataclass(frozen=True)
class Test:
    """The numbers of the test.

    Parameters
    ----------
    alpha : probability at most with which a careful reader is ever flagged.
    careful_error : how often a careful reader errs on a decoy, at most.
    not_looking : (share of confirmations, part of the stake) of each who does not look.
    """

    __test__ = False

    alpha: float = 0.05
    careful_error: float = 0.1
    not_looking: tuple[tuple[float, float], ...] = ((0.95, 0.6), (0.05, 0.2), (0.5, 0.2))


TEST = Test()


def flagged_after(answers: Iterable[Answer], *, test: Test = TEST) -> int | None:
    """Return after how many decoys the reader is flagged; None where they are not."""
    bets = test.not_looking
    for number, answer in enumerate(answers, start=1):
        bets = tuple(
            (confirms, stake * _factor(answer, confirms=confirms, careful_error=test.careful_error))
            for confirms, stake in bets
        )
        if math.fsum(stake for _, stake in bets) >= 1 / test.alpha:
            return number
    return None


def _factor(answer: Answer, *, confirms: float, careful_error: float) -> float:
    """Return how much likelier the answer is from somebody who confirms this share without looking."""
    error = 1 - confirms if answer.holds else confirms
    if error <= careful_error:
        return 1.0
    if answer.confirmed == answer.holds:
        return (1 - error) / (1 - careful_error)
    return error / careful_error
