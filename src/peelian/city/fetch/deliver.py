"""From the pages on the disk to one file that can be loaded."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.city.disk import sync_folder
from peelian.city.fetch.cells import missing
from peelian.city.fetch.file import wrong_digest
from peelian.city.fetch.journal import KEY, Journal
from peelian.city.fetch.page import Unsound
from peelian.city.mapping.fetch_spec import FetchSpec, FileFetch
from peelian.domain.errors import BadInput

NAME = "delivery"


def deliver(
    journal: Journal, *, spec: FetchSpec, columns: Sequence[str], folder: Path
) -> tuple[Path, int | None]:
    """Return the delivery, durable and under its final name, and its rows (None of a ZIP)."""
    if not isinstance(spec, FileFetch) or spec.format == "csv":
        rows = journal.state.rows
        return _settled(_joined_tables(journal, columns, folder), folder / f"{NAME}.parquet"), rows
    raw = _joined_bytes(journal.files(".bin"), folder / "whole.part", stated=journal.state.opening.sha256)
    if spec.format == "zip":
        return _settled(raw, folder / f"{NAME}.zip"), None
    try:
        part, rows = _narrowed(raw, columns, folder)
    finally:
        raw.unlink()
    return _settled(part, folder / f"{NAME}.parquet"), rows


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _joined_tables(journal: Journal, columns: Sequence[str], folder: Path) -> Path:
    """Write the mapped columns of all pages into one file."""
    part = folder / f"{NAME}.part"
    schema = pa.schema([(column, pa.string()) for column in columns])
    with pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for path in journal.files(".parquet"):
            writer.write_table(pq.read_table(path).drop_columns([KEY]).cast(schema))
    return part


def _joined_bytes(paths: Iterable[Path], part: Path, *, stated: str | None) -> Path:
    """Write the parts of a file into one, which must be what its publisher stated."""
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for path in paths:
            with path.open("rb") as page:
                shutil.copyfileobj(page, out)
    if stated is not None and (came := sha256_of(part)) != stated:
        part.unlink()
        raise Unsound(wrong_digest(came, stated))
    return part


def _narrowed(raw: Path, columns: Sequence[str], folder: Path) -> tuple[Path, int]:
    """Write the mapped columns of a Parquet file, with their types, into another."""
    part = folder / f"{NAME}.part"
    try:
        file = pq.ParquetFile(raw)
        for column in columns:
            if column not in file.schema_arrow.names:
                raise missing(column, present=file.schema_arrow.names)
        schema = pa.schema([file.schema_arrow.field(column) for column in columns])
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for batch in file.iter_batches(columns=list(columns)):
                writer.write_table(pa.Table.from_batches([batch]).select(list(columns)))
    except pa.ArrowException as error:
        raise BadInput(f"what came is damaged Parquet ({str(error).strip()}); fetch it again.") from None
    return part, int(file.metadata.num_rows)


def _settled(part: Path, path: Path) -> Path:
    """Give a written file its final name, durably."""
    part.chmod(0o600)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)
    return path
