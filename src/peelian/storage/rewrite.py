"""Reading one stored part, and making the table that is left of it when rows are taken out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from peelian.storage.parts import Part, located
from peelian.storage.workspace import Workspace


def read_part(part: Part, *, workspace: Workspace, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a part in stored order, refusing one that is not what the manifest committed to."""
    (path,) = located((part,), workspace=workspace)
    return pq.ParquetFile(path).read(columns=None if columns is None else list(columns))


def without(table: pa.Table, gone: NDArray[np.int64]) -> pa.Table:
    """Return `table` without the rows numbered `gone`, holding no byte of them.

    A filtered dictionary column still carries every word of the dictionary, those of the removed rows too, and
    Parquet writes them all; so dictionaries are made afresh from what is left.
    """
    kept = np.ones(table.num_rows, dtype=bool)
    kept[gone] = False
    left = table.filter(pa.array(kept)).combine_chunks()
    columns = [_afresh(left.column(number)) for number in range(left.num_columns)]
    return pa.table(columns, schema=left.schema)


def _afresh(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        return column
    fresh = column.cast(column.type.value_type).combine_chunks().dictionary_encode()
    indices = fresh.indices.cast(column.type.index_type)
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(indices, fresh.dictionary, ordered=column.type.ordered)]
    )
