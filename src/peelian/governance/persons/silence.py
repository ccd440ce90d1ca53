"""The search behind an answer that neither confirms nor denies: the same work, entries and bytes, whatever is found.

Whoever answers is told nothing, so nothing can slip out; what was found lies sealed in the entries' side blobs, as
asides about the person, for the supervisory authority (Directive (EU) 2016/680, Article 17(3)) and until the person is
erased. Each identifier takes `SLOTS` entries: one for each subject that has it, the others for the stranger of that
name. A person with more than `SLOTS` subjects is searched in the first of them; no more categories are in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peelian.domain.canonical import Document, canonical
from peelian.domain.identity import uuid7
from peelian.governance.act import authorise, enter
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.asides import Whose, aside, of_stranger, of_subject, open_aside
from peelian.governance.persons.identifiers import Identifier, name_of
from peelian.governance.persons.subjects import KIND

SEARCHED = "rights.searched"
SLOTS = 3
TRUTH_BYTES = 100
"""What is sealed takes this many bytes whatever it says."""


def search_silently(
    kit: Kit, standing: Standing, *, request_id: str, identifiers: Sequence[Identifier]
) -> None:
    """Search all that is held under each identifier, seal what was found into entries, and tell nobody."""
    decision = authorise(kit, standing, action="read", resource=KIND)
    for identifier in identifiers:
        name = name_of(identifier, secret=kit.identifiers_key)
        stranger, found = of_stranger(kit, name), kit.subject_keys.named(name)[:SLOTS]
        for slot in range(SLOTS):
            nobody = uuid7(clock=kit.clock, entropy=kit.entropy)
            asked = found[slot] if slot < len(found) else nobody
            whose, truth = _searched(kit, asked, stranger=stranger)
            facts: Document = {"request": request_id, "looked_up": identifier.kind, "slot": slot}
            sealed = aside(kit, whose, truth)
            enter(kit, standing, SEARCHED, decision=decision, facts=facts, sealed=sealed)


@dataclass(frozen=True)
class Truth:
    """What one entry of such a search sealed: whether a person was known, and how many records there were.

    `looked_up` is the kind of identifier. Both are None where it was destroyed since: with the person, or by its term.
    """

    entry_index: int
    looked_up: str
    known: bool | None
    records: int | None


def sealed_truths(kit: Kit, request_id: str) -> tuple[Truth, ...]:
    """Open what the searches for a request sealed, oldest first; whoever shows it to somebody enters that first."""
    looks = [
        entry
        for entry in kit.ledger.entries()
        if entry.kind == SEARCHED and entry.facts.get("request") == request_id
    ]
    return tuple(_truth(kit, entry) for entry in looks)


def _truth(kit: Kit, look: Entry) -> Truth:
    content = open_aside(kit, look.index)
    looked_up = str(look.facts["looked_up"])
    if content is None:
        return Truth(look.index, looked_up, None, None)
    return Truth(look.index, looked_up, content["known"], content["records"])


def _searched(kit: Kit, subject_id: str, *, stranger: Whose) -> tuple[Whose, Document]:
    """Return under whose key to seal, and what is held on a subject: whether it is known, and how many records.

    They are counted, not read: reading many would take longer, and that would tell.
    """
    key = kit.subject_keys.key(subject_id)
    truth: Document = {"known": key is not None, "records": kit.store.records_about(subject_id), "pad": ""}
    padded: Document = {**truth, "pad": " " * (TRUTH_BYTES - len(canonical(truth)))}
    return (stranger if key is None else of_subject(subject_id, key=key)), padded
