"""Filing rows by the month in which they happened, one month after another, so that no second copy of all is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

MONTHS_IN_ONE_ENTRY = 60
"""Rows of more months than one ledger entry can name are filed by year."""


@dataclass(frozen=True, eq=False)
class Filed:
    """The rows of one month ("2024-01") or year ("2024")."""

    label: str
    rows: pa.Table


def by_month(rows: pa.Table) -> Iterator[Filed]:
    """Yield the rows by the month of their `local_date`, by year where they span too many months."""
    if not rows.num_rows:
        return
    days = rows["local_date"].to_numpy().astype("M8[D]")
    spans = days.astype("M8[M]").astype(np.int64)
    unit: Literal["M", "Y"] = "M" if len(np.unique(spans)) <= MONTHS_IN_ONE_ENTRY else "Y"
    spans = days.astype(f"M8[{unit}]").astype(np.int64)
    order = np.argsort(spans, kind="stable")
    ends = np.flatnonzero(np.diff(spans[order], append=np.iinfo(np.int64).max)) + 1
    batches = _Batches(rows)
    for chosen in np.split(order, ends[:-1]):
        label = str(np.datetime64(int(spans[chosen[0]]), unit))
        yield Filed(label, batches.take(chosen))


class _Batches:
    """A table in the batches it came in: rows are taken out of each, never out of all put together."""

    def __init__(self, table: pa.Table) -> None:
        self._schema = table.schema
        self._batches = table.to_batches()
        self._starts = np.cumsum([0, *(batch.num_rows for batch in self._batches)])

    def take(self, rows: NDArray[np.int64]) -> pa.Table:
        """Return the rows of these numbers, which rise."""
        bounds = np.searchsorted(rows, self._starts)
        taken = [
            batch.take(pa.array(rows[start:end] - first))
            for batch, first, start, end in zip(self._batches, self._starts, bounds, bounds[1:], strict=False)
            if start < end
        ]
        return pa.Table.from_batches(taken, self._schema).unify_dictionaries()
