"""The places the report names: rank, expectation, reasons, and where plain counts would have put them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from peelian.app.report.view import ForecastView, PlanView
from peelian.app.report.wording import number, share
from peelian.domain.place import project
from peelian.domain.plan import Stop
from peelian.domain.surface import RiskSurface, Scale

Cell = tuple[int, int]
MOST_PARTS = 3


@dataclass(frozen=True)
class Part:
    """One driver of an expectation: its name, its share of the bar in [0, 1], and how it is written."""

    name: str
    share: float
    words: str


@dataclass(frozen=True)
class Place:
    """One row of the table of places. `rank` is also its number on the map and in the plan.

    `counts_rank` is its place among plain counts; None where these rest on too few incidents to be told.
    """

    rank: int
    cell: Cell
    lon_deg: float
    lat_deg: float
    expected: float
    lo: float
    hi: float
    share: float
    parts: tuple[Part, ...]
    counts_rank: int | None
    planned: bool


@dataclass(frozen=True)
class Visit:
    """One row of the plan: the stop, its order over the shift and its place's number on the map."""

    order: int
    place: int | None
    arrive: datetime
    stop: Stop


def ranks(surface: RiskSurface) -> dict[Cell, int]:
    """Return the rank, from 1, of every cell the surface speaks about."""
    spoken = (row for row in surface.ranking() if not surface.abstained[row])
    return {_cell(surface, row): rank for rank, row in enumerate(spoken, start=1)}


def top_places(view: ForecastView, *, plan: PlanView | None, most: int = 15) -> tuple[Place, ...]:
    """Return the `most` highest cells, in order, each beside its standing among plain counts."""
    surface, theirs, told_from = view.surface, ranks(view.baseline), view.told_from()
    spoken = [int(row) for row in surface.ranking() if not surface.abstained[row]][:most]
    planned = {stop.cell for stop in plan.plan.stops} if plan else set()
    total = float(surface.mean.sum()) or 1.0
    centres = surface.grid.centres(surface.cells[spoken])
    lon, lat = project(*centres.T, source=f"EPSG:{surface.grid.epsg}", target="EPSG:4326")
    return tuple(
        Place(
            rank=rank,
            cell=(cell := _cell(surface, row)),
            lon_deg=float(lon[rank - 1]),
            lat_deg=float(lat[rank - 1]),
            expected=float(surface.mean[row]),
            lo=float(surface.lo[row]),
            hi=float(surface.hi[row]),
            share=float(surface.mean[row]) / total,
            parts=_parts(surface, row),
            counts_rank=theirs.get(cell) if view.baseline.mean[row] >= told_from else None,
            planned=cell in planned,
        )
        for rank, row in enumerate(spoken, start=1)
    )


def visits(view: ForecastView, plan: PlanView) -> tuple[Visit, ...]:
    """Return the stops in order of arrival, each with its place's number on the map."""
    numbers = ranks(view.surface)
    stops = sorted(plan.plan.stops, key=lambda stop: (stop.arrive, stop.car))
    return tuple(Visit(i, numbers.get(stop.cell), stop.arrive, stop) for i, stop in enumerate(stops, start=1))


def _cell(surface: RiskSurface, row: int) -> Cell:
    ix, iy = surface.cells[row].tolist()
    return ix, iy


def _parts(surface: RiskSurface, row: int) -> tuple[Part, ...]:
    """Return the largest parts: of a sum by their share, of a product by how far they are from 1."""
    values = [(part.name, float(part.values[row])) for part in surface.contributions]
    if surface.scale is Scale.SUM:
        whole = sum(abs(value) for _, value in values) or 1.0
        parts = [Part(name, abs(value) / whole, share(value / whole)) for name, value in values]
    elif surface.scale is Scale.FACTOR:
        sizes = [abs(math.log(value)) if value > 0 else 0.0 for _, value in values]
        whole = sum(sizes) or 1.0
        parts = [
            Part(name, size / whole, f"×{number(value, 2)}")
            for (name, value), size in zip(values, sizes, strict=True)
        ]
    else:
        return ()
    return tuple(sorted(parts, key=lambda part: -part.share)[:MOST_PARTS])
