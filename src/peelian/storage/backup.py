"""Copies of a workspace: databases by SQLite's own backup, parts by their hash, and a manifest written last.

The manifest's hashes find accidents: a file that is missing, cut short or rotten. Malice is found by holding the
restored rows against the ledger, whose heads are signed and witnessed. Keys are never in a backup.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from peelian.domain.canonical import Document, Json, canonical
from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.storage.destroy import sync
from peelian.storage.hashes import sha256_of
from peelian.storage.parts import write_durably
from peelian.storage.subject_keys import FILE, copied
from peelian.storage.workspace import FOLDERS, Workspace

SCHEMA = 1
MANIFEST = "backup.json"
SETTINGS = "peelian.toml"
DATABASES = ("records/records.db", "ledger/ledger.db")
AWAITING = "records/awaiting-erasures.json"


@dataclass(frozen=True)
class Copied:
    """One file of a backup; `path` is relative to the workspace and to the backup alike."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    `ledger_size` counts the entries in the copied ledger, the last of which says that this backup was made; `head`
    is the log's signed checkpoint over them.
    """

    backup_id: str
    made_at: str
    ledger_size: int
    head: str
    files: tuple[Copied, ...]


@dataclass(frozen=True)
class Awaiting:
    """A restored workspace that waits for the erasures since its backup: which backup, and how far it reaches."""

    backup_id: str
    ledger_size: int


def copy_files(workspace: Workspace, folder: Path) -> tuple[Copied, ...]:
    """Copy all of a workspace but its keys, staging and reports into a new or empty folder, durably.

    The caller sees to it that no act is done meanwhile, or throws the copy away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for path in DATABASES:
        _copy_database(workspace.home / path, folder / path)
    charters = sorted(
        path.relative_to(workspace.home) for path in workspace.folder("charters").glob("*.toml")
    )
    for path in (SETTINGS, *map(str, charters)):
        _copy(workspace.home / path, folder / path)
    parts = dict(_parts_named(folder / DATABASES[0]))
    for path, committed in parts.items():
        _copy(workspace.home / path, folder / path, sha256=committed)
    files = (*DATABASES, SETTINGS, *map(str, charters), *parts)
    return tuple(_copied(folder, path) for path in sorted(files))


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest: only with it is a backup whole."""
    files: list[Json] = [[file.path, file.sha256, file.bytes] for file in manifest.files]
    write_durably(folder / MANIFEST, canonical({**vars(manifest), "schema": SCHEMA, "files": files}))


def check_backup(folder: Path) -> Manifest:
    """Return the manifest of a backup after holding every file against it; a partial or changed one is refused."""
    manifest = _read_manifest(folder)
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if odd := sorted(present ^ {file.path for file in manifest.files}):
        raise Tampered(
            f"The backup {folder} is not whole: {odd[0]} is missing or was added. Use another backup."
        )
    for file in manifest.files:
        if _copied(folder, file.path) != file:
            raise Tampered(f"The backup {folder} was changed or is damaged: {file.path}. Use another backup.")
    return manifest


def lay_out(folder: Path, home: Path, *, keys: Path) -> Manifest:
    """Lay a checked backup out as a workspace that may not be used yet, with the key files in the folder `keys`.

    The settings come last, so that a workspace that is half laid out is none.
    """
    manifest = check_backup(folder)
    if home.exists() and any(home.iterdir()):
        raise BadInput(f"{home} is not empty; restore a backup into a folder of its own.")
    for name in ("", *FOLDERS):
        (home / name).mkdir(parents=True, exist_ok=True)
        (home / name).chmod(0o700)
    for file in manifest.files:
        if file.path != SETTINGS:
            _copy(folder / file.path, home / file.path, sha256=file.sha256)
    for path in sorted(path for path in keys.iterdir() if path.suffix in (".pem", ".key")):
        _copy(path, home / "keys" / path.name)
    if of_subjects := copied(keys / FILE):
        write_durably(home / "keys" / FILE, of_subjects)
        (home / "keys" / FILE).chmod(0o600)
    waiting: Document = {"backup_id": manifest.backup_id, "ledger_size": manifest.ledger_size}
    write_durably(home / AWAITING, canonical(waiting))
    _copy(folder / SETTINGS, home / SETTINGS)
    return manifest


def awaiting(workspace: Workspace) -> Awaiting | None:
    """Return what a restored workspace waits for; None where it waits for nothing."""
    with suppress(FileNotFoundError):
        return Awaiting(**json.loads((workspace.home / AWAITING).read_bytes()))
    return None


def no_longer_awaiting(workspace: Workspace) -> None:
    """Take the mark away, durably: the erasures since the backup are in the ledger now."""
    path = workspace.home / AWAITING
    path.unlink()
    sync(path.parent)


def _read_manifest(folder: Path) -> Manifest:
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
        if document.pop("schema") != SCHEMA:
            raise BadInput(
                f"The backup {folder} is not of schema {SCHEMA}; this version reads only that one."
            )
        files = tuple(Copied(*file) for file in document.pop("files"))
        return Manifest(**document, files=files)
    except FileNotFoundError:
        raise Tampered(
            f"{folder} holds no whole backup: it has no {MANIFEST}, which is written last. Use another backup."
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Tampered(f"The manifest of the backup {folder} cannot be read. Use another backup.") from None


def _copy_database(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    with closing(reading), closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    _make_durable(target)


def _parts_named(records: Path) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(f"{records.absolute().as_uri()}?mode=ro", uri=True)) as database:
        for path, sha256 in database.execute("SELECT path, sha256 FROM parts ORDER BY path"):
            yield f"warehouse/{path}", sha256


def _copy(source: Path, target: Path, *, sha256: str | None = None) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise PeelianError(
            f"{source} could not be copied to {target} ({error.strerror}); see to the disk and begin anew."
        ) from error
    _make_durable(target)
    if sha256 is not None and sha256_of(target) != sha256:
        raise Tampered(f"{source} is not what its manifest says; the copy at {target} is not to be used.")


def _make_durable(path: Path) -> None:
    path.chmod(0o600)
    sync(path)
    sync(path.parent)


def _copied(folder: Path, path: str) -> Copied:
    file = folder / path
    if Path(path).is_absolute() or not file.resolve().is_relative_to(folder.resolve()):
        raise Tampered(f"The backup {folder} names {path!r}, which lies outside of it. Use another backup.")
    return Copied(path, sha256_of(file), file.stat().st_size)
