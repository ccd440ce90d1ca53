"""Letting persons go of whom nothing is kept any more, so that no key outlives what it sealed.

When the last sealed record of a person is gone, by its term or otherwise, the key still opens the asides: who looked
for them. Those must be there for as long as logs are kept at least (Regulation (EU) 2024/1689, Article 26(6): six
months), or a misuse could be hidden by letting its victim go. So a person lapses when six months have gone by since
they were registered and since they were last looked for; until then whatever else names them keeps them too: a hold, an
order not carried out yet, a finding, an open request in which they were searched for.

It needs nobody's leave, like the rest of the sweep. In a restored copy the same is found out from the same entries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from peelian.domain.canonical import Document
from peelian.domain.errors import Tampered
from peelian.governance.act import HOLD, carry_out_as_house
from peelian.governance.clocks import due
from peelian.governance.dropped import LAPSED, lapse_term
from peelian.governance.keeping.holds import holds_in_force
from peelian.governance.keeping.sweep import RULE, Swept
from peelian.governance.kit import Kit
from peelian.governance.persons.asides import asides_of
from peelian.governance.persons.sealed_body import is_sealed
from peelian.governance.persons.silence import SEARCHED
from peelian.governance.persons.subject_erasure import CERTIFICATE, Taken, certificate_of, finish, records_of
from peelian.governance.persons.subjects import KIND, one_person
from peelian.storage.rows import Writes

IN_ONE_ENTRY = 60
"""So many persons one entry names; with the records that go along they fit into its facts."""

JUDGED_OTHERWISE = frozenset({HOLD, CERTIFICATE})
"""Kinds that name a person and do not keep them: a hold keeps while it is in force, a certificate is about the gone."""

ENDED = frozenset({"closed", "withdrawn"})
"""The states in which a request has ended, as `rights.states` has them; a room above may not be asked from here."""


def let_lapsed_go(kit: Kit, now: datetime) -> Iterator[Swept]:
    """Let every person go of whom nothing is kept and whose term is over; yield each act as it is done."""
    lapsed = iter(_lapsed(kit, now))
    while some := tuple(islice(lapsed, IN_ONE_ENTRY)):
        ids = frozenset(each for person in some for each in person)
        yield _let_go(kit, ids, persons=len(some))


def require_none_orphaned(kit: Kit) -> None:
    """Refuse a sealed record whose person is gone: what sealed it may go only after it."""
    there = {row.subject_id for row, _ in kit.store.subjects()}
    for record, index in kit.store.records():
        if is_sealed(record) and record.subject not in there:
            raise Tampered(
                f"The sealed {record.kind} {record.record_id} of ledger entry {index} is filed under a person who is "
                "gone; restore the records and the keys from a backup and tell the auditor."
            )


def _lapsed(kit: Kit, now: datetime) -> Iterator[frozenset[str]]:
    """Yield the ids of each person who lapses now; subjects that were merged lapse together or not at all."""
    sealed = [kind.id for kind in kit.register.data_kinds if kind.sealed]
    bare = {row.subject_id: index for row, index in kit.store.subjects_without(sealed)}
    seen: set[str] = set()
    for subject_id in bare:
        ids = one_person(kit, subject_id)
        if subject_id in seen or not ids <= set(bare):
            continue
        seen |= ids
        asides = asides_of(kit, subjects=ids)
        latest = max(kit.ledger.entry(index).time for index in (*asides, *(bare[each] for each in ids)))
        zone = kit.store.workspace.settings.zone
        if due(lapse_term(), start=latest, zone=zone) <= now and not _kept(kit, ids, asides, at=now):
            yield ids


def _kept(kit: Kit, ids: frozenset[str], asides: Sequence[int], *, at: datetime) -> bool:
    """Return whether anything that still stands names this person."""
    scopes = [hold.scope for hold in holds_in_force(kit, at=at)]
    held = any(scope.keeps_person(each) for scope in scopes for each in ids)
    naming = {kind for each in ids for kind, _ in kit.store.records_naming(each)} - JUDGED_OTHERWISE
    return held or bool(naming) or _in_an_open_request(kit, asides)


def _in_an_open_request(kit: Kit, asides: Sequence[int]) -> bool:
    looks = (kit.ledger.entry(index) for index in asides)
    requests = {str(look.facts["request"]) for look in looks if look.kind == SEARCHED}
    return any(_stands_open(kit, request) for request in requests)


def _stands_open(kit: Kit, request_id: str) -> bool:
    """Return whether a request has not ended: what its last step says; its records go long after that."""
    steps = kit.store.records("rights-step", subject=request_id)
    return bool(steps) and json.loads(steps[-1][0].body)["after"] not in ENDED


def _let_go(kit: Kit, ids: frozenset[str], *, persons: int) -> Swept:
    taken = Taken(ids, asides_of(kit, subjects=ids), ())
    along = tuple(records_of(kit, ids))
    certified = certificate_of(kit, taken, order_id=None, permanent=False, records=len(along))
    law = kit.register.data_kind(KIND).legal_source
    facts: Document = {"kind": KIND, "count": persons, "law": law, "erasure": certified.record.record_id}
    writes = Writes(records=(certified.record,), dropped=along, gone=tuple(sorted(ids)))
    entry = carry_out_as_house(kit, LAPSED, rule=RULE, facts=facts, writes=writes)
    finish(kit.ledger, kit.subject_keys, certified=certified.body)
    return Swept(KIND, "person", persons, law, entry.index)
