"""Joining the tables of one archive: columns brought over by a key that is unique in the other table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.intake.delivery import Block
from peelian.city.intake.text import read_words
from peelian.city.mapping.source import Join
from peelian.domain.errors import BadInput


@dataclass(frozen=True, eq=False)
class Partner:
    """Another table of the archive: `columns` of its rows, found by `keys`, each of which is there once."""

    on: str
    keys: pa.StringArray
    columns: pa.Table


def partner_from(tables: Sequence[pa.Table], of: Join, *, name: str) -> Partner:
    """Return the table that `of` brings columns over from; a key that stands twice is `BadInput`."""
    table = pa.concat_tables(tables)
    keys = read_words(table[of.key])
    given = keys.is_valid()
    keys, table = keys.filter(given), table.filter(given)
    if twice := len(keys) - len(keys.unique()):
        raise BadInput(
            f"{name}: {twice:,} rows of {of.members!r} repeat a value of {of.key!r}, so nobody can say which of them "
            "to join; join a table in which it is unique."
        )
    return Partner(of.on, keys, table.select(list(of.take)))


def join(block: Block, partners: Sequence[Partner]) -> Block:
    """Return the block with the partners' columns; rows without a partner are marked, and blank there."""
    for partner in partners:
        place = pc.index_in(read_words(block.table[partner.on]), value_set=partner.keys)
        found, table = partner.columns.take(place), block.table
        for column in found.column_names:
            table = table.append_column(column, found[column])
        alone = place.is_null().to_numpy(zero_copy_only=False)
        block = replace(block, table=table, alone=alone if block.alone is None else block.alone | alone)
    return block
