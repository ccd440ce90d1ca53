"""Pure expressions over the tables whose rows are erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ibis.expr.types as ir


def with_ids(ids: Sequence[bytes], *, column: str) -> Callable[[ir.Table], ir.Table]:
    """Return an expression for (id, key_hmac) of the rows with these ids, each once however many its versions."""
    return lambda rows: rows.filter(rows[column].isin(ids)).select(column, "key_hmac").distinct()
