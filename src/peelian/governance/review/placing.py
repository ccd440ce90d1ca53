"""When the house places a decoy, and which: at any instant with a chance in step with how findings arrive just then.

A decoy never comes with a finding or after one by a rule: that would be told by the times between. Instead each round
of the house's watch places one with the chance that its seconds bear, `share / (1 - share)` of the rate at which real
ones came of late. Where real findings come one by one (a Poisson stream, whatever its rate does over the day), the
decoys are then one more such stream, and nothing in the times tells them apart (superposition; Kingman 1993). Nothing
is remembered between processes, and a process that puts forward a finding and ends places none.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from peelian.domain.finding import About, Finding, Severity
from peelian.governance.review.decoys import FALSE_SHARE
from peelian.governance.review.stock import Stocked

LOOKED_BACK = 12
"""Arrivals by which the present rate is told."""

FEWEST = 8
"""With fewer arrivals nothing is placed: their rate is not known."""


@dataclass(frozen=True)
class Arrival:
    """A real finding that came: when, how long after it was made, and what can be seen of its sort."""

    at: datetime
    lag: timedelta
    about: About
    severity: Severity

    @property
    def sort(self) -> tuple[About, Severity]:
        """Return what a reader sees of it before reading."""
        return self.about, self.severity


def arrival_of(finding: Finding, *, at: datetime) -> Arrival:
    """Return what the house keeps in mind of a finding that was put forward at an instant."""
    return Arrival(at, at - finding.made_at, finding.about, finding.severity)


def chance(arrivals: Sequence[Arrival], *, since: datetime, now: datetime, share: float) -> float:
    """Return the chance with which a decoy is due in `since` to `now`, for a share of decoys among all findings."""
    if len(arrivals) < FEWEST or now <= since:
        return 0.0
    observed_s = (now - arrivals[0].at).total_seconds()
    expected = (len(arrivals) - 1) / observed_s * (now - since).total_seconds() * share / (1 - share)
    return 1.0 - math.exp(-expected)


class Placing:
    """A chore of the house: places decoys among the findings of one capability, as they come.

    Parameters
    ----------
    clock : returns the present instant.
    stock : returns the decoys that were never placed.
    rng : the house's own randomness.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        stock: Callable[[], Sequence[Stocked]],
        rng: np.random.Generator,
    ) -> None:
        self._clock, self._stock, self._rng = clock, stock, rng
        self._arrivals: deque[Arrival] = deque(maxlen=LOOKED_BACK)
        self._looked = clock()
        self._share = 0.0
        self._place: Callable[[Stocked, timedelta], None] = lambda stocked, lag: None

    def arrived(self, arrival: Arrival, *, share: float, place: Callable[[Stocked, timedelta], None]) -> None:
        """Take note of a real finding, and of how its charter and its maker's sitting let a decoy be placed."""
        self._arrivals.append(arrival)
        self._share, self._place = share, place

    def __call__(self) -> None:
        """Come round: place a decoy, if the draw says so and there is one of a sort that comes."""
        now, since = self._clock(), self._looked
        self._looked = now
        if self._rng.random() >= chance(self._arrivals, since=since, now=now, share=self._share):
            return
        if fitting := self._fitting():
            lag = self._arrivals[int(self._rng.integers(len(self._arrivals)))].lag
            self._place(fitting[int(self._rng.integers(len(fitting)))], lag)

    def _fitting(self) -> Sequence[Stocked]:
        """Return what may be placed: of a sort that came of late, and false four times of five while there is both."""
        sort = self._arrivals[int(self._rng.integers(len(self._arrivals)))].sort
        holds = bool(self._rng.random() >= FALSE_SHARE)
        of_sort = [s for s in self._stock() if (s.decoy.finding.about, s.decoy.finding.severity) == sort]
        return [s for s in of_sort if s.decoy.holds is holds] or of_sort
