"""The door of review: findings in, read blind, judged over signatures, acted on by people on grounds of their own."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

import numpy as np

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.domain.finding import Finding, Severity
from peelian.governance.desk import Desk, NewRecord, Sitting
from peelian.governance.kit import Kit
from peelian.governance.principals import Principal, Role
from peelian.governance.review.announcement import Announce, Announcement
from peelian.governance.review.case_file import (
    CaseFile,
    case_file,
    facts_of,
    new_row,
    openings,
    votes,
)
from peelian.governance.review.decoys import Nature, as_if_made, stored
from peelian.governance.review.filing import Concerned, Told, file_under
from peelian.governance.review.grounds import Ground, is_independent
from peelian.governance.review.handover import Handover, handover_of
from peelian.governance.review.holding import CAPABILITY, FindingsHeld
from peelian.governance.review.judgement import (
    DISPOSITION,
    HANDOVER,
    JUDGEMENT,
    Judgement,
    disposition_document,
    signed,
)
from peelian.governance.review.placing import Placing, arrival_of
from peelian.governance.review.queue import ACT_WITHIN, WAITING, Queue, in_order, second_read_due
from peelian.governance.review.readings import readings_since
from peelian.governance.review.state_row import Happened, row_from, waiting_from
from peelian.governance.review.states import Act, Case, Read, State, leads_on, step
from peelian.governance.review.statistics import ReviewFigures, review_figures
from peelian.governance.review.stock import Stocked, untaken
from peelian.governance.review.verdict import Opinion
from peelian.governance.review.views import BlindView, FullView, blind
from peelian.governance.review.words import check_words
from peelian.governance.review.workload import check_workload

REASON = "review-of-findings"
HOLDING = FindingsHeld()
FIGURES_OVER_DAYS = 90
"""Figures about readers are of so many days: what somebody read years ago says nothing of how they read now."""


def propose_finding(
    desk: Desk,
    *,
    purpose: str,
    finding: Finding,
    concerned: Concerned | None = None,
    authorisation: str | None = None,
) -> int:
    """Put a finding forward under the capability that made it, and return its ledger entry.

    Its id is drawn by the room at its own sitting just before (`sitting.new_id()`). One about a person or a vehicle is
    sealed under that person's key, and goes when they are erased; `concerned` says who it is, where that is known. What
    identifies somebody is put forward under an authorisation; then it is read and acted on under the same one, and ends
    with it. From its first finding on the house itself places decoys among those of this capability, while it is open.
    """
    with desk.open(
        purpose=purpose, capability=finding.capability, reason=REASON, authorisation=authorisation
    ) as sitting:
        entry = _put_forward(sitting, finding, Nature.REAL, concerned)
        placing = sitting.look_after(
            f"decoys {purpose} {finding.capability}", partial(_placing, finding.capability)
        )
        placing.arrived(
            arrival_of(finding, at=sitting.now()),
            share=sitting.charter.review.decoy_share,
            place=partial(_place, sitting),
        )
    return entry


def queue(desk: Desk, *, purpose: str) -> Queue:
    """Return what waits; one entry, since nothing of what findings claim is shown."""
    with _sitting(desk, purpose) as sitting:
        return _queue(sitting)


def open_finding(desk: Desk, *, purpose: str, finding_id: str) -> BlindView:
    """Open a finding for reading, blind: no score, prior, explanation or votes."""
    with _sitting(desk, purpose, finding_id=finding_id) as sitting:
        file = case_file(sitting, finding_id)
        _require_reader(sitting, file)
        if file.case.state not in WAITING:
            raise sitting.refused(_not_waiting(file.case.state), facts={"finding": finding_id})
        if file.finding.severity is not Severity.LIFE_AT_RISK:
            _check_workload(sitting)
        opening_id, state = sitting.new_id(), file.case.state
        row = new_row(
            sitting, file.finding, happened=Happened.OPENED, state=state, two_readers=file.case.two_readers
        )
        sitting.act(
            "finding.opened",
            action="judge",
            resource=file.filed.kind(Told.JUDGEMENT),
            facts={**facts_of(file.finding, state=state), "opening": opening_id},
            records=[row],
            case_facts=_conflicts(sitting, file),
        )
        return blind(file.finding, opening_id=opening_id)


def judge(desk: Desk, *, purpose: str, finding_id: str, opinion: Opinion) -> FullView:
    """Commit a judgement, signed and entered; only then does everything about the finding open."""
    with _sitting(desk, purpose, finding_id=finding_id) as sitting:
        file = case_file(sitting, finding_id)
        _require_reader(sitting, file)
        opened = file.opened_by(sitting.actor.principal)
        if opened is None:
            raise BadInput(
                "This finding was never opened by its reader; open it with `peelian review read` first."
            )
        after = _step(sitting, file, Read(sitting.actor.principal, opinion.verdict))
        judgement = Judgement(finding_id, file.finding.digest(), opened, opinion)
        body = signed(sitting, judgement.document(), context=JUDGEMENT)
        row = new_row(
            sitting,
            file.finding,
            happened=Happened.JUDGED,
            state=after.state,
            two_readers=after.two_readers,
            told=opinion.verdict,
        )
        sitting.act(
            "finding.judged",
            action="judge",
            resource=file.filed.kind(Told.JUDGEMENT),
            facts=facts_of(file.finding, state=after.state),
            records=[file.filed.record(Told.JUDGEMENT, sitting.new_id(), body, about=finding_id), row],
            case_facts=_conflicts(sitting, file),
        )
        return _full(sitting, file, after.state)


def read_finding(desk: Desk, *, purpose: str, finding_id: str) -> FullView:
    """Return everything about a finding to whoever has judged it, and to others once it is decided."""
    with _sitting(desk, purpose, finding_id=finding_id) as sitting:
        file = case_file(sitting, finding_id)
        if file.case.state in WAITING and not file.judged_by(sitting.actor.principal):
            raise sitting.refused(_blind_first(), facts={"finding": finding_id})
        return _full(sitting, file, file.case.state)


def dispose(
    desk: Desk, *, purpose: str, finding_id: str, ground: Ground, urgent: bool = False, announce: Announce
) -> FullView:
    """Act on a finding that was confirmed, on a ground that is not the system's output.

    With `urgent`, where life is at risk, one reader who confirms is enough: the act is announced at once and the
    second reading is due within the hour.
    """
    with _sitting(desk, purpose, finding_id=finding_id) as sitting:
        file = case_file(sitting, finding_id)
        event = Act(sitting.actor.principal, ground, urgent=urgent)
        case_facts: Document = {
            "grounded": is_independent(ground, own_outputs=file.case.own_outputs),
            "approved": leads_on(file.case, event),
            "restricted": file.filed.restricted,
        }
        kind = file.filed.kind(Told.DISPOSITION)
        sitting.require(action="dispose", resource=kind, case_facts=case_facts)
        after = _step(sitting, file, event)
        document = disposition_document(file.finding, ground=ground, urgent=urgent)
        body = signed(sitting, document, context=DISPOSITION)
        row = new_row(
            sitting, file.finding, happened=Happened.ACTED, state=after.state, two_readers=after.two_readers
        )
        sitting.act(
            "finding.urgent" if urgent else "finding.acted",
            action="dispose",
            resource=kind,
            facts={**facts_of(file.finding, state=after.state), "ground": ground.kind.value},
            records=[file.filed.record(Told.DISPOSITION, sitting.new_id(), body, about=finding_id), row],
            case_facts=case_facts,
        )
        if urgent:
            due = second_read_due(sitting.now())
            announce(Announcement(finding_id, sitting.actor.principal.name, ground, due))
        return _full(sitting, file, after.state)


def hand_over(desk: Desk, *, purpose: str, to: Principal, note: str) -> Handover:
    """Hand the queue over to the next reviewer, with what is open and what has waited too long, signed."""
    check_words(note, where="the note of the hand-over")
    if Role.REVIEWER not in to.roles:
        raise BadInput(f"{to.name} is no reviewer and cannot take the queue over; name one.")
    with _sitting(desk, purpose) as sitting:
        sitting.require_other_person(to)
        sitting.require_enrolled(to)
        found = _queue(sitting)
        handed = Handover(sitting.actor.principal.name, to.name, found.at, found.waiting, note)
        body = signed(sitting, handed.document(), context=HANDOVER)
        sitting.act(
            "shift.handed",
            action="submit",
            resource=HANDOVER,
            facts={"to": to.id, "waiting": len(found.waiting), "escalated": handed.escalated},
            records=[NewRecord(sitting.new_id(), HANDOVER, to.id, body)],
        )
        return handed


def handovers(desk: Desk, *, purpose: str) -> tuple[Handover, ...]:
    """Return the log of hand-overs, oldest first, each under its signature; what was erased since is not listed."""
    with _sitting(desk, purpose) as sitting:
        there = sitting.findings_kept()
        return tuple(handover_of(sitting, kept).only(there) for kept in sitting.records(HANDOVER))


def figures(
    desk: Desk, *, purpose: str, rng: np.random.Generator, days: int = FIGURES_OVER_DAYS
) -> ReviewFigures:
    """Return the figures about readers over the last `days`, for whoever audits them."""
    with _sitting(desk, purpose) as sitting:
        sitting.require(action="audit", resource=JUDGEMENT)
        readings, states = readings_since(sitting, sitting.now() - timedelta(days=days))
    return review_figures(readings, states, rng=rng)


def _sitting(desk: Desk, purpose: str, *, finding_id: str | None = None) -> AbstractContextManager[Sitting]:
    """Return the sitting at which findings are read, judged and acted on: one of them under its own authorisation."""
    under = None if finding_id is None else desk.authorisation_of(finding_id)
    return desk.open(purpose=purpose, capability=CAPABILITY, reason=REASON, authorisation=under)


def _put_forward(
    sitting: Sitting, finding: Finding, nature: Nature, concerned: Concerned | None = None
) -> int:
    two_readers = finding.identifies or sitting.charter.review.approvals > 1
    note = sitting.notes.seal(nature, about=finding.finding_id)
    state = State.PROPOSED
    row = new_row(
        sitting, finding, happened=Happened.PROPOSED, state=state, two_readers=two_readers, told=nature
    )
    body = stored(finding, nature=note)
    filed = file_under(sitting, finding, concerned)
    entry = sitting.act(
        "finding.proposed",
        action="propose",
        resource=filed.kind(Told.FINDING),
        facts={**facts_of(finding, state=state), "capability": finding.capability},
        records=[filed.record(Told.FINDING, finding.finding_id, body, about=finding.capability), row],
        case_facts={"restricted": filed.restricted},
    )
    return entry.index


def _placing(capability: str, kit: Kit) -> Placing:
    """Return what places decoys among the findings of a capability, from the house's own randomness."""
    rng = np.random.default_rng(int.from_bytes(kit.entropy(16), "big"))
    return Placing(clock=kit.clock.now, stock=partial(untaken, kit, capability), rng=rng)


