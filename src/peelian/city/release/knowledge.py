"""What published tables say, as a system of linear bounds over groups of incidents nobody can tell apart.

An incident belongs to a member (a place, period, offence and origin: as fine as the tables are cut) and to the
release since which it was counted. Groups that occur in exactly the same cells are one unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from peelian.domain.place import Floats

TOLERANCE = 1e-6
"""What a solver calls zero."""


@dataclass(frozen=True, order=True)
class Cell:
    """One published statement: the incidents of `members`, as of release `edition`, number `low` to `high`.

    A count has low = high; "fewer than k" is 0 to k - 1.
    """

    table: str
    name: str
    edition: int
    low: int
    high: int
    members: frozenset[str]

    @property
    def exact(self) -> bool:
        """Return whether a count is told."""
        return self.low == self.high


@dataclass(frozen=True, eq=False)
class Knowledge:
    """`low <= matrix @ x <= high` with x >= 0: one row for each cell, one column for each unknown group.

    `matrix` is 0/1, (cells, groups).
    """

    rows: tuple[Cell, ...]
    matrix: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, cells: Sequence[Cell], *, additions: bool) -> Knowledge:
        """Return what `cells` say to one who believes that records were only added, or (False) that nothing changed."""
        occurs: dict[tuple[str, int], set[int]] = {}
        for member, rows in _rows_by_member(cells).items():
            for since in {cells[row].edition for row in rows} if additions else {0}:
                occurs[member, since] = {row for row in rows if cells[row].edition >= since}
        groups = sorted({tuple(sorted(rows)) for rows in occurs.values()})
        matrix = np.zeros((len(cells), len(groups)))
        for column, rows_of_group in enumerate(groups):
            matrix[list(rows_of_group), column] = 1
        low, high = (np.array([getattr(cell, end) for cell in cells], dtype=float) for end in ("low", "high"))
        return cls(tuple(cells), matrix, low, high)

    def bounds(self, wanted: Floats) -> tuple[float, float] | None:
        """Return the least and the greatest value of `wanted @ x`, or None where no x agrees with the cells."""
        least, most = self._solve(wanted), self._solve(-wanted)
        return (float(least.fun), -float(most.fun)) if least.success and most.success else None

    def needed(self, wanted: Floats) -> tuple[int, ...]:
        """Return the rows on which the bounds of `wanted @ x` rest: those whose multiplier is not zero."""
        used = [
            np.abs(self._solve(sign * wanted).ineqlin.marginals.reshape(2, -1)).sum(axis=0)
            for sign in (1, -1)
        ]
        return tuple(np.flatnonzero(sum(used) > TOLERANCE).tolist())

    def _solve(self, objective: Floats) -> Any:
        stacked = np.vstack([self.matrix, -self.matrix])
        return linprog(objective, A_ub=stacked, b_ub=np.concatenate([self.high, -self.low]))


def contradictory(knowledge: Knowledge) -> bool:
    """Return whether no counts at all agree with the cells."""
    return knowledge.bounds(np.zeros(knowledge.matrix.shape[1])) is None


def entangled(cells: Sequence[Cell], *, touching: set[str]) -> Iterator[tuple[Cell, ...]]:
    """Yield the cells in groups that share no member with each other, of those groups with a member of `touching`.

    A statement that a later one about the same members implies is left out.
    """
    standing = _standing(cells)
    by_member = _rows_by_member(standing)
    left = set(range(len(standing)))
    while left:
        found, frontier = set[int](), {left.pop()}
        while frontier:
            found |= frontier
            members = {member for row in frontier for member in standing[row].members}
            frontier = {row for member in members for row in by_member[member]} - found
        left -= found
        if any(not touching.isdisjoint(standing[row].members) for row in found):
            yield tuple(sorted(standing[row] for row in found))


def _standing(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells without each "fewer than" that a later, no weaker one about the same members implies."""
    latest: dict[frozenset[str], Cell] = {}
    kept = []
    for cell in sorted(cells, key=lambda cell: (-cell.edition, cell.high)):
        later = latest.get(cell.members)
        if cell.low > 0 or later is None or later.high > cell.high:
            kept.append(cell)
            latest[cell.members] = cell
    return kept


def _rows_by_member(cells: Sequence[Cell]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        for member in cell.members:
            rows.setdefault(member, []).append(row)
    return rows
