"""Which places a plan goes to: the highest cells of a surface that can say why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.domain.errors import BadInput, Refused
from peelian.domain.place import Floats
from peelian.domain.surface import Contribution, RiskSurface, Scale

DRIVERS = 3


@dataclass(frozen=True)
class Place:
    """One chosen cell and what the forecast says of it; the fields mean what they mean in `domain.plan.Stop`."""

    cell: tuple[int, int]
    share: float
    expected: float
    lo: float
    hi: float
    drivers: tuple[tuple[str, float], ...]


def choose(surface: RiskSurface, *, places: int) -> tuple[Place, ...]:
    """Return the `places` cells with the highest expectation, highest first; ties fall by cell name.

    Cells where the forecast abstains, or expects nothing, are never chosen. Shares are of the expectation in
    all cells it speaks for. Neighbouring cells may both be chosen: the forecast decides, not the look of a map.

    Raises
    ------
    Refused : the surface cannot explain itself.
    BadInput : it speaks for fewer than `places` cells.
    """
    require_explained(surface)
    speaking = ~surface.abstained & (surface.mean > 0)
    ranked = surface.ranking()
    rows = ranked[speaking[ranked]]
    if len(rows) < places:
        raise BadInput(
            f"The limit of {places} places cannot be met: the forecast for {surface.offence} expects anything in "
            f"only {len(rows)} cells, {places - len(rows)} fewer; ask for fewer places."
        )
    total = float(surface.mean[speaking].sum())
    return tuple(_place(surface, int(row), total=total) for row in rows[:places])


def require_explained(surface: RiskSurface) -> None:
    """Refuse a surface that cannot say what its expectation is made of."""
    if not surface.selectable_for_patrol:
        raise Refused(
            f"The forecast by {surface.model} cannot say why a place is high, so nobody can be sent by it.",
            rule="explained-or-not-used",
            citation="house rule, stricter than law",
            remedy="Plan from a model that explains itself, such as recency or plain counts.",
        )


def _place(surface: RiskSurface, row: int, *, total: float) -> Place:
    ix, iy = surface.cells[row]
    return Place(
        cell=(int(ix), int(iy)),
        share=float(surface.mean[row]) / total,
        expected=float(surface.mean[row]),
        lo=float(surface.lo[row]),
        hi=float(surface.hi[row]),
        drivers=_drivers(surface, row),
    )


def _drivers(surface: RiskSurface, row: int) -> tuple[tuple[str, float], ...]:
    """The largest positive shares of the cell's expectation, at most `DRIVERS`, ties by name."""
    shares = [(part.name, share_of(part, surface)[row]) for part in surface.contributions]
    largest = sorted(shares, key=lambda pair: (-pair[1], pair[0]))[:DRIVERS]
    return tuple((name, float(share)) for name, share in largest if share > 0)


def share_of(part: Contribution, surface: RiskSurface) -> Floats:
    """Return the (n,) share of each cell's expectation that goes away without this contribution.

    On the sum scale that is value / mean, and the shares add up to 1. On the factor scale a factor f raises
    the expectation from mean / f to mean, a share of 1 - 1 / f; these need not add up, and a factor of at
    most 1 drives nothing. Cells that expect nothing have no drivers.
    """
    whole = surface.mean if surface.scale is Scale.SUM else part.values
    lost = part.values if surface.scale is Scale.SUM else part.values - 1
    share: Floats = np.divide(lost, whole, out=np.zeros_like(whole), where=whole > 0)
    return share
