"""What was made from stored rows, and what is left to show it from once some of them were erased.

Governance knows no forecast. A room declares as plain values which entries commit to such a work and in which
data kinds it keeps what the work can be shown and checked from; the rest is read off the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from peelian.domain.time import iso
from peelian.governance.complete import carried_out
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.kinds import KINDS


@dataclass(frozen=True)
class Derivation:
    """How a room commits to works made from stored rows.

    Parameters
    ----------
    entry_kind : kind of the ledger entry that commits to one, e.g. "forecast.committed".
    id_fact : the fact of that entry that holds its id.
    aggregates : data kinds kept with the work from which it can be shown, checked against its commitment and
        scored without the rows; kept as long as the charter's retention for them runs.
    """

    entry_kind: str
    id_fact: str
    aggregates: tuple[str, ...]


class Reproducible(StrEnum):
    """What an erasure left of a committed work: nothing was taken from it, it is kept beside the rows, or is lost.

    That no row was erased does not say that the same rows would be read again: what was corrected since is another
    version now.
    """

    NOT_ERASED = "no row it read was erased"
    FROM_AGGREGATES = "reproducible from kept aggregates"
    NO_LONGER = "no longer reproducible"


@dataclass(frozen=True)
class Work:
    """One committed work: its id, and the entry it stands on."""

    work_id: str
    entry_index: int
    aggregates: tuple[str, ...]


def works_that_read(
    kit: Kit, rows: Sequence[tuple[str, int]], *, derivations: Sequence[Derivation]
) -> tuple[Work, ...]:
    """Return the works whose reads saw one of `rows` (data kind, and the entry it arrived by), oldest first.

    A read sees every row of its kind that is visible then, so it saw a row that is visible still and that arrived
    by an entry older than the read's. A work's reads are those of the same person for the same purpose since their
    last act; where none are found, it is taken to have read everything.
    """
    oldest: dict[str, int] = {}
    for kind, index in rows:
        oldest[kind] = min(index, oldest.get(kind, index))
    by_kind = {derivation.entry_kind: derivation for derivation in derivations}
    return tuple(
        _work(entry, by_kind[entry.kind])
        for entry, reads in _with_reads(kit, start=min(oldest.values(), default=kit.ledger.size))
        if entry.kind in by_kind
        and (not reads or any(read.index > oldest.get(_kind(read), read.index) for read in reads))
    )


def committed_works(kit: Kit, *, derivations: Sequence[Derivation]) -> tuple[Work, ...]:
    """Return every work that the ledger commits to, oldest first."""
    by_kind = {derivation.entry_kind: derivation for derivation in derivations}
    return tuple(
        _work(entry, by_kind[entry.kind])
        for entry in carried_out(tuple(kit.ledger.entries()))
        if entry.kind in by_kind
    )


def _work(entry: Entry, derivation: Derivation) -> Work:
    return Work(str(entry.facts[derivation.id_fact]), entry.index, derivation.aggregates)


def reproducible(kit: Kit, works: Sequence[Work]) -> tuple[Reproducible, ...]:
    """Return for each work that has lost rows whether what it keeps of them still stands, within its term."""
    now = iso(kit.clock.now())
    kept = {(index, part.kind) for part, index in kit.store.parts() if part.keep_until > now}
    return tuple(
        Reproducible.FROM_AGGREGATES
        if work.aggregates and all((work.entry_index, kind) in kept for kind in work.aggregates)
        else Reproducible.NO_LONGER
        for work in works
    )


def _with_reads(kit: Kit, *, start: int) -> Iterator[tuple[Entry, tuple[Entry, ...]]]:
    """Yield each act that was carried out with the reads its actor made for its purpose since their last act."""
    entries = tuple(kit.ledger.entries(start))
    done = {entry.index for entry in carried_out(entries)}
    reads: defaultdict[tuple[str, str | None], list[Entry]] = defaultdict(list)
    for entry in entries:
        who = (entry.actor, entry.purpose)
        if entry.kind == "extract.read":
            reads[who].append(entry)
        elif KINDS[entry.kind].act:
            seen = tuple(reads.pop(who, ()))
            if entry.index in done:
                yield entry, seen


def _kind(read: Entry) -> str:
    return str(read.facts.get("kind"))
