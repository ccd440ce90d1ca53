"""The reading half of a sitting: what is handed out of the stores, each time with its ledger entry before it.

A read's entry is written after the engine has computed and before the result leaves, because it commits to the number
of rows and to the result itself; a crash in between has disclosed nothing (ADR 0002).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.canonical import Document, digest
from peelian.domain.dwellings import LAYER
from peelian.domain.errors import BadInput, Refused
from peelian.domain.identity import first_at, uuid7
from peelian.domain.time import iso
from peelian.governance.act import authorise, enter, refuse
from peelian.governance.attest import entry_proven, proof_of
from peelian.governance.card import DataKind, SubjectCategory
from peelian.governance.charter import Charter
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.authorisation_records import may_see
from peelian.governance.circumstances.departures import require_enrolled
from peelian.governance.commitment import commit_to
from peelian.governance.committed import committed_parts, committed_record, records_named
from peelian.governance.complete import ERASED
from peelian.governance.derived import Derivation, Reproducible, Work, committed_works, reproducible
from peelian.governance.extract import Extract
from peelian.governance.ids import uuid7_column
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.notes import Notes
from peelian.governance.over_the_desk import Kept, NewRejection
from peelian.governance.people import Approved, person_of, valid_approvals
from peelian.governance.persons.restricted import restricted_ids
from peelian.governance.persons.sealed_records import open_records
from peelian.governance.persons.subjects import one_person
from peelian.governance.policy import Decision
from peelian.governance.principals import Principal, Signer, check_not_same_person
from peelian.governance.reasons import needs_reason
from peelian.governance.recovery import HOUSE
from peelian.governance.retention import keep_until
from peelian.governance.standing import KIND as REVIEW_STATE
from peelian.governance.standing import SEALED
from peelian.storage.engine import Condition, Expression, Operator
from peelian.storage.parts import Part, located
from peelian.storage.rows import Record


class Reading:
    """One person, one purpose, one charter: what they are shown. The other half is in `writing.py`."""

    def __init__(self, kit: Kit, standing: Standing) -> None:
        self._kit = kit
        self._standing = standing

    @property
    def actor(self) -> Signer:
        """Return the person who sits here."""
        return self._standing.actor

    @property
    def standing_charter(self) -> Charter | None:
        """Return the charter in force that permits this, if there is one."""
        return self._standing.charter

    @property
    def charter(self) -> Charter:
        """Return the charter the sitting stands on; without one there is nothing to do here."""
        if self._standing.charter is None:
            refusal = Refused(
                f"No charter in force permits {self._standing.capability} for {self._standing.purpose!r}.",
                rule="charter-required",
                citation="house rule; EU AI Act Art. 26(1), LED Art. 4(1)(b)",
                remedy="Write one with `peelian charter new`, submit it, and have another person approve it.",
            )
            refuse(self._kit, self._standing, refusal, facts={"capability": self._standing.capability})
            raise refusal
        return self._standing.charter

    def now(self) -> datetime:
        """Return the present instant."""
        return self._kit.clock.now()

    def new_id(self) -> str:
        """Return a fresh UUIDv7."""
        return uuid7(clock=self._kit.clock, entropy=self._kit.entropy)

    def new_ids(self, count: int) -> pa.FixedSizeBinaryArray:
        """Return a column of fresh UUIDv7."""
        return uuid7_column(count, clock=self._kit.clock, entropy=self._kit.entropy)

    def read(
        self, extract: Extract, *, where: Sequence[Condition] = (), expression: Expression | None = None
    ) -> pa.Table:
        """Run an extract, and a pure expression on it, and hand out only the result.

        One ledger entry names the extract, the snapshot, the conditions and the number of rows, and commits
        to the result with a salt that lies in the entry's destructible side blob.
        """
        extract.check_registered(self._kit.register)
        decision = authorise(self._kit, self._standing, action="read", resource=extract.kind)
        conditions = (*where, *self._scope(extract))
        parts, store = committed_parts(self._kit, extract.kind), self._kit.store
        result = self._kit.engine.run(
            located(parts, workspace=store.workspace, hashes=store.hashes) or extract.schema.empty_table(),
            schema=extract.schema,
            prepare=extract.prepare,
            where=conditions,
            columns=extract.columns,
            expression=expression,
        )
        commitment, salt = commit_to(result, entropy=self._kit.entropy)
        facts: Document = {
            "extract": f"{extract.name} v{extract.version}",
            "kind": extract.kind,
            "snapshot": _snapshot(parts),
            "where": [condition.document() for condition in conditions],
            "rows": result.num_rows,
            "result": commitment,
        }
        enter(self._kit, self._standing, "extract.read", decision=decision, facts=facts, sealed=salt)
        return result

    def records(
        self,
        kind: str,
        *,
        record_id: str | None = None,
        subject: str | None = None,
        categories: Collection[SubjectCategory] | None = None,
    ) -> tuple[Kept, ...]:
        """Hand out the stored records of a kind, or those with this id or subject, entered before they leave.

        Each has an entry of its own where the kind is about people, as its card says. Several of another kind have one
        together: how many they are, and a digest of their ids, contents and entries, all of which the ledger names.
        Of a sealed kind, `subject` is a person's id; without one they are those about persons of `categories`, by
        default of the card's own category, and never victims or witnesses who are not named. What was stored under an
        authorisation is shown to whoever stands under it, and for others is not there.
        """
        decision = authorise(self._kit, self._standing, action="read", resource=kind)
        declared = self._kit.register.data_kind(kind)
        if declared.sealed:
            return open_records(
                self._kit,
                self._standing,
                declared,
                decision=decision,
                record_id=record_id,
                subject=subject,
                categories=categories,
            )
        found = self._kit.store.records(kind, record_id=record_id, subject=subject)
        return self._handed_out(declared, found, decision=decision, asked=(record_id, subject))

    def recent(self, kind: str, *, since: datetime) -> tuple[Kept, ...]:
        """Hand out the records of a kind made since an instant, however many older ones are kept."""
        declared = self._kit.register.data_kind(kind)
        if declared.sealed:
            raise BadInput(
                f"Records of {kind} are sealed under persons and have no recent ones; ask by person."
            )
        decision = authorise(self._kit, self._standing, action="read", resource=kind)
        found = self._kit.store.records_since(kind, first_at(since))
        return self._handed_out(declared, found, decision=decision)

    def standing(self, states: Collection[str], *, since: datetime | None = None) -> tuple[Kept, ...]:
        """Hand out of each finding in one of these states (since an instant) the row that brought it there.

        What was erased is not among them, and what is about a restricted person is not while that lasts.
        """
        decision = authorise(self._kit, self._standing, action="read", resource=REVIEW_STATE)
        resting = self._resting()
        rows = self._kit.store.standing(states, since="" if since is None else first_at(since))
        found = [(row, index) for row, index in rows if row.subject not in resting]
        declared = self._kit.register.data_kind(REVIEW_STATE)
        return self._handed_out(declared, found, decision=decision)

    def kind_of(self, record_id: str) -> str | None:
        """Return the kind of a record, and nothing else of it; None where there is none."""
        return next((record.kind for record, _ in self._kit.store.records(record_id=record_id)), None)

    def keeps(self, kinds: Iterable[str]) -> bool:
        """Return whether anything at all of these kinds is kept; it tells of nobody."""
        return any(self._kit.store.keeps(kind) for kind in sorted(kinds))

    def stored_with(self, kept: Kept, kind: str) -> tuple[Kept, ...]:
        """Hand out the records of a kind that came by the same act as one that was handed out."""
        named = records_named(self._kit.ledger.proven(kept.entry_index))
        return tuple(self.record(kind, each) for each in named if self.kind_of(each) == kind)

    def findings_kept(self) -> frozenset[str]:
        """Return the ids of the findings of which more is kept than that they were (governance's own table)."""
        return self._kit.store.findings_kept()

    def _resting(self) -> frozenset[str]:
        """Return the ids of findings about persons who are restricted."""
        marked = restricted_ids(self._kit)
        persons = {each for subject_id in marked for each in one_person(self._kit, subject_id)}
        kept = (self._kit.store.records(SEALED, subject=each) for each in sorted(persons))
        return frozenset(record.record_id for records in kept for record, _ in records)

    def _handed_out(
        self,
        kind: DataKind,
        found: Sequence[tuple[Record, int]],
        *,
        decision: Decision,
        asked: tuple[str | None, str | None] = (None, None),
    ) -> tuple[Kept, ...]:
        """Hold records against their entries and enter that they leave; `asked` is by which id or subject."""
        record_id, subject = asked
        found = [each for each in found if self._shown(kind, *each)]
        kept = tuple(self._verified(*each) for each in found)
        alone = len(kept) == 1 or kind.about_people
        seen: list[Document] = [
            {"kind": kind.id, "record": k.record_id, "of_entry": k.entry_index} for k in kept if alone
        ]
        if kept and not alone:
            seen = [
                {"kind": kind.id, "subject": subject, "records": len(found), "read": _records_digest(found)}
            ]
        for facts in seen or [{"kind": kind.id, "record": record_id, "of_entry": None}]:
            enter(self._kit, self._standing, "record.read", decision=decision, facts=facts)
        return kept

    def record(self, kind: str, record_id: str) -> Kept:
        """Hand out one stored record, or say that there is none."""
        found = self.records(kind, record_id=record_id)
        if not found:
            raise BadInput(f"There is no {kind} with the id {record_id}; check the id in the report.")
        return found[0]

    def rejections(self, load: Kept) -> tuple[NewRejection, ...]:
        """Open the rows a load rejected, with one entry for each, since they may be about persons."""
        decision = authorise(self._kit, self._standing, action="read", resource="rejected-row")
        opened = []
        for row in self._kit.store.rejected(load.entry_index):
            facts: Document = {"kind": "rejected-row", "record": load.record_id, "row": row.row_number}
            enter(self._kit, self._standing, "record.read", decision=decision, facts=facts)
            content = AESGCM(self._kit.sealing_key).decrypt(row.nonce, row.sealed, None)
            opened.append(NewRejection(row.row_number, row.reason, content.decode()))
        return tuple(opened)

    def approvals(
        self, subject: str, *, document: Document, context: str, author: Principal
    ) -> tuple[Approved, ...]:
        """Return who approved a digest: each signature and entry checked again, and none of them the author."""
        return valid_approvals(self._kit, subject, document=document, context=context, author=author)

    def author_of(self, kept: Kept) -> Principal:
        """Return who made a stored record, as its ledger entry says."""
        return person_of(self._kit, self._kit.ledger.entry(kept.entry_index).actor)

    def made_here(self, kept: Kept) -> bool:
        """Return whether the person who sits here made a stored record, as its ledger entry says."""
        return self._kit.ledger.entry(kept.entry_index).actor == self.actor.principal.id

    def require_other_person(self, author: Principal) -> None:
        """Refuse, and enter the refusal, where the person who sits here is the author."""
        try:
            check_not_same_person(author, self.actor.principal)
        except Refused as refusal:
            refuse(self._kit, self._standing, refusal, facts={"author": author.id})
            raise

    def require_enrolled(self, person: Principal) -> None:
        """Refuse where somebody to whom something would be handed has left."""
        require_enrolled(self._kit, person, today=local_day(self._kit))

    def require_independent_of(self, principal_ids: Iterable[str]) -> None:
        """Refuse, and enter the refusal, where the person who sits here is, as far as can be seen, one of these."""
        me = self.actor.principal
        for principal_id in principal_ids:
            try:
                check_not_same_person(person_of(self._kit, principal_id), me)
            except Refused:
                refusal = Refused(
                    f"{me.name} had a part in what this is about, so another person decides.",
                    rule="independent-review",
                    citation="house rule, after Directive (EU) 2016/680, Article 17; requirement T05",
                    remedy="Ask an enrolled rights officer who neither made, approved, answered nor decided it.",
                )
                refuse(self._kit, self._standing, refusal, facts={"involved": principal_id})
                raise refusal from None

    def kinds_about_persons(self) -> frozenset[str]:
        """Return the kinds that may tell of a person outside the house, sealed or not, wherever they are filed."""
        kinds = self._kit.register.data_kinds
        return frozenset(kind.id for kind in kinds if kind.sealed or needs_reason(kind))

    def entered(self, index: int) -> Entry:
        """Return the ledger entry that an act of this house stands on; the act made of it names its index."""
        return self._kit.ledger.proven(index)

    def erased_names(self, kind: str) -> frozenset[str]:
        """Return the names of rows that were erased for good: what a load must turn away (governance's own table)."""
        return self._kit.store.tombstones(kind)

    def dwellings_counted(self) -> bool:
        """Return whether a layer of dwellings was ever taken in (governance's own knowledge, of nothing in it).

        The household rule hangs on that layer, so no charter that leaves layers out can leave it unread.
        """
        return bool(self._kit.store.records("place-set", subject=f"layer {LAYER}"))

    def works(self, derivations: Sequence[Derivation]) -> tuple[Work, ...]:
        """Return every work that the ledger commits to, of those that rooms declare as derived; oldest first."""
        return committed_works(self._kit, derivations=derivations)

    def reproducible(self, works: Sequence[Work]) -> tuple[Reproducible, ...]:
        """Return for works that have lost rows to an erasure whether they can still be reproduced."""
        return reproducible(self._kit, works)

    def witnessed_at(self, entry_index: int) -> datetime | None:
        """Return when the quorum of this house's own witnesses first vouched for a head that holds this entry."""
        witnesses = self._kit.witnesses
        return None if witnesses is None else witnesses.witnessed_at(self._kit.ledger, entry_index)

    def proof(self, entry_index: int) -> Document:
        """Return what is published beside an act's files, so that they can be held against its entry elsewhere."""
        return proof_of(self._kit.ledger, entry_index)

    def proven(self, proof: object) -> Entry:
        """Return the entry that such a proof shows to have stood in a ledger signed by this house's key."""
        return entry_proven(proof, log=self._kit.ledger.vkey)

    def restored(self) -> tuple[str, ...]:
        """Return the backups these records were ever laid out from, oldest first: what came after may be missing."""
        entries = self._kit.ledger.acts()
        backups = [
            str(entry.facts["restored"])
            for entry in entries
            if entry.kind == ERASED and entry.actor == HOUSE and "restored" in entry.facts
        ]
        return tuple(dict.fromkeys(backups))

    @property
    def notes(self) -> Notes:
        """Return what seals small notes with the house's key, for governance's own rooms."""
        return Notes(self._kit.sealing_key, self._kit.entropy)

    def require(self, *, action: str, resource: str, case_facts: Document | None = None) -> None:
        """Ask the policy before anything is shown or worked out; a refusal is entered."""
        authorise(self._kit, self._standing, action=action, resource=resource, case_facts=case_facts)

    def refused(self, refusal: Refused, *, facts: Document) -> Refused:
        """Enter a refusal that a rule beside the policy gave, and return it for the caller to raise."""
        refuse(self._kit, self._standing, refusal, facts=facts)
        return refusal

    def keep_until(self, kind: str) -> str:
        """Return until when a thing of this kind, recorded now, may be kept: as the charter says, else the register."""
        declared = self._kit.register.data_kind(kind)
        if not declared.chartered:
            return iso(self.now() + timedelta(days=declared.retention_days_max))
        return iso(keep_until(kind, charter=self.charter, recorded=self.now()))

    def _scope(self, extract: Extract) -> tuple[Condition, ...]:
        if not extract.charter_scope:
            return ()
        scopes = (("offence", self.charter.offences), ("origin", self.charter.origins))
        return tuple(
            Condition(column, Operator.IN, tuple(allowed))
            for column, allowed in scopes
            if column in extract.schema.names
        )

    def _shown(self, kind: DataKind, record: Record, entry_index: int) -> bool:
        entry = committed_record(self._kit, record, entry_index)
        return may_see(self._kit, self._standing, kind, stored_by=entry)

    def _verified(self, record: Record, entry_index: int) -> Kept:
        entry = committed_record(self._kit, record, entry_index)
        body = json.loads(record.body)
        return Kept(record.record_id, record.kind, record.subject, body, entry_index, written=entry.time)


def _records_digest(found: Sequence[tuple[Record, int]]) -> str:
    """Return the digest of which records were read: of each its id, the digest of its content, and its entry."""
    lines = (f"{record.record_id} {digest(record.body.encode())} {index}" for record, index in found)
    return digest("\n".join(sorted(lines)).encode())


def _snapshot(parts: Sequence[Part]) -> str:
    """Return the digest of everything that was visible: a reader of the ledger can tell two states apart."""
    return digest("\n".join(f"{part.path} {part.sha256}" for part in parts).encode())
