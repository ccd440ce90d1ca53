"""The desk: the only way to stored data.

A sitting is one person, one purpose, one charter in force. What it may show is in `reading.py`, what it may do in
`writing.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.governance.act import authorise, carry_out
from peelian.governance.card import SubjectCategory
from peelian.governance.charter import Charter
from peelian.governance.circumstances.authorisation_records import authorisation_named
from peelian.governance.circumstances.own_records import OwnRecord
from peelian.governance.committed import stored_under
from peelian.governance.conduct.said import require_words
from peelian.governance.dropped import VALIDATED
from peelian.governance.keeping.sweep import Sweeper, enter_discarded
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.over_the_desk import Kept, NewRecord, NewRejection, NewTable
from peelian.governance.people import person_of
from peelian.governance.persons.correction import correct, ordered_correction
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.restricted import standing_mark
from peelian.governance.persons.sealed_records import validated
from peelian.governance.persons.silence import Truth, sealed_truths, search_silently
from peelian.governance.persons.subject_erasure import ORDER, Ground, erase_person, order_person_erasure
from peelian.governance.persons.subjects import (
    KIND,
    ORDINARY,
    Subject,
    find,
    merge_into,
    one_person,
    only,
    register,
    register_unnamed,
)
from peelian.governance.principals import Signer
from peelian.governance.writing import Writing
from peelian.storage.engine import Condition, Operator

__all__ = ["Condition", "Desk", "Kept", "NewRecord", "NewRejection", "NewTable", "Operator", "Sitting"]


class Desk:
    """The desk of one signed-in person; `charters` are those in force, approved and verified.

    What falls due while a house stays open is destroyed by its `sweeper` before a sitting begins.
    """

    def __init__(self, kit: Kit, *, actor: Signer, charters: tuple[Charter, ...], sweeper: Sweeper) -> None:
        self._kit = kit
        self._actor = actor
        self._charters = charters
        self._sweeper = sweeper

    @contextmanager
    def open(
        self,
        *,
        purpose: str,
        capability: str,
        case: str | None = None,
        reason: str | None = None,
        note: str | None = None,
        authorisation: str | None = None,
    ) -> Iterator[Sitting]:
        """Open a sitting for `purpose` under the newest charter in force that permits `capability`.

        Parameters
        ----------
        case, reason : why records about people are looked at: an open case of this person's, and a code of the
            closed vocabulary (`reasons.yaml`). Kinds about nobody ask for neither.
        note : words beside the reason, which must say something; sealed, for the oversight body alone.
        authorisation : id of the authorisation under which persons are identified here, or under which that was found
            which is looked at. All that is stored at the sitting goes with it when it is refused or lapses.
        """
        self._sweeper.sweep_if_time()
        fitting = [c for c in self._charters if c.purpose == purpose and capability in c.capabilities]
        charter = max(fitting, key=lambda c: (c.valid_from, c.version), default=None)
        if authorisation is not None:
            authorisation_named(self._kit, authorisation)
        standing = Standing(self._actor, purpose, capability, charter, case, reason, authorisation)
        require_words(self._kit, standing, note=note)
        yield Sitting(self._kit, standing)

    def purposes(self, capability: str) -> tuple[str, ...]:
        """Return the purposes for which a charter in force permits a capability, in order."""
        return tuple(sorted({each.purpose for each in self._charters if capability in each.capabilities}))

    def retention(self, kind: str, *, purpose: str, capability: str) -> int | None:
        """Return for how many days the charter in force lets a kind be kept; None where none stands, or says it."""
        with self.open(purpose=purpose, capability=capability) as sitting:
            charter = sitting.standing_charter
        return None if charter is None else dict(charter.retention).get(kind)

    def authorisation_of(self, record_id: str) -> str | None:
        """Return the id of the authorisation under which a record was stored, which says nothing else; None without."""
        return stored_under(self._kit, record_id)

    def discard(self, *, facts: Document) -> Entry:
        """Enter, as the house's own, that files of rows never taken in are destroyed; after this they may be.

        It needs no charter in force: what may be kept no longer goes, whether one stands or not.
        """
        return enter_discarded(self._kit, facts=facts)

    def now(self) -> datetime:
        """Return the present instant."""
        return self._kit.clock.now()


class Sitting(Writing):
    """One person, one purpose, one charter: reads, acts and disclosures, each with its ledger entry."""

    def register_subject(self, *, category: SubjectCategory, identifiers: Sequence[Identifier]) -> Subject:
        """Register a person under a fresh id and key; refused where one of the identifiers was erased for good."""
        return register(self._kit, self._standing, category=category, identifiers=identifiers)

    def register_unnamed(self, *, category: SubjectCategory) -> Subject:
        """Register a person of whom nobody can tell who it is, under a fresh id and key."""
        return register_unnamed(self._kit, self._standing, category=category)

    def find_subject(
        self, identifier: Identifier, *, categories: Collection[SubjectCategory] = ORDINARY
    ) -> Subject | None:
        """Return the one subject with this identifier; victims and witnesses only where `categories` names them."""
        return only(self.find_subjects(identifier, categories=categories))

    def find_subjects(
        self,
        identifier: Identifier,
        *,
        categories: Collection[SubjectCategory],
        verified_by: Sequence[str] = (),
    ) -> tuple[Subject, ...]:
        """Return the subjects of these categories with this identifier; each look is entered before the answer.

        `verified_by` are ids of principals who verified the input, where the look identifies somebody.
        """
        return find(self._kit, self._standing, identifier, categories=categories, verified_by=verified_by)

    def validate(self, kept: Kept, *, basis: str) -> str:
        """Enter that a suspicion stands, on another person's examination; return the new id of the record.

        It is shown for five more years. One that nobody examined in time is not handed out, so it cannot be.
        """
        own = kept.suspicion is None or kept.suspicion.by == self.actor.principal.id
        facts: Document = {"self_approval": own, "restricted": kept.restricted}
        decision = authorise(
            self._kit, self._standing, action="approve", resource=kept.kind, case_facts=facts
        )
        by, until = self.actor.principal.id, self.keep_until(kept.kind)
        writes = validated(self._kit, kept, basis=basis, by=by, keep_until=until)
        told: Document = {"validates": kept.record_id}
        carry_out(self._kit, self._standing, VALIDATED, decision=decision, facts=told, writes=writes)
        return writes.records[0].record_id

    def correct(self, new: NewRecord, *, replaces: str, request_id: str) -> Entry:
        """Put a corrected record about a person in the place of the one with the id `replaces`, which is destroyed.

        Another person must have decided upon the request `request_id` that a correction is due. The new record says
        whom it is about, and how sure it is, like any other; the entry lists the records that name the old one.
        """
        ordered = ordered_correction(self._kit, request_id)
        self.require_other_person(person_of(self._kit, ordered.actor))
        decision = authorise(self._kit, self._standing, action="collect", resource=new.kind)
        until = self.keep_until(new.kind)
        return correct(
            self._kit, self._standing, new, replaces, ordered=ordered, decision=decision, keep_until=until
        )

    def restricted(self, subject_id: str) -> OwnRecord | None:
        """Return the last mark of a person who is restricted; None where they are not (governance's own table)."""
        return standing_mark(self._kit, one_person(self._kit, subject_id))

    def sealed_truths(self, request_id: str, *, opened: Entry) -> tuple[Truth, ...]:
        """Open what the silent searches for a request sealed, upon this person's own act of opening it."""
        entry = self._kit.ledger.proven(opened.index)
        mine = entry.actor == self.actor.principal.id and entry.facts.get("request") == request_id
        if entry.kind != "truth.opened" or not mine:
            raise BadInput(
                f"Ledger entry {entry.index} does not open the request {request_id} for this person."
            )
        return sealed_truths(self._kit, request_id)

    def search_silently(self, request_id: str, identifiers: Sequence[Identifier]) -> None:
        """Search all that is held under these identifiers, seal what was found into entries, and tell nobody."""
        search_silently(self._kit, self._standing, request_id=request_id, identifiers=identifiers)

    def merge_subjects(self, subject_id: str, *, into: str) -> None:
        """Enter that two subjects of one category are one person, found under the id `into` from now on."""
        merge_into(self._kit, self._standing, subject_id, into=into)

    def order_subject_erasure(self, subject_id: str, *, ground: Ground, permanent: bool) -> str:
        """Order that everything about a person be erased, and return the order's id; another carries it out."""
        return order_person_erasure(self._kit, self._standing, subject_id, ground=ground, permanent=permanent)

    def erase_subject(self, order_id: str) -> tuple[Entry, ...]:
        """Erase the person whom another ordered to be erased; no entry where that was done before."""
        ordered = self.record(ORDER, order_id)
        decision = self._ordered_by_another(ordered, resource=KIND)
        return erase_person(self._kit, self._standing, ordered, decision=decision)
