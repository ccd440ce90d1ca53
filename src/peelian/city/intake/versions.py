"""Telling new rows from corrections: what a cleaned load adds to what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.intake.incident_table import INCIDENT
from peelian.city.intake.shape import NAME, Shape


@dataclass(frozen=True, eq=False)
class Versions:
    """What a load adds: `new` rows (version 1) and `corrections` (the next version), in the columns of their kind."""

    new: pa.Table
    corrections: pa.Table
    unchanged: int


def plan_load(
    accepted: pa.Table, *, present: pa.Table, new_ids: Callable[[int], pa.Array], shape: Shape = INCIDENT
) -> Versions:
    """Return what `accepted` (columns `shape.accepted`, each key once) adds to what is stored.

    Parameters
    ----------
    present : the stored versions of at least the accepted keys, columns `shape.keys`, in any order.
    new_ids : gives so many fresh ids, a column of `shape.NAME`.

    A row that is stored and absent from the load is left alone: files are deliveries, not snapshots.
    """
    if not present.num_rows:
        new = _versioned(accepted, shape, ids=new_ids(accepted.num_rows), version=1)
        return Versions(new, shape.schema.empty_table(), unchanged=0)
    latest = _latest(present.select(shape.keys.names).cast(shape.keys), by="key_hmac")
    place = pc.index_in(_flat(accepted["key_hmac"]), value_set=_flat(latest["key_hmac"]))
    known = latest.select([shape.id, "version", "content_hash"]).take(place)
    is_known = place.is_valid()
    differs = pc.fill_null(pc.not_equal(_flat(known["content_hash"]), _flat(accepted["content_hash"])), False)
    new = accepted.filter(pc.invert(is_known))
    corrected, before = accepted.filter(differs), known.filter(differs)
    return Versions(
        new=_versioned(new, shape, ids=new_ids(new.num_rows), version=1),
        corrections=_versioned(
            corrected, shape, ids=_flat(before[shape.id]), version=pc.add(_flat(before["version"]), 1)
        ),
        unchanged=accepted.num_rows - new.num_rows - corrected.num_rows,
    )


def current(rows: pa.Table, *, shape: Shape = INCIDENT) -> pa.Table:
    """Return the rows as they stand: the highest version of each, those withdrawn left out."""
    latest = _latest(rows, by=shape.id)
    return latest.filter(pc.invert(latest["withdrawn"]))


def _latest(table: pa.Table, *, by: str) -> pa.Table:
    """Return the row of the highest version for each value of `by`, in the order of the table."""
    names = _flat(table[by]).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    versions = table["version"].to_numpy(zero_copy_only=False)
    order = np.lexsort((versions, names))
    last: NDArray[np.bool_] = np.append(names[order][1:] != names[order][:-1], True)[: len(order)]
    return table.take(pa.array(np.sort(order[last])))


def _versioned(rows: pa.Table, shape: Shape, *, ids: pa.Array, version: int | pa.Array) -> pa.Table:
    versions = pa.repeat(pa.scalar(version), rows.num_rows) if isinstance(version, int) else version
    columns = {name: rows[name] for name in rows.column_names}
    columns |= {shape.id: ids.cast(NAME), "version": versions.cast(pa.int32())}
    return pa.table([columns[name] for name in shape.schema.names], schema=shape.schema)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
