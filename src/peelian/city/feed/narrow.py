"""Keeping the mapped columns of a delivery and nothing else: what no mapping reads must not lie about in clear."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from peelian.city.intake.checked_text import CheckedText
from peelian.city.intake.columns import check_columns, check_not_foreign
from peelian.city.intake.csv_blocks import csv_blocks, header_of
from peelian.city.intake.delivery import Block
from peelian.city.intake.read import open_delivery
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput


def narrow_text(source: BufferedReader[Any], target: BinaryIO, *, name: str, mapping: SourceMapping) -> None:
    """Write the mapped columns of a CSV to `target`, in the encoding of the mapping, with the rows in their order.

    Raises
    ------
    BadInput : a load could not read it, it has no rows, or a row has not as many fields as the header.
    """
    check_not_foreign(source.peek(4)[:4], name=name)
    text = CheckedText(source, name=name, encoding=mapping.encoding, on_bytes=lambda _chunk: None)
    wanted, _ = check_columns(header_of(text), name=name, mapping=mapping)
    blocks = _whole(csv_blocks(text, wanted, name=name), name=name)
    lines = io.TextIOWrapper(target, encoding=mapping.encoding, newline="", write_through=True)
    try:
        writer = csv.writer(lines)
        writer.writerow(wanted)
        for block in blocks:
            writer.writerows(zip(*(column.to_pylist() for column in block.table.columns), strict=True))
    finally:
        lines.detach()


def narrow_file(path: Path, target: BinaryIO, *, mapping: SourceMapping) -> None:
    """Write the mapped columns of a file to `target`, in the format it has; `BadInput` where it cannot be read whole.

    An archive is `BadInput` too: several files are joined in it, and which of them hold the rows is the question.
    """
    if mapping.members is not None:
        raise BadInput(f"{path.name} is an archive; its files are not taken apart.")
    if mapping.format == "csv":
        with path.open("rb") as source:
            narrow_text(source, target, name=path.name, mapping=mapping)
        return
    blocks = _whole(open_delivery(path, mapping=mapping).blocks(), name=path.name)
    first = next(blocks)
    with pq.ParquetWriter(target, first.table.schema, compression="zstd") as writer:
        for block in (first, *blocks):
            writer.write_table(block.table)


def _whole(blocks: Iterable[Block], *, name: str) -> Iterator[Block]:
    """Yield the blocks while every row has as many fields as the header; there must be rows."""
    rows = 0
    for block in blocks:
        if block.wrong_fields:
            row = block.wrong_fields[0]
            raise BadInput(
                f"{name}: row {row.row_number:,} has {row.found} fields and the header {row.expected}; correct it."
            )
        rows += block.table.num_rows
        yield block
    if not rows:
        raise BadInput(f"{name} has a header but no rows; send it with its rows.")
