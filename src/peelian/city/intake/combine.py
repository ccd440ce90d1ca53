"""Columns made up of others: a date and a time of day that the publisher keeps apart."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.intake.text import read_words
from peelian.city.mapping.source import SourceMapping


def combined(table: pa.Table, *, mapping: SourceMapping) -> pa.Table:
    """Return `table` with the columns that `mapping.combine` makes up; its parts stay as they are.

    A row whose first part is blank is blank; another blank part is left out, so what remains shows in the text.
    """
    for name, parts in mapping.combine.items():
        table = table.append_column(name, _joined([table[part] for part in parts]))
    return table


def _joined(parts: Sequence[pa.ChunkedArray]) -> pa.StringArray:
    words = [read_words(part) for part in parts]
    # Not null_handling="skip": pyarrow 26 then loses the rows in which every part is blank.
    text = pc.binary_join_element_wise(*words, " ", null_handling="replace", null_replacement="")
    single = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, " +", " "))
    return pc.if_else(words[0].is_valid(), single, None)
