"""Proxies, measured: how well a group's share of an area is told by a forecast's inputs, and what each input does.

A forecast that is given no protected attribute may still know it by another name. Two questions are put to numbers:
(a) predicted out of fold from the inputs, how much of the variance of a group's share is told (R2), and how well are
areas above the median told from those below (AUC), beside a baseline that knows only the neighbouring areas' shares;
also with whole districts held out, whose neighbours are not known either, so that what is told is not the place once
more (blocked and buffered cross-validation, Roberts et al. 2017, Ecography 40:913), and beside what chance tells;
(b) how many of the selected cells change, and how many hits are lost, if the forecast is fitted without one input.

Not for: saying whether a proxy is lawful or fair. A low R2 does not show that nothing is told: it shows that a ridge
regression on these areas did not find it (out of fold, an AUC somewhat below 0.5 is how nothing at all looks: the
mean of the others is low where the share held out is high). Inputs that tell no more than the neighbours do may tell
where, not who.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.time import Period
from peelian.forecast.history import History
from peelian.forecast.models.base import Forecaster

FOLDS = 5
NEIGHBOURS = 4
RESAMPLES = 400
SHUFFLES = 39
HALVINGS = 3
LEVEL = 0.90
LEAST_AREAS = 20
"""With fewer areas than this, five folds of them say nothing."""


Rows = NDArray[np.int64]
Folds = list[tuple[Rows, Rows]]
"""Rows of areas to predict, and of areas to learn from."""


@dataclass(frozen=True)
class Interval:
    """A figure with the bounds between which it lies in 90 % of resamples of the areas."""

    value: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Told:
    """How well one group's share is told: by the inputs, and by the neighbouring areas alone.

    Parameters
    ----------
    r2, auc : predicted from the inputs, areas held out at random.
    r2_apart, auc_apart : the same, whole districts and their neighbours held out.
    r2_neighbours, auc_neighbours : predicted from the nearest areas' shares, areas held out at random.
    r2_chance : the R2 that shares dealt to the areas at random reach in one of twenty deals, districts held out. Areas
        that lie together are more alike than dealt ones, so that a real R2 passes it more easily than it should.
    """

    group: str
    offence: str
    areas: int
    r2: Interval
    auc: Interval
    r2_neighbours: Interval
    auc_neighbours: Interval
    r2_apart: Interval
    auc_apart: Interval
    r2_chance: float

    def document(self) -> Document:
        """Return the figures as a plain document."""
        figures = ("r2", "auc", "r2_neighbours", "auc_neighbours", "r2_apart", "auc_apart")
        named = {name: getattr(self, name) for name in ("group", "offence", "areas", "r2_chance")}
        return {**named, **{name: dict(vars(getattr(self, name))) for name in figures}}


@dataclass(frozen=True)
class Without:
    """What a forecast loses without one input: the share of selected cells that change, and of hits."""

    left_out: str
    offence: str
    changed: float
    hit_rate: float
    hit_rate_with: float

    def document(self) -> Document:
        """Return the figures as a plain document."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False)
class AreaShares:
    """Areas as an auditor brings them: n centres in metres of the grid, and the share of each group in each area.

    Parameters
    ----------
    centres : (n, 2) x, y in metres of the grid's projection.
    groups : g names.
    shares : (n, g) in [0, 1].
    """

    centres: Floats
    groups: tuple[str, ...]
    shares: Floats


def told(
    inputs: Floats, *, shares: Floats, centres: Floats, group: str, offence: str, rng: np.random.Generator
) -> Told:
    """Measure how well `shares` (n,) of areas is told by `inputs` (n, f), beside their neighbours' shares."""
    areas = len(shares)
    if areas < LEAST_AREAS:
        raise BadInput(
            f"The group {group!r} has shares for {areas} areas with cells; with fewer than {LEAST_AREAS} nothing is "
            "measured: bring smaller areas, or areas of the whole city."
        )
    if not np.ptp(shares) > 0:
        raise BadInput(f"The group {group!r} has the same share in every area; there is nothing to tell.")
    dealt_to = rng.permutation(areas) % FOLDS
    scattered = [(np.flatnonzero(dealt_to == k), np.flatnonzero(dealt_to != k)) for k in range(FOLDS)]
    apart = _districts(centres)
    by_inputs = _out_of_fold(_ridge, inputs, shares, scattered)
    by_neighbours = _out_of_fold(_nearest, centres, shares, scattered)
    by_inputs_apart = _out_of_fold(_ridge, inputs, shares, apart)
    dealt = [rng.permutation(shares) for _ in range(SHUFFLES)]
    by_chance = [_r2(deal, _out_of_fold(_ridge, inputs, deal, apart)) for deal in dealt]
    draws = rng.integers(0, areas, size=(RESAMPLES, areas))
    return Told(
        group,
        offence,
        areas,
        r2=_interval(_r2, shares, by_inputs, draws),
        auc=_interval(_auc, shares, by_inputs, draws),
        r2_neighbours=_interval(_r2, shares, by_neighbours, draws),
        auc_neighbours=_interval(_auc, shares, by_neighbours, draws),
        r2_apart=_interval(_r2, shares, by_inputs_apart, draws),
        auc_apart=_interval(_auc, shares, by_inputs_apart, draws),
        r2_chance=float(np.quantile(by_chance, 0.95)),
    )


