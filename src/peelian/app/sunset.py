"""Capabilities judged by their own scores: what the forecasting room keeps is brought before oversight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from peelian.domain.time import Period
from peelian.forecast import service as forecasting
from peelian.governance.circumstances.sunset_facts import ScoredPeriod
from peelian.governance.house import House
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Signer
from peelian.governance.stopping.suspension import review_capabilities

CAPABILITY = "forecast.place"
FIGURE, COVERAGE = "pai", 0.05
"""The figure a capability is held to: how much denser incidents are in the selected 5 % of the area than outside."""


def review(house: House, *, actor: Signer, purpose: str) -> tuple[Entry, ...]:
    """Suspend every capability that has a ground to be, by the scores that this person may read for a purpose."""
    kept = forecasting.read_scores(house.desk(actor), purpose=purpose)
    return review_capabilities(house.kit, scores=scored_periods(kept))


def scored_periods(kept: Sequence[forecasting.KeptScore]) -> tuple[ScoredPeriod, ...]:
    """Return each period that was scored, once: nobody outvotes a week by scoring it, or forecasting it, again.

    A forecast counts with its first score, a period with the mean over its forecasts, when the first was scored.
    `kept` is in order of time.
    """
    first: dict[str, forecasting.KeptScore] = {}
    for each in kept:
        first.setdefault(each.forecast_id, each)
    by_period: defaultdict[Period, list[forecasting.KeptScore]] = defaultdict(list)
    for each in first.values():
        by_period[each.period].append(each)
    return tuple(found for scores in by_period.values() for found in _scored(scores))


def _scored(scores: Sequence[forecasting.KeptScore]) -> Iterable[ScoredPeriod]:
    """Yield what one period says: the mean over forecasts, offences and models of the figure minus plain counts'."""
    told = [
        row.diff
        for kept in scores
        for row in kept.rows
        if (row.metric, row.coverage) == (FIGURE, COVERAGE)
        and row.model != forecasting.BASELINE
        and row.diff is not None
    ]
    if told:
        yield ScoredPeriod(CAPABILITY, scores[0].scored_at, fmean(told))
