"""The sweep: what has fallen due is destroyed, by the house itself, with an entry that says how much and by which law.

One act takes things of one kind, as many as an entry can name: parts whose term is over, records with the approvals
that belong to them, the sealed rejected rows of a load, side blobs of ledger entries, files of published reports,
charters ten years after they ended. What a legal hold keeps is left, and of a part that it keeps in part the rest goes.

It needs nobody's leave and no charter in force: the term was fixed when the thing was stored. It runs whenever a house
is opened and, while one stays open, at the beginning of a sitting when half a minute has gone by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any, TypeVar

import numpy as np

from peelian.domain.canonical import Document, digest
from peelian.domain.plural import plural
from peelian.domain.time import iso
from peelian.governance.act import carry_out_as_house
from peelian.governance.chartered import charter_path, charters
from peelian.governance.ends import BLOB, LEDGER, REPORT, SWEPT, Ends, note_ends
from peelian.governance.keeping.departed import KIND as PRINCIPAL
from peelian.governance.keeping.departed import over_since_departure
from peelian.governance.keeping.held import REJECTED, load_held, rows_held
from peelian.governance.keeping.holds import holds_in_force
from peelian.governance.keeping.named_rows import Hit, Named, rewrite
from peelian.governance.keeping.stopped_uses import destroy_stopped
from peelian.governance.keeping.written import destroy_own
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.recovery import HOUSE
from peelian.storage.backup import part_key
from peelian.storage.backup_slices import BLOBS as KEPT_BLOBS
from peelian.storage.backup_slices import RECORDS as KEPT_RECORDS
from peelian.storage.backup_slices import REJECTED as KEPT_REJECTED
from peelian.storage.backup_slices import slice_name
from peelian.storage.destroy import destroy
from peelian.storage.rows import Ended, Record, RejectedOf, Writes
from peelian.storage.terms import LedgerTerm, Terms

RULE = "retention-term"
EVERY = timedelta(seconds=30)
"""How long an open house may wait between two sweeps: half of what may go by after something fell due."""

CHARTER = "charter"
PARTS, RECORDS, LOADS, BLOBS, FILES, CHARTERS = 40, 60, 400, 1_000, 400, 60
"""How many of each one entry names; with their ids, and the hashes of parts, they fit into its facts."""


@dataclass(frozen=True)
class Swept:
    """What one act destroyed: how many things of a kind, under which law, by which entry."""

    kind: str
    what: str
    count: int
    law: str
    entry_index: int

    def sentence(self) -> str:
        """Return what was done, in one sentence."""
        destroyed = f"{plural(self.count, self.what)} of {self.kind}"
        return f"Destroyed {destroyed} that fell due (entry {self.entry_index}; {self.law})."


def _nothing(kit: Kit, now: datetime) -> Iterable[Swept]:
    return ()


def enter_discarded(kit: Kit, *, facts: Document) -> Entry:
    """Enter, as the house's own, that files of rows never taken in are destroyed; after this they may be.

    It needs no charter in force: what may be kept no longer goes, whether one stands or not.
    """
    return kit.ledger.append(Draft("held.discarded", actor=HOUSE, rule=RULE, facts=facts))


class Sweeper:
    """Sweeps one open house; between sittings no more often than every half a minute.

    `also` destroys, last, what hangs on nothing that is left: persons without records.
    """

    def __init__(self, kit: Kit, *, also: Callable[[Kit, datetime], Iterable[Swept]] = _nothing) -> None:
        self._kit, self._also = kit, also
        self._last: datetime | None = None
        self._done: list[Swept] = []

    @property
    def swept(self) -> tuple[Swept, ...]:
        """Return what was destroyed since the house was opened."""
        return tuple(self._done)

    def sweep_if_time(self) -> None:
        """Destroy what fell due if the last sweep is half a minute ago; a clock that was put back does not stop it."""
        now = self._kit.clock.now()
        if self._last is None or abs(now - self._last) >= EVERY:
            self.sweep()

    def sweep(self) -> None:
        """Destroy everything that has fallen due and that no hold keeps."""
        kit, now = self._kit, self._kit.clock.now()
        ends = Ends(kit)
        note_ends(kit, ends)
        destroy_own(kit, at=now)  # before the notes of where they lie are over too
        self._done += map(_stopped, destroy_stopped(kit))
        end = Terms(kit.store).next_end()
        if end is not None and end <= iso(now):
            self._done += _rows_over(kit, ends, now)
        self._done += _charters_over(kit, now)
        self._done += _departed_over(kit, now)
        self._done += self._also(kit, now)
        kit.backup_keys.destroy_over(by=iso(now), but=_still_held(kit, by=iso(now)))
        self._last = now


def _stopped(entry: Entry) -> Swept:
    """Return in the sweep's own words that what came of a use without authorisation was destroyed."""
    facts: Mapping[str, Any] = entry.facts
    law = "Regulation (EU) 2024/1689, Articles 5(3) and 26(10)"
    return Swept(f"a use {facts['because']}", "record", facts["records_destroyed"], law, entry.index)


