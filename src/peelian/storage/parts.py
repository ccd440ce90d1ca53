"""Immutable Parquet parts: staged and synced first, visible only once the manifest names them.

A part is never changed. A correction is a new part with newer versions of rows; an erasure rewrites the part
under a new name. Files the manifest does not name are orphans of a crash, or of an erasure that was cut off
after its rows were gone; they are destroyed when the workspace is opened.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.domain.errors import PeelianError, Tampered
from peelian.storage.arrivals import Arrivals, footer
from peelian.storage.destroy import destroy
from peelian.storage.hashes import PartHashes, sha256_of
from peelian.storage.workspace import Workspace


@dataclass(frozen=True)
class Part:
    """One Parquet file as the manifest knows it; `path` is relative to the warehouse."""

    part_id: str
    kind: str
    label: str
    path: str
    sha256: str
    rows: int
    bytes: int
    keep_until: str


def stage(
    table: pa.Table,
    *,
    workspace: Workspace,
    part_id: str,
    kind: str,
    label: str,
    keep_until: str,
    arrivals: Arrivals | None = None,
) -> Part:
    """Write `table` to the staging folder and make it durable; nothing can see it yet.

    `arrivals` go with rows that are stored already; new rows arrive by the entry that the part will stand on.
    """
    path = staged_at(workspace, part_id)
    try:
        with path.open("wb") as file:
            written = _Hashed(file)
            _write(table, written, note={} if arrivals is None else footer(arrivals))
        _sync(path)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise PeelianError(
            f"The part of {table.num_rows} {kind} rows could not be written ({error.strerror or error}); "
            "nothing was kept. Free some space and load again."
        ) from error
    return Part(
        part_id=part_id,
        kind=kind,
        label=label,
        path=f"{kind}/{label}/{part_id}.parquet",
        sha256=written.sha256.hexdigest(),
        rows=table.num_rows,
        bytes=written.size,
        keep_until=keep_until,
    )


def discard(parts: tuple[Part, ...], *, workspace: Workspace) -> None:
    """Remove staged files that will not be used."""
    for part in parts:
        staged_at(workspace, part.part_id).unlink(missing_ok=True)


def settle(parts: tuple[Part, ...], *, workspace: Workspace) -> None:
    """Move staged files to their place in the warehouse, where they stay invisible until the manifest row.

    Each is read back first, so that a write that got lost is noticed while nothing is visible yet.
    """
    folders = set()
    try:
        for part in parts:
            staged, target = staged_at(workspace, part.part_id), workspace.folder("warehouse") / part.path
            if not staged.is_file() or sha256_of(staged) != part.sha256:
                raise PeelianError(
                    f"The staged part {part.part_id} is not what was written; nothing was kept. See to the disk and "
                    "load again."
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
            folders |= {target.parent, target.parent.parent}
        for folder in folders:
            _sync(folder)
    except OSError as error:
        raise PeelianError(
            f"The parts could not be moved into the warehouse ({error.strerror or error}); nothing was kept. See to "
            "the disk and load again."
        ) from error


def located(
    parts: tuple[Part, ...], *, workspace: Workspace, hashes: PartHashes | None = None
) -> tuple[Path, ...]:
    """Return the files of `parts`, refusing one that is gone or no longer what the manifest committed to.

    Every file is read and hashed, unless `hashes` remember it as it is now (what that is worth: `hashes`).
    """
    paths = tuple(workspace.folder("warehouse") / part.path for part in parts)
    with ThreadPoolExecutor() as hashing:
        found = tuple(hashing.map(_sha256_if_there if hashes is None else hashes.sha256, paths))
    for part, sha256 in zip(parts, found, strict=True):
        if sha256 != part.sha256:
            raise Tampered(
                f"The stored part {part.path} is missing or was changed after ledger entry; "
                "restore it from a backup before anything is read."
            )
    return paths


def sweep(known: frozenset[str], *, workspace: Workspace) -> tuple[str, ...]:
    """Destroy staged files and warehouse files that the manifest does not name; return what was removed."""
    warehouse = workspace.folder("warehouse")
    strays = [path for path in workspace.folder("staging").iterdir() if path.is_file()]
    strays += [p for p in warehouse.rglob("*.parquet") if str(p.relative_to(warehouse)) not in known]
    destroy(strays)
    return tuple(sorted(path.name for path in strays))


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file so that it is on the disk, whole, when this returns."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    _sync(part)
    part.replace(path)
    _sync(path.parent)


class _Hashed:
    """Writes to a file and hashes what was handed over, not what the disk says it has."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256, self.size, self.closed = file, hashlib.sha256(), 0, False

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        self.size += len(content)
        return self._file.write(content)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.closed = True


def _words(table: pa.Table) -> list[str] | bool:
    """Return the columns to write as dictionaries: those that are, where any is; ids and places never repeat."""
    return [field.name for field in table.schema if pa.types.is_dictionary(field.type)] or True


def _write(table: pa.Table, file: _Hashed, *, note: dict[str, str]) -> None:
    with pq.ParquetWriter(file, table.schema, compression="zstd", use_dictionary=_words(table)) as writer:
        writer.write_table(table)
        if note:
            writer.add_key_value_metadata(note)


def staged_at(workspace: Workspace, part_id: str) -> Path:
    """Return where a part lies before it is settled."""
    return workspace.folder("staging") / f"{part_id}.parquet"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256_if_there(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None
