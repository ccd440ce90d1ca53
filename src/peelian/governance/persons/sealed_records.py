"""Sealed records: written under the key of the person they are about, opened one by one, each with an entry before it.

What a record says of a person stands beside how sure it is of it, and travels with that (Directive (EU) 2016/680,
Article 7). A suspicion that nobody documented or validated for five years is not shown (after 28 CFR 23.20(h)).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.domain.identity import uuid7
from peelian.governance.act import authorise, enter
from peelian.governance.card import DataKind, SubjectCategory
from peelian.governance.circumstances.authorisation_records import may_see
from peelian.governance.committed import committed_record, located
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.over_the_desk import Kept, NewRecord
from peelian.governance.persons.asides import Whose, aside, of_stranger, of_subject
from peelian.governance.persons.restricted import is_restricted
from peelian.governance.persons.sealed_body import is_sealed, key_of, open_body, seal_body
from peelian.governance.persons.subjects import PROTECTED, known, one_person, row_of
from peelian.governance.policy import Decision
from peelian.governance.stated import Stated, Suspicion, documented
from peelian.storage.rows import Record, Writes


def sealed_record(kit: Kit, new: NewRecord, *, kind: DataKind, by: str, keep_until: str) -> Record:
    """Return a record sealed under its subject's key, refusing one that does not say how sure it is."""
    if new.stated is None:
        raise BadInput(
            f"A {new.kind} says whether it is a fact or an assessment, and how its source and accuracy are graded "
            "(Directive (EU) 2016/680, Article 7); give `stated`."
        )
    row = known(kit, new.subject)
    key = key_of(row, keys=kit.subject_keys)
    plain: dict[str, Any] = {"stated": new.stated.document(), "body": new.body}
    if kind.suspicion_required:
        at = kit.clock.now()
        plain["suspicion"] = documented(new.suspicion, by=by, at=at, kind=new.kind).document()
    bare = Record(new.record_id, new.kind, row.subject_id, "", keep_until)
    return replace(bare, body=seal_body(bare, plain, row=row, key=key, entropy=kit.entropy))


def validated(kit: Kit, kept: Kept, *, basis: str, by: str, keep_until: str) -> Writes:
    """Return what replaces a record whose suspicion was examined again: the same, under a new id, documented now."""
    new = NewRecord(
        uuid7(clock=kit.clock, entropy=kit.entropy),
        kept.kind,
        kept.subject,
        kept.body,
        stated=kept.stated,
        suspicion=basis,
    )
    return replacing(kit, new, kept.record_id, by=by, keep_until=keep_until)


def replacing(kit: Kit, new: NewRecord, record_id: str, *, by: str, keep_until: str) -> Writes:
    """Return what puts a new sealed record in the place of the one with this id, which is destroyed."""
    found = kit.store.records(new.kind, record_id=record_id)
    if not found:
        raise BadInput(f"There is no {new.kind} with the id {record_id}; look at what is kept on the person.")
    ((stored, index),) = found
    record = sealed_record(kit, new, kind=kit.register.data_kind(new.kind), by=by, keep_until=keep_until)
    return Writes(records=(record,), dropped=(located(kit, stored, index),))


def open_records(
    kit: Kit,
    standing: Standing,
    kind: DataKind,
    *,
    decision: Decision,
    record_id: str | None,
    subject: str | None,
    categories: Collection[SubjectCategory] | None,
) -> tuple[Kept, ...]:
    """Hand out the sealed records of a kind that stand, each entered before any of them leaves.

    Without a subject or a record named, they are those about persons of `categories`, by default of the kind's own.
    """
    asked = _asked(kind, categories) if record_id is None and subject is None else None
    told: Document = {"kind": kind.id, "categories": None if asked is None else sorted(asked)}
    found = [
        (kept, whose)
        for kept, whose, category in _opened(kit, standing, kind, record_id=record_id, subject=subject)
        if _stands(kit, kind, kept) and (asked is None or category in asked)
    ]
    blocked = _blocked(kit, standing, kind, [kept for kept, _ in found], named=asked is None)
    opened = [(kept, whose) for kept, whose in found if not (blocked and kept.restricted)]
    for kept, whose in opened:
        facts: Document = {**told, "record": kept.record_id, "of_entry": kept.entry_index}
        sealed = aside(kit, whose, {"subject": kept.subject})
        enter(kit, standing, "record.read", decision=decision, facts=facts, sealed=sealed)
    if not opened:
        nothing: Document = {**told, "record": record_id, "of_entry": None}
        sealed = aside(kit, _asked_about(kit, subject or record_id or kind.id), {"subject": subject})
        enter(kit, standing, "record.read", decision=decision, facts=nothing, sealed=sealed)
    return tuple(kept for kept, _ in opened)


