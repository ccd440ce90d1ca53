"""Merging: many small parts of one kind and month replaced by one with exactly the same rows.

One act, one entry. It names the parts taken away and the new one, and commits with a salt to the rows themselves: the
rows of the old parts, in the order in which the entry lists them, and those of the new part have this one commitment,
whatever the bounds of the files. So whoever holds either (a backup made before it holds the old parts) and the
entry's side blob can check that no row was changed, lost or added. Each row keeps the entry it arrived by, in the
footer of the new part: what a reader saw before can still be told (ADR 0019).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, PeelianError
from peelian.domain.identity import uuid7
from peelian.governance.act import CarryOut, carry_out
from peelian.governance.commitment import commit_to, commitment_of
from peelian.governance.committed import require_entered
from peelian.governance.complete import MERGED
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.policy import Decision
from peelian.storage.arrivals import Arrivals
from peelian.storage.parts import Part, discard, stage
from peelian.storage.rewrite import (
    joined,
    read_arrivals,
    read_part,
    read_staged,
    staged_arrivals,
    with_own_words,
)
from peelian.storage.rows import Writes

PARTS_IN_ONE_MERGE = 96
"""So many old parts fit, with their hashes, into the facts of one entry."""

ROWS_IN_ONE_PART = 1_000_000
"""What a merged part may hold; parts that would make more together are left as they are."""


@dataclass(frozen=True)
class Merge:
    """One merge as it stands in the ledger: how many parts became one, and how many rows that has."""

    kind: str
    label: str
    parts: int
    rows: int
    entry_index: int

    def sentence(self) -> str:
        """Return what was done, in one sentence."""
        return (
            f"{self.parts} parts of {self.kind} {self.label} became one of the same {self.rows:,} rows "
            f"(entry {self.entry_index})"
        )


@dataclass(frozen=True, eq=False)
class _Batch:
    """Parts to be merged, in the order of the entries they stand on, with their rows and these rows' arrivals."""

    parts: tuple[Part, ...]
    rows: pa.Table
    arrivals: Arrivals


def merge_parts(
    kit: Kit, standing: Standing, kind: str, *, decision: Decision, at_least: int
) -> tuple[Merge, ...]:
    """Merge the parts of a kind wherever at least so many are worth taking together, the smallest first.

    Parts go together that have one label and whose terms end in one month: the new part is kept until the earliest of
    them ends, so nothing is kept longer than it may be, and no row leaves more than a month early.
    """
    carry = partial(carry_out, kit, standing, decision=decision)
    return tuple(
        done
        for group in _groups(kit.store.parts(kind))
        for done in _merge_group(kit, group, carry=carry, at_least=at_least)
    )


def make_fewer(kit: Kit, parts: Sequence[tuple[Part, int]], *, carry: CarryOut, facts: Document) -> None:
    """Merge parts of one kind that another act must name together and are too many for it; `facts` say which act.

    Raises `BadInput` where no two of them can be merged.
    """
    merged = [
        _merge(kit, chosen, carry=carry, facts=facts)
        for group in _groups(parts)
        if len(chosen := together(group)) > 1
    ]
    if not merged:
        raise BadInput(
            f"One incident has versions in {len(parts)} parts that cannot be merged, for their months or the months in "
            "which their terms end differ, or they are too large; a ledger entry cannot name so many, so nothing of it "
            "was erased. Tell the maintainers."
        )


def _groups(parts: Sequence[tuple[Part, int]]) -> list[list[tuple[Part, int]]]:
    """Return the parts that may go together: of one label, with terms that end in one month."""
    groups: defaultdict[tuple[str, str], list[tuple[Part, int]]] = defaultdict(list)
    for part, index in parts:
        groups[part.label, part.keep_until[:7]].append((part, index))
    return [group for _, group in sorted(groups.items())]