def _place(sitting: Sitting, stocked: Stocked, lag: timedelta) -> None:
    """Put a decoy forward at the sitting at which real ones are: even the ledger's actor is the same."""
    finding = as_if_made(stocked.decoy, finding_id=stocked.finding_id, now=sitting.now(), lag=lag)
    _put_forward(sitting, finding, stocked.decoy.nature)


def _queue(sitting: Sitting) -> Queue:
    """Return what is open, from as many rows as there are open findings; what is too old to act on is not shown."""
    open_ones = map(waiting_from, map(row_from, sitting.standing(WAITING)))
    oldest = sitting.now() - ACT_WITHIN
    decided = map(waiting_from, map(row_from, sitting.standing([State.CONFIRMED], since=oldest)))
    confirmed = tuple(item for item in decided if item.made_at >= oldest)
    return Queue(in_order(open_ones), confirmed, sitting.now())


def _conflicts(sitting: Sitting, file: CaseFile) -> Document:
    me = sitting.actor.principal
    return {
        "self_approval": file.own(me),
        "read_before": file.judged_by(me),
        "restricted": file.filed.restricted,
    }


def _require_reader(sitting: Sitting, file: CaseFile) -> None:
    resource = file.filed.kind(Told.JUDGEMENT)
    sitting.require(action="judge", resource=resource, case_facts=_conflicts(sitting, file))


