"""The door to erasure: order rows to be erased, carry out what another person ordered, ask what that cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from peelian.city.erasure.features import with_ids
from peelian.city.erasure.names import as_stored, keys_at_rest, lasting_names, names_of_keys, names_of_rows
from peelian.city.erasure.order import ErasureOrder, Ground, ground_named, sorted_names
from peelian.city.erasure.rows import CityRows
from peelian.city.extracts import CALL_KEYS, KEYS
from peelian.city.features import with_keys
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput
from peelian.governance.derived import Derivation, Reproducible
from peelian.governance.desk import Desk, Kept, NewRecord, Sitting
from peelian.governance.extract import Extract

__all__ = [
    "Certificate",
    "Derivation",
    "ErasureOrder",
    "Ground",
    "LeftOfWork",
    "LostWork",
    "Reproducible",
    "carry_out_erasure",
    "erasable",
    "ground_named",
    "order_erasure",
    "reproducibility",
]

CAPABILITY = "city.erase"
REASON = "erasure-or-correction"
IDENTIFIED: Mapping[str, tuple[Extract, str]] = {
    "incident": (KEYS, "incident_id"),
    "call": (CALL_KEYS, "call_id"),
}
"""By data kind, the extract that shows ids beside hashed keys, and the column of the id."""


@dataclass(frozen=True)
class LostWork:
    """A forecast that read rows erased since, and whether it could be reproduced when they were.

    `aggregates` are the data kinds in which it keeps what it can be shown and checked from.
    """

    work_id: str
    entry_index: int
    aggregates: tuple[str, ...]
    says: Reproducible


@dataclass(frozen=True)
class LeftOfWork:
    """What is left of a committed work's rows: what erasures say, and how many rows say something else by now.

    `corrected_since` counts the rows of any kind that loads after it corrected or withdrew: at most so many of those it
    read are another version today. Not counted are rows that came late, recorded before its cutoff.
    """

    work_id: str
    says: Reproducible
    corrected_since: int


@dataclass(frozen=True)
class Certificate:
    """What one act of erasure did: rows erased, parts rewritten or dropped, and what was made from them before."""

    erasure_id: str
    order_id: str
    entry_index: int
    rows: int
    rejected_rows: int
    parts_removed: int
    parts_written: int
    permanent: bool
    works: tuple[LostWork, ...]
    beyond: str


def order_erasure(
    desk: Desk,
    *,
    purpose: str,
    mapping: SourceMapping,
    naming_key: bytes,
    ground: Ground,
    reference: str,
    keys: Sequence[str] = (),
    ids: Sequence[str] = (),
    permanent: bool = True,
) -> ErasureOrder:
    """Order all versions of incidents (or calls) of one source to be erased; another person carries it out.

    Parameters
    ----------
    keys : as the publisher writes them; they are hashed at once and stand nowhere. One of which nothing is stored
        is named all the same, since an order may come before the delivery; the order says how many those are. A
        key combined from several columns is written with one blank between its parts.
    ids : of stored rows, where the source has no keys.
    permanent : whether a later delivery that brings them again is refused. Rows named by their keys are known
        again through every mapping of the publisher (see `names.lasting_names` for what that cannot catch); rows
        named by their ids only through this mapping.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY, reason=REASON) as sitting:
        if keys and mapping.columns.key is None:
            raise BadInput(f"The source {mapping.id} publishes no keys; name its rows by their ids.")
        by_key = names_of_keys(keys, source=mapping.id, kind=mapping.kind, key=naming_key)
        by_id = _names_of_ids(sitting, ids, kind=mapping.kind, key=naming_key) if ids else ()
        lasting = lasting_names(keys, publisher=mapping.publisher, kind=mapping.kind, key=naming_key)
        unstored = _unstored(sitting, keys, mapping=mapping, key=naming_key) if keys else 0
        order = ErasureOrder(
            order_id=sitting.new_id(),
            kind=mapping.kind,
            source=mapping.id,
            key_column=mapping.columns.key,
            key_parts=mapping.combine.get(mapping.columns.key or "", ()),
            ground=ground,
            reference=reference,
            permanent=permanent,
            names=sorted_names(by_key, by_id),
            lasting=sorted_names(lasting) if permanent else (),
            unstored=unstored,
        )
        sitting.act(
            "erasure.ordered",
            action="submit",
            resource="erasure-order",
            facts={
                "order": order.order_id,
                "kind": order.kind,
                "source": order.source,
                "ground": order.ground.value,
                "named": len(order.names),
                "permanent": order.permanent,
            },
            records=[NewRecord(order.order_id, "erasure-order", order.source, order.document())],
        )
        return order


