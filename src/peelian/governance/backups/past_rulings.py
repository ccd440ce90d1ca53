"""Rulings on authorisations, as the list beside the backups tells of them: a copy must stop what was refused since.

A use whose term ended undecided needs no line: the request, which the copy holds with all that came of it, says when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from peelian.domain.canonical import Document, canonical
from peelian.governance.act import carry_out_as_house
from peelian.governance.circumstances.authorisation_records import KIND, RULED, authorisations
from peelian.governance.circumstances.own_records import new_record, own_records
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.unauthorised import ABOUT
from peelian.storage.rows import Writes


@dataclass(frozen=True)
class PastRuling:
    """What was decided on an authorisation in another copy of this house, by the entry `entry_index` there."""

    entry_index: int
    authorisation_id: str
    body: Mapping[str, Any]

    def document(self) -> Document:
        """Return it as it stands in the list."""
        return asdict(self)


def rulings(kit: Kit) -> tuple[PastRuling, ...]:
    """Return every ruling that was entered in this house, oldest first."""
    return tuple(
        PastRuling(record.entry_index, record.subject, record.body)
        for record in own_records(kit, KIND)
        if record.body["state"] == RULED
    )


def rule_again(kit: Kit, past: Sequence[PastRuling], *, facts: Document, rule: str) -> Iterator[Entry]:
    """Enter in this restored copy, as the house's own, what was ruled since on requests that it holds; once each."""
    asked = {each.authorisation_id for each in authorisations(kit)}
    known = {(each.authorisation_id, canonical(each.body)) for each in rulings(kit)}
    for each in past:
        if each.authorisation_id not in asked or (each.authorisation_id, canonical(each.body)) in known:
            continue
        told: Document = {
            **facts,
            ABOUT: each.authorisation_id,
            "granted": each.body["granted"],
            "of_entry": each.entry_index,
        }
        record = new_record(kit, KIND, subject=each.authorisation_id, body=dict(each.body))
        yield carry_out_as_house(
            kit, "authorisation.ruled", rule=rule, facts=told, writes=Writes(records=(record,))
        )
