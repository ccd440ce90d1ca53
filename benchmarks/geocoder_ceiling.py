"""What an address could have been, for `benchmarks.geocoder`: the ceiling of what anybody could place without a guess.

A damage is a function of an address and of random choices. Making all choices in turn gives everything it can do to
an address; so the names it could have turned into the words written are known, and not estimated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from benchmarks.geocoder_damage import DAMAGES, Rng, Written

MOST_EDITS = {
    "transposed letters": 1,
    "dropped letter": 1,
    "doubled letter": 1,
    "neighbouring key": 1,
    "spelled by ear": 3,
    "two slips": 2,
}
"""The damages to letters, and how many edits each can make."""


def could_be(written: str, names: Sequence[str], *, damage: str) -> list[str]:
    """Return the names that this damage may have turned into the street as it is written."""
    if damage not in MOST_EDITS:
        return []
    near = extract(written, names, scorer=OSA.distance, score_cutoff=MOST_EDITS[damage], limit=None)
    return [name for name, _, _ in near if written in outcomes(damage, name)]


def outcomes(damage: str, name: str) -> Iterator[str]:
    """Return everything that a damage can make of the name of a street, some of it more than once."""
    choices: _Choices | None = _Choices([])
    while choices is not None:
        damaged = DAMAGES[damage](Written("1", (name,)), choices)
        if isinstance(damaged, Written):
            yield damaged.streets[0]
        choices = choices.next()


class _Choices(Rng):
    """Stands for randomness: makes the choices it is told to make, then the first of each, and remembers them."""

    def __init__(self, told: Sequence[int]) -> None:
        self.told = told
        self.made: list[tuple[int, int]] = []

    def integers(self, count: int) -> int:  # type: ignore[override]
        chosen = self.told[len(self.made)] if len(self.made) < len(self.told) else 0
        self.made.append((chosen, count))
        return chosen

    def next(self) -> _Choices | None:
        """Return the choices to make next time; None when all have been made."""
        made = self.made
        while made and made[-1][0] + 1 == made[-1][1]:
            made = made[:-1]
        return _Choices([*(chosen for chosen, _ in made[:-1]), made[-1][0] + 1]) if made else None
