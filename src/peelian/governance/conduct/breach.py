"""The record of personal data breaches: what, when known, whom it concerns, what was done, and who was told in time.

Source: Directive (EU) 2016/680, Article 30(1): notification to the authority "without undue delay and, where
feasible, not later than 72 hours after having become aware of it"; (5): the controller documents every breach, its
effects and the remedial action; Article 31(1): people are told where there is a high risk to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput
from peelian.domain.identity import uuid7
from peelian.domain.time import iso, utc
from peelian.governance.act import authorise, carry_out, enter
from peelian.governance.attest import proof_of
from peelian.governance.circumstances.own_records import OwnRecord, new_record, own_records
from peelian.governance.clocks import elapsed, term
from peelian.governance.keeping.written import note_written
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.export import export
from peelian.governance.principals import Signer
from peelian.governance.wording import check_reason
from peelian.storage.parts import write_durably
from peelian.storage.rows import Writes

KIND = "breach"
PURPOSE, CAPABILITY = "governance", "governance.breach"
AUTHORITY, PEOPLE = "authority", "people"
_RECORDED, _NOTIFIED = "recorded", "notified"


@dataclass(frozen=True)
class Breach:
    """One breach as it stands: `due` is when the authority must have been told, counted from when it was known.

    Parameters
    ----------
    known : the instant at which somebody here became aware of it.
    what, effects, measures : what happened, what may follow from it, what was done about it.
    concerned : whom it concerns, in categories, and about how many they are.
    high_risk : whether people must be told as well.
    entries : the first and the last ledger index of what belongs to it.
    authority_told, people_told : when, None while not.
    """

    breach_id: str
    known: datetime
    what: str
    effects: str
    measures: str
    concerned: str
    people: int
    high_risk: bool
    entries: tuple[int, int]
    authority_told: datetime | None
    people_told: datetime | None

    @property
    def due(self) -> datetime:
        """Return the instant by which the authority must have been told: 72 hours, whatever clocks were changed."""
        return due_from(self.known)

    def overdue(self, *, at: datetime) -> bool:
        """Return whether the authority was told too late, or is not told although it is too late."""
        return (self.authority_told or at) > self.due


@dataclass(frozen=True)
class NewBreach:
    """What is known of a breach when it is recorded; see `Breach`."""

    known: datetime
    what: str
    effects: str
    measures: str
    concerned: str
    people: int
    high_risk: bool
    entries: tuple[int, int]


def due_from(known: datetime) -> datetime:
    """Return by when the authority must have been told of a breach that was known at an instant."""
    return elapsed(term("breach-notification"), start=known)


def record_breach(kit: Kit, *, actor: Signer, new: NewBreach) -> Breach:
    """Record a breach; the clock runs from when it was known, not from now."""
    _check(kit, new)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="submit", resource=KIND)
    body: Document = {
        "state": _RECORDED,
        "known": iso(new.known),
        "what": new.what,
        "effects": new.effects,
        "measures": new.measures,
        "concerned": new.concerned,
        "people": new.people,
        "high_risk": new.high_risk,
        "entries": list(new.entries),
    }
    breach_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    facts: Document = {
        "breach": breach_id,
        "known": iso(new.known),
        "due": iso(due_from(new.known)),
        "people": new.people,
        "high_risk": new.high_risk,
    }
    writes = Writes(records=(new_record(kit, KIND, subject=breach_id, body=body),))
    carry_out(kit, standing, "breach.recorded", decision=decision, facts=facts, writes=writes)
    return _named(kit, breach_id)


def record_notification(kit: Kit, *, actor: Signer, breach_id: str, whom: str, reference: str) -> Breach:
    """Record that the authority, or the people concerned, were told just now; a late one says why it is late."""
    known, now = _named(kit, breach_id), kit.clock.now()
    if whom not in (AUTHORITY, PEOPLE):
        raise BadInput(f"A breach is notified to the {AUTHORITY} or to {PEOPLE}, not to {whom!r}.")
    if (known.authority_told if whom == AUTHORITY else known.people_told) is not None:
        raise BadInput(f"That the {whom} were told of breach {breach_id} is on record already.")
    late = whom == AUTHORITY and now > known.due
    if late:
        check_reason(
            reference, where="a notification after 72 hours", key="reference, with the reason for the delay"
        )
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="submit", resource=KIND)
    facts: Document = {"breach": breach_id, "recipient": whom, "late": late}
    body: Document = {
        "state": _NOTIFIED,
        "breach": breach_id,
        "whom": whom,
        "reference": reference,
        "at": iso(now),
    }
    writes = Writes(records=(new_record(kit, KIND, subject=breach_id, body=body),))
    carry_out(kit, standing, "breach.notified", decision=decision, facts=facts, writes=writes)
    return _named(kit, breach_id)


def breaches(kit: Kit, *, actor: Signer) -> tuple[Breach, ...]:
    """Return every breach on record; that somebody looked is entered first."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="read", resource=KIND)
    found = _all(kit)
    enter(kit, standing, "record.read", decision=decision, facts={"kind": KIND, "records": len(found)})
    return found


