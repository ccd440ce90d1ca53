"""Capabilities judged by their own scores: what the forecasting room keeps is brought before oversight."""

from __future__ import annotations

from statistics import fmean

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
    return review_capabilities(house.kit, scores=tuple(filter(None, map(_period, kept))))


def _period(kept: forecasting.KeptScore) -> ScoredPeriod | None:
    """Return what one score says: the mean over offences and models of the figure minus that of plain counts."""
    told = [
        row.diff
        for row in kept.rows
        if (row.metric, row.coverage) == (FIGURE, COVERAGE) and row.diff is not None
    ]
    return ScoredPeriod(CAPABILITY, kept.scored_at, fmean(told)) if told else None
