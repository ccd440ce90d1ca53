"""Work on a table the caller brought: nothing of it is stored, so no charter is asked and no entry made."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from peelian.storage.embedded import EmbeddedEngine
from peelian.storage.engine import Condition, Expression


def on_own_table(table: pa.Table, expression: Expression, *, where: Sequence[Condition] = ()) -> pa.Table:
    """Run a pure expression on the caller's own Arrow table; there is no way from here to stored data."""
    return EmbeddedEngine().run(table, expression, where=where)
