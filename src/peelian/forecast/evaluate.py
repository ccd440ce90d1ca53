"""Rolling-origin evaluation: every model on the same unseen weeks, always beside plain counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.forecast.bootstrap import difference, estimate, moving_blocks
from peelian.forecast.history import History
from peelian.forecast.metrics import OriginScore, Ratio, ratios, score
from peelian.forecast.models.base import Forecaster
from peelian.forecast.models.counts import PlainCounts
from peelian.forecast.split import Origin

COVERAGES = (0.01, 0.05)


@dataclass(frozen=True)
class EvaluationRow:
    """One figure of one model, beside the same figure of plain counts.

    Parameters
    ----------
    offence, model, metric : what was judged and how (`metrics.ratios` defines the metrics).
    coverage : share of the area selected, or None for metrics of the whole area.
    cell_m : cell size in metres.
    origins : number of forecasts pooled.
    events : incidents in their periods, those outside the area included.
    value, lo, hi : the pooled figure and its 95 % interval; None where it is undefined.
    baseline : the same figure of plain counts.
    diff, diff_lo, diff_hi : value - baseline and its 95 % interval, over the same resampled weeks.
    left_out : places of a few homes, which neither model nor plain counts speak of or are judged by; None where
        dwellings were not known.
    """

    offence: str
    model: str
    metric: str
    coverage: float | None
    cell_m: float
    origins: int
    events: int
    value: float | None
    lo: float | None
    hi: float | None
    baseline: float | None
    diff: float | None
    diff_lo: float | None
    diff_hi: float | None
    left_out: int | None = None

    def document(self) -> Document:
        """Return the row as a plain document; of places left out it tells where dwellings were known."""
        told = dict(vars(self))
        if self.left_out is None:
            del told["left_out"]
        return told


def evaluate(
    histories: Sequence[History],
    *,
    models: Sequence[Forecaster],
    origins: Sequence[Origin],
    rng: np.random.Generator,
    coverages: Sequence[float] = COVERAGES,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[EvaluationRow, ...]:
    """Forecast every origin with every model for every offence, and judge each beside plain counts.

    Parameters
    ----------
    histories : one per offence; each must reach to the end of the last period.
    models : the forecasters; plain counts are added where they are missing.
    origins : from `split.rolling_origins`.
    coverages : shares of the area, in (0, 1].
    jobs : worker processes; 1 stays in this one.
    progress : told (done, of) after each offence and model.
    """
    if not (histories and origins):
        raise BadInput("There is nothing to evaluate; give at least one offence and one origin.")
    judged = [PlainCounts(), *(model for model in models if model.model.name != PlainCounts().model.name)]
    tasks = [(history, model) for history in histories for model in judged]
    draws = moving_blocks(len(origins), rng=rng)
    scored = _scored(tasks, origins=origins, coverages=coverages, jobs=jobs)
    rows: list[EvaluationRow] = []
    baseline: tuple[Ratio, ...] = ()
    for done, ((history, model), scores) in enumerate(zip(tasks, scored, strict=True), start=1):
        found = ratios(scores, coverages=coverages)
        if model is judged[0]:
            baseline = found
        rows += _rows(found, baseline, history=history, model=model, scores=scores, draws=draws)
        progress(done, len(tasks))
    return tuple(rows)


def score_origins(
    history: History, model: Forecaster, *, origins: Sequence[Origin], coverages: Sequence[float]
) -> tuple[OriginScore, ...]:
    """Forecast and score each origin; the model is handed nothing but the history until its cutoff."""
    scores = []
    for origin in origins:
        surface = model.fit(history.until(origin.cutoff.day)).predict(origin.period)
        observed, outside = history.observed(origin.period)
        scores.append(score(surface, observed=observed, outside=outside, coverages=coverages))
    return tuple(scores)


def _scored(
    tasks: Sequence[tuple[History, Forecaster]],
    *,
    origins: Sequence[Origin],
    coverages: Sequence[float],
    jobs: int,
) -> Iterator[tuple[OriginScore, ...]]:
    """Yield the scores of each task, in the order of the tasks."""
    work = (delayed(score_origins)(*task, origins=origins, coverages=coverages) for task in tasks)
    yield from Parallel(n_jobs=jobs, return_as="generator")(work)


def _rows(
    found: Sequence[Ratio],
    baseline: Sequence[Ratio],
    *,
    history: History,
    model: Forecaster,
    scores: Sequence[OriginScore],
    draws: NDArray[np.int64],
) -> Iterator[EvaluationRow]:
    for ratio, plain in zip(found, baseline, strict=True):
        value, beyond = estimate(ratio, draws=draws), difference(ratio, baseline=plain, draws=draws)
        yield EvaluationRow(
            offence=history.offence,
            model=model.model.name,
            metric=ratio.metric,
            coverage=ratio.coverage,
            cell_m=history.grid.size_m,
            origins=len(scores),
            events=sum(each.events for each in scores),
            value=value.value,
            lo=value.lo,
            hi=value.hi,
            baseline=estimate(plain, draws=draws).value,
            diff=beyond.value,
            diff_lo=beyond.lo,
            diff_hi=beyond.hi,
            left_out=None if history.left_out is None else history.left_out.places,
        )