def carry_out_erasure(
    desk: Desk,
    *,
    purpose: str,
    order_id: str,
    naming_key: bytes,
    derivations: Sequence[Derivation] = (),
    staged: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> tuple[Certificate, ...]:
    """Erase what another person ordered, and return the certificates: those of now, else those it has already.

    Usually one; an order that touches more parts than one ledger entry can name is carried out in several acts,
    each of whole incidents. `derivations` say how other rooms commit to what they make from the rows; `staged`, given
    the order's source, is open while its rows are erased, and lets go of what lies ready to be loaded.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY, reason=REASON) as sitting:
        ordered = sitting.record("erasure-order", order_id)
        rows = erasable(naming_key)(ordered.body)
        with staged(ordered.body["source"]):
            sitting.erase(ordered, erasable=rows, derivations=derivations)
        return tuple(
            _certificate(kept) for kept in sitting.records("erasure") if kept.body["order_id"] == order_id
        )


def reproducibility(
    desk: Desk, *, purpose: str, work_ids: Sequence[str], derivations: Sequence[Derivation]
) -> tuple[LeftOfWork, ...]:
    """Return for each committed work (a forecast's id) what erasures and corrections left of it, as of now.

    For one that read erased rows, the term of what it keeps may have run out since the certificate was written, so
    that is asked anew. An id that no entry of the kinds in `derivations` commits to is refused.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY, reason=REASON) as sitting:
        committed = {work.work_id: work for work in sitting.works(derivations)}
        if unknown := [work_id for work_id in work_ids if work_id not in committed]:
            raise BadInput(
                f"The ledger commits to no work with the id {unknown[0]}; check the id in its report."
            )
        asked = [committed[work_id] for work_id in work_ids]
        lost = {work.work_id for kept in sitting.records("erasure") for work in _certificate(kept).works}
        says = [
            left if work.work_id in lost else Reproducible.NOT_ERASED
            for work, left in zip(asked, sitting.reproducible(asked), strict=True)
        ]
        corrected = [(load.entry_index, int(load.body["corrected"])) for load in sitting.records("load")]
        return tuple(
            LeftOfWork(work.work_id, left, sum(rows for index, rows in corrected if index > work.entry_index))
            for work, left in zip(asked, says, strict=True)
        )


def erasable(naming_key: bytes) -> Callable[[Mapping[str, Any]], CityRows]:
    """Return how this room names the rows of an order, given the order's record; restoring a backup asks too."""
    return lambda order: CityRows(order["kind"], order["source"], _key_columns(order), naming_key)


def _key_columns(order: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the published columns that make up the key; an order recorded before there were parts has none."""
    whole = () if order["key_column"] is None else (order["key_column"],)
    return tuple(order.get("key_parts", ())) or whole


def _unstored(sitting: Sitting, keys: Sequence[str], *, mapping: SourceMapping, key: bytes) -> int:
    """Return how many of the published keys stand for no stored row."""
    named = keys_at_rest(keys, source=mapping.id, kind=mapping.kind, key=key)
    extract, _ = IDENTIFIED[mapping.kind]
    found = sitting.read(extract, expression=with_keys(pa.chunked_array([named])))
    return len(set(named.to_pylist()) - set(found["key_hmac"].to_pylist()))


def _names_of_ids(sitting: Sitting, ids: Sequence[str], *, kind: str, key: bytes) -> tuple[str, ...]:
    extract, column = IDENTIFIED[kind]
    wanted = {as_stored(each): each for each in ids}
    found = sitting.read(extract, expression=with_ids(tuple(wanted), column=column))
    if unknown := set(wanted) - set(found[column].to_pylist()):
        first = min(wanted[each] for each in unknown)
        raise BadInput(f"There is no stored {kind} with the id {first}; nothing was ordered.")
    return names_of_rows(found["key_hmac"], kind=kind, key=key)


def _certificate(kept: Kept) -> Certificate:
    body = kept.body
    return Certificate(
        erasure_id=body["erasure_id"],
        order_id=body["order_id"],
        entry_index=kept.entry_index,
        rows=body["rows"],
        rejected_rows=body["rejected_rows"],
        parts_removed=len(body["removed"]),
        parts_written=len(body["written"]),
        permanent=body["permanent"],
        works=tuple(
            LostWork(work["work"], work["entry"], tuple(work["aggregates"]), Reproducible(work["says"]))
            for work in body["works"]
        ),
        beyond=body["beyond"],
    )
