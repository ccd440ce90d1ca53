"""The attack on one group of entangled cells: is there a set of incidents whose count is given away?

All sets at once, as one mixed-integer programme (HiGHS). Choose a set u (0/1 by group of incidents) and, by linear
duality, two proofs about its count: multipliers of the cells that add up to at least u bound it from above by H,
multipliers that add up to at most u from below by L. The set is given away if L > 0, H - L < k - 1 and some counts
that agree with every cell put fewer than k into it. A set with L = 0 and a narrow interval has a single group with
one, and single groups are tried first, in whole numbers. The multipliers that are not zero name the cells needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from peelian.city.release.knowledge import TOLERANCE, Knowledge
from peelian.domain.place import Floats

GROUPS_MAX = 400
INFEASIBLE = 2  # status of scipy.optimize.milp
SECONDS_MAX = 60.0
ABOVE_ZERO = 0.01
"""A proven lower bound from here on counts as "not none": counts are whole, and solvers are not exact."""


@dataclass(frozen=True)
class Narrow:
    """A set is given away: its count lies in low ... high, as these rows prove."""

    low: int
    high: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Unproven:
    """It could not be shown that nothing is given away."""

    why: str


def narrowest(knowledge: Knowledge, *, k: int) -> Narrow | Unproven | None:
    """Return a set that is given away, None if there is none, or why that could not be found out."""
    groups = knowledge.matrix.shape[1]
    if groups > GROUPS_MAX:
        return Unproven(f"{groups} groups of incidents in one knot, at most {GROUPS_MAX}")
    for group in range(groups):
        wanted = np.zeros(groups)
        wanted[group] = 1
        ends = _whole(knowledge, wanted)
        if ends is None:
            return Unproven("no whole numbers agree with all of them")
        if is_narrow(*ends, k=k):
            return Narrow(*ends, knowledge.needed(wanted))
    return _any_set(knowledge, k=k) if groups > 1 else None


def is_narrow(low: int, high: int, *, k: int) -> bool:
    """Return whether a count known to lie in low ... high is given away (see `audit`)."""
    return high >= 1 and low < k and high - low + 1 < k


def _whole(knowledge: Knowledge, wanted: Floats) -> tuple[int, int] | None:
    """Return the least and greatest count of a set in whole numbers; None where the solver finds none."""
    within = LinearConstraint(knowledge.matrix, knowledge.low, knowledge.high)
    least, most = (
        milp(sign * wanted, constraints=within, integrality=1, bounds=Bounds(0, np.inf)) for sign in (1, -1)
    )
    return (round(least.fun), round(-most.fun)) if least.success and most.success else None


@dataclass(frozen=True)
class _Variables:
    """The variables of the programme side by side: which groups are in the set, the multipliers of each cell's high
    and low end in the proof from above and in that from below, the counts of a witness, and of these those in the set.
    """

    groups: int
    rows: int

    @property
    def widths(self) -> dict[str, int]:
        proof = 2 * self.rows
        return {"chosen": self.groups, "above": proof, "below": proof, "x": self.groups, "x_in": self.groups}

    def row(self, **parts: Floats) -> Floats:
        """Return coefficients (n, all variables); variables that are not named have none."""
        height = len(next(iter(parts.values())))
        return np.hstack([parts.get(name, np.zeros((height, width))) for name, width in self.widths.items()])


def _any_set(knowledge: Knowledge, *, k: int) -> Narrow | Unproven | None:
    variables = _Variables(*knowledge.matrix.shape[::-1])
    chosen = variables.row(chosen=np.ones((1, variables.groups)))[0]
    answer: Any = milp(
        chosen,
        constraints=_programme(knowledge, variables, k=k),
        integrality=chosen,
        bounds=Bounds(0, np.where(chosen > 0, 1, np.inf)),
        options={"time_limit": SECONDS_MAX},
    )
    if answer.x is None:
        return None if answer.status == INFEASIBLE else Unproven(answer.message)
    return _named(answer.x, knowledge, variables)


def _programme(knowledge: Knowledge, variables: _Variables, *, k: int) -> list[LinearConstraint]:
    matrix, low, high, row = knowledge.matrix, knowledge.low, knowledge.high, variables.row
    one, both = np.eye(variables.groups), np.hstack([matrix.T, -matrix.T])
    most = np.min(np.where(matrix.T > 0, high, np.inf), axis=1)
    upper, lower = _ends(knowledge, variables)
    return [
        LinearConstraint(row(chosen=-one, above=both), 0, np.inf),
        LinearConstraint(row(chosen=one, below=-both), 0, np.inf),
        LinearConstraint(lower, ABOVE_ZERO, np.inf),
        LinearConstraint(upper - lower, -np.inf, k - 1 - ABOVE_ZERO),
        LinearConstraint(row(x=matrix), low, high),
        LinearConstraint(row(chosen=-np.diag(most), x=-one, x_in=one), -most, np.inf),
        LinearConstraint(row(x_in=np.ones((1, variables.groups))), -np.inf, k - 1),
    ]


def _ends(knowledge: Knowledge, variables: _Variables) -> tuple[Floats, Floats]:
    """Return the coefficients of the two bounds that the proofs give."""
    high, low = np.hstack([knowledge.high, -knowledge.low]), np.hstack([knowledge.low, -knowledge.high])
    return variables.row(above=high[None, :]), variables.row(below=low[None, :])


def _named(solution: Floats, knowledge: Knowledge, variables: _Variables) -> Narrow:
    upper, lower = (float((end @ solution)[0]) for end in _ends(knowledge, variables))
    multipliers = solution[variables.groups : variables.groups + 4 * variables.rows].reshape(4, -1)
    used = np.flatnonzero((multipliers > TOLERANCE).any(axis=0))
    return Narrow(ceil(lower - TOLERANCE), floor(upper + TOLERANCE), tuple(used.tolist()))