def _merge_group(
    kit: Kit, group: list[tuple[Part, int]], *, carry: CarryOut, at_least: int
) -> Iterator[Merge]:
    while len(chosen := worth_merging(group)) >= max(2, at_least):
        part, entry = _merge(kit, chosen, carry=carry)
        yield Merge(part.kind, part.label, len(chosen), part.rows, entry.index)
        group = [each for each in group if each not in chosen] + [(part, entry.index)]


def together(group: Sequence[tuple[Part, int]]) -> list[tuple[Part, int]]:
    """Return as many parts of a group, the smallest, as one entry can name and one part may hold; oldest first."""
    return sorted(_smallest(group), key=_by_age)


def worth_merging(group: Sequence[tuple[Part, int]]) -> list[tuple[Part, int]]:
    """Return what goes together of a group but parts that are larger than all smaller ones together; oldest first.

    So a row comes to lie in a part at least twice as large each time that it is rewritten: in one of
    `ROWS_IN_ONE_PART` it was rewritten at most twenty times, however many small loads came after it.
    """
    smallest = _smallest(group)
    while smallest and smallest[-1][0].rows > sum(part.rows for part, _ in smallest[:-1]):
        smallest.pop()
    return sorted(smallest, key=_by_age)


def _smallest(group: Sequence[tuple[Part, int]]) -> list[tuple[Part, int]]:
    smallest = sorted(group, key=lambda each: each[0].rows)[:PARTS_IN_ONE_MERGE]
    rows = np.cumsum([part.rows for part, _ in smallest])
    return smallest[: int(np.searchsorted(rows, ROWS_IN_ONE_PART, side="right"))]


def _by_age(each: tuple[Part, int]) -> tuple[int, str]:
    return each[1], each[0].path


def _merge(
    kit: Kit, chosen: Sequence[tuple[Part, int]], *, carry: CarryOut, facts: Document | None = None
) -> tuple[Part, Entry]:
    """Do one merge: read, join, stage, prove, and carry the act out."""
    require_entered(kit, chosen)
    batch = _read(kit, chosen)
    part = _stage(kit, batch)
    try:
        commitment, salt = commit_to(batch.rows, entropy=kit.entropy)
        _require_same(kit, part, batch, commitment=commitment, salt=salt)
    except BaseException:
        discard((part,), workspace=kit.store.workspace)
        raise
    told: Document = {"kind": part.kind, "label": part.label, "rows": part.rows, "commitment": commitment}
    writes = Writes(parts=(part,), removed=batch.parts)
    return part, carry(MERGED, facts={**(facts or {}), **told}, writes=writes, sealed=salt)


def _read(kit: Kit, chosen: Sequence[tuple[Part, int]]) -> _Batch:
    workspace = kit.store.workspace
    rows = joined([read_part(part, workspace=workspace) for part, _ in chosen])
    arrivals = [read_arrivals(part, entry_index=index, workspace=workspace) for part, index in chosen]
    return _Batch(tuple(part for part, _ in chosen), rows, np.concatenate(arrivals))


def _stage(kit: Kit, batch: _Batch) -> Part:
    first = batch.parts[0]
    return stage(
        with_own_words(batch.rows),
        workspace=kit.store.workspace,
        part_id=uuid7(clock=kit.clock, entropy=kit.entropy),
        kind=first.kind,
        label=first.label,
        keep_until=min(part.keep_until for part in batch.parts),
        arrivals=batch.arrivals,
    )


def _require_same(kit: Kit, part: Part, batch: _Batch, *, commitment: str, salt: bytes) -> None:
    """Refuse a staged part that does not read back as the rows it was made from, each with its arrival."""
    workspace = kit.store.workspace
    same = commitment_of(read_staged(part, workspace=workspace), salt=salt) == commitment
    arrivals = staged_arrivals(part, workspace=workspace) if same else None
    if arrivals is None or not np.array_equal(arrivals, batch.arrivals):
        raise PeelianError(
            f"The part merged from {len(batch.parts)} parts of {part.kind} {part.label} does not hold the same rows; "
            "nothing was changed. See to the disk and merge again, and tell the maintainers if it happens twice."
        )
