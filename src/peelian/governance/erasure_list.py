"""The list of all erasures, kept beside the backups: what a restored one must forget before it may be used.

The live house exports it and signs it with the log's own key; do so after every erasure, for a list can say
nothing of erasures that came after it. Rows stand in it by their erasure names only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.time import iso
from peelian.governance.complete import ERASED, carried_out
from peelian.governance.erase import ORDER
from peelian.governance.house import House
from peelian.governance.ledger.note import load_or_create_key, write_durably
from peelian.governance.ledger.verify import Unproven, Vkey
from peelian.storage.store import Record

SCHEMA = 1
_CONTEXT = b"peelian/erasure-list/v1\n"


@dataclass(frozen=True)
class PastErasure:
    """An order that was carried out, as it is recorded, and the first entry that carried it out."""

    entry_index: int
    ordered: Record

    @property
    def body(self) -> Mapping[str, Any]:
        """Return the order's record as a document."""
        body: Mapping[str, Any] = json.loads(self.ordered.body)
        return body


@dataclass(frozen=True)
class ErasureList:
    """All erasures below `ledger_size`, oldest first; `digest` names the list in the ledger of a restored copy."""

    ledger_size: int
    digest: str
    erasures: tuple[PastErasure, ...]


def erasures_of(house: House) -> tuple[PastErasure, ...]:
    """Return the orders carried out in this house, oldest first, each with the first entry that did."""
    kit = house.kit
    orders = {record.record_id: record for record, _ in kit.store.records(ORDER)}
    first: dict[str, int] = {}
    for entry in carried_out(tuple(kit.ledger.entries())):
        if entry.kind == ERASED and str(entry.facts.get("order")) in orders:
            first.setdefault(str(entry.facts["order"]), entry.index)
    return tuple(PastErasure(index, orders[order_id]) for order_id, index in first.items())


def write_list(house: House, path: Path) -> None:
    """Write and sign the list of all erasures as of now; an older list at `path` is replaced."""
    listed: list[Document] = [
        {"entry": past.entry_index, "order": asdict(past.ordered)} for past in erasures_of(house)
    ]
    document: Document = {
        "schema": SCHEMA,
        "log": house.kit.ledger.vkey.name,
        "ledger_size": house.kit.ledger.size,
        "at": iso(house.kit.clock.now()),
        "erasures": listed,
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
    erasures = tuple(PastErasure(past["entry"], Record(**past["order"])) for past in document["erasures"])
    return ErasureList(document["ledger_size"], digest(signed), erasures)
