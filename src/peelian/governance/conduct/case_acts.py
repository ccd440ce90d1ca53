"""Opening, assigning and closing cases: the acts of a commander, each with its entry, in which no number stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.governance.act import authorise, carry_out, enter
from peelian.governance.cases import CaseFacts
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.case_records import KIND, RecordedCases
from peelian.governance.circumstances.departures import require_enrolled
from peelian.governance.circumstances.own_records import new_record, own_records
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Principal, Signer
from peelian.storage.rows import Writes

PURPOSE, CAPABILITY = "governance", "governance.cases"


def open_case(
    kit: Kit, *, actor: Signer, case_id: str, purpose: str, unit: str, officers: Sequence[Principal]
) -> Entry:
    """Open a case under the number it has at work; it can be worked in from today on."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{2,39}", case_id):
        raise BadInput(
            f"{case_id!r} is no case number; give 3 to 40 letters, digits, dots, slashes, hyphens."
        )
    if _recorded(kit).case(case_id) is not None:
        raise BadInput(f"There is a case {case_id} already; give the new one its own number.")
    kit.register.purpose(purpose)
    if not unit.strip():
        raise BadInput(f"The case {case_id} belongs to no unit; name the one that answers for it.")
    facts = CaseFacts(case_id, purpose, local_day(kit), None, unit.strip(), _ids(kit, officers))
    return _keep(kit, actor, "case.opened", facts, tag_key=kit.entropy(32))


def assign(kit: Kit, *, actor: Signer, case_id: str, officers: Sequence[Principal]) -> Entry:
    """Say who works in an open case from now on; who is not named any more no longer does."""
    known = _open(kit, case_id)
    facts = CaseFacts(case_id, known.purpose, known.opened, None, known.unit, _ids(kit, officers))
    return _keep(kit, actor, "case.assigned", facts, tag_key=_key(kit, case_id))


def close_case(kit: Kit, *, actor: Signer, case_id: str) -> Entry:
    """Close a case: from today on nothing is looked up in it."""
    known = _open(kit, case_id)
    today = local_day(kit)
    facts = CaseFacts(case_id, known.purpose, known.opened, today, known.unit, known.officers)
    return _keep(kit, actor, "case.closed", facts, tag_key=_key(kit, case_id))


def cases(kit: Kit, *, actor: Signer) -> tuple[CaseFacts, ...]:
    """Return every case; that somebody looked is entered first."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="read", resource=KIND)
    found = _recorded(kit).all()
    facts: Document = {"kind": KIND, "records": len(found)}
    enter(kit, standing, "record.read", decision=decision, facts=facts)
    return found


def _ids(kit: Kit, officers: Sequence[Principal]) -> frozenset[str]:
    """Return the ids of officers, none of whom may have left."""
    for person in officers:
        require_enrolled(kit, person, today=local_day(kit))
    return frozenset(person.id for person in officers)


def _recorded(kit: Kit) -> RecordedCases:
    return RecordedCases(own_records(kit, KIND))


def _open(kit: Kit, case_id: str) -> CaseFacts:
    known = _recorded(kit).case(case_id)
    if known is None or known.closed is not None:
        raise BadInput(f"There is no open case {case_id}; see `peelian case list`.")
    return known


def _key(kit: Kit, case_id: str) -> bytes:
    return bytes.fromhex(own_records(kit, KIND, subject=case_id)[0].body["tag_key"])


def _keep(kit: Kit, actor: Signer, entry_kind: str, facts: CaseFacts, *, tag_key: bytes) -> Entry:
    """Keep all of a case as it is from now on; the entry names neither its number nor its officers."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="submit", resource=KIND)
    body: Document = {
        "purpose": facts.purpose,
        "opened": facts.opened.isoformat(),
        "closed": _day(facts.closed),
        "unit": facts.unit,
        "officers": sorted(facts.officers),
        "tag_key": tag_key.hex(),
    }
    writes = Writes(records=(new_record(kit, KIND, subject=facts.case_id, body=body),))
    said: Document = {"purpose": facts.purpose, "officers": len(facts.officers)}
    return carry_out(kit, standing, entry_kind, decision=decision, facts=said, writes=writes)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
