"""Where addresses lie, as columns: what a geocoder hands to whoever asked it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.domain.place import Floats


@dataclass(frozen=True, eq=False)
class Placed:
    """The places of n addresses, in the order they were asked.

    Parameters
    ----------
    lon, lat : (n,) degrees WGS 84; NaN where the address was not placed.
    precision_m : (n,) radius in metres within which the place lies; NaN where it was not placed.
    found : (n,) whether it was placed.
    """

    lon: Floats
    lat: Floats
    precision_m: Floats
    found: NDArray[np.bool_]
