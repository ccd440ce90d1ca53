"""Kernel density: risk spreads to the cells around (Chainey, Tompson and Uhlig 2008, as open_cp and others use)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import correlate1d

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Ints
from peelian.domain.surface import Contribution, Model
from peelian.forecast.history import History
from peelian.forecast.models.base import INTERVAL, DailyRates, Fitted

_REACH = 4  # bandwidths; beyond lies 6e-5 of a Gaussian
_MOST_CELLS = 50_000_000


@dataclass(frozen=True)
class KernelDensity:
    """Plain counts of the last `days` days, each cell's spread by a Gaussian over the cells of the area.

    The kernel sits on cell centres. What would fall outside the area is given back to the cells inside it,
    so no incident is lost at its edge: the total is that of plain counts.

    Parameters
    ----------
    bandwidth_m : standard deviation of the kernel along each axis, in metres. Of 60, 80, 100, 125, 150,
        200, 250 and 350, 100 gave the highest hit rate at 1 % of area relative to plain counts, averaged
        over ten city-offence pairs (New York, Chicago, Portland; 250 m cells), on 13 weeks that end 13
        weeks before the end of each file: the weeks of `benchmarks/forecast_cities.py` had no part in it.
    days : how far back counts are taken.
    """

    bandwidth_m: float = 100.0
    days: int = 365
    needs_features = False

    @property
    def model(self) -> Model:
        """Return name, version and every parameter."""
        parameters = (("bandwidth_m", self.bandwidth_m), ("days", self.days), INTERVAL)
        return Model("kernel-density", 1, parameters)

    def fit(self, history: History) -> Fitted:
        """Spread the counts, and keep apart what came from the cell itself and from its neighbours."""
        seen = min(self.days, history.days)
        rate = history.counts[history.days - seen :].sum(axis=0) / history.spans(self.days)
        raster = _Raster.of(history.cells)
        kernel = _kernel(self.bandwidth_m / history.grid.size_m)
        middle = len(kernel) // 2
        area = raster.fill(np.ones(len(rate)))
        source = raster.fill(rate) / np.where(area > 0, _spread(area, kernel), 1.0)
        own = raster.read(source) * kernel[middle] ** 2
        near = raster.read(_spread(source, kernel[max(0, middle - 1) : middle + 2]))
        whole = raster.read(_spread(source, kernel))
        parts = (
            Contribution("own cell", own),
            Contribution("eight neighbouring cells", np.maximum(near - own, 0.0)),
            Contribution("cells farther away", np.maximum(whole - np.maximum(near, own), 0.0)),
        )
        return DailyRates(self.model, history, whole, parts)


@dataclass(frozen=True, eq=False)
class _Raster:
    """The bounding rectangle of the area, on which a kernel can be moved along one axis after the other."""

    shape: tuple[int, int]
    rows: Ints

    @classmethod
    def of(cls, cells: Ints) -> _Raster:
        rows = cells - cells.min(axis=0, initial=np.iinfo(np.int32).max)
        width, height = (int(extent) + 1 for extent in rows.max(axis=0, initial=0))
        if width * height > _MOST_CELLS:
            raise BadInput(
                f"The area spans {width} by {height} cells; look for cells far away from all others "
                "(misplaced incidents), or give a boundary."
            )
        return cls(shape=(width, height), rows=rows)

    def fill(self, values: Floats) -> Floats:
        raster = np.zeros(self.shape)
        raster[self.rows[:, 0], self.rows[:, 1]] = values
        return raster

    def read(self, raster: Floats) -> Floats:
        values: Floats = raster[self.rows[:, 0], self.rows[:, 1]]
        return values


def _kernel(bandwidth_cells: float) -> Floats:
    reach = int(np.ceil(_REACH * bandwidth_cells))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / bandwidth_cells) ** 2)
    kernel: Floats = weights / weights.sum()
    return kernel


def _spread(raster: Floats, kernel: Floats) -> Floats:
    along = correlate1d(raster, kernel, axis=0, mode="constant")
    spread: Floats = correlate1d(along, kernel, axis=1, mode="constant")
    return spread
