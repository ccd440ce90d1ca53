"""What a forecast would have been if days that somebody marked as unreliable had not been observed.

A marked day is not a quiet day. Where it is marked it is taken for unobserved: its counts are set aside, the days
before it move up, and a cell's rate is per day it was observed. So a mark on one area moves no figure of another area,
in a model that counts each cell by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from peelian.city.quality.window import UnreliableWindow
from peelian.domain.areas import Areas
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.place import project
from peelian.domain.surface import Flags, RiskSurface
from peelian.domain.time import Period
from peelian.forecast.history import History
from peelian.forecast.models.base import Forecaster

TOP = 0.01
"""Share of the cells whose change is told: what a patrol plan is made from."""

Layers = Mapping[str, Areas]
"""By name of the layer, all versions of its areas."""


@dataclass(frozen=True)
class MarkedArea:
    """The same comparison inside one marked area.

    Parameters
    ----------
    layer, area_id : which area.
    days : marked days of it that lie in the history.
    cells : cells whose centre lay in it on any of those days; none where the layer does not know it on those days, and
        then the mark changes nothing.
    expected, expected_without : expected incidents in those cells that speak.
    """

    layer: str
    area_id: str
    days: int
    cells: int
    expected: float
    expected_without: float


@dataclass(frozen=True)
class WithoutMarked:
    """One model's forecast of one offence, with all days and without those marked as unreliable.

    Parameters
    ----------
    days : days in the history that are marked somewhere.
    expected, expected_without : expected incidents in the cells that speak without those days.
    silent_cells : cells that were hardly observed on other days, so that without those days nothing is said of them.
    top_cells_moved : share of the top 1 % of cells (at least one) that are others without those days, in [0, 1].
    areas : the same for each area that is marked by itself.
    """

    offence: str
    model: str
    days: int
    expected: float
    expected_without: float
    silent_cells: int
    top_cells_moved: float
    areas: tuple[MarkedArea, ...]

    def document(self) -> Document:
        """Return the comparison as a plain document."""
        return {**vars(self), "areas": [dict(vars(area)) for area in self.areas]}


def marked(history: History, windows: Sequence[UnreliableWindow], *, layers: Layers) -> Flags:
    """Return (days, n) on which days of the history each cell is marked by any of the windows.

    A cell lies in an area if its centre does, in the outline that held on that day.
    """
    flags: Flags = np.zeros(history.counts.shape, dtype=bool)
    for window in windows:
        if not window.concerns(history.offence):
            continue
        known = layers.get(window.layer, Areas(())) if window.areas else None
        for first, end in _stretches(window.period, known):
            inside = True if known is None else _inside(history, known, window.areas, on=first)
            flags[_rows(history, first, end)] |= inside
    return flags


def _stretches(period: Period, known: Areas | None) -> Iterator[tuple[date, date]]:
    """Yield the parts of a period within which no area changes its outline."""
    versions = () if known is None else known.versions
    changes = {day for area in versions for day in (area.first_day, area.end_day)}
    days = (period.start, *sorted(day for day in changes if period.start < day < period.end), period.end)
    yield from pairwise(days)


def _inside(history: History, known: Areas, area_ids: Sequence[str], *, on: date) -> Flags:
    """Return which cells' centres lay in one of the areas on that day."""
    x_m, y_m = history.grid.centres(history.cells).T
    lon, lat = project(x_m, y_m, source=f"EPSG:{history.grid.epsg}", target="EPSG:4326")
    asked = np.array([*(area.area_id in area_ids for area in known.versions), False])  # NOWHERE is the last
    inside: Flags = asked[known.rows_of(lon, lat, np.datetime64(on))]
    return inside


def _rows(history: History, first: date, end: date) -> slice:
    return slice(*(max(0, (day - history.first_day).days) for day in (first, end)))


def unobserving(history: History, flags: Flags) -> History:
    """Return the history as if the cells had not been observed where `flags` (days, n) say so.

    In each cell the days before move up, and its end stays where it is. What is left no longer says which weekday a row
    was, so models with features cannot be fitted on it.
    """
    everywhere = flags.all(axis=1)
    if everywhere.all():
        raise BadInput(
            f"Every day of the history of {history.offence} is marked as unreliable; nothing is left of it."
        )
    counts, flags = history.counts[~everywhere].copy(), flags[~everywhere]
    some = np.flatnonzero(flags.any(axis=0))
    order = np.argsort(~flags[:, some], axis=0, kind="stable")  # the marked first, all others in their order
    counts[:, some] = np.take_along_axis(np.where(flags[:, some], 0, counts[:, some]), order, axis=0)
    return replace(
        history,
        first_day=history.first_day + timedelta(days=int(everywhere.sum())),
        counts=counts,
        outside=history.outside[~everywhere],
        features=None,
        seen_days=(~flags).sum(axis=0, dtype=np.int32),
    )


def without_marked(
    history: History,
    *,
    models: Sequence[Forecaster],
    period: Period,
    windows: Sequence[UnreliableWindow],
    layers: Layers,
) -> tuple[WithoutMarked, ...]:
    """Compare each model's forecast with the one it would have made had the marked days not been observed.

    Models that need features are left out: they look back by weekday.
    """
    flags = marked(history, windows, layers=layers)
    less = unobserving(history, flags)
    areas = _alone(history, windows, layers)
    able = [model for model in models if not model.needs_features]
    pairs = [(model.fit(history).predict(period), model.fit(less).predict(period)) for model in able]
    days = int(flags.any(axis=1).sum())
    return tuple(_compared(one, other, days=days, areas=areas) for one, other in pairs)


@dataclass(frozen=True, eq=False)
class _Alone:
    """One area that is marked by itself: its marked days in the history, and which cells lay in it."""

    layer: str
    area_id: str
    days: int
    inside: Flags


def _alone(history: History, windows: Sequence[UnreliableWindow], layers: Layers) -> tuple[_Alone, ...]:
    concerned = [window for window in windows if window.concerns(history.offence)]
    named = sorted({(window.layer, area_id) for window in concerned for area_id in window.areas})
    found = []
    for layer, area_id in named:
        own = [
            replace(window, areas=(area_id,))
            for window in concerned
            if window.layer == layer and area_id in window.areas
        ]
        flags = marked(history, own, layers=layers)
        days = int(flags.any(axis=1).sum())
        found.append(_Alone(layer, area_id, days, np.logical_or.reduce(flags, axis=0)))
    return tuple(found)


def _compared(one: RiskSurface, other: RiskSurface, *, days: int, areas: Sequence[_Alone]) -> WithoutMarked:
    speaks = ~other.abstained
    return WithoutMarked(
        offence=one.offence,
        model=one.model.name,
        days=days,
        expected=float(one.mean[speaks].sum()),
        expected_without=float(other.mean[speaks].sum()),
        silent_cells=int((other.abstained & ~one.abstained).sum()),
        top_cells_moved=_moved(one, other),
        areas=tuple(
            MarkedArea(
                layer=area.layer,
                area_id=area.area_id,
                days=area.days,
                cells=int(area.inside.sum()),
                expected=float(one.mean[area.inside & speaks].sum()),
                expected_without=float(other.mean[area.inside & speaks].sum()),
            )
            for area in areas
        ),
    )


def _moved(one: RiskSurface, other: RiskSurface) -> float:
    """Return the share of the first's top cells that are not among the second's."""
    top = max(1, round(TOP * len(one.cells)))
    first, second = (set(np.argsort(-surface.mean, kind="stable")[:top].tolist()) for surface in (one, other))
    return len(first - second) / top
