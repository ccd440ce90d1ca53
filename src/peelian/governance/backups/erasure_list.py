"""The list of all erasures, kept beside the backups: what a restored one must forget before it may be used.

The live house exports it and signs it with the log's own key; do so after every erasure, for a list can say
nothing of erasures that came after it. Rows stand in it by their erasure names only, and beside each order the
forecasts and other works that had read them: they have lost their rows in every copy. With them go the legal holds that
stand: what they keep must not be destroyed in a copy either; and whatever else was decided that takes something away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from peelian.domain.canonical import Document, Json, canonical, digest
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.time import iso
from peelian.governance.backups.past_decisions import PastDecision, decisions
from peelian.governance.backups.past_persons import erased_persons, listed_person, read_person
from peelian.governance.backups.past_rulings import PastRuling, rulings
from peelian.governance.complete import ERASED, carried_out, ordered_by
from peelian.governance.derived import Work
from peelian.governance.house import House
from peelian.governance.keeping.erase import ORDER, PastErasure, certified
from peelian.governance.keeping.holds import Hold
from peelian.governance.keeping.restored_holds import holds_to_list
from peelian.governance.ledger.note import load_or_create_key, write_durably
from peelian.governance.ledger.verify import Unproven, Vkey
from peelian.governance.persons.subject_erasure import PastPersonErasure
from peelian.storage.rows import Record

SCHEMA = 6
_CONTEXT = b"peelian/erasure-list/v1\n"


@dataclass(frozen=True)
class ErasureList:
    """All erasures of rows and persons and rulings on authorisations below `ledger_size`, oldest first; and what stood
    then: the holds whose day had not come, who had left, what was halted, and whose data rested.

    `digest` names the list in the ledger of a restored copy.
    """

    ledger_size: int
    digest: str
    erasures: tuple[PastErasure, ...]
    persons: tuple[PastPersonErasure, ...]
    holds: tuple[Hold, ...]
    rulings: tuple[PastRuling, ...]
    decisions: tuple[PastDecision, ...]


def erasures_of(house: House) -> tuple[PastErasure, ...]:
    """Return the orders carried out in this house, oldest first, each with the last entry that did.

    An order that lets its rows come back can be carried out again when they did: a backup made between the two
    holds them, so the last time counts.
    """
    kit = house.kit
    orders = {record.record_id: (record, index) for record, index in kit.store.records(ORDER)}
    last: dict[str, int] = {}
    for entry in carried_out(tuple(kit.ledger.entries())):
        if entry.kind == ERASED and str(entry.facts.get("order")) in orders:
            last[str(entry.facts["order"])] = entry.index
    by_age = sorted(last.items(), key=lambda each: each[1])
    return tuple(_past(house, *orders[order_id], erased_at=index) for order_id, index in by_age)


def _past(house: House, ordered: Record, ordered_at: int, *, erased_at: int) -> PastErasure:
    works, until = certified(house.kit, ordered.record_id)
    author = ordered_by(house.kit.ledger.proven(ordered_at))
    return PastErasure(erased_at, ordered, author, works, until or ordered.keep_until)


def write_list(house: House, path: Path) -> None:
    """Write and sign the list of all erasures as of now; an older list at `path` is replaced."""
    document: Document = {
        "schema": SCHEMA,
        "log": house.kit.ledger.vkey.name,
        "ledger_size": house.kit.ledger.size,
        "at": iso(house.kit.clock.now()),
        "erasures": [_listed(past) for past in erasures_of(house)],
        "persons": [listed_person(past) for past in erased_persons(house.kit)],
        "holds": [hold.document() for hold in holds_to_list(house.kit)],
        "rulings": [past.document() for past in rulings(house.kit)],
        "decisions": [past.document() for past in decisions(house.kit)],
    }
    key = load_or_create_key(house.folder("keys") / "ledger.pem")
    signature = key.sign(_CONTEXT + canonical(document)).hex()
    write_durably(path, canonical({**document, "signature": signature}), replace=True)


def read_list(path: Path, *, log: Vkey) -> ErasureList:
    """Read a list back; one that the log's key did not sign is refused."""
    try:
        document = json.loads(path.read_bytes())
        signature = bytes.fromhex(document.pop("signature"))
        signed = canonical(document)
        log.check(signature, _CONTEXT + signed)
    except OSError as error:
        raise BadInput(
            f"The list of erasures {path} cannot be read ({error.strerror}); check the path."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, Unproven):
        raise Tampered(
            f"The list of erasures {path} is not one that the log {log.name} signed, or was changed; take the list "
            "that the workspace exported."
        ) from None
    if document["schema"] != SCHEMA:
        raise BadInput(
            f"The list of erasures {path} is of format {document['schema']}, which says less than a copy must know; "
            f"have the workspace export one of format {SCHEMA}."
        )
    erasures = tuple(_read(past) for past in document["erasures"])
    persons = tuple(read_person(past) for past in document["persons"])
    holds = tuple(Hold.from_document(hold, record_id=hold["hold"]) for hold in document["holds"])
    ruled = tuple(PastRuling(**past) for past in document["rulings"])
    decided = tuple(PastDecision(**past) for past in document["decisions"])
    return ErasureList(document["ledger_size"], digest(signed), erasures, persons, holds, ruled, decided)


def _listed(past: PastErasure) -> Document:
    works: list[Json] = [[work.work_id, work.entry_index, list(work.aggregates)] for work in past.works]
    return {
        "entry": past.entry_index,
        "order": asdict(past.ordered),
        "ordered_by": past.ordered_by,
        "works": works,
        "keep_until": past.keep_until,
    }


def _read(listed: Mapping[str, Any]) -> PastErasure:
    works = tuple(Work(work_id, entry_index, tuple(kinds)) for work_id, entry_index, kinds in listed["works"])
    ordered = Record(**listed["order"])
    return PastErasure(listed["entry"], ordered, listed["ordered_by"], works, listed["keep_until"])
