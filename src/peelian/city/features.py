"""Pure expressions over the incident table."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def current(incidents: ir.Table) -> ir.Table:
    """Return one row per incident, its newest version; incidents that were withdrawn are gone."""
    newest = ibis.row_number().over(group_by="incident_id", order_by=ibis.desc("version"))
    ranked = incidents.mutate(_age=newest)
    return ranked.filter((ranked._age == 0) & ~ranked.withdrawn).drop("_age")


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
