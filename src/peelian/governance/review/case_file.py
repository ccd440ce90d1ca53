"""A finding's file, put together at a sitting: the finding, its rows, and the case that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.finding import Finding, Severity, finding_from_document
from peelian.governance.desk import Kept, NewRecord, Sitting
from peelian.governance.principals import Principal
from peelian.governance.review.decoys import Nature
from peelian.governance.review.filing import Filed, Told, filed_from, stored_finding
from peelian.governance.review.judgement import judgement_of
from peelian.governance.review.queue import ACT_WITHIN
from peelian.governance.review.state_row import Happened, StateRow, row_from
from peelian.governance.review.states import Case, Read, State, same_person
from peelian.governance.review.verdict import Verdict
from peelian.governance.review.views import Vote
from peelian.governance.standing import KIND


@dataclass(frozen=True)
class CaseFile:
    """Everything that is known of one finding, without the words of its readers."""

    finding: Finding
    nature: Nature
    filed: Filed
    put_forward_by: Principal
    stored: tuple[Kept, ...]
    rows: tuple[StateRow, ...]
    by: tuple[Principal, ...]
    case: Case

    def own(self, person: Principal) -> bool:
        """Return whether, as far as can be seen, this person made the finding or put it forward."""
        return self.finding.proposer == person.id or same_person(self.put_forward_by, person)

    def judged_by(self, person: Principal) -> bool:
        """Return whether, as far as can be seen, this person has judged the finding."""
        return any(same_person(read.reader, person) for read in self.case.reads)

    def opened_by(self, person: Principal) -> datetime | None:
        """Return when this person last opened the finding."""
        opened = (
            row.at
            for row, who in zip(self.rows, self.by, strict=True)
            if row.happened is Happened.OPENED and who.id == person.id
        )
        return max(opened, default=None)


def case_file(sitting: Sitting, finding_id: str) -> CaseFile:
    """Put the file of a finding together; rows that do not lead to one another are refused."""
    kept = stored_finding(sitting, finding_id)
    finding, nature = finding_of(sitting, kept)
    stored = sitting.records(KIND, subject=finding_id)
    rows = tuple(map(row_from, stored))
    by = tuple(sitting.author_of(row) for row in stored)
    put_forward_by = sitting.author_of(kept)
    late = sitting.now() - finding.made_at > ACT_WITHIN
    case = Case(
        finding_id=finding_id,
        two_readers=any(row.two_readers for row in rows),
        life_at_risk=finding.severity is Severity.LIFE_AT_RISK,
        closed=late or nature is not Nature.REAL,
        proposer=finding.proposer,
        put_forward_by=put_forward_by,
        own_outputs=frozenset({finding_id, *(item.reference for item in finding.evidence)}),
        state=_state(rows, finding_id),
        reads=_reads(sitting, rows, by),
    )
    return CaseFile(finding, nature, filed_from(kept), put_forward_by, stored, rows, by, case)


def votes(sitting: Sitting, file: CaseFile) -> tuple[Vote, ...]:
    """Return what the readers of a finding said, oldest first."""
    name, kind = file.finding.finding_id, file.filed.kind(Told.JUDGEMENT)
    if file.filed.person is None:
        kept = sitting.records(kind, subject=name)
    else:
        judged = [
            row for row, said in zip(file.stored, file.rows, strict=True) if said.happened is Happened.JUDGED
        ]
        kept = tuple(each for row in judged for each in sitting.stored_with(row, kind))
    return tuple(judgement_of(sitting, each, finding_id=name) for each in kept)


def finding_of(sitting: Sitting, kept: Kept) -> tuple[Finding, Nature]:
    """Return a stored finding and what it is; one that calls itself otherwise than its record is refused."""
    finding = finding_from_document(kept.body["finding"])
    if finding.finding_id != kept.record_id:
        raise Tampered(
            f"The finding stored as {kept.record_id} calls itself {finding.finding_id}; tell the auditor."
        )
    return finding, Nature(sitting.notes.open(kept.body["nature"], about=kept.record_id))


def new_row(
    sitting: Sitting,
    finding: Finding,
    *,
    happened: Happened,
    state: State,
    two_readers: bool,
    told: Nature | Verdict | None = None,
) -> NewRecord:
    """Return the row to be stored with an act; `told`, sealed, is what was proposed, or what its reader says."""
    row = StateRow(
        finding_id=finding.finding_id,
        about=finding.about,
        severity=finding.severity,
        two_readers=two_readers,
        made_at=finding.made_at,
        happened=happened,
        state=state,
        at=sitting.now(),
        note=sitting.notes.seal(told or "", about=f"{finding.finding_id} {happened.value}"),
    )
    return NewRecord(sitting.new_id(), KIND, finding.finding_id, row.document())


def openings(sitting: Sitting) -> tuple[datetime, ...]:
    """Return when whoever sits here opened findings within the last day."""
    recent = sitting.recent(KIND, since=sitting.now() - timedelta(days=1))
    rows = (row_from(kept) for kept in recent if sitting.made_here(kept))
    return tuple(row.at for row in rows if row.happened is Happened.OPENED)


def nature_of(sitting: Sitting, finding_id: str, came_in: StateRow) -> Nature:
    """Return what a finding is, from the row it came in with; old rows do not say it, and the finding does."""
    note = sitting.notes.open(came_in.note, about=f"{finding_id} {came_in.happened.value}")
    return Nature(note) if note else finding_of(sitting, stored_finding(sitting, finding_id))[1]


def facts_of(finding: Finding, *, state: State) -> Document:
    """Return what every entry about a finding says: which one, how it stands, and nothing of what it claims.

    The digest of one that points at somebody is left out: an entry outlives the person's key, and what is guessed right
    would be told by it.
    """
    return {
        "finding": finding.finding_id,
        "digest": None if finding.identifies else finding.digest(),
        "about": finding.about.value,
        "severity": finding.severity.value,
        "state": state.value,
    }


def _state(rows: Sequence[StateRow], finding_id: str) -> State:
    states = [row.state for row in rows if row.happened is not Happened.OPENED]
    if not states:
        raise BadInput(f"The finding {finding_id} never came into review; tell the auditor.")
    return states[-1]


def _reads(sitting: Sitting, rows: Sequence[StateRow], by: Sequence[Principal]) -> tuple[Read, ...]:
    return tuple(
        Read(who, Verdict(sitting.notes.open(row.note, about=f"{row.finding_id} {row.happened.value}")))
        for row, who in zip(rows, by, strict=True)
        if row.happened is Happened.JUDGED
    )
