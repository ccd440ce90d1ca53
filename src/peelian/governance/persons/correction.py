"""Correcting a record about a person: another takes its place, as somebody else decided upon the person's request.

After Directive (EU) 2016/680, Article 16(1). What was wrong is destroyed with the act, so that the next read gives what
is right and nothing else. Whoever corrects need not read what is restricted to do it.
"""

from __future__ import annotations

import json

from peelian.domain.canonical import Document, Json
from peelian.domain.errors import BadInput
from peelian.governance.act import carry_out
from peelian.governance.committed import committed_record
from peelian.governance.dropped import CORRECTED
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.over_the_desk import NewRecord
from peelian.governance.persons.sealed_records import replacing
from peelian.governance.policy import Decision


def ordered_correction(kit: Kit, request_id: str) -> Entry:
    """Return the entry by which somebody decided that a correction is due upon a request, and none was shown yet."""
    steps = kit.store.records("rights-step", subject=request_id)
    if steps:
        record, index = steps[-1]
        body = json.loads(record.body)
        if (body["step"], body.get("outcome")) == ("order", "correct"):
            return committed_record(kit, record, index)
    raise BadInput(
        f"No correction is ordered upon the request {request_id}; have another rights officer decide that it is due."
    )


def correct(
    kit: Kit,
    standing: Standing,
    new: NewRecord,
    record_id: str,
    *,
    ordered: Entry,
    decision: Decision,
    keep_until: str,
) -> Entry:
    """Put a corrected record in the place of one; the entry names the decision, and what else names the old record."""
    by = standing.actor.principal.id
    writes = replacing(kit, new, record_id, by=by, keep_until=keep_until)
    naming: list[Json] = [[kind, name] for kind, name in kit.store.records_naming(record_id)]
    facts: Document = {
        "corrects": record_id,
        "request": str(ordered.facts["request"]),
        "decision": ordered.index,
        "named_by": naming,
    }
    return carry_out(kit, standing, CORRECTED, decision=decision, facts=facts, writes=writes)
