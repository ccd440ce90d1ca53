"""Reading one stored part, and making the table that is left of it, or that several of them make together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from peelian.domain.errors import PeelianError
from peelian.storage.arrivals import Arrivals, noted, without_note
from peelian.storage.parts import Part, located, staged_at
from peelian.storage.workspace import Workspace


def read_part(part: Part, *, workspace: Workspace, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a part in stored order, refusing one that is not what the manifest committed to."""
    (path,) = located((part,), workspace=workspace)
    return without_note(pq.ParquetFile(path).read(columns=None if columns is None else list(columns)))


def read_arrivals(part: Part, *, entry_index: int, workspace: Workspace) -> Arrivals:
    """Return by which ledger entry each row of a part arrived, given the one it stands on."""
    (path,) = located((part,), workspace=workspace)
    told = noted(path)
    return np.full(part.rows, entry_index, dtype=np.int64) if told is None else told


def read_staged(part: Part, *, workspace: Workspace) -> pa.Table:
    """Return the rows of a staged part as they can be read back."""
    return without_note(pq.ParquetFile(staged_at(workspace, part.part_id)).read())


def staged_arrivals(part: Part, *, workspace: Workspace) -> Arrivals | None:
    """Return the arrivals that a staged part tells, if it does."""
    return noted(staged_at(workspace, part.part_id))


def without(table: pa.Table, gone: NDArray[np.int64]) -> pa.Table:
    """Return `table` without the rows numbered `gone`, holding no byte of them.

    A filtered dictionary column still carries every word of the dictionary, those of the removed rows too, and
    Parquet writes them all; so dictionaries are made afresh from what is left.
    """
    kept = np.ones(table.num_rows, dtype=bool)
    kept[gone] = False
    return with_own_words(table.filter(pa.array(kept)))


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of all tables one after another; a column that came later is blank in the rows before it."""
    try:
        return pa.concat_tables(tables, promote_options="default")
    except pa.ArrowInvalid as error:
        raise PeelianError(
            "Parts of one kind have different columns, so they cannot be merged; nothing was. Open the workspace with "
            "the version of peelian that wrote the newest of them, and tell the maintainers."
        ) from error


def with_own_words(table: pa.Table) -> pa.Table:
    """Return the rows in one piece, with a dictionary of just their own words where a column has dictionaries."""
    whole = table.combine_chunks()
    columns = [_afresh(whole.column(number)) for number in range(whole.num_columns)]
    return pa.table(columns, schema=whole.schema)


def _afresh(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        return column
    fresh = column.cast(column.type.value_type).combine_chunks().dictionary_encode()
    indices = fresh.indices.cast(column.type.index_type)
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(indices, fresh.dictionary, ordered=column.type.ordered)]
    )