def _out_of_fold(
    predict: Callable[[Floats, Floats, Floats], Floats], known: Floats, shares: Floats, folds: Folds
) -> Floats:
    predicted = np.empty(len(shares))
    for test, train in folds:
        predicted[test] = predict(known[train], shares[train], known[test])
    return predicted


def _districts(centres: Floats) -> Folds:
    """Return folds of areas that lie together, and for each the areas to learn from: those outside that are not among
    the nearest of any inside. A district is halved across its longer side, three times over.
    """
    districts = [np.arange(len(centres))]
    for _ in range(HALVINGS):
        districts = [half for rows in districts for half in _halved(rows, centres)]
    return [(rows, _far_from(rows, centres)) for rows in districts]


def _halved(rows: Rows, centres: Floats) -> tuple[Rows, Rows]:
    side = int(np.argmax(np.ptp(centres[rows], axis=0)))
    order = rows[np.argsort(centres[rows, side], kind="stable")]
    return order[: len(order) // 2], order[len(order) // 2 :]


def _far_from(rows: Rows, centres: Floats) -> Rows:
    near = _distances(centres[rows], centres).argsort(axis=1)[:, : NEIGHBOURS + 1]
    return np.setdiff1d(np.arange(len(centres)), np.concatenate([rows, near.ravel()]))


def inputs_of_areas(history: History, *, areas: AreaShares) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (n, f) what the forecast knows of each area, the mean of its cells, and which areas have any cell.

    A cell belongs to the area whose centre is nearest to its own.
    """
    if history.features is None:
        raise BadInput("The history has no features to measure; make them with `weekly_features`.")
    cells = history.grid.centres(history.cells)
    owner = _distances(cells, areas.centres).argmin(axis=1)
    known = np.asarray(history.features.on(history.days), dtype=np.float64)
    count = np.bincount(owner, minlength=len(areas.centres))
    total = np.stack(
        [np.bincount(owner, weights=column, minlength=len(areas.centres)) for column in known.T], axis=1
    )
    return total / np.maximum(count, 1)[:, None], count > 0


def without_each(
    history: History, *, model: Forecaster, coverage: float, horizon_days: int = 7
) -> tuple[Without, ...]:
    """Refit `model` without each of its inputs, on all but the last week, and compare what it selects for that week."""
    start = history.end_day - timedelta(days=horizon_days)
    past, period = history.until(start), Period(start, history.end_day, history.zone)
    features = past.features
    if features is None:
        raise BadInput("The history has no features to leave out; make them with `weekly_features`.")
    observed, _ = history.observed(period)
    whole = _selected(past, model=model, period=period, coverage=coverage)
    found = []
    for place, name in enumerate(features.names):
        keep = [k for k in range(len(features.names)) if k != place]
        fewer = replace(
            features, names=tuple(features.names[k] for k in keep), values=features.values[:, :, keep]
        )
        chosen = _selected(replace(past, features=fewer), model=model, period=period, coverage=coverage)
        changed = 1 - len(np.intersect1d(whole, chosen)) / len(whole)
        found.append(Without(name, history.offence, changed, _hits(observed, chosen), _hits(observed, whole)))
    return tuple(found)


def _selected(history: History, *, model: Forecaster, period: Period, coverage: float) -> NDArray[np.int64]:
    surface = model.fit(history).predict(period)
    best: NDArray[np.int64] = surface.ranking()[: max(1, round(coverage * len(surface.cells)))]
    return best


def _hits(observed: NDArray[np.int32], rows: NDArray[np.int64]) -> float:
    return float(observed[rows].sum() / max(1, observed.sum()))


def _ridge(known: Floats, shares: Floats, asked: Floats) -> Floats:
    """Predict by ridge regression on the logarithms of the inputs, its penalty chosen within the known areas."""
    from sklearn.linear_model import RidgeCV  # noqa: PLC0415  # a second that most of this room need not spend
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13)))
    predicted: Floats = model.fit(np.log1p(known), shares).predict(np.log1p(asked))
    return predicted


def _nearest(known: Floats, shares: Floats, asked: Floats) -> Floats:
    nearest = _distances(asked, known).argsort(axis=1)[:, :NEIGHBOURS]
    mean: Floats = shares[nearest].mean(axis=1)
    return mean


def _distances(one: Floats, other: Floats) -> Floats:
    """Return the (n, m) squared distances."""
    apart: Floats = ((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=2)
    return apart


def _interval(
    figure: Callable[[Floats, Floats], float], shares: Floats, predicted: Floats, draws: NDArray[np.int64]
) -> Interval:
    drawn = np.array([figure(shares[draw], predicted[draw]) for draw in draws])
    lo, hi = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(figure(shares, predicted), float(lo), float(hi))


def _r2(shares: Floats, predicted: Floats) -> float:
    spread = float(((shares - shares.mean()) ** 2).sum())
    return 1 - float(((shares - predicted) ** 2).sum()) / spread if spread > 0 else float("nan")


def _auc(shares: Floats, predicted: Floats) -> float:
    """Return the chance that an area above the median share is predicted above one that is not; ties count half."""
    above = shares > np.median(shares)
    if above.all() or not above.any():
        return float("nan")
    high, low = predicted[above], predicted[~above]
    apart = high[:, None] - low[None, :]
    return float((apart > 0).mean() + 0.5 * (apart == 0).mean())
