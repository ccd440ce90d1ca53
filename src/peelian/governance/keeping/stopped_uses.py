"""What came of an identification whose authorisation was refused, or lapsed: destroyed, by the house, at once.

All that was stored under an authorisation bears its id in the entry that announced it, and so does all that was made
of it, since it is shown to nobody who does not stand under the same one. The records go, the persons who are known by
nothing else, their keys, what entries remember of whom was looked up, published files, and the backup keys of it all.

In this order: keys of backups; records and persons, by one act or several; side blobs, files and keys of persons; last
an entry that it is done. Cut off anywhere, the next opening begins anew, and what is gone already stays gone. The
ground for it is the ruling, or the request and its term, which the ledger holds before (`unauthorised.py`).

A legal hold keeps what it names from being destroyed, and from nothing else: nobody is shown it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from peelian.domain.canonical import Document, Json
from peelian.domain.time import iso
from peelian.governance.act import carry_out_as_house
from peelian.governance.authorisation import ENDED, Authorisation, State, tag_of
from peelian.governance.circumstances.authorisation_records import CLEARED, KIND, authorisations
from peelian.governance.circumstances.own_records import new_record
from peelian.governance.committed import located
from peelian.governance.complete import REJECTED
from peelian.governance.ends import BLOB, LEDGER, REPORT, Ends, note_ends
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import holds_in_force
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.kinds import KINDS, Operation
from peelian.governance.unauthorised import ABOUT
from peelian.storage.backup_slices import BLOBS, RECORDS, slice_name
from peelian.storage.destroy import destroy
from peelian.storage.rows import Record, SubjectRow, Writes
from peelian.storage.terms import LedgerTerm, Terms

RULES = {State.REFUSED: "authorisation-refused", State.LAPSED: "authorisation-lapsed"}
DONE = "authorisation.cleared"
RECORDS_IN_ONE_ENTRY = 1_000
ENTRIES_NAMED = 100
_EVER = "9999"


@dataclass(frozen=True)
class _Came:
    """What came of a use and is still there.

    Parameters
    ----------
    records : with the entries they stand on. persons : ids of those who are known by nothing else.
    terms : of side blobs and published files. blobs : entries whose side blob goes.
    held : whether a legal hold keeps something of it.
    """

    records: tuple[tuple[Record, int], ...]
    persons: tuple[str, ...]
    terms: tuple[LedgerTerm, ...]
    blobs: tuple[int, ...]
    held: bool


def destroy_stopped(kit: Kit) -> tuple[Entry, ...]:
    """Destroy what came of every use that was refused or has lapsed; return the entries that say it is done."""
    now = kit.clock.now()
    ended = [each for each in authorisations(kit) if each.cleared is None and each.state(at=now) in ENDED]
    return tuple(entry for each in ended for entry in _destroy(kit, each))


def _destroy(kit: Kit, use: Authorisation) -> Iterator[Entry]:
    note_ends(kit, Ends(kit))
    tagged = tuple(
        each for each in kit.ledger.entries(use.entry_index) if tag_of(each) == use.authorisation_id
    )
    came = _came(kit, tagged)
    kit.backup_keys.destroy(sorted(_backup_keys(came)))
    _take(kit, use, came)
    kit.ledger.destroy_blobs(came.blobs)
    kit.subject_keys.destroy(came.persons)
    reports = kit.store.workspace.folder("reports")
    destroy(reports / term.name for term in came.terms if term.what == REPORT)
    Terms(kit.store).let_go(came.terms)
    if not came.held:
        yield _enter_done(kit, use, tagged)


def _came(kit: Kit, tagged: Sequence[Entry]) -> _Came:
    """Find what is still there of all that these entries stored, and what a hold keeps of it."""
    indices = {entry.index for entry in tagged}
    scopes = [hold.scope for hold in holds_in_force(kit, at=kit.clock.now())]
    stored = [(record, index) for record, index in kit.store.records() if index in indices]
    going = [each for each in stored if not _kept(scopes, each[0].kind, each[0].record_id, each[0].subject)]
    terms = tuple(
        term
        for term in Terms(kit.store).of_ledger(by=_EVER)
        if term.entry_index in indices and not _kept(scopes, LEDGER if term.what == BLOB else REPORT)
    )
    return _Came(
        records=tuple(going),
        persons=tuple(_persons(kit, indices, going, scopes)),
        terms=terms,
        blobs=() if _kept(scopes, LEDGER) else tuple(each.index for each in tagged if each.blob is not None),
        held=(
            len(going) < len(stored)
            or _kept(scopes, LEDGER)
            or _kept(scopes, REPORT)
            or any(_keeps(scopes, row) for row, index in kit.store.subjects() if index in indices)
        ),
    )


def _kept(scopes: Sequence[Scope], kind: str, record_id: str = "", subject: str = "") -> bool:
    return any(scope.keeps_record(kind=kind, record_id=record_id, subject=subject) for scope in scopes)


def _keeps(scopes: Sequence[Scope], row: SubjectRow) -> bool:
    return any(scope.keeps_person(row.subject_id) for scope in scopes)


def _persons(
    kit: Kit, indices: set[int], going: Sequence[tuple[Record, int]], scopes: Sequence[Scope]
) -> Iterator[str]:
    """Yield the persons who were registered under it, and of whom nothing else is kept."""
    ids = {record.record_id for record, _ in going}
    merged = {name for row, _ in kit.store.subject_merges() for name in (row.subject_id, row.into)}
    for row, index in kit.store.subjects():
        if index not in indices or row.subject_id in merged or _keeps(scopes, row):
            continue
        if all(record.record_id in ids for record, _ in kit.store.records(subject=row.subject_id)):
            yield row.subject_id


def _backup_keys(came: _Came) -> Iterator[str]:
    """Yield the keys of the days of backups in which something of it lies; what else lies there is lost to them too."""
    yield from (slice_name(RECORDS, record.keep_until) for record, _ in came.records)
    yield from (slice_name(BLOBS, term.keep_until) for term in came.terms if term.what == BLOB)


def _take(kit: Kit, use: Authorisation, came: _Came) -> None:
    """Take records and persons out, a batch an act where they are very many."""
    if not (came.records or came.persons):
        return
    places = [located(kit, record, index) for record, index in came.records]
    last = max(0, len(places) - 1) // RECORDS_IN_ONE_ENTRY * RECORDS_IN_ONE_ENTRY
    for start in range(0, last + 1, RECORDS_IN_ONE_ENTRY):
        batch = tuple(places[start : start + RECORDS_IN_ONE_ENTRY])
        gone = came.persons if start == last else ()
        facts: Document = {
            ABOUT: use.authorisation_id,
            "because": use.state(at=kit.clock.now()),
            "records_destroyed": len(batch),
        }
        writes = Writes(dropped=batch, gone=gone)
        carry_out_as_house(kit, REJECTED, rule=_rule(kit, use), facts=facts, writes=writes)


def _enter_done(kit: Kit, use: Authorisation, tagged: Sequence[Entry]) -> Entry:
    """Enter that all of it is destroyed: how much, and which entries had let some of it out of the house."""
    taken = [
        entry
        for entry in kit.ledger.acts(use.entry_index)
        if entry.kind == REJECTED and entry.facts.get(ABOUT) == use.authorisation_id
    ]
    out: list[Json] = [each.index for each in tagged if KINDS[each.kind].operation is Operation.DISCLOSURE]
    facts: Document = {
        ABOUT: use.authorisation_id,
        "because": use.state(at=kit.clock.now()),
        "records_destroyed": sum(len(places) for each in taken for _, *places in _listed(each, "dropped")),
        "persons": sum(len(_listed(each, "gone")) for each in taken),
        "side_blobs": sum(each.blob is not None for each in tagged),
        "disclosed": len(out),
        "disclosed_by": out[:ENTRIES_NAMED],
    }
    body: Document = {"state": CLEARED, "at": iso(kit.clock.now())}
    record = new_record(kit, KIND, subject=use.authorisation_id, body=body)
    return carry_out_as_house(kit, DONE, rule=_rule(kit, use), facts=facts, writes=Writes(records=(record,)))


def _listed(entry: Entry, key: str) -> Sequence[Sequence[Json]]:
    listed = entry.facts.get(key)
    return [each for each in listed if isinstance(each, Sequence)] if isinstance(listed, Sequence) else ()


def _rule(kit: Kit, use: Authorisation) -> str:
    return RULES[use.state(at=kit.clock.now())]
