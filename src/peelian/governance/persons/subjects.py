"""Persons whom sealed records are about: registered under an id that says nothing, found by what tells who they are.

A person who is known in two categories (a suspect here, a victim there) is two subjects, so that whoever looks for the
one is not told of the other. Whoever looks asks in categories; victims and witnesses are asked for by name or not
at all (Directive (EU) 2016/680, Article 6). Every look is entered before its answer, found or not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import authorise, carry_out, enter, refuse
from peelian.governance.card import SubjectCategory
from peelian.governance.kit import Kit, Standing
from peelian.governance.persons.asides import Whose, aside, of_stranger, of_subject
from peelian.governance.persons.identifiers import NAME_BYTES, Identifier, barred_name, name_of
from peelian.governance.persons.restricted import is_restricted
from peelian.governance.persons.sealed_body import KEY_BYTES, key_of, new_subject
from peelian.governance.policy import Decision
from peelian.storage.rows import SubjectMergeRow, SubjectRow, Writes

KIND = "subject"
"""The data kind of subjects; tombstones of this kind bar identifiers."""

PROTECTED = frozenset({SubjectCategory.VICTIM, SubjectCategory.WITNESS})
ORDINARY = frozenset(SubjectCategory) - PROTECTED - {SubjectCategory.NONE}
"""The categories that are asked where nobody names any."""


@dataclass(frozen=True)
class Subject:
    """A person whom sealed records are about; the id is a UUIDv7 and says nothing.

    Of a person who was looked for, `restricted` says that what is kept on them stays and is not worked with.
    """

    subject_id: str
    category: SubjectCategory
    restricted: bool = False


def register(
    kit: Kit, standing: Standing, *, category: SubjectCategory, identifiers: Sequence[Identifier]
) -> Subject:
    """Register a person with what tells who they are, under a fresh id and key.

    Key and names are durable before the entry, as the files of parts are; start-up destroys those that no subject's
    row followed.
    """
    if category is SubjectCategory.NONE or not identifiers:
        raise BadInput("A subject is registered with a category of person and at least one identifier.")
    decision = authorise(kit, standing, action="collect", resource=KIND)
    names = [name_of(identifier, secret=kit.identifiers_key) for identifier in identifiers]
    _require_not_barred(kit, standing, names)
    if any(_of_category(kit, name, frozenset({category})) for name in names):
        raise BadInput(
            f"There is already a subject of the category {category} with one of these identifiers; find it by that."
        )
    return _registered(kit, standing, category=category, names=names, decision=decision)


def register_unnamed(kit: Kit, standing: Standing, *, category: SubjectCategory) -> Subject:
    """Register a person of whom nobody can tell who it is, under a drawn name by which nobody can be looked for.

    Whoever finds out who it is merges it into that person.
    """
    decision = authorise(kit, standing, action="collect", resource=KIND)
    names = [kit.entropy(NAME_BYTES)]
    return _registered(kit, standing, category=category, names=names, decision=decision)


def _registered(
    kit: Kit, standing: Standing, *, category: SubjectCategory, names: Sequence[bytes], decision: Decision
) -> Subject:
    subject_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    key = kit.entropy(KEY_BYTES)
    writes = Writes(subjects=(new_subject(subject_id, category=category, key=key),))
    kit.subject_keys.add(subject_id, key=key, names=names)
    try:
        carry_out(kit, standing, "subject.registered", decision=decision, facts={}, writes=writes)
    except BaseException:
        if not kit.store.subjects(subject_id):
            kit.subject_keys.destroy({subject_id})
        raise
    return Subject(subject_id, category)


def find(
    kit: Kit,
    standing: Standing,
    identifier: Identifier,
    *,
    categories: Collection[SubjectCategory],
    verified_by: Sequence[str] = (),
) -> tuple[Subject, ...]:
    """Return the subjects of these categories that have this identifier, each look entered before the answer.

    `verified_by` are the ids of the principals who verified that the input is what it is said to be, where the look is
    an identification (Regulation (EU) 2024/1689, Article 12(3)). One who was erased is answered like a stranger.
    """
    began = kit.clock.now()
    decision = authorise(kit, standing, action="read", resource=KIND)
    name = name_of(identifier, secret=kit.identifiers_key)
    found = _of_category(kit, name, frozenset(categories))
    asked: Document = {
        "looked_up": identifier.kind,
        "reference": KIND,
        "categories": sorted(categories),
        "began": iso(began),
        "ended": iso(kit.clock.now()),
        "verified_by": list(verified_by),
    }
    content: Document = {"kind": identifier.kind, "text": identifier.text}
    looks = [(_whose(kit, row), 1) for row in found] or [(of_stranger(kit, name), 0)]
    for whose, seen in looks:
        facts: Document = {**asked, "found": seen}
        sealed = aside(kit, whose, content)
        enter(kit, standing, "subject.sought", decision=decision, facts=facts, sealed=sealed)
    return tuple(
        Subject(
            row.subject_id, SubjectCategory(row.category), is_restricted(kit, one_person(kit, row.subject_id))
        )
        for row in found
    )


def only(found: Sequence[Subject]) -> Subject | None:
    """Return the one subject that was found, or None; several are a question that must be put more narrowly."""
    if len(found) > 1:
        raise BadInput("This identifier is known in several categories; name the one you ask for.")
    return found[0] if found else None


def merge_into(kit: Kit, standing: Standing, subject_id: str, *, into: str) -> None:
    """Enter that two subjects are one person: the first is found under the other's id from now on.

    Neither key nor record changes, so nothing that was entered about either loses its meaning; erasing the one
    erases both.
    """
    gone, stays = known(kit, subject_id), known(kit, into)
    if gone.subject_id == stays.subject_id or gone.category != stays.category:
        raise BadInput("Two different subjects of one category can be merged; a person of two stays two.")
    decision = authorise(kit, standing, action="merge", resource=KIND)
    writes = Writes(merges=(SubjectMergeRow(gone.subject_id, stays.subject_id),))
    carry_out(kit, standing, "subjects.merged", decision=decision, facts={}, writes=writes)


def known(kit: Kit, subject_id: str) -> SubjectRow:
    """Return the row of a registered subject, under the id into which it was merged; refuse one that is not known."""
    merged = {row.subject_id: row.into for row, _ in kit.store.subject_merges()}
    while subject_id in merged:
        subject_id = merged[subject_id]
    row = row_of(kit, subject_id)
    if row is None:
        raise BadInput(
            f"There is no subject {subject_id}; register the person, or find them by an identifier."
        )
    return row


def row_of(kit: Kit, subject_id: str) -> SubjectRow | None:
    """Return a subject's own row, held against its entry; None where there is none, or none any more."""
    for row, index in kit.store.subjects(subject_id):
        named = kit.ledger.proven(index).facts.get("subjects")
        if not isinstance(named, list) or [row.subject_id, row.seal] not in named:
            raise Tampered(
                f"The subject {subject_id} is not the one that ledger entry {index} commits to; it was changed past "
                "the desk. Restore the records from a backup and tell the auditor."
            )
        return row
    return None