def export_breach(
    kit: Kit, *, actor: Signer, breach_id: str, recipient: str, files: Sequence[Path], folder: Path
) -> Entry:
    """Write the evidence of a breach into a new `folder`, so that others can check it without us.

    `bundle/` is the ledger with its verifier; `proofs.json` has, for each entry of the breach's range, a proof that the
    ledger holds it; `breach.json` is the record; `files.json` has the SHA-256 of each file named. Raises `BadInput`
    where no recipient is named: what leaves the house goes to somebody; and where the folder is there already.
    """
    if not recipient.strip():
        raise BadInput(
            "Name the recipient: evidence of a breach is handed to somebody, and the ledger says to whom."
        )
    known, record = _named(kit, breach_id), _record(kit, breach_id)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="export", resource=KIND)
    hashed = {str(path): digest(path.read_bytes()) for path in files}
    first, last = known.entries
    facts: Document = {
        "breach": breach_id,
        "recipient": recipient.strip(),
        "first": first,
        "last": last,
        "files": digest(canonical(hashed)),
    }
    _make_new(folder)
    entry = enter(kit, standing, "breach.exported", decision=decision, facts=facts)
    export(kit.ledger, folder / "bundle")
    proofs: Document = {str(index): proof_of(kit.ledger, index) for index in range(first, last + 1)}
    body: Document = {"record": record.record_id, "of_entry": record.entry_index, "body": record.body}
    for name, content in (("proofs.json", proofs), ("breach.json", body), ("files.json", hashed)):
        write_durably(folder / name, canonical(content))
    note_written(kit, folder / "breach.json", of=record.record_id)
    return entry


def _make_new(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise BadInput(
            f"{folder} exists already; evidence never mixes with what lies there. Give a new folder."
        ) from None


def _check(kit: Kit, new: NewBreach) -> None:
    first, last = new.entries
    if utc(new.known) > kit.clock.now():
        raise BadInput(
            "A breach cannot become known in the future; give the instant at which it was noticed."
        )
    if not 0 <= first <= last < kit.ledger.size:
        raise BadInput(
            f"The ledger has entries 0 to {kit.ledger.size - 1}; {first} to {last} is no range of it."
        )
    if new.people < 0:
        raise BadInput("Say how many people it concerns, 0 where nobody.")
    for key, text in (("what", new.what), ("effects", new.effects), ("measures", new.measures)):
        check_reason(text, where="the record of a breach", key=key)


def _all(kit: Kit) -> tuple[Breach, ...]:
    records = own_records(kit, KIND)
    told = {(r.subject, r.body["whom"]): r.at for r in records if r.body["state"] == _NOTIFIED}
    return tuple(
        Breach(
            breach_id=r.subject,
            known=datetime.fromisoformat(r.body["known"]),
            what=r.body["what"],
            effects=r.body["effects"],
            measures=r.body["measures"],
            concerned=r.body["concerned"],
            people=r.body["people"],
            high_risk=r.body["high_risk"],
            entries=(r.body["entries"][0], r.body["entries"][1]),
            authority_told=told.get((r.subject, AUTHORITY)),
            people_told=told.get((r.subject, PEOPLE)),
        )
        for r in records
        if r.body["state"] == _RECORDED
    )


def _named(kit: Kit, breach_id: str) -> Breach:
    found = next((each for each in _all(kit) if each.breach_id == breach_id), None)
    if found is None:
        raise BadInput(f"No breach {breach_id} is on record; see `peelian breach list`.")
    return found


def _record(kit: Kit, breach_id: str) -> OwnRecord:
    return next(record for record in own_records(kit, KIND, subject=breach_id))
