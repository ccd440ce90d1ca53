"""Published columns as trimmed words and as numbers, whole columns at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.domain.place import Floats

Flags = NDArray[np.bool_]

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def read_words(column: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    """Return the column as trimmed text, null where blank."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    words = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(words, ""), None, words)


def read_numbers(column: pa.ChunkedArray | pa.Array) -> Floats:
    """Return the column as float64, NaN where it is blank or no finite number."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    try:
        column = column.cast(pa.float64())
    except pa.ArrowInvalid:  # something in it is no number, so look at each
        words = read_words(column)
        column = pc.if_else(pc.match_substring_regex(words, NUMBER), words, None).cast(pa.float64())
    numbers = np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers + 0.0  # minus zero is zero
