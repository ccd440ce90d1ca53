"""Looking up the addresses of a delivery, each different one once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.intake.placed import Placed
from peelian.city.intake.text import Flags

Place: TypeAlias = Callable[[Sequence[str]], Placed]
"""Looks up addresses, each of them different from the others."""


def nowhere(rows: int) -> Placed:
    """Return that nothing was found."""
    unknown = np.full(rows, np.nan)
    return Placed(unknown, unknown, unknown, np.zeros(rows, dtype=bool))


def look_up(addresses: pa.StringArray, asked: Flags, place: Place) -> Placed:
    """Return where the addresses of the rows `asked` lie; of all others that nothing was found."""
    rows, placed = np.flatnonzero(asked), nowhere(len(addresses))
    encoded = addresses.take(pa.array(rows)).dictionary_encode()
    if not len(encoded):
        return placed
    answer, which = place(encoded.dictionary.to_pylist()), encoded.indices.to_numpy(zero_copy_only=False)

    def spread(nothing: NDArray[Any], told: NDArray[Any]) -> NDArray[Any]:
        everywhere = nothing.copy()
        everywhere[rows] = told[which]
        return everywhere

    return Placed(
        lon=spread(placed.lon, answer.lon),
        lat=spread(placed.lat, answer.lat),
        precision_m=spread(placed.precision_m, answer.precision_m),
        found=spread(placed.found, answer.found),
    )
