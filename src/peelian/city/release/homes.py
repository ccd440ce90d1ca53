"""How few dwellings stand behind anything that a release names or tells a number of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from peelian.city.release.figures import Figure
from peelian.city.release.lattice import NamedAreas, Numbers, Places
from peelian.domain.dwellings import Dwellings


def fewest_told(places: Places, figures: Sequence[Figure], dwellings: Dwellings) -> int | None:
    """Return the fewest dwellings, of those that have any, in a run with a number or in an area listed by name.

    A small place in a run with others is not told of: that is what a run is for (`protect`). An area that somebody drew
    and listed is named whatever is told of it; cells are listed by a machine, all of them.
    """
    points = places.numbers_of(dwellings.x_m, dwellings.y_m)
    counted = np.bincount(points, weights=dwellings.number, minlength=len(places.names)).astype(np.int64)
    return min((n for n in _told(places, figures, counted) if n), default=None)


def _told(places: Places, figures: Sequence[Figure], counted: Numbers) -> Iterator[int]:
    yield from (int(counted[each.first : each.stop].sum()) for each in figures if each.count is not None)
    if isinstance(places, NamedAreas):
        yield from counted[:-1].tolist()  # the last is elsewhere
