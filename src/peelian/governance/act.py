"""The one order in which anything happens: authorise, enter, then act.

Whoever wants to know whether peelian can do something without a trace reads this file. `authorise` asks the
policy and enters refusals; `enter` makes a ledger entry durable; `carry_out` writes an act's rows only after
its entry is durable, and says so in the ledger when it could not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from peelian.domain.canonical import Document, Json, digest
from peelian.domain.errors import PeelianError, Refused
from peelian.domain.time import iso
from peelian.governance.authorisation import ENDED, UNDER, USABLE
from peelian.governance.backup_terms import destroy_keys
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.authorisation_records import authorisation_named
from peelian.governance.circumstances.found import case_book, circumstances
from peelian.governance.circumstances.safe_state import makes_new
from peelian.governance.circumstances.stop_file import as_entered, not_yet_entered, stopped
from peelian.governance.circumstances.sunset import Verdict
from peelian.governance.circumstances.sunset_facts import as_suspended, over
from peelian.governance.complete import MERGED
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.policy import Decision, Question
from peelian.governance.recovery import HOUSE
from peelian.storage.backup import Awaiting, awaiting
from peelian.storage.parts import discard
from peelian.storage.rows import Ended, RecordAt, Writes

COURT_ORDER = "court-order"
"""The reason, good inside a case only, for which what is restricted may be looked at as evidence."""
ERASURE_STATEMENT, HOLD = "erasure-statement", "legal-hold"
WHILE_AWAITING = frozenset({ERASURE_STATEMENT, HOLD, "training"})
"""What people act on in a restored workspace which is not up to date: what brings it there, what keeps things in it
that are over (a copy does not know the holds that were set after its backup), and whose training an old copy forgot."""


class CarryOut(Protocol):
    """How an act is carried out once it is decided who does it, and by which rule: a person, or the house."""

    def __call__(
        self, kind: str, /, *, facts: Document, writes: Writes, sealed: bytes | None = None
    ) -> Entry:
        """Enter an act of `kind` and then write all its rows, or none."""
        ...


def authorise(
    kit: Kit, standing: Standing, *, action: str, resource: str, case_facts: Document | None = None
) -> Decision:
    """Ask the policy whether this person may do this now; a refusal is entered before it is raised.

    In a workspace restored from a backup nobody may do anything until what was erased since is erased there too, but
    state, and approve, that there is nothing, and set and approve legal holds.
    """
    facts: Document = {"action": action, "resource": resource, "capability": standing.capability}
    if resource not in WHILE_AWAITING and (waiting := awaiting(kit.store.workspace)) is not None:
        refusal = _not_up_to_date(waiting)
        refuse(kit, standing, refusal, facts=facts)
        raise refusal
    today = local_day(kit)
    enter_stop(kit)
    if grounds := over(kit, standing.capability, today=today):
        suspend(kit, standing.capability, grounds)
    found = circumstances(kit, standing, action=action, kind=resource, today=today)
    question = Question(
        principal=found.principal,
        action=action,
        resource_kind=resource,
        purpose=standing.purpose,
        capability=standing.capability,
        charter=standing.charter,
        today=today,
        stopped=found.stopped,
        suspended=found.suspended,
        trained=found.trained,
        frozen=found.frozen,
        departed=found.departed,
        reason_fits=found.reason_fits,
        case=found.case,
        authorised=found.authorisation in USABLE,
        authorisation=found.authorisation,
        court_ordered=standing.reason == COURT_ORDER,
        **{"restricted": False, **(case_facts or {})},  # type: ignore[arg-type]  # Question checks each of them itself
    )
    try:
        decision = kit.policy.require(question)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts=facts)
        raise
    return replace(decision, makes_new=True) if makes_new(action, resource) else decision


def enter_stop(kit: Kit) -> Entry | None:
    """Enter what the stop file says, where the ledger does not say it yet: whoever holds the house does it first."""
    with kit.acting:
        notice = not_yet_entered(kit)
        if notice is None:
            return None
        facts, record = as_entered(kit, notice)
        return carry_out_as_house(
            kit, "stop.pressed", rule="stop-button", facts=facts, writes=Writes(records=(record,))
        )


def suspend(kit: Kit, capability: str, grounds: Sequence[Verdict]) -> Entry:
    """Enter that a capability suspends itself, and why; from here on it makes nothing new."""
    facts, record = as_suspended(kit, capability, grounds)
    writes = Writes(records=(record,))
    return carry_out_as_house(kit, "capability.suspended", rule="sunset", facts=facts, writes=writes)


def require_running(kit: Kit, standing: Standing, *, decision: Decision) -> None:
    """Refuse, and enter the refusal, where the button was pressed after this act was allowed and before it is done.

    So too where the term of the authorisation it stands under ended meanwhile: a use stops with immediate effect.
    """
    _require_authorised(kit, standing)
    if not decision.makes_new or not stopped(kit):
        return
    refusal = Refused(
        "The stop button was pressed while this was being made; nothing of it is kept.",
        rule="stopped",
        citation="house rule, after Regulation (EU) 2024/1689, Article 14(4)(e), house",
        remedy="Have two people lift the stop with `peelian resume`, saying why it is safe, then do it again.",
    )
    enter_stop(kit)
    refuse(kit, standing, refusal, facts={"capability": standing.capability})
    raise refusal


def _require_authorised(kit: Kit, standing: Standing) -> None:
    if standing.authorisation is None:
        return
    held = authorisation_named(kit, standing.authorisation)
    if (state := held.state(at=kit.clock.now())) not in ENDED:
        return
    refusal = Refused(
        f"The authorisation {held.authorisation_id} has {state} while this was being made; nothing of it is kept.",
        rule=f"authorisation-{state}",
        citation="house rule, after Regulation (EU) 2024/1689, Article 26(10), house",
        remedy="Ask for another one with `peelian authorisation request`.",
    )
    refuse(kit, standing, refusal, facts={"capability": standing.capability})
    raise refusal


def _not_up_to_date(waiting: Awaiting) -> Refused:
    return Refused(
        f"This workspace was restored from the backup {waiting.backup_id}, and may hold what was erased since.",
        rule="restored-not-up-to-date",
        citation="house rule, after Directive (EU) 2016/680, Article 16(2)",
        remedy="Bring the newest list of erasures into it, or have two people state that there were none.",
    )


def refuse(kit: Kit, standing: Standing, refusal: Refused, *, facts: Document) -> None:
    """Enter a refusal, with the rule that refused, before anybody is told of it."""
    kit.ledger.append(_draft(kit, standing, "request.refused", rule=refusal.rule, facts=facts))


def enter_note(kit: Kit, standing: Standing, *, sealed: bytes) -> Entry:
    """Enter what somebody said beside their reason, sealed, before anything is looked at."""
    return kit.ledger.append(
        _draft(kit, standing, "reason.noted", rule="reason-required", facts={}, sealed=sealed)
    )


def enter(
    kit: Kit,
    standing: Standing,
    kind: str,
    *,
    decision: Decision,
    facts: Document,
    sealed: bytes | None = None,
) -> Entry:
    """Append one entry; when this returns it is on the disk."""
    require_running(kit, standing, decision=decision)
    return kit.ledger.append(_draft(kit, standing, kind, rule=decision.rule, facts=facts, sealed=sealed))


def carry_out(
    kit: Kit,
    standing: Standing,
    kind: str,
    *,
    decision: Decision,
    facts: Document,
    writes: Writes,
    sealed: bytes | None = None,
) -> Entry:
    """Enter an act and then write all its rows, or none.

    When the entry cannot be written nothing is. When the rows cannot be written after the entry was, the
    ledger answers its own entry with `act.abandoned`, at once or, after a crash, at the next start. Files of
    parts that the act removed are destroyed last, when nothing names them any more.
    """
    try:
        _require_records_alone(kit, standing, writes)
        require_running(kit, standing, decision=decision)
    except Refused:
        discard(writes.parts, workspace=kit.store.workspace)
        raise
    draft = partial(_draft, kit, standing, kind, rule=decision.rule, sealed=sealed)
    return _carry_out(kit, draft, facts=facts, writes=writes)


def _require_records_alone(kit: Kit, standing: Standing, writes: Writes) -> None:
    """Refuse to store under an authorisation what could not be found and destroyed by itself when that ends.

    Rows of parts are merged and rewritten with others; who erased, approved or merged is to stay on record.
    """
    others = replace(writes, records=(), subjects=(), dropped=())
    if standing.authorisation is None or others == Writes():
        return
    refusal = Refused(
        "Under an authorisation records about persons are stored, and nothing else.",
        rule="authorisation-records-alone",
        citation="house rule, after Regulation (EU) 2024/1689, Article 26(10), house",
        remedy="Keep what was found as records of a kind about persons, and do all else at a sitting of its own.",
    )
    refuse(kit, standing, refusal, facts={"capability": standing.capability})
    raise refusal


def carry_out_as_house(
    kit: Kit, kind: str, *, rule: str, facts: Document, writes: Writes, sealed: bytes | None = None
) -> Entry:
    """Carry out an act that people decided on before: bringing their erasures into a restored copy."""
    draft = partial(Draft, kind, actor=HOUSE, rule=rule, sealed=sealed)
    return _carry_out(kit, draft, facts=facts, writes=writes)


def _carry_out(kit: Kit, draft: Callable[..., Draft], *, facts: Document, writes: Writes) -> Entry:
    """Do one act after another: a crash cuts off the last at most, which is what recovery relies on."""
    with kit.acting:
        return _alone(kit, draft, facts=facts, writes=writes)


def _alone(kit: Kit, draft: Callable[..., Draft], *, facts: Document, writes: Writes) -> Entry:
    try:
        announced = draft(facts={**facts, **committed(writes)})
        entry = kit.ledger.append(announced)
    except BaseException:
        discard(writes.parts, workspace=kit.store.workspace)
        raise
    try:
        if entry.kind != MERGED:  # a merge loses nothing
            destroy_keys(kit, writes)
        kit.store.write(writes, entry_index=entry.index, kind=entry.kind, at=iso(entry.time))
    except PeelianError as error:
        answer: Document = {"entry": entry.index, "why": str(error)}
        kit.ledger.append(
            replace(announced, kind="act.abandoned", rule="write-ahead", facts=answer, sealed=None)
        )
        kit.store.sweep()
        raise
    if writes.takes_away:
        kit.store.forget(writes.removed)
    return entry


def committed(writes: Writes) -> Document:
    """Return what an entry says of the rows that will follow it: enough to notice any later change."""
    return {
        **_taken_away(writes),
        "parts": [[part.path, part.sha256, part.rows] for part in writes.parts],
        "records": [[record.record_id, digest(record.body.encode())] for record in writes.records],
        "rejected": len(writes.rejected),
        **_subjects(writes),
        "approvals": [[row.subject, row.principal_id, row.signature] for row in writes.approvals],
        "principals": [[row.principal_id, digest(row.body.encode())] for row in writes.principals],
        "charters": [row.digest for row in writes.charters],
    }


def _subjects(writes: Writes) -> Document:
    """Return what an act says of persons: ids that say nothing, and of each a seal that its key alone can make."""
    if not (writes.subjects or writes.merges):
        return {}
    return {
        "subjects": [[row.subject_id, row.seal] for row in writes.subjects],
        "merges": [[row.subject_id, row.into] for row in writes.merges],
    }


def _taken_away(writes: Writes) -> Document:
    """Return what an act says it takes away: parts with hash and rows, the rest by where it stood."""
    if not (writes.takes_away or writes.tombstones):
        return {}
    persons: Document = {"dropped": _dropped(writes.dropped), "gone": list(writes.gone)}
    return {
        **(persons if writes.dropped or writes.gone else {}),
        "removed": [[part.path, part.sha256, part.rows] for part in writes.removed],
        "discarded": [[row.entry_index, row.row_number] for row in writes.discarded],
        "tombstones": len(writes.tombstones),
        **({"ended": _ended(writes.ended)} if writes.ended else {}),
    }


def _ended(ended: Ended) -> Document:
    """Return what an act says it destroyed because its term was over: by entry and id, never by content."""
    return {
        "records": [[index, record.record_id] for record, index in ended.records],
        "rejected": [[load.entry_index, load.rows] for load in ended.rejected],
        "approvals": [[index] for index in ended.approvals],
        "charters": [[index, charter_digest] for charter_digest, index in ended.charters],
        "principals": [[index, principal_id] for principal_id, index in ended.principals],
    }


def _dropped(records: Sequence[RecordAt]) -> list[Json]:
    """Return which records go: the entry of each, with their positions among the records which that entry names."""
    by_entry: dict[int, list[int]] = {}
    for record in records:
        by_entry.setdefault(record.entry_index, []).append(record.position)
    return [[index, *sorted(positions)] for index, positions in sorted(by_entry.items())]


def _draft(
    kit: Kit, standing: Standing, kind: str, *, rule: str, facts: Document, sealed: bytes | None = None
) -> Draft:
    """Return what an entry says; reason, case and authorisation stand in it, a note has its own."""
    return Draft(
        kind=kind,
        actor=standing.actor.principal.id,
        purpose=standing.purpose,
        charter=None if standing.charter is None else standing.charter.digest,
        rule=rule,
        facts={**facts, **_why(kit, standing), **_under(standing)},
        sealed=sealed,
    )


def _why(kit: Kit, standing: Standing) -> Document:
    """Return reason and case as an entry names them: a code, and an HMAC under a key that goes with the case."""
    if standing.reason is None:
        return {}
    case = None if standing.case is None else case_book(kit).tag(standing.case)
    return {"reason": standing.reason, "case": case}


def _under(standing: Standing) -> Document:
    return {} if standing.authorisation is None else {UNDER: standing.authorisation}
