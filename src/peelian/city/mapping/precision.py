"""How fine a claim a source's places can carry; a finer one is refused with a sentence.

Two limits. A point that may lie `precision_m` away falls into the wrong cell more often than not once the cell is
smaller than twice that. And a point moved to an anonymised snap point says only in whose catchment it was:
Tompson, Johnson, Ashby, Perkins and Edwards (2015, "UK open source crime data: accuracy and possibilities for
research", Cartography and Geographic Information Science 42(2)) compared such points with the true places and
found them to hold from the Lower layer Super Output Area up, and not for smaller areas. The smallest of those
areas has 400 households, so a cell must be expected to hold that many addresses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from peelian.domain.errors import BadInput

ADDRESSES_IN_A_CELL = 400
"""Fewest addresses a cell must be expected to hold for a claim on snapped points: one output area's worth."""


@dataclass(frozen=True)
class Snapped:
    """Places are moved to anonymised points.

    Parameters
    ----------
    addresses : fewest postal addresses in the catchment of one point, as the publisher states.
    addresses_per_km2 : how dense addresses lie where the source speaks of; it turns addresses into an area.
    """

    addresses: int
    addresses_per_km2: float

    def __post_init__(self) -> None:
        if self.addresses < 1 or not self.addresses_per_km2 > 0:
            raise BadInput(
                f"Snap points with {self.addresses} addresses each at {self.addresses_per_km2} addresses per km2 are "
                "not possible; give both above 0."
            )

    @property
    def smallest_cell_m(self) -> float:
        """Return the side in metres of the smallest square expected to hold `ADDRESSES_IN_A_CELL`."""
        return 1000.0 * math.sqrt(ADDRESSES_IN_A_CELL / self.addresses_per_km2)


def smallest_cell_m(precision_m: float, snapped: Snapped | None) -> int:
    """Return the smallest cell, in metres and rounded up to ten, that such places carry a claim on."""
    least = max(2 * precision_m, snapped.smallest_cell_m if snapped is not None else 0.0)
    return int(-(-least // 10) * 10)


def refuse_cell(source: str, *, precision_m: float, snapped: Snapped | None, cell_m: float) -> str | None:
    """Return why places of `source` cannot carry a claim on square cells of `cell_m` metres; None where they can."""
    take = f"take cells of {smallest_cell_m(precision_m, snapped):,} m or more"
    if cell_m < 2 * precision_m:
        return (
            f"The places of {source} are exact to {precision_m:g} m, and a cell must measure twice that to hold them, "
            f"so there is no claim on {cell_m:g} m cells: {take}."
        )
    if snapped is not None and cell_m < snapped.smallest_cell_m:
        return (
            f"The places of {source} are anonymised points, each for {snapped.addresses} or more addresses, which hold "
            f"from about {ADDRESSES_IN_A_CELL} addresses up, so there is no claim on {cell_m:g} m cells: {take}."
        )
    return None