def _blocked(kit: Kit, standing: Standing, kind: DataKind, found: Sequence[Kept], *, named: bool) -> bool:
    """Return whether this person is not shown restricted records; where the records were named, refuse them.

    Either way the refusal is entered before anything is handed out.
    """
    if not any(kept.restricted for kept in found):
        return False
    try:
        authorise(kit, standing, action="read", resource=kind.id, case_facts={"restricted": True})
    except Refused:
        if named:
            raise
        return True
    return False


def handed_on(kept: Kept) -> Document:
    """Return a sealed record as it may leave the house: with its grading, without which it may not."""
    if kept.stated is None:
        raise Refused(
            f"The {kept.kind} {kept.record_id} does not say how sure it is of what it says.",
            rule="grading-travels",
            citation="house rule, after Directive (EU) 2016/680, Article 7(2)",
            remedy="Have it recorded anew with its grading, or do not hand it on.",
        )
    return {"record": kept.record_id, "kind": kept.kind, "stated": kept.stated.document(), "body": kept.body}


def _asked(kind: DataKind, categories: Collection[SubjectCategory] | None) -> frozenset[SubjectCategory]:
    asked = frozenset({kind.subject_category} - PROTECTED if categories is None else categories)
    if not asked:
        raise BadInput(
            f"Records of the kind {kind.id!r} are about victims or witnesses; name the categories you ask for, or "
            "the subject."
        )
    return asked


def _opened(
    kit: Kit, standing: Standing, kind: DataKind, *, record_id: str | None, subject: str | None
) -> Iterable[tuple[Kept, Whose, SubjectCategory]]:
    subjects: Iterable[str | None] = [None] if subject is None else sorted(one_person(kit, subject))
    for each in subjects:
        for record, index in kit.store.records(kind.id, record_id=record_id, subject=each):
            entry = committed_record(kit, record, index)
            if not may_see(kit, standing, kind, stored_by=entry):
                continue
            row = row_of(kit, record.subject)
            if row is None or not is_sealed(record):
                raise BadInput(
                    f"The {kind.id} {record.record_id} is filed under no subject; tell the auditor."
                )
            key = key_of(row, keys=kit.subject_keys)
            kept = _kept(kit, record, entry, plain=open_body(record, row=row, key=key))
            yield kept, of_subject(row.subject_id, key=key), SubjectCategory(row.category)


def _kept(kit: Kit, record: Record, entry: Entry, *, plain: Mapping[str, Any]) -> Kept:
    suspicion = plain.get("suspicion")
    return Kept(
        record.record_id,
        record.kind,
        record.subject,
        plain["body"],
        entry.index,
        written=entry.time,
        stated=Stated.from_document(plain["stated"]),
        suspicion=None if suspicion is None else Suspicion.from_document(suspicion),
        restricted=is_restricted(kit, one_person(kit, record.subject)),
    )


def _asked_about(kit: Kit, what: str) -> Whose:
    row = row_of(kit, what)
    if row is None:
        return of_stranger(kit, what.encode())
    return of_subject(row.subject_id, key=key_of(row, keys=kit.subject_keys))


def _stands(kit: Kit, kind: DataKind, kept: Kept) -> bool:
    if not kind.suspicion_required:
        return True
    zone = kit.store.workspace.settings.zone
    return kept.suspicion is not None and kept.suspicion.stands(kit.clock.now(), zone=zone)
