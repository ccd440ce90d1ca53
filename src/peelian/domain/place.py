"""Places: a projected square grid whose cell ids survive new data, and the projection that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Grid:
    """Square cells of `size_m` metres in the projected system `epsg`.

    A cell is named by the integers (ix, iy); cell (0, 0) has its south-west corner at the origin. The name
    depends on nothing but these four numbers, so it stays the same whatever data come later.
    """

    epsg: int
    size_m: float
    origin_x_m: float = 0.0
    origin_y_m: float = 0.0

    def __post_init__(self) -> None:
        if not self.size_m > 0:
            raise BadInput(f"A grid of {self.size_m} m cells is not possible; give a size above 0.")

    @property
    def cell_area_m2(self) -> float:
        """Return the area of one cell in square metres."""
        return self.size_m * self.size_m

    def document(self) -> Document:
        """Return the grid as a plain document."""
        return dict(vars(self))

    def cells_of(self, x_m: ArrayLike, y_m: ArrayLike) -> Ints:
        """Return the (n, 2) cell names of n projected points."""
        ix = np.floor((np.asarray(x_m, dtype=np.float64) - self.origin_x_m) / self.size_m)
        iy = np.floor((np.asarray(y_m, dtype=np.float64) - self.origin_y_m) / self.size_m)
        return np.stack([ix, iy], axis=-1).astype(np.int32)

    def centres(self, cells: Ints) -> Floats:
        """Return the (n, 2) projected centres, in metres, of n cells."""
        origin = np.array([self.origin_x_m, self.origin_y_m])
        centres: Floats = (cells + 0.5) * self.size_m + origin
        return centres

    def corners(self, cells: Ints) -> Floats:
        """Return the (n, 5, 2) closed rings, in metres, of n cells, counter-clockwise from the south-west."""
        ring = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.float64)
        origin = np.array([self.origin_x_m, self.origin_y_m])
        corners: Floats = (cells[:, None, :] + ring[None, :, :]) * self.size_m + origin
        return corners


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Any:
    from pyproj import Transformer  # noqa: PLC0415  # half a second that `peelian --help` need not spend

    return Transformer.from_crs(source, target, always_xy=True)


def project(x: ArrayLike, y: ArrayLike, *, source: str, target: str) -> tuple[Floats, Floats]:
    """Carry coordinates from one reference system to another, x before y (longitude before latitude).

    `source` and `target` are what PROJ understands, e.g. "EPSG:4326". Points that cannot be carried over
    come back as infinity, as PROJ gives them.
    """
    u, v = _transformer(source, target).transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
    return np.asarray(u, np.float64), np.asarray(v, np.float64)


def cell_holding(grid: Grid, *, lon_deg: float, lat_deg: float) -> tuple[int, int]:
    """Return the name of the cell that holds a point given in degrees WGS 84; one far off the grid has none."""
    x_m, y_m = project([lon_deg], [lat_deg], source="EPSG:4326", target=f"EPSG:{grid.epsg}")
    if not (np.isfinite(x_m).all() and np.isfinite(y_m).all()):
        raise BadInput(
            f"The point {lon_deg}, {lat_deg} lies far outside of this city; check its coordinates."
        )
    ix, iy = grid.cells_of(x_m, y_m)[0]
    return int(ix), int(iy)


def utm_epsg(lon_deg: float, lat_deg: float) -> int:
    """Return the EPSG code of the WGS 84 / UTM zone that holds the point (without Norway's exceptions)."""
    zone = int((lon_deg + 180) // 6) % 60 + 1
    return (32600 if lat_deg >= 0 else 32700) + zone
