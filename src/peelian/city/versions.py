"""Telling new incidents from corrections: what a cleaned load adds to what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.incident_table import SCHEMA


@dataclass(frozen=True, eq=False)
class Versions:
    """What a load adds: `new` incidents (version 1) and `corrections` (the next version), schema SCHEMA."""

    new: pa.Table
    corrections: pa.Table
    unchanged: int


def plan_load(accepted: pa.Table, *, present: pa.Table, new_id: Callable[[], str]) -> Versions:
    """Return what `accepted` (schema ACCEPTED, each key once) adds to what is stored.

    Parameters
    ----------
    present : the stored versions, columns of `incident_table.KEYS`, in any order.
    new_id : gives a fresh id, `domain.identity.uuid7` bound to a clock.

    An incident that is stored and absent from the load is left alone: files are deliveries, not snapshots.
    """
    latest = _latest(present, by="key_hmac")
    place = pc.index_in(accepted["key_hmac"].combine_chunks(), value_set=latest["key_hmac"].combine_chunks())
    known = latest.select(["incident_id", "version", "content_hash"]).take(place)
    is_known = place.is_valid()
    differs = pc.fill_null(pc.not_equal(known["content_hash"], accepted["content_hash"]), False)
    new = accepted.filter(pc.invert(is_known))
    corrected, before = accepted.filter(differs), known.filter(differs)
    return Versions(
        new=_versioned(new, ids=pa.array([new_id() for _ in range(new.num_rows)], pa.string()), version=1),
        corrections=_versioned(corrected, ids=before["incident_id"], version=pc.add(before["version"], 1)),
        unchanged=accepted.num_rows - new.num_rows - corrected.num_rows,
    )


def current(incidents: pa.Table) -> pa.Table:
    """Return the incidents as they stand: the highest version of each, those withdrawn left out."""
    latest = _latest(incidents, by="incident_id")
    return latest.filter(pc.invert(latest["withdrawn"]))


def _latest(table: pa.Table, *, by: str) -> pa.Table:
    """Return the row of the highest version for each value of `by`, in the order of the table."""
    names = table[by].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    versions = table["version"].to_numpy(zero_copy_only=False)
    order = np.lexsort((versions, names))
    last: NDArray[np.bool_] = np.append(names[order][1:] != names[order][:-1], True)[: len(order)]
    return table.take(pa.array(np.sort(order[last])))


def _versioned(rows: pa.Table, *, ids: pa.Array, version: int | pa.Array) -> pa.Table:
    versions = pa.repeat(version, rows.num_rows) if isinstance(version, int) else version
    columns = {name: rows[name] for name in rows.column_names}
    columns |= {"incident_id": ids, "version": versions.cast(pa.int32())}
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)
