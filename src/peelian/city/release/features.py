"""Pure expressions for releases."""

from __future__ import annotations

import ibis.expr.types as ir


def counted(incidents: ir.Table) -> ir.Table:
    """Return (local_date, offence, origin, x_m, y_m, incidents): how many fall on each day and point that has any."""
    where = ["local_date", "offence", "origin", "x_m", "y_m"]
    return incidents.group_by(where).agg(incidents=lambda group: group.count())
