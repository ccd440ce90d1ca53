"""By which ledger entry each row of a part arrived, kept in the footer of parts that were rewritten.

A part as it was loaded needs no such note: all its rows arrived by the entry it stands on. Where parts are merged, or
rows taken out of one, the note goes with the rows, so that it can still be told which rows a reader saw who read
before. It is the part's own key `peelian.arrivals`, a list of [entry, rows] in the order of the rows, and as every
byte of the file it stands under the hash that the ledger names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from peelian.domain.errors import Tampered

KEY = "peelian.arrivals"

Arrivals: TypeAlias = NDArray[np.int64]
"""For each row of a part, the index of the ledger entry by which it arrived."""


def footer(arrivals: Arrivals) -> dict[str, str]:
    """Return what a part's footer says of its rows' arrivals."""
    starts = np.flatnonzero(np.diff(arrivals, prepend=-1))
    runs = np.diff(starts, append=len(arrivals))
    return {KEY: json.dumps(list(zip(arrivals[starts].tolist(), runs.tolist(), strict=True)))}


def noted(path: Path) -> Arrivals | None:
    """Return the arrivals that the footer of a part tells; None where it tells none."""
    file = pq.read_metadata(path)
    note = (file.metadata or {}).get(KEY.encode())
    if note is None:
        return None
    try:
        runs = np.array(json.loads(note), dtype=np.int64).reshape(-1, 2)
        arrivals = np.repeat(runs[:, 0], runs[:, 1])
    except ValueError:
        arrivals = np.empty(0, dtype=np.int64)
    if len(arrivals) != file.num_rows:
        raise Tampered(
            f"The part {path.name} does not tell by which entries its rows arrived; tell the auditor."
        )
    return arrivals


def without_note(table: pa.Table) -> pa.Table:
    """Return a table that was read from a part, without what its footer said."""
    return table.replace_schema_metadata(None)
