"""Immutable Parquet parts: staged and synced first, visible only once the manifest names them.

A part is never changed. A correction is a new part with newer versions of rows; an erasure (a later
issue) rewrites the part under a new name. Files the manifest does not name are orphans of a crash and are
swept when the workspace is opened.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.domain.errors import PeelianError, Tampered
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
    table: pa.Table, *, workspace: Workspace, part_id: str, kind: str, label: str, keep_until: str
) -> Part:
    """Write `table` to the staging folder and make it durable; nothing can see it yet."""
    path = _staged(workspace, part_id)
    try:
        pq.write_table(table, path, compression="zstd")
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
        sha256=_sha256(path),
        rows=table.num_rows,
        bytes=path.stat().st_size,
        keep_until=keep_until,
    )


def discard(parts: tuple[Part, ...], *, workspace: Workspace) -> None:
    """Remove staged files that will not be used."""
    for part in parts:
        _staged(workspace, part.part_id).unlink(missing_ok=True)


def settle(parts: tuple[Part, ...], *, workspace: Workspace) -> None:
    """Move staged files to their place in the warehouse, where they stay invisible until the manifest row."""
    for part in parts:
        target = workspace.folder("warehouse") / part.path
        target.parent.mkdir(parents=True, exist_ok=True)
        _staged(workspace, part.part_id).replace(target)
        _sync(target.parent)


def located(parts: tuple[Part, ...], *, workspace: Workspace) -> tuple[Path, ...]:
    """Return the files of `parts`, refusing one that is gone or no longer what the manifest committed to."""
    paths = tuple(workspace.folder("warehouse") / part.path for part in parts)
    for part, path in zip(parts, paths, strict=True):
        if not path.is_file() or _sha256(path) != part.sha256:
            raise Tampered(
                f"The stored part {part.path} is missing or was changed after ledger entry; "
                "restore it from a backup before anything is read."
            )
    return paths


def sweep(known: frozenset[str], *, workspace: Workspace) -> tuple[str, ...]:
    """Remove staged files and warehouse files that the manifest does not name; return what was removed."""
    warehouse = workspace.folder("warehouse")
    strays = [path for path in workspace.folder("staging").iterdir() if path.is_file()]
    strays += [p for p in warehouse.rglob("*.parquet") if str(p.relative_to(warehouse)) not in known]
    for path in strays:
        path.unlink()
    return tuple(sorted(path.name for path in strays))


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file so that it is on the disk, whole, when this returns."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    _sync(part)
    part.replace(path)
    _sync(path.parent)


def _staged(workspace: Workspace, part_id: str) -> Path:
    return workspace.folder("staging") / f"{part_id}.parquet"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
