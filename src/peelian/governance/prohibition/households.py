"""How small a place may be: never one household, neither by its size nor by the dwellings in it.

For: refusing a grid, an area or a plan whose places would stand for who lives there.
Not for: figures about small numbers of incidents (the charter's `small_number_k`, and releases).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from peelian.domain.dwellings import Cell
from peelian.domain.errors import Refused

LEAST_CELL_M = 100.0
"""The smallest side of a cell, in metres. In streets of terraced houses a hectare holds some thirty dwellings, and
the Dutch CAS, at 125 m, was found too fine to be checked; below 100 m a cell is a handful of front doors."""

LEAST_DWELLINGS = 10
"""The fewest dwellings a place that has any may have, where a layer of dwellings tells (after `small_number_k`)."""

RULE = "no-household-place"

Place = TypeVar("Place", str, Cell)
"""A place by its name, or a cell of a grid."""


def is_large_enough(size_m: float) -> bool:
    """Return whether a cell of `size_m` metres hides a household; what is no number does not."""
    return size_m >= LEAST_CELL_M


def check_cell(size_m: float) -> None:
    """Refuse cells of `size_m` metres that are too small to hide a household."""
    if not is_large_enough(size_m):
        _refuse(
            f"Cells of {size_m:g} m may each be one household.",
            f"Take cells of {LEAST_CELL_M:g} m or more.",
        )


def are_a_home(dwellings: int, *, least: int = LEAST_DWELLINGS) -> bool:
    """Return whether a place of so many dwellings stands for who lives there. One with none is nobody's home."""
    return 0 < dwellings < least


def too_few_dwellings(dwellings: Mapping[Place, int], *, least: int = LEAST_DWELLINGS) -> tuple[Place, ...]:
    """Return, sorted, the places that have dwellings, but fewer than `least`."""
    return tuple(sorted(place for place, count in dwellings.items() if are_a_home(count, least=least)))


def check_dwellings(
    places: Iterable[str], *, dwellings: Mapping[str, int], least: int = LEAST_DWELLINGS
) -> None:
    """Refuse places that are the homes of too few households; `dwellings` counts them by place where it is known."""
    few = set(too_few_dwellings(dwellings, least=least)).intersection(places)
    if few:
        shown = ", ".join(sorted(few)[:5])
        _refuse(
            f"{len(few)} of the places have fewer than {least} dwellings each ({shown}).",
            "Leave them out, or take larger places.",
        )


def _refuse(sentence: str, remedy: str) -> None:
    raise Refused(
        sentence,
        rule=RULE,
        citation="house rule, after Directive (EU) 2016/680, Article 3(1)",
        remedy=remedy,
    )