def _check_workload(sitting: Sitting) -> None:
    try:
        check_workload(openings(sitting), now=sitting.now())
    except Refused as refusal:
        raise sitting.refused(refusal, facts={"reader": sitting.actor.principal.id}) from None


def _step(sitting: Sitting, file: CaseFile, event: Read | Act) -> Case:
    try:
        return step(file.case, event)
    except Refused as refusal:
        raise sitting.refused(refusal, facts={"finding": file.finding.finding_id}) from None


def _full(sitting: Sitting, file: CaseFile, state: State) -> FullView:
    """Return everything; what a decoy is, only once nobody is to read it any more."""
    nature = None if state in WAITING else file.nature
    return FullView(file.finding, state, votes(sitting, file), nature=nature)


def _not_waiting(state: State) -> Refused:
    return Refused(
        f"This finding is {state.value} and waits for no reader.",
        rule="review-states",
        citation="house rule: the table of transitions, docs/reference/review.md",
        remedy="Take another one from `peelian review list`, or read it whole with --full.",
    )


def _blind_first() -> Refused:
    return Refused(
        "This finding is not decided yet, and whoever has not judged it sees it blind only.",
        rule="blind-first",
        citation="house rule, after Regulation (EU) 2024/1689, Article 14(4)(b) (automation bias)",
        remedy="Open it with `peelian review read`, commit a judgement, and read the rest then.",
    )
