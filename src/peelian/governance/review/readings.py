"""What figures about readers are made of: every judgement of a time, from the rows that say what happened when.

The rows say nothing of whom a finding is about, so they stay when that person is erased, and so do the figures. Words
are read where they are about nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.governance.desk import Kept, Sitting
from peelian.governance.principals import Principal
from peelian.governance.review.case_file import nature_of
from peelian.governance.review.judgement import JUDGEMENT, judgement_of
from peelian.governance.review.state_row import Happened, StateRow, row_from
from peelian.governance.review.states import State
from peelian.governance.review.statistics import Reading
from peelian.governance.review.verdict import Verdict
from peelian.governance.standing import KIND


@dataclass(frozen=True)
class _Event:
    """A row, by whom it is, and the record that keeps it."""

    row: StateRow
    by: Principal
    kept: Kept


def readings_since(sitting: Sitting, since: datetime) -> tuple[list[Reading], list[State]]:
    """Return every judgement since an instant, and every state that a finding came into since then."""
    recent = _events(sitting, sitting.recent(KIND, since=since))
    words = _words(sitting, since)
    by_finding: defaultdict[str, list[_Event]] = defaultdict(list)
    for event in recent:
        by_finding[event.row.finding_id].append(event)
    readings = [
        each
        for name, events in sorted(by_finding.items())
        for each in _readings(sitting, name, events, words)
    ]
    return readings, [event.row.state for event in recent if event.row.happened is not Happened.OPENED]


def _readings(
    sitting: Sitting, finding_id: str, events: Sequence[_Event], words: dict[int, str]
) -> Iterable[Reading]:
    judged = [event for event in events if event.row.happened is Happened.JUDGED]
    if not judged:
        return
    if events[0].row.happened is not Happened.PROPOSED:  # it came in before the time that is looked at
        events = _events(sitting, sitting.records(KIND, subject=finding_id))
    nature = nature_of(sitting, finding_id, events[0].row)
    for event in judged:
        yield Reading(
            reader=event.by.name,
            finding_id=finding_id,
            verdict=Verdict(sitting.notes.open(event.row.note, about=f"{finding_id} {event.row.happened}")),
            words=words.get(event.kept.entry_index),
            nature=nature,
            opened=_opened(events, event),
            committed=event.kept.written,
        )


def _opened(events: Sequence[_Event], judged: _Event) -> datetime:
    return max(
        event.row.at
        for event in events
        if event.row.happened is Happened.OPENED
        and event.by.id == judged.by.id
        and event.kept.entry_index < judged.kept.entry_index
    )


def _events(sitting: Sitting, stored: Iterable[Kept]) -> list[_Event]:
    return [_Event(row_from(kept), sitting.author_of(kept), kept) for kept in stored]


def _words(sitting: Sitting, since: datetime) -> dict[int, str]:
    """Return the words of each judgement that is not sealed, by its entry."""
    return {
        kept.entry_index: judgement_of(sitting, kept, finding_id=kept.subject).opinion.words
        for kept in sitting.recent(JUDGEMENT, since=since)
    }
