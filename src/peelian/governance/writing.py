"""The writing half of a sitting: acts and disclosures, in the order of `act.carry_out`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.canonical import Document, canonical
from peelian.domain.time import iso
from peelian.governance.act import authorise, carry_out, enter
from peelian.governance.complete import ordered_by
from peelian.governance.derived import Derivation
from peelian.governance.keeping.erase import OnOrder, carry_out_order, order_from
from peelian.governance.keeping.named_rows import Erasable
from peelian.governance.kit import Chore, Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.witnesses import Cosigned
from peelian.governance.merge import Merge, merge_parts
from peelian.governance.over_the_desk import Kept, NewRecord, NewRejection, NewTable
from peelian.governance.people import people
from peelian.governance.persons.sealed_records import sealed_record
from peelian.governance.policy import Decision
from peelian.governance.reading import Reading
from peelian.storage.parts import Part, discard, stage
from peelian.storage.rows import ApprovalRow, Record, RejectedRow, Writes


class Writing(Reading):
    """What the person who sits here does, and lets out of the house."""

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

    def erase(
        self, ordered: Kept, *, erasable: Erasable, derivations: Sequence[Derivation] = ()
    ) -> tuple[Entry, ...]:
        """Erase the rows that another person ordered to be erased; no entry where that was done before.

        `ordered` is the order's record, `erasable` how the room names its rows, `derivations` how rooms commit to
        what they make from them. Who ordered it need not be enrolled in a restored copy; where nothing says who it
        was, nobody carries it out.
        """
        order = order_from(ordered.body)
        decision = self._ordered_by_another(ordered, resource=order.kind)
        on = OnOrder(order, ordered.entry_index, self.charter, decision)
        return carry_out_order(self._kit, self._standing, on, erasable=erasable, derivations=derivations)

    def _ordered_by_another(self, ordered: Kept, *, resource: str) -> Decision:
        author = ordered_by(self._kit.ledger.proven(ordered.entry_index))
        for person in people(self._kit):
            if person.id == author:
                self.require_other_person(person)
        own = None if author is None else author == self.actor.principal.id
        facts: Document = {"self_approval": own}
        return authorise(self._kit, self._standing, action="erase", resource=resource, case_facts=facts)

    def merge(self, kind: str, *, at_least: int) -> tuple[Merge, ...]:
        """Replace small parts of a kind by fewer with the same rows, wherever at least so many can be taken together.

        There is an entry for each merge, and none where nothing is to be done.
        """
        decision = authorise(self._kit, self._standing, action="merge", resource=kind)
        return merge_parts(self._kit, self._standing, kind, decision=decision, at_least=at_least)

    def look_after(self, name: str, make: Callable[[Kit], Chore]) -> Chore:
        """Leave something to the house's own watch (watch.py), made once under this name for whoever sits here."""
        kit = self._kit
        return kit.chores.keep(f"{name} {self.actor.principal.id}", lambda: make(kit))

    def witness(self) -> Cosigned | None:
        """Have the ledger's present head cosigned by the quorum; None where the deployment has no witness."""
        return None if self._kit.witnesses is None else self._kit.witnesses.cosign(self._kit.ledger)

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
        kind, until = self._kit.register.data_kind(new.kind), self.keep_until(new.kind)
        if kind.sealed:
            return sealed_record(self._kit, new, kind=kind, by=self.actor.principal.id, keep_until=until)
        body = canonical(new.body).decode()
        return Record(new.record_id, new.kind, new.subject, body, keep_until=until)

    def _new_approval(self, subject: str, signature: str) -> ApprovalRow:
        return ApprovalRow(subject, self.actor.principal.id, signature, at=iso(self.now()))
