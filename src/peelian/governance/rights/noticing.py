"""Telling persons that data on them are processed, without having been asked, or putting it off with an end."""

from __future__ import annotations

from datetime import datetime

from peelian.domain.canonical import Document
from peelian.governance.desk import Desk, NewRecord, Sitting
from peelian.governance.rights.letter import Told
from peelian.governance.rights.notice import Deferral, Notice, awaiting, deferred
from peelian.governance.rights.restriction import Restriction
from peelian.governance.rights.taking import CAPABILITY, EVERYBODY, OWN_WORDS, PURPOSE, REASON


def give_notice(desk: Desk, *, subject_id: str, notice: Notice) -> Told:
    """Enter that a person is told of data on them; the letter may leave once this returns."""
    letter = notice.letter()
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        body: Document = {"given": True, "ground": None, "until": None}
        return Told(_note(sitting, "notice.given", subject_id, body), letter)


def defer_notice(desk: Desk, *, subject_id: str, ground: Restriction, until: datetime) -> Deferral:
    """Enter that telling a person is put off, on which ground and until when."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        put_off = deferred(ground, until=until, now=sitting.now())
        _note(sitting, "notice.deferred", subject_id, put_off.document())
        return put_off


def notices_due(desk: Desk) -> tuple[str, ...]:
    """Return the subjects who must be told now, the time being over for which their notice was put off."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        return awaiting(sitting.records("notice", categories=EVERYBODY), now=sitting.now())


def _note(sitting: Sitting, kind: str, subject_id: str, body: Document) -> str:
    record = NewRecord(sitting.new_id(), "notice", subject_id, body, stated=OWN_WORDS)
    sitting.act(kind, action="submit", resource="notice", facts={}, records=[record])
    return record.record_id
