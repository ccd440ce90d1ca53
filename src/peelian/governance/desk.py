"""The desk: the only way to stored data.

A sitting is one person, one purpose, one charter in force. A read's entry is written after the engine has
computed and before the result leaves, because it commits to the number of rows and to the result itself; a
crash in between has disclosed nothing (ADR 0002). Acts follow the order of `act.carry_out`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput, Refused
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import authorise, carry_out, enter, refuse
from peelian.governance.attest import entry_proven, proof_of
from peelian.governance.charter import Charter
from peelian.governance.commitment import commit_to
from peelian.governance.committed import committed_parts, committed_record
from peelian.governance.complete import ERASED, ordered_by
from peelian.governance.derived import Derivation, Reproducible, Work, committed_works, reproducible
from peelian.governance.erase import OnOrder, carry_out_order, order_from
from peelian.governance.extract import Extract
from peelian.governance.ids import uuid7_column
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.ledger.witness import WitnessedHead
from peelian.governance.merge import Merge, merge_parts
from peelian.governance.named_rows import Erasable
from peelian.governance.people import Approved, people, person_of, valid_approvals
from peelian.governance.principals import Principal, Signer, check_not_same_person
from peelian.governance.recovery import HOUSE
from peelian.governance.retention import keep_until
from peelian.governance.sweep import RULE, Sweeper
from peelian.storage.engine import Condition, Expression, Operator
from peelian.storage.parts import Part, discard, located, stage
from peelian.storage.store import ApprovalRow, Record, RejectedRow, Writes

__all__ = ["Condition", "Desk", "Kept", "NewRecord", "NewRejection", "NewTable", "Operator", "Sitting"]


@dataclass(frozen=True)
class NewTable:
    """A table an act stores: its data kind and the label (a month, a forecast) it is filed under."""

    kind: str
    label: str
    table: pa.Table


@dataclass(frozen=True)
class NewRecord:
    """A decision or report an act stores; `subject` is what it is about."""

    record_id: str
    kind: str
    subject: str
    body: Document


@dataclass(frozen=True)
class NewRejection:
    """A row an act keeps without accepting it; the desk seals its content, which may be personal."""

    row_number: int
    reason: str
    content: str


@dataclass(frozen=True)
class Kept:
    """A stored record as the desk hands it out, with the entry it stands on."""

    record_id: str
    kind: str
    subject: str
    body: Mapping[str, Any]
    entry_index: int
    written: datetime


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
    def open(self, *, purpose: str, capability: str, case: str | None = None) -> Iterator[Sitting]:
        """Open a sitting for `purpose` under the newest charter in force that permits `capability`."""
        self._sweeper.sweep_if_time()
        fitting = [c for c in self._charters if c.purpose == purpose and capability in c.capabilities]
        charter = max(fitting, key=lambda c: (c.valid_from, c.version), default=None)
        yield Sitting(self._kit, Standing(self._actor, purpose, capability, charter, case))

    def retention(self, kind: str, *, purpose: str, capability: str) -> int | None:
        """Return for how many days the charter in force lets a kind be kept; None where none stands, or says it."""
        with self.open(purpose=purpose, capability=capability) as sitting:
            charter = sitting.standing_charter
        return None if charter is None else dict(charter.retention).get(kind)

    def discard(self, *, facts: Document) -> Entry:
        """Enter, as the house's own, that files of rows never taken in are destroyed; after this they may be.

        It needs no charter in force: what may be kept no longer goes, whether one stands or not.
        """
        return self._kit.ledger.append(Draft("held.discarded", actor=HOUSE, rule=RULE, facts=facts))

    def now(self) -> datetime:
        """Return the present instant."""
        return self._kit.clock.now()


class Sitting:
    """One person, one purpose, one charter: reads, acts and disclosures, each with its ledger entry."""

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
        self, kind: str, *, record_id: str | None = None, subject: str | None = None
    ) -> tuple[Kept, ...]:
        """Hand out the stored records of a kind, or those with this id or subject, entered before they leave.

        Each has an entry of its own where the kind is about people, as its card says. Several of another kind have one
        together: how many they are, and a digest of their ids, contents and entries, all of which the ledger names.
        """
        decision = authorise(self._kit, self._standing, action="read", resource=kind)
        found = self._kit.store.records(kind, record_id=record_id, subject=subject)
        kept = tuple(self._verified(*each) for each in found)
        alone = len(kept) == 1 or self._kit.register.data_kind(kind).about_people
        seen: list[Document] = [
            {"kind": kind, "record": k.record_id, "of_entry": k.entry_index} for k in kept if alone
        ]
        if kept and not alone:
            seen = [{"kind": kind, "subject": subject, "records": len(found), "read": _records_digest(found)}]
        for facts in seen or [{"kind": kind, "record": record_id, "of_entry": None}]:
            enter(self._kit, self._standing, "record.read", decision=decision, facts=facts)
        return kept

    def record(self, kind: str, record_id: str) -> Kept:
        """Hand out one stored record, or say that there is none."""
        found = self.records(kind, record_id=record_id)
        if not found:
            raise BadInput(f"There is no {kind} with the id {record_id}; check the id in the report.")
        return found[0]

    def act(
        self,
        kind: str,
        *,
        action: str,
        resource: str,
        facts: Document,
        tables: Iterable[NewTable] = (),
        records: Sequence[NewRecord] = (),
        rejected: Sequence[NewRejection] = (),
        approval: tuple[str, str] | None = None,
        case_facts: Document | None = None,
    ) -> Entry:
        """Do one act: authorise, stage, make its entry durable, then write all its rows or none.

        `tables` are staged one by one as they come, so that not all of them need be in memory at once.
        `approval` is (digest of what is approved, signature in hex); `case_facts` are what the policy asks
        about this case (for instance that the approver is not the proposer).
        """
        decision = authorise(
            self._kit, self._standing, action=action, resource=resource, case_facts=case_facts
        )
        writes = Writes(
            records=tuple(self._new_record(record) for record in records),
            rejected=self._sealed(rejected),
            approvals=() if approval is None else (self._new_approval(*approval),),
            parts=self._stage(tables),
        )
        return carry_out(self._kit, self._standing, kind, decision=decision, facts=facts, writes=writes)

    def disclose(
        self,
        kind: str,
        *,
        action: str,
        resource: str,
        facts: Document,
        case_facts: Document | None = None,
    ) -> Entry:
        """Enter that something leaves the house; only after this may its bytes be written."""
        decision = authorise(
            self._kit, self._standing, action=action, resource=resource, case_facts=case_facts
        )
        return enter(self._kit, self._standing, kind, decision=decision, facts=facts)

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

    def require_other_person(self, author: Principal) -> None:
        """Refuse, and enter the refusal, where the person who sits here is the author."""
        try:
            check_not_same_person(author, self.actor.principal)
        except Refused as refusal:
            refuse(self._kit, self._standing, refusal, facts={"author": author.id})
            raise

    def erase(
        self, ordered: Kept, *, erasable: Erasable, derivations: Sequence[Derivation] = ()
    ) -> tuple[Entry, ...]:
        """Erase the rows that another person ordered to be erased; no entry where that was done before.

        `ordered` is the order's record, `erasable` how the room names its rows, `derivations` how rooms commit to
        what they make from them. Who ordered it need not be enrolled in a restored copy; where nothing says who it
        was, nobody carries it out.
        """
        order = order_from(ordered.body)
        author = ordered_by(self._kit.ledger.proven(ordered.entry_index))
        for person in people(self._kit):
            if person.id == author:
                self.require_other_person(person)
        own = None if author is None else author == self.actor.principal.id
        facts: Document = {"self_approval": own}
        decision = authorise(self._kit, self._standing, action="erase", resource=order.kind, case_facts=facts)
        on = OnOrder(order, ordered.entry_index, self.charter, decision)
        return carry_out_order(self._kit, self._standing, on, erasable=erasable, derivations=derivations)

    def merge(self, kind: str, *, at_least: int) -> tuple[Merge, ...]:
        """Replace small parts of a kind by fewer with the same rows, wherever at least so many can be taken together.

        There is an entry for each merge, and none where nothing is to be done.
        """
        decision = authorise(self._kit, self._standing, action="merge", resource=kind)
        return merge_parts(self._kit, self._standing, kind, decision=decision, at_least=at_least)

    def erased_names(self, kind: str) -> frozenset[str]:
        """Return the names of rows that were erased for good: what a load must turn away (governance's own table)."""
        return self._kit.store.tombstones(kind)

    def works(self, derivations: Sequence[Derivation]) -> tuple[Work, ...]:
        """Return every work that the ledger commits to, of those that rooms declare as derived; oldest first."""
        return committed_works(self._kit, derivations=derivations)

    def reproducible(self, works: Sequence[Work]) -> tuple[Reproducible, ...]:
        """Return for works that have lost rows to an erasure whether they can still be reproduced."""
        return reproducible(self._kit, works)

    def witness(self) -> WitnessedHead | None:
        """Have the ledger's present head cosigned; None where the deployment has no witness."""
        return None if self._kit.witness is None else self._kit.witness.cosign(self._kit.ledger)

    def witnessed_at(self, entry_index: int) -> datetime | None:
        """Return when this house's own witness first vouched for a head that holds this entry."""
        witness = self._kit.witness
        return None if witness is None else self._kit.ledger.witnessed_at(entry_index, witness=witness.vkey())

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

    def keep_until(self, kind: str) -> str:
        """Return until when a thing of this kind, recorded now, may be kept under the charter."""
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

    def _stage(self, tables: Iterable[NewTable]) -> tuple[Part, ...]:
        workspace = self._kit.store.workspace
        staged: list[Part] = []
        try:
            for new in tables:
                until = self.keep_until(new.kind)
                part = stage(
                    new.table,
                    workspace=workspace,
                    part_id=self.new_id(),
                    kind=new.kind,
                    label=new.label,
                    keep_until=until,
                )
                staged.append(part)
        except BaseException:
            discard(tuple(staged), workspace=workspace)
            raise
        return tuple(staged)

    def _sealed(self, rows: Sequence[NewRejection]) -> tuple[RejectedRow, ...]:
        if not rows:
            return ()
        cipher, until = AESGCM(self._kit.sealing_key), self.keep_until("rejected-row")

        def seal(row: NewRejection) -> RejectedRow:
            nonce = self._kit.entropy(12)
            sealed = cipher.encrypt(nonce, row.content.encode(), None)
            return RejectedRow(row.row_number, row.reason, nonce, sealed, until)

        return tuple(map(seal, rows))

    def _new_record(self, new: NewRecord) -> Record:
        body = canonical(new.body).decode()
        return Record(new.record_id, new.kind, new.subject, body, keep_until=self.keep_until(new.kind))

    def _new_approval(self, subject: str, signature: str) -> ApprovalRow:
        return ApprovalRow(subject, self.actor.principal.id, signature, at=iso(self.now()))

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
