"""Rows found by name in every part that holds them, and those parts made anew without them.

A name is a keyed hash that the room computes from a stored row and, in the same way, for an order; governance
knows neither keys nor columns. All versions of an incident have one name, so they go together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from peelian.domain.identity import uuid7
from peelian.governance.kit import Kit
from peelian.storage.arrivals import Arrivals
from peelian.storage.parts import Part, discard, stage
from peelian.storage.rewrite import read_arrivals, read_part, without
from peelian.storage.rows import RejectedAt, Writes

PARTS_IN_ONE_ENTRY = 48
"""So many old and new parts fit, with their hashes, into the facts of one entry."""

REJECTED_IN_ONE_ENTRY = 80


class Erasable(Protocol):
    """What a room implements so that its rows can be erased: how a stored or rejected row is named."""

    @property
    def kind(self) -> str:
        """Return the data kind whose rows it names."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of that kind that naming needs."""
        ...

    def names(self, rows: pa.Table) -> Sequence[str]:
        """Return the name of each row of `columns`."""
        ...

    def name_of_rejected(self, content: str, facts: Mapping[str, Any]) -> str | None:
        """Return the name of a rejected row, given the facts of its load's entry; None where it has none."""
        ...


@dataclass(frozen=True, eq=False)
class Hit:
    """A part that holds named rows: their row numbers and, beside each, its name and the entry it arrived by."""

    part: Part
    entry_index: int
    rows: NDArray[np.int64]
    names: tuple[str, ...]
    arrived: Arrivals

    def only(self, names: frozenset[str]) -> Hit:
        """Return the hit with the rows of these names alone."""
        mine = [number for number, name in enumerate(self.names) if name in names]
        left = tuple(self.names[number] for number in mine)
        return replace(self, rows=self.rows[mine], names=left, arrived=self.arrived[mine])


@dataclass(frozen=True)
class Named:
    """All stored rows with the names of an order."""

    hits: tuple[Hit, ...]
    rejected: tuple[RejectedAt, ...]

    @property
    def rows(self) -> int:
        """Return how many rows of parts are named."""
        return sum(len(hit.rows) for hit in self.hits)

    def __bool__(self) -> bool:
        return bool(self.hits or self.rejected)


def find(kit: Kit, parts: Sequence[tuple[Part, int]], *, names: frozenset[str], erasable: Erasable) -> Named:
    """Return the rows with these names in `parts` (with their entries) and among the sealed rejected rows."""
    hits = tuple(_hits(kit, parts, names=names, erasable=erasable))
    return Named(hits, tuple(_rejected(kit, names=names, erasable=erasable)))


def _hits(
    kit: Kit, parts: Sequence[tuple[Part, int]], *, names: frozenset[str], erasable: Erasable
) -> Iterator[Hit]:
    for part, index in parts:
        rows = read_part(part, workspace=kit.store.workspace, columns=erasable.columns)
        found = [(number, name) for number, name in enumerate(erasable.names(rows)) if name in names]
        if found:
            numbers, named = zip(*found, strict=True)
            rows_hit = np.array(numbers)
            arrived = read_arrivals(part, entry_index=index, workspace=kit.store.workspace)
            yield Hit(part, index, rows_hit, named, arrived[rows_hit])


def _rejected(kit: Kit, *, names: frozenset[str], erasable: Erasable) -> Iterator[RejectedAt]:
    cipher = AESGCM(kit.sealing_key)
    for index in sorted(kit.store.rejected_counts()):
        facts = kit.ledger.proven(index).facts
        for row in kit.store.rejected(index):
            content = cipher.decrypt(row.nonce, row.sealed, None).decode()
            if erasable.name_of_rejected(content, facts) in names:
                yield RejectedAt(index, row.row_number)


def scattered(named: Named) -> tuple[tuple[Part, int], ...]:
    """Return the parts of an incident that lies in more of them than one ledger entry can name; none where none does.

    They are to be merged before it can be erased. Incidents are erased first that lie in fewer: so there is one here
    only where all that are left lie in too many.
    """
    where = _where(named)
    first = min(where, key=lambda name: (len(where[name]), name), default=None)
    if first is None or len(where[first]) <= PARTS_IN_ONE_ENTRY:
        return ()
    return tuple((named.hits[number].part, named.hits[number].entry_index) for number in sorted(where[first]))


def first_batch(named: Named) -> Named:
    """Return as much as one ledger entry can name: whole incidents with all their versions, never half of one."""
    where = _where(named)
    chosen: set[str] = set()
    parts: set[int] = set()
    for name in sorted(where):
        if len(parts | where[name]) <= PARTS_IN_ONE_ENTRY:
            chosen.add(name)
            parts |= where[name]
    hits = tuple(named.hits[number].only(frozenset(chosen)) for number in sorted(parts))
    return Named(hits, named.rejected[:REJECTED_IN_ONE_ENTRY])


def _where(named: Named) -> dict[str, set[int]]:
    """Return for each name the numbers of the hits that hold it."""
    where: defaultdict[str, set[int]] = defaultdict(set)
    for number, hit in enumerate(named.hits):
        for name in hit.names:
            where[name].add(number)
    return where


def rewrite(kit: Kit, named: Named) -> Writes:
    """Stage every part without its named rows, and return what is to be written and what taken away.

    A new part keeps its predecessor's label and its term: erasing one row does not lengthen another's stay. What is
    left keeps the entries it arrived by.
    """
    staged: list[Part] = []
    try:
        for hit in named.hits:
            if hit.part.rows > len(hit.rows):
                staged.append(_restage(kit, hit))
    except BaseException:
        discard(tuple(staged), workspace=kit.store.workspace)
        raise
    removed = tuple(hit.part for hit in named.hits)
    return Writes(parts=tuple(staged), removed=removed, discarded=named.rejected)


def _restage(kit: Kit, hit: Hit) -> Part:
    workspace, old = kit.store.workspace, hit.part
    arrivals = read_arrivals(old, entry_index=hit.entry_index, workspace=workspace)
    return stage(
        without(read_part(old, workspace=workspace), hit.rows),
        workspace=workspace,
        part_id=uuid7(clock=kit.clock, entropy=kit.entropy),
        kind=old.kind,
        label=old.label,
        keep_until=old.keep_until,
        arrivals=np.delete(arrivals, hit.rows),
    )