def _still_held(kit: Kit, *, by: str) -> frozenset[str]:
    """Return what the backup keys are called of what is over and stands after a sweep: a hold keeps it."""
    terms = Terms(kit.store)
    over = {part_key(part.path) for part, _ in terms.parts(by=by)}
    over |= {slice_name(KEPT_RECORDS, record.keep_until) for record, _ in terms.records(by=by)}
    loads = (load.entry_index for load in terms.rejected(by=by))
    return frozenset(over | {slice_name(KEPT_REJECTED, end) for end in terms.ends_of_rejected(loads)})


def _rows_over(kit: Kit, ends: Ends, now: datetime) -> Iterator[Swept]:
    """Yield each act that destroys what a stored end says is over, as it is done."""
    over = over_by(kit, at=now)
    for kind, hits in _by_kind(over.parts, kind=lambda hit: hit.part.kind):
        for parts in _batches(hits, PARTS):
            yield _sweep_parts(kit, ends, kind, parts)
    for kind, records in _by_kind(over.records, kind=lambda each: each[0].kind):
        for some in _batches(records, RECORDS):
            yield _sweep_records(kit, ends, kind, some)
    for loads in _batches(over.loads, LOADS):
        yield _sweep_loads(kit, ends, loads, now=now)
    for blobs in _batches(over.blobs, BLOBS):
        yield _sweep_blobs(kit, blobs)
    for files in _batches(over.reports, FILES):
        yield _sweep_reports(kit, files)


@dataclass(frozen=True)
class Over:
    """What is over and not held; of each part the rows that are."""

    parts: tuple[Hit, ...]
    records: tuple[tuple[Record, int], ...]
    loads: tuple[RejectedOf, ...]
    blobs: tuple[LedgerTerm, ...]
    reports: tuple[LedgerTerm, ...]


def over_by(kit: Kit, *, at: datetime) -> Over:
    """Return what is over at an instant and is not kept by a hold that is in force then."""
    scopes = [hold.scope for hold in holds_in_force(kit, at=at)]
    terms, by = Terms(kit.store), iso(at)

    def kept(kind: str, record_id: str = "", subject: str = "") -> bool:
        return any(scope.keeps_record(kind=kind, record_id=record_id, subject=subject) for scope in scopes)

    ledger = terms.of_ledger(by=by)
    hits = [
        Hit(part, index, np.flatnonzero(~rows_held(kit, part, scopes)), (), np.empty(0, dtype=np.int64))
        for part, index in terms.parts(by=by)
    ]
    return Over(
        parts=tuple(hit for hit in hits if len(hit.rows)),
        records=tuple(
            each
            for each in terms.records(by=by)
            if not kept(each[0].kind, each[0].record_id, each[0].subject)
        ),
        loads=tuple(load for load in terms.rejected(by=by) if not load_held(kit, load.entry_index, scopes)),
        blobs=() if kept(LEDGER) else tuple(term for term in ledger if term.what == BLOB),
        reports=() if kept(REPORT) else tuple(term for term in ledger if term.what == REPORT),
    )


def _sweep_parts(kit: Kit, ends: Ends, kind: str, hits: Sequence[Hit]) -> Swept:
    """Destroy parts; what a hold keeps of one stays in a new part, with the entries it arrived by."""
    for hit in hits:
        entry = kit.ledger.proven(hit.entry_index)
        if not entry.facts.get(
            "removed"
        ):  # the first ends of a part made from others: `complete` looks for them
            ends.require_over(entry, kind, what="part", at=hit.part.keep_until)
    named = Named(tuple(hits), ())
    return _carry_out(kit, kind, "part", len(hits), writes=rewrite(kit, named), rows=named.rows)


