"""The auditor: does a new table, together with everything published before, give a small number away?

It knows nothing of how tables are made (see `protect`); any tables can be put to it. The attacker it stands for
has all of them, knows that counts are whole and not negative, and adds and subtracts as he likes: linear
programming over all tables at once (Fischetti & Salazar 2001; Hundepool et al., Statistical Disclosure Control,
2012, ch. 4; Dinur & Nissim 2003 for why two tables at a time are not enough). He tries it under two beliefs about
the time between releases: that nothing changed, and that records were only added.

A set of incidents is *given away* if all counts that agree with the tables lie so close that fewer than k of them
are possible, one of these is below k, and it is not known to be none at all. So "7", "between 3 and 9" and "8 to
12" give a set away; "fewer than 10" (ten values) and "10 or more" do not. That there were none is not counted as
given away: it is about nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from peelian.city.release.attack import Narrow, Unproven, is_narrow, narrowest
from peelian.city.release.knowledge import Cell, Knowledge, contradictory, entangled
from peelian.domain.errors import Refused

LISTED = 4


@dataclass(frozen=True)
class Disclosure:
    """What would be given away, and by which cells of which tables.

    `low` and `high` bound the number that is given away; both are None where the tables could not be judged.
    """

    how: str
    cells: tuple[Cell, ...]
    low: int | None
    high: int | None
    k: int

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the tables that are needed for it, in order of name."""
        return tuple(sorted({cell.table for cell in self.cells}))

    def __str__(self) -> str:
        named = " and ".join(f"{cell.name!r} of {cell.table!r}" for cell in self.cells[:LISTED])
        more = f" and {len(self.cells) - LISTED} more" * (len(self.cells) > LISTED)
        if self.low is None:
            return f"{named}{more} {self.how}."
        count = str(self.low) if self.low == self.high else f"{self.low} to {self.high}"
        return f"{named}{more} {self.how} {count}, and fewer than {self.k} are not to be told."


def audit(published: Sequence[Cell], candidate: Sequence[Cell], *, k: int) -> Disclosure | None:
    """Return what `candidate` would give away beside all that is `published`, or None.

    Earlier cells that share no incident with the candidate, not even by way of others, are not judged again.
    Tables that contradict each other or are too entangled to be judged count as giving something away.
    """
    known = set(published)
    new = [cell for cell in candidate if cell not in known]
    everything = [*known, *new]
    for found in (_alone(new, k=k), _by_pairs(everything, new=new, k=k), _by_all(everything, new=new, k=k)):
        if disclosure := next(found, None):
            return disclosure
    return None


def check_release(published: Sequence[Cell], candidate: Sequence[Cell], *, k: int) -> None:
    """Refuse a candidate that would give something away."""
    if disclosure := audit(published, candidate, k=k):
        raise Refused(
            f"This release would give away a small number: {disclosure}",
            rule="no-small-number",
            citation="house rule, after Directive (EU) 2016/680, Article 4(1)(c), and Hundepool et al. (2012)",
            remedy="Release coarser places or periods, or leave the named cells out.",
        )


def _alone(new: Sequence[Cell], *, k: int) -> Iterator[Disclosure]:
    for cell in new:
        if is_narrow(cell.low, cell.high, k=k):
            yield Disclosure("says outright", (cell,), cell.low, cell.high, k)


def _by_pairs(everything: Sequence[Cell], *, new: Sequence[Cell], k: int) -> Iterator[Disclosure]:
    """Yield every difference of two nested cells below k, whatever lies between their releases."""
    by_member: dict[str, list[Cell]] = {}
    for cell in everything:
        for member in cell.members if cell.exact else ():
            by_member.setdefault(member, []).append(cell)
    for cell in (cell for cell in new if cell.exact):
        for other in {other for member in cell.members for other in by_member[member]}:
            large, small = (cell, other) if other.members <= cell.members else (other, cell)
            if small.members <= large.members and 0 < (gap := abs(large.low - small.low)) < k:
                yield Disclosure("differ by", tuple(sorted((cell, other))), gap, gap, k)


def _by_all(everything: Sequence[Cell], *, new: Sequence[Cell], k: int) -> Iterator[Disclosure]:
    touching = {member for cell in new for member in cell.members}
    for group in entangled(everything, touching=touching):
        if len(group) == 1:
            continue  # a single statement about itself was judged alone
        believed = Knowledge.of(group, additions=True)
        if contradictory(believed):
            yield Disclosure("cannot all be true if records were only added", group, None, None, k)
        yield from _judged(believed, k=k)
        unchanged = Knowledge.of(group, additions=False)
        if len({cell.edition for cell in group}) > 1 and not contradictory(unchanged):
            yield from _judged(unchanged, k=k)


def _judged(knowledge: Knowledge, *, k: int) -> Iterator[Disclosure]:
    verdict = narrowest(knowledge, k=k)
    if isinstance(verdict, Narrow):
        cells = tuple(knowledge.rows[row] for row in verdict.rows)
        yield Disclosure("together tell", cells, verdict.low, verdict.high, k)
    if isinstance(verdict, Unproven):
        yield Disclosure(f"are too entangled to be judged ({verdict.why})", knowledge.rows, None, None, k)
