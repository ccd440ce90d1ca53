"""Risk surfaces and plans as drawings.

A surface: one line per row of cells, north on top, one column per cell; a number is the expectation, `?` after
it a cell where the forecast abstains, `.` no cell. A plan: one line per visit: car, cell, minute, dwell.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from peelian.domain.place import Grid
from peelian.domain.plan import Limits, Plan, Stop
from peelian.domain.surface import Contribution, Model, RiskSurface, Scale
from peelian.domain.time import Cutoff, Period

GRID = Grid(epsg=32616, size_m=250.0)
CORNER = (1910, 19050)
WEEK = Period(date(2024, 3, 4), date(2024, 3, 11), "America/Chicago")
SHIFT_START = datetime(2024, 3, 5, 20, 0, tzinfo=UTC)


def surface_of(
    cells: np.ndarray,
    mean: np.ndarray,
    *,
    parts: np.ndarray | None = None,
    scale: Scale = Scale.SUM,
    abstained: np.ndarray | None = None,
) -> RiskSurface:
    """A surface whose mean is made of `parts` (k, n), or of three quarters `recent` and one quarter `long ago`."""
    parts = np.stack([mean * 0.75, mean * 0.25]) if parts is None else parts
    names = ("recent", "long ago", "season", "street light")
    return RiskSurface(
        grid=GRID,
        offence="burglary",
        period=WEEK,
        cutoff=Cutoff(WEEK.start, "recorded"),
        cells=cells.astype(np.int32),
        mean=mean,
        lo=mean * 0.5,
        hi=mean * 2.0,
        level=0.9,
        contributions=tuple(Contribution(name, values) for name, values in zip(names, parts, strict=False)),
        scale=scale,
        abstained=np.zeros(len(mean), bool) if abstained is None else abstained,
        model=Model("drawn", 1),
        data_hash="0" * 64,
    )


def drawn_surface(drawing: str) -> RiskSurface:
    """Read a drawing."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    found = [
        (CORNER[0] + x, CORNER[1] + y, text)
        for y, line in enumerate(reversed(lines))
        for x, text in enumerate(line)
        if text != "."
    ]
    return surface_of(
        np.array([(ix, iy) for ix, iy, _ in found]),
        np.array([float(text.rstrip("?")) for *_, text in found]),
        abstained=np.array([text.endswith("?") for *_, text in found]),
    )


def drawn_plan(drawing: str, surface: RiskSurface, limits: Limits) -> Plan:
    """Read a plan; shares, expectations and drivers are the surface's, as a right plan has them."""
    mean = {
        (int(ix), int(iy)): float(value) for (ix, iy), value in zip(surface.cells, surface.mean, strict=True)
    }
    total = float(surface.mean[~surface.abstained].sum())
    stops = []
    for line in drawing.strip().splitlines():
        car, x, y, minute, dwell = map(int, line.replace(",", " ").split())
        cell = (CORNER[0] + x, CORNER[1] + y)
        expected = mean.get(cell, 0.0)
        stops.append(
            Stop(
                cell=cell,
                car=car,
                arrive=SHIFT_START + timedelta(minutes=minute),
                minutes=dwell,
                share=expected / total,
                expected=expected,
                lo=expected * 0.5,
                hi=expected * 2.0,
                drivers=(("recent", 0.75), ("long ago", 0.25)),
                activity="walk",
            )
        )
    return Plan(
        "plan-1",
        surface.offence,
        surface.period,
        SHIFT_START,
        GRID,
        surface.digest(),
        limits,
        1,
        tuple(stops),
    )
