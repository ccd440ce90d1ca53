"""Versions of areas and shifts with dates, kept by adding rows only: what a new delivery states, and what stands.

Every delivery says what a layer is like from its day on, until the day of the next delivery that speaks of a
later one. Nothing stored is ever changed: a closing date is a new row about (key, valid_from), and the newest
row about each (key, valid_from) is the one that stands. A row that ends on its first day withdraws it. What did
not change is stated again, so that it does not expire with the delivery that said it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from peelian.domain.canonical import Document


class Version(Protocol):
    """Something with days of validity, an area or a shift, that can be dated anew and compared."""

    @property
    def key(self) -> str:
        """Return what stays the same from version to version."""
        ...

    @property
    def valid_from(self) -> date | None:
        """Return the first civil day; None if it always was."""
        ...

    @property
    def valid_to(self) -> date | None:
        """Return the first civil day on which it no longer is; None if it still is."""
        ...

    @property
    def first_day(self) -> date:
        """Return `valid_from`, the earliest of all days for None."""
        ...

    @property
    def end_day(self) -> date:
        """Return `valid_to`, the latest of all days for None."""
        ...

    def dated(self: V, valid_from: date | None, valid_to: date | None) -> V:
        """Return the same thing with other days of validity."""
        ...

    def says_as(self: V, other: V) -> bool:
        """Return whether the other differs in nothing but its days."""
        ...


V = TypeVar("V", bound=Version)

Order = tuple[int, str]
"""Which of two sets was taken in later: by ledger entry, then by id."""


@dataclass(frozen=True)
class Revision(Generic[V]):
    """What a delivery adds: `rows` to store, and how it compares with what held on its day, by key.

    `back_after_a_gap` are those of the new ones that had been there before, but not until the day.
    """

    rows: tuple[V, ...]
    unchanged: tuple[str, ...]
    changed: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    back_after_a_gap: tuple[str, ...]

    def document(self) -> Document:
        """Return how many there are of each kind, as a plain document."""
        return {name: len(keys) for name, keys in vars(self).items() if name != "rows"}


def standing(statements: Iterable[tuple[Order, V]]) -> tuple[V, ...]:
    """Return the versions that stand after all `statements`, each given with the order of its set in time."""
    newest: dict[tuple[str, date], V] = {}
    for _, version in sorted(statements, key=lambda statement: statement[0]):
        newest[version.key, version.first_day] = version
    return tuple(version for version in newest.values() if version.first_day < version.end_day)


def revise(
    present: Sequence[V], wanted: Sequence[V], *, day: date | None, spoken_of: Iterable[date | None]
) -> Revision[V]:
    """Return what a delivery adds that says: from `day` on there is what is `wanted`, and nothing else.

    Parameters
    ----------
    present : what stands (see `standing`); a delivery before now has spoken of each day on which it changes.
    wanted : each key once, its days of validity ignored.
    day : None for "always was".
    spoken_of : the days of all earlier deliveries; what they say from a later day on stays true.
    """
    first = day or date.min
    until = min((each for each in spoken_of if each is not None and each > first), default=None)
    before = {version.key: version for version in present if version.first_day <= first < version.end_day}
    after = {version.key: version for version in wanted}
    same = {key for key in before.keys() & after.keys() if before[key].says_as(after[key])}
    rows = {(key, before[key].first_day): before[key] for key in sorted(same)}
    for key in sorted(before.keys() - same):
        _close(before[key], rows, day=first, until=until)
    for key in sorted(after.keys() - same):
        rows[key, first] = after[key].dated(day, until)
    return Revision(
        rows=tuple(rows.values()),
        unchanged=tuple(sorted(same)),
        changed=tuple(sorted(before.keys() & after.keys() - same)),
        new=tuple(sorted(after.keys() - before.keys())),
        gone=tuple(sorted(before.keys() - after.keys())),
        back_after_a_gap=_back(after.keys() - before.keys(), present, first=first),
    )


def _close(version: V, rows: dict[tuple[str, date], V], *, day: date, until: date | None) -> None:
    """End a version on `day`; if it had held beyond `until`, it holds again from then on."""
    rows[version.key, version.first_day] = version.dated(version.valid_from, day)
    if until is not None and until < version.end_day:
        rows[version.key, until] = version.dated(until, version.valid_to)


def _back(new: Iterable[str], present: Sequence[V], *, first: date) -> tuple[str, ...]:
    ended = {version.key for version in present if version.end_day <= first}
    return tuple(sorted(ended.intersection(new)))
