"""What a release says: figures about runs of places, and nothing finer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, order=True)
class Slice:
    """Incidents of one offence group and one origin in one period, `start <= day < end`, in the whole area."""

    start: date
    end: date
    offence: str
    origin: str

    def __str__(self) -> str:
        return f"{self.offence}, {self.origin}, {self.start} up to {self.end}"


@dataclass(frozen=True)
class Figure:
    """One published statement about a slice and the places `first <= number < stop` of the declared order.

    Parameters
    ----------
    count : incidents; None where all that is said is "fewer than k".
    k : the smallest number that could be shown when this was said.
    edition : which release said it first, from 1; the figure is as of the data of that day.
    """

    slice: Slice
    first: int
    stop: int
    count: int | None
    k: int
    edition: int

    @property
    def run(self) -> tuple[Slice, int, int]:
        """Return what the figure is about, whatever it says and whenever."""
        return self.slice, self.first, self.stop


def standing(figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Return the newest figure of every run, in order of slice and place; older ones are superseded.

    A slice that was withheld and is now counted is shown by its counts alone.
    """
    newest: dict[tuple[Slice, int, int], Figure] = {}
    for figure in sorted(figures, key=lambda figure: figure.edition):
        newest[figure.run] = figure
    return tuple(sorted(newest.values(), key=lambda figure: figure.run))
