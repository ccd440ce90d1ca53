"""Deciding as somebody independent, showing what was done of it, and closing with a certificate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.statement import PlaceStatement
from peelian.domain.time import iso
from peelian.governance.desk import Desk
from peelian.governance.ledger.entry import Entry
from peelian.governance.rights.case import RightsCase, Taken
from peelian.governance.rights.reasons import Reasons
from peelian.governance.rights.request import FULFILLING, Outcome
from peelian.governance.rights.states import Step, transition
from peelian.governance.rights.taking import CAPABILITY, PURPOSE, REASON, case_at, take


@dataclass(frozen=True)
class Certificate:
    """What became of a request, for whoever asked: `document` names every entry, `proof` shows the last of them."""

    request_id: str
    document: Document
    proof: Document

    def text(self) -> str:
        """Return the certificate as the JSON text that is handed out."""
        whole: Document = {"certificate": self.document, "proof": self.proof}
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def decide(desk: Desk, *, request_id: str, outcome: Outcome, reasons: Reasons) -> RightsCase:
    """Decide as somebody independent: not who answered, nor who made or approved what the request is about."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
        sitting.require_independent_of(sorted(case.involved))
        step = Step.ORDER if outcome.orders else Step.DECIDE
        body: Document = {"outcome": outcome.value, "reasons": reasons.document()}
        return take(sitting, case, step, body=body, facts={"outcome": outcome.value}, independent=True)


def fulfil(
    desk: Desk,
    *,
    request_id: str,
    entries: Sequence[int],
    before: Sequence[PlaceStatement] = (),
    after: Sequence[PlaceStatement] = (),
) -> RightsCase:
    """Record what was done of what was ordered, and what was made anew from it.

    Parameters
    ----------
    entries : the ledger entries of the acts that corrected, erased or restricted; each later than the order.
    before, after : what was said about the place by one work made before, and by one made after them.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
        ordered, outcome = case.last(Step.ORDER), case.outcome
        if ordered is None or outcome is None:
            transition(case.state, Step.FULFIL)
            raise BadInput(f"Nothing was ordered for the request {request_id}.")
        acts = [_fulfilling(sitting.entered(index), outcome, ordered) for index in entries]
        if not acts:
            raise BadInput(
                "Name the ledger entries by which the order was carried out; there is none without."
            )
        anew = _anew(before, after, since=acts)
        body: Document = {"acts": [[entry.index, entry.kind] for entry in acts], "recomputed": anew}
        facts: Document = {"acts": [entry.index for entry in acts], "recomputed": anew}
        return take(sitting, case, Step.FULFIL, body=body, facts=facts)


def close(desk: Desk, *, request_id: str) -> tuple[RightsCase, Certificate]:
    """Close a request with a certificate that names every entry of it, and proves the last."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
        case = take(sitting, case, Step.CLOSE, body={})
        sitting.witness()
        steps: list[Document] = [
            {"step": taken.step.value, "at": iso(taken.at), "entry": taken.entry_index}
            for taken in case.steps
        ]
        document: Document = {
            **case.document(),
            "steps": steps,
            "late": case.steps[-1].at >= case.due,
            "reasons": None if case.reasons is None else case.reasons.document(),
        }
        return case, Certificate(request_id, document, sitting.proof(case.steps[-1].entry_index))


def _fulfilling(entry: Entry, outcome: Outcome, ordered: Taken) -> Entry:
    """Return the entry if it can have carried out the order; say why not otherwise."""
    if entry.kind not in FULFILLING[outcome] or entry.index < ordered.entry_index:
        raise BadInput(
            f"Ledger entry {entry.index} ({entry.kind}) cannot have carried out the order to {outcome} of entry "
            f"{ordered.entry_index}; name a later one of: {', '.join(sorted(FULFILLING[outcome]))}."
        )
    return entry


def _anew(
    before: Sequence[PlaceStatement], after: Sequence[PlaceStatement], *, since: Sequence[Entry]
) -> Document | None:
    """Return how what is said after the acts differs from before; None where nothing was made from what they changed.

    The ledger tells that it differs, not by how much: exact expectations may speak of single incidents.
    """
    if not before or not after:
        return None
    first, last = min(entry.index for entry in since), max(entry.index for entry in since)
    if not before[0].entry_index < first <= last < after[0].entry_index:
        raise BadInput(
            f"Ledger entry {after[0].entry_index} does not come after the acts that carried out the order, or "
            f"{before[0].entry_index} not before them; forecast anew and name that."
        )
    expected = [{(each.offence, each.expected) for each in statements} for statements in (before, after)]
    return {
        "before": before[0].entry_index,
        "after": after[0].entry_index,
        "same_period": before[0].period == after[0].period,
        "differs": expected[0] != expected[1],
    }
