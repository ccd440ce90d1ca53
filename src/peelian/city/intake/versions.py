"""Telling new rows from corrections: what a cleaned load adds to what is stored.

Each state of a row is a version of it, counted as they arrive. Which of them stands is decided by when the publisher
revised it, so that states may come in any order; where the publisher never tells, what came last stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.intake.incident_table import INCIDENT
from peelian.city.intake.shape import INSTANT, NAME, Shape

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Versions:
    """What a load adds: `new` rows (version 1) and `corrections` (later versions), in the columns of their kind."""

    new: pa.Table
    corrections: pa.Table
    unchanged: int


def plan_load(
    accepted: pa.Table,
    *,
    present: pa.Table,
    new_ids: Callable[[int], pa.Array],
    taken_in: datetime,
    shape: Shape = INCIDENT,
) -> Versions:
    """Return what `accepted` (columns `shape.accepted`) adds to what is stored.

    Parameters
    ----------
    accepted : each key once, or once for each moment at which it was revised.
    present : the stored versions of at least the accepted keys, columns `shape.keys`, in any order.
    new_ids : gives so many fresh ids, a column of `shape.NAME`.
    taken_in : when a state was revised over which another stands whose publisher told it, but not of this one.

    A row that is stored and absent from the load is left alone: files are deliveries, not snapshots.
    """
    told = accepted["revised"].null_count < accepted.num_rows
    if not (told or present.num_rows):  # a first load, and most rows that are ever loaded
        new = _versioned(accepted, shape, ids=new_ids(accepted.num_rows), version=1)
        return Versions(new, shape.schema.empty_table(), unchanged=0)
    stored = present.select(shape.keys.names).cast(shape.keys)
    standing = _standing(stored, by="key_hmac")
    at_stored = pc.index_in(_flat(accepted["key_hmac"]), value_set=_flat(standing["key_hmac"]))
    fresh = pc.invert(_known(accepted, stored, standing.take(at_stored)))
    before, rows = standing.take(at_stored.filter(fresh)), accepted.filter(fresh)
    planned = _numbered(_dated(rows, before, taken_in=taken_in), before, stored, shape=shape, new_ids=new_ids)
    is_new = pc.equal(planned["version"], 1)
    new, corrections = planned.filter(is_new), planned.filter(pc.invert(is_new))
    return Versions(new, corrections, unchanged=accepted.num_rows - planned.num_rows)


def current(rows: pa.Table, *, shape: Shape = INCIDENT) -> pa.Table:
    """Return the rows as they stand: the state of each that was revised last, those withdrawn left out."""
    standing = _standing(rows, by=shape.id)
    return standing.filter(pc.invert(standing["withdrawn"]))


def last_states(rows: pa.Table) -> pa.Table:
    """Return one row for each key of a delivery: the state of it that was revised last."""
    if rows["revised"].null_count == rows.num_rows:
        return rows  # each key stands there once
    return _last(rows, by="key_hmac", arrived=np.arange(rows.num_rows))


def _standing(table: pa.Table, *, by: str) -> pa.Table:
    """Return the row that stands for each value of `by`, in the order of the table."""
    return _last(table, by=by, arrived=table["version"].to_numpy())


def _last(table: pa.Table, *, by: str, arrived: NDArray[np.integer]) -> pa.Table:
    """Return for each value of `by` the row revised last, the last arrived among equals; in the order of the table."""
    names = _flat(table[by]).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.lexsort((arrived, _moments(table), names))
    last: NDArray[np.bool_] = np.append(names[order][1:] != names[order][:-1], True)[: len(order)]
    return table.take(pa.array(np.sort(order[last])))


def _known(accepted: pa.Table, stored: pa.Table, standing: pa.Table) -> pa.Array:
    """Return which rows say nothing new: as the state that stands, or, where it was revised is told, as any stored."""
    as_stands = pc.fill_null(
        pc.equal(_flat(standing["content_hash"]), _flat(accepted["content_hash"])), False
    )
    if accepted["revised"].null_count == accepted.num_rows:
        return as_stands
    stored_before = pc.is_in(_states(accepted), value_set=_states(stored))
    return pc.if_else(_flat(accepted["revised"]).is_valid(), stored_before, as_stands)


def _states(rows: pa.Table) -> pa.Array:
    """Return key and content as one value; the content holds when it was revised, where that is told."""
    key, content = (_flat(rows[name]).cast(pa.binary()) for name in ("key_hmac", "content_hash"))
    return pc.binary_join_element_wise(key, content, b"")


def _dated(rows: pa.Table, before: pa.Table, *, taken_in: datetime) -> pa.Table:
    """Return the rows, those dated that are not while the stored state that stands before them is."""
    stands, revised = _flat(before["revised"]), _flat(rows["revised"])
    loaded = pa.scalar(taken_in, INSTANT)
    now = pc.if_else(pc.greater(stands, loaded), stands, loaded)  # blank where nothing dated stands
    place = rows.column_names.index("revised")
    return rows.set_column(place, rows.schema.field(place), pc.coalesce(revised, now))


def _numbered(
    rows: pa.Table, before: pa.Table, stored: pa.Table, *, shape: Shape, new_ids: Callable[[int], pa.Array]
) -> pa.Table:
    """Return the rows with ids and versions, those of one key in the order in which they were revised."""
    keys = _flat(rows["key_hmac"]).dictionary_encode()
    who = keys.indices.to_numpy(zero_copy_only=False)
    order = np.lexsort((_moments(rows), who))
    place = _places(who[order])
    newest = stored.group_by("key_hmac").aggregate([("version", "max")])
    base = newest["version_max"].take(pc.index_in(keys.dictionary, value_set=_flat(newest["key_hmac"])))
    first = np.flatnonzero(place == 0)
    known = _flat(before[shape.id]).take(pa.array(order[first]))
    ids = pc.replace_with_mask(known, known.is_null(), new_ids(known.null_count).cast(NAME))
    version = pc.add(pc.fill_null(_flat(base), 0).take(pa.array(who[order])), pa.array(place + 1))
    each = pa.array(np.cumsum(place == 0) - 1)
    return _versioned(rows.take(pa.array(order)), shape, ids=ids.take(each), version=version)


def _places(sorted_groups: Numbers) -> Numbers:
    """Return each row's place in its group, from 0, for rows that lie together by group."""
    starts = np.flatnonzero(np.diff(sorted_groups, prepend=-1))
    sizes = np.diff(starts, append=len(sorted_groups))
    return np.arange(len(sorted_groups)) - np.repeat(starts, sizes)


def _moments(rows: pa.Table) -> Numbers:
    """Return when each row was revised, microseconds since 1970; a blank is before every moment."""
    moments: Numbers = rows["revised"].to_numpy().astype("M8[us]").view(np.int64)  # NaT is the least of all
    return moments


def _versioned(rows: pa.Table, shape: Shape, *, ids: pa.Array, version: int | pa.Array) -> pa.Table:
    versions = pa.repeat(pa.scalar(version), rows.num_rows) if isinstance(version, int) else version
    columns = {name: rows[name] for name in rows.column_names}
    columns |= {shape.id: ids.cast(NAME), "version": versions.cast(pa.int32())}
    return pa.table([columns[name] for name in shape.schema.names], schema=shape.schema)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
