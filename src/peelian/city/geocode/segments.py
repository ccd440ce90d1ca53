"""What the city's own files say about its streets, as plain columns: segments with their house numbers, and houses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from peelian.city.geocode.along import Course
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats

Numbers = NDArray[np.int64]
NO_NUMBER = -1
"""Stands for an absent house number."""

_LISTED = re.compile(r"""'([^']+)'|"([^"]+)\"""")


@dataclass(frozen=True, eq=False)
class StreetSegments:
    """The streets of a city, one row per segment between two crossings.

    Parameters
    ----------
    node_lon, node_lat : (m,) degrees WGS 84.
    tail, head : (n,) rows of the nodes where the segment begins and ends; left and right are seen from the tail.
    names : (n,) as published; several names of one segment joined by ";" or in OSMnx's brackets; may be empty.
    length_m : (n,) metres.
    left_from, left_to, right_from, right_to : (n,) house numbers at tail and head by side, NO_NUMBER if absent.
    courses : (n,) points passed on the way from tail to head, both ends included; empty for a straight segment,
        and empty altogether where all are straight.
    areas : (n,) postal code or municipality, what tells streets of the same name apart; empty altogether where
        the source has none.
    """

    node_lon: Floats
    node_lat: Floats
    tail: Numbers
    head: Numbers
    names: tuple[str, ...]
    length_m: Floats
    left_from: Numbers
    left_to: Numbers
    right_from: Numbers
    right_to: Numbers
    courses: tuple[Course, ...] = ()
    areas: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.names)
        columns = (self.tail, self.head, self.length_m, self.left_from, self.left_to, self.right_from)
        lengths = {len(column) for column in (*columns, self.right_to)}
        lengths |= {len(column) for column in (self.courses, self.areas) if column}
        if lengths - {n}:
            raise BadInput(
                f"Street segments came with columns of {sorted(lengths | {n})} rows; give one length."
            )
        if n and not 0 <= min(self.tail.min(), self.head.min()) <= max(
            self.tail.max(), self.head.max()
        ) < len(self.node_lon):
            raise BadInput(
                "A street segment names a node that does not exist; check the street file's node ids."
            )

    def course(self, segment: int) -> Course:
        """Return the way from tail to head of one segment."""
        if self.courses and self.courses[segment]:
            return self.courses[segment]
        return self._places[int(self.tail[segment])], self._places[int(self.head[segment])]

    @cached_property
    def _places(self) -> list[tuple[float, float]]:
        return list(zip(self.node_lon.tolist(), self.node_lat.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class AddressPoints:
    """The houses of a city, one row per address: number, street as published, degrees WGS 84."""

    number: Numbers
    street: tuple[str, ...]
    lon: Floats
    lat: Floats


def names_of(published: str) -> tuple[str, ...]:
    """Return the names in one published field: "Main St;Route 8", or "['Main St', 'Route 8']" as OSMnx writes it."""
    if published.startswith("["):
        return tuple(single or double for single, double in _LISTED.findall(published))
    return tuple(name.strip() for name in published.split(";") if name.strip())
