"""Pure expressions over the tables of incidents and calls."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

EXAMINED = ("local_date", "local_hour", "occurred_start", "recorded", "x_m", "y_m", "offence")


def current(incidents: ir.Table) -> ir.Table:
    """Return one row per incident, its newest version; incidents that were withdrawn are gone."""
    return _current(incidents, "incident_id")


def current_calls(calls: ir.Table) -> ir.Table:
    """Return one row per call, its newest version; calls that were withdrawn are gone."""
    return _current(calls, "call_id")


def _current(rows: ir.Table, name: str) -> ir.Table:
    """Nearly every row is its first and only version, so the newest is looked for among the corrected alone.

    What was revised last stands; among states that the publisher did not date, the one that came last.
    """
    corrected = rows.filter(rows.version > 1).select(_corrected=name).distinct()
    states = rows.semi_join(corrected, rows[name] == corrected["_corrected"])
    last_first = ibis.window(
        group_by=name, order_by=[states.revised.desc(nulls_first=False), states.version.desc()]
    )
    placed = states.select(_corrected=name, _newest="version", _place=ibis.row_number().over(last_first))
    newest = placed.filter(placed["_place"] == 0)
    beside = rows.left_join(newest, rows[name] == newest["_corrected"])
    stands = (beside._newest.isnull() | (beside.version == beside._newest)) & ~beside.withdrawn
    return beside.filter(stands).select(*rows.columns)


def rows_by_source(incidents: ir.Table) -> ir.Table:
    """Return one row (source, rows) for each source."""
    return incidents.group_by("source").agg(rows=incidents.count())


def examined(incidents: ir.Table) -> ir.Table:
    """Return what the rules of quality need to see of each incident, and no column more."""
    return incidents.select(*EXAMINED)


def figured(incidents: ir.Table) -> ir.Table:
    """Return what the figures of quality need to see of each incident, and no column more."""
    return incidents.select(*EXAMINED, "reported", "time_note")


def with_keys(keys: pa.ChunkedArray) -> Callable[[ir.Table], ir.Table]:
    """Return an expression for the rows whose `key_hmac` is one of `keys`."""
    asked = ibis.memtable(pa.table({"key_hmac": keys.cast(pa.binary())}))
    return lambda rows: rows.semi_join(asked, "key_hmac")


def coarseness(*, cell_m: float) -> Callable[[ir.Table], ir.Table]:
    """Return the expression for one row (rows, coarse, by_month): how many incidents there are, how many of them
    have a place too coarse for cells of `cell_m` metres, and of how many the month alone is known.
    """

    def counted(incidents: ir.Table) -> ir.Table:
        return incidents.agg(
            rows=incidents.count(),
            coarse=incidents.count(where=2 * incidents.precision_m > cell_m),
            by_month=incidents.count(where=incidents.time_note == "month"),
        )

    return counted


def recording(incidents: ir.Table) -> ir.Table:
    """Return one row (rows, recorded, first_day, last_day, last_recorded): how many incidents there are, of how
    many it is known when they were recorded, the days of the first and the last, and the latest record.
    """
    return incidents.agg(
        rows=incidents.count(),
        recorded=incidents.recorded.count(),
        first_day=incidents.local_date.min(),
        last_day=incidents.local_date.max(),
        last_recorded=incidents.recorded.max(),
    )
