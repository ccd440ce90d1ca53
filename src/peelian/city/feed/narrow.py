"""Keeping the mapped columns of a delivery and nothing else: what no mapping reads must not lie about in clear."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from peelian.city.intake.checked_text import CheckedText
from peelian.city.intake.columns import check_columns, check_not_foreign
from peelian.city.intake.csv_blocks import csv_blocks, header_of
from peelian.city.intake.delivery import WrongFields
from peelian.city.intake.read import open_delivery
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput


@dataclass(frozen=True)
class Narrowed:
    """What was written: how many rows, and those left out for having not as many fields as the header.

    Which of its fields is which nobody can say of such a row, so that nothing of it is kept.
    """

    rows: int
    left_out: tuple[WrongFields, ...] = ()


def narrow_text(
    source: BufferedReader[Any], target: BinaryIO, *, name: str, mapping: SourceMapping
) -> Narrowed:
    """Write the mapped columns of a CSV to `target`, in the encoding of the mapping, with the rows in their order.

    Raises
    ------
    BadInput : a load could not read it.
    """
    check_not_foreign(source.peek(4)[:4], name=name)
    text = CheckedText(source, name=name, encoding=mapping.encoding, on_bytes=lambda _chunk: None)
    wanted, _ = check_columns(header_of(text), name=name, mapping=mapping)
    rows, left_out = 0, list[WrongFields]()
    lines = io.TextIOWrapper(target, encoding=mapping.encoding, newline="", write_through=True)
    try:
        writer = csv.writer(lines)
        writer.writerow(wanted)
        for block in csv_blocks(text, wanted, name=name):
            writer.writerows(zip(*(column.to_pylist() for column in block.table.columns), strict=True))
            rows += block.table.num_rows
            left_out += block.wrong_fields
    finally:
        lines.detach()
    return Narrowed(rows, tuple(left_out))


def narrow_file(path: Path, target: BinaryIO, *, mapping: SourceMapping) -> Narrowed:
    """Write the mapped columns of a file to `target`, in the format it has; `BadInput` where it cannot be read.

    An archive is `BadInput` too: several files are joined in it, and which of them hold the rows is the question.
    """
    if mapping.members is not None:
        raise BadInput(f"{path.name} is an archive; its files are not taken apart.")
    if mapping.format == "csv":
        with path.open("rb") as source:
            return narrow_text(source, target, name=path.name, mapping=mapping)
    blocks = open_delivery(path, mapping=mapping).blocks()
    first = next(blocks, None)
    if first is None:
        raise BadInput(f"{path.name} has no rows; send it with its rows.")
    rows = 0
    with pq.ParquetWriter(target, first.table.schema, compression="zstd") as writer:
        for block in (first, *blocks):
            writer.write_table(block.table)
            rows += block.table.num_rows
    return Narrowed(rows)
