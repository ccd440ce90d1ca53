"""Where a finding stands, as it is kept: one row for each thing that happened to it.

A row says nothing of what the finding claims and nothing in the clear of who said what, so that the queue can be drawn
up from rows alone, and a second reader's blindness is not broken by working out whose turn it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from peelian.domain.canonical import Document
from peelian.domain.finding import About, Severity
from peelian.domain.section import Section, closed
from peelian.domain.time import iso
from peelian.governance.desk import Kept
from peelian.governance.review.queue import Waiting
from peelian.governance.review.states import State
from peelian.governance.standing import OPENED


class Happened(StrEnum):
    """What a row records."""

    PROPOSED = "proposed"
    OPENED = OPENED
    JUDGED = "judged"
    ACTED = "acted"


@dataclass(frozen=True)
class StateRow:
    """One row: what happened, and where the finding stood afterwards.

    Parameters
    ----------
    finding_id, about, severity, two_readers, made_at : of the finding, the same in each of its rows.
    happened, state, at : what happened, where that left it, and when.
    note : a sealed verdict where somebody judged, and a sealed blank of the same length elsewhere.
    """

    finding_id: str
    about: About
    severity: Severity
    two_readers: bool
    made_at: datetime
    happened: Happened
    state: State
    at: datetime
    note: str

    def document(self) -> Document:
        """Return the row as it is kept."""
        return {
            "finding_id": self.finding_id,
            "about": self.about.value,
            "severity": self.severity.value,
            "two_readers": self.two_readers,
            "made_at": iso(self.made_at),
            "happened": self.happened.value,
            "state": self.state.value,
            "at": iso(self.at),
            "note": self.note,
        }


def row_from(kept: Kept) -> StateRow:
    """Read a row back."""
    with Section(kept.body, where=f"the review state {kept.record_id}") as section:
        where = section.where
        return StateRow(
            finding_id=section.text("finding_id"),
            about=About(closed(section.text("about"), About, where=where, what="subject matter")),
            severity=Severity(closed(section.text("severity"), Severity, where=where, what="severity")),
            two_readers=section.flag("two_readers"),
            made_at=datetime.fromisoformat(section.text("made_at")),
            happened=Happened(closed(section.text("happened"), Happened, where=where, what="event")),
            state=State(closed(section.text("state"), State, where=where, what="state")),
            at=datetime.fromisoformat(section.text("at")),
            note=section.text("note"),
        )


def waiting_from(row: StateRow) -> Waiting:
    """Return where a finding stands, from the row that brought it there."""
    return Waiting(row.finding_id, row.about, row.severity, row.state, row.made_at, since=row.at)