def require_registered(kit: Kit, subject_id: str) -> None:
    """Refuse a subject whose row is not what its entry commits to, or whose category its key does not bear out.

    A key may be missing in a restored copy, where its subject was erased since.
    """
    row = row_of(kit, subject_id)
    if row is not None and kit.subject_keys.key(subject_id) is not None:
        key_of(row, keys=kit.subject_keys)


def one_person(kit: Kit, subject_id: str) -> frozenset[str]:
    """Return all ids of the person who has this one: those that were merged with it, and itself."""
    ids = {subject_id}
    merges = [(row.subject_id, row.into) for row, _ in kit.store.subject_merges()]
    while more := {other for pair in merges if ids & set(pair) for other in pair} - ids:
        ids |= more
    return frozenset(ids)


def _of_category(kit: Kit, name: bytes, categories: frozenset[SubjectCategory]) -> tuple[SubjectRow, ...]:
    found = {row.subject_id: row for row in (known(kit, each) for each in kit.subject_keys.named(name))}
    return tuple(row for row in found.values() if SubjectCategory(row.category) in categories)


def _whose(kit: Kit, row: SubjectRow) -> Whose:
    return of_subject(row.subject_id, key=key_of(row, keys=kit.subject_keys))


def _require_not_barred(kit: Kit, standing: Standing, names: Sequence[bytes]) -> None:
    barred = {barred_name(name, secret=kit.identifiers_key) for name in names}
    if barred & kit.store.tombstones(KIND):
        refusal = Refused(
            "This person is not registered here.",
            rule="erased-for-good",
            citation="house rule, after Directive (EU) 2016/680, Article 16(2)",
            remedy="Keep nothing about them; who has a new ground for it asks the oversight body.",
        )
        refuse(kit, standing, refusal, facts={"action": "collect", "resource": KIND})
        raise refusal