def _sweep_records(kit: Kit, ends: Ends, kind: str, some: Sequence[tuple[Record, int]]) -> Swept:
    """Destroy records, and the approvals of what their ids or the digests of their words name."""
    for record, index in some:
        ends.require_over(kit.ledger.proven(index), kind, what=f"{kind}", at=record.keep_until)
    ended = Ended(records=tuple(some), approvals=_approvals_of(kit, some))
    return _carry_out(kit, kind, "record", len(some), writes=Writes(ended=ended))


def _approvals_of(kit: Kit, some: Sequence[tuple[Record, int]]) -> tuple[int, ...]:
    named = {name for record, _ in some for name in (record.record_id, digest(record.body.encode()))}
    return tuple(index for _, index in Terms(kit.store).approvals_of(named))


def _sweep_loads(kit: Kit, ends: Ends, loads: Sequence[RejectedOf], *, now: datetime) -> Swept:
    for load in loads:
        ends.require_over(kit.ledger.proven(load.entry_index), REJECTED, what="sealed rows", at=iso(now))
    count = sum(load.rows for load in loads)
    return _carry_out(kit, REJECTED, "sealed row", count, writes=Writes(ended=Ended(rejected=tuple(loads))))


def _sweep_blobs(kit: Kit, blobs: Sequence[LedgerTerm]) -> Swept:
    """Destroy side blobs; cut off before the last of them is gone, they are destroyed again, by another entry."""
    indices = [blob.entry_index for blob in blobs]
    kit.backup_keys.destroy(sorted({slice_name(KEPT_BLOBS, blob.keep_until) for blob in blobs}))
    done = _carry_out(kit, LEDGER, "side blob", len(blobs), writes=Writes(), facts={"blobs": indices})
    kit.ledger.destroy_blobs(indices)
    Terms(kit.store).let_go(blobs)
    return done


def _sweep_reports(kit: Kit, files: Sequence[LedgerTerm]) -> Swept:
    """Destroy the files of published reports, which are named by the entries that published them."""
    facts: Document = {"published": [file.entry_index for file in files]}
    done = _carry_out(kit, REPORT, "file", len(files), writes=Writes(), facts=facts)
    destroy(kit.store.workspace.folder("reports") / file.name for file in files)
    Terms(kit.store).let_go(files)
    return done


def _charters_over(kit: Kit, now: datetime) -> Iterator[Swept]:
    """Yield the acts that destroy charters whose term, counted from the day they ended, is over."""
    term = timedelta(days=kit.register.data_kind(CHARTER).retention_days_max)
    rows = kit.store.charters()
    if not any(kit.ledger.entry(index).time + term <= now for _, index in rows):
        return
    ended = {
        each.charter.digest: datetime.combine(each.charter.expires, time(), UTC) for each in charters(kit)
    }
    over = [(row.digest, index) for row, index in rows if ended[row.digest] + term <= now]
    for some in _batches(over, CHARTERS):
        digests = [charter_digest for charter_digest, _ in some]
        approvals = tuple(index for _, index in Terms(kit.store).approvals_of(digests))
        writes = Writes(ended=Ended(charters=tuple(some), approvals=approvals))
        done = _carry_out(kit, CHARTER, "charter", len(some), writes=writes)
        destroy(charter_path(kit, charter_digest) for charter_digest in digests)
        yield done


def _departed_over(kit: Kit, now: datetime) -> Iterator[Swept]:
    """Yield the act that destroys each person who left so long ago, with their key and their records."""
    scopes = [hold.scope for hold in holds_in_force(kit, at=now)]
    for each in over_since_departure(kit, at=now, scopes=scopes):
        ended = Ended(
            records=each.records,
            approvals=_approvals_of(kit, each.records),
            principals=((each.person_id, each.entry_index),),
        )
        yield _carry_out(kit, PRINCIPAL, "person", 1, writes=Writes(ended=ended))


def _carry_out(
    kit: Kit,
    kind: str,
    what: str,
    count: int,
    *,
    writes: Writes,
    rows: int = 0,
    facts: Document | None = None,
) -> Swept:
    law = kit.register.data_kind(kind).legal_source
    told: Document = {"kind": kind, "count": count, "rows": rows, "law": law, **(facts or {})}
    entry = carry_out_as_house(kit, SWEPT, rule=RULE, facts=told, writes=writes)
    return Swept(kind, what, count, law, entry.index)


T = TypeVar("T")


def _by_kind(things: Iterable[T], *, kind: Callable[[T], str]) -> Iterator[tuple[str, list[T]]]:
    """Yield the things of each kind; they come in order of kind."""
    return ((name, list(some)) for name, some in groupby(things, key=kind))


def _batches(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (things[start : start + size] for start in range(0, len(things), size))
