"""Copies of a workspace: every file sealed under a key of its own that stays in the house, and a manifest written last.

The manifest's hashes find accidents: a file that is missing, cut short or rotten. Malice is found by holding the
restored rows against the ledger, whose heads are signed and witnessed. No key is ever in a backup; what each key opens
is said by its name (`backup_keys`). Backups of schema 1, made before, are in the clear and are still laid out.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from peelian.domain.canonical import Json, canonical
from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.domain.identity import Entropy
from peelian.storage.backup_keys import NAME as KEYS
from peelian.storage.backup_keys import BackupKeys
from peelian.storage.backup_slices import BLOBS, Held, Slice, put_back, take_out
from peelian.storage.destroy import destroy, sync
from peelian.storage.hashes import sha256_of
from peelian.storage.parts import write_durably
from peelian.storage.sealed_file import open_file, seal_file
from peelian.storage.subject_keys import FILE, copied
from peelian.storage.workspace import FOLDERS, Workspace

IN_THE_CLEAR, SCHEMA = 1, 2
MANIFEST = "backup.json"
SETTINGS = "peelian.toml"
RECORDS, LEDGER = "records/records.db", "ledger/ledger.db"
CONTENTS = "contents.json"
AWAITING = "records/awaiting-erasures.json"
UNDER_WAY = "being-laid-out"
"""Lies in a folder that a backup is being laid out in; where that was cut off, all of it goes and it begins anew."""

FRAME, PART, CHARTER = "frame:", "part:", "charter:"
"""What the names of keys begin with, by what they open."""


@dataclass(frozen=True)
class Copied:
    """One file of a backup; `path` is relative to the backup, `key` what its key is called (none in the clear)."""

    path: str
    sha256: str
    bytes: int
    key: str = ""


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
    schema: int = SCHEMA


@dataclass(frozen=True)
class Lacking:
    """What a backup holds and does not open any more, since its keys were destroyed: by path, entry and id."""

    parts: tuple[str, ...] = ()
    records: tuple[tuple[int, str, str], ...] = ()
    rejected: tuple[tuple[int, int], ...] = ()
    charters: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts or self.records or self.rejected or self.charters)


@dataclass(frozen=True)
class Awaiting:
    """A restored workspace that waits for the erasures since its backup: which, how far it reaches, what it lacks."""

    backup_id: str
    ledger_size: int
    lacking: Lacking = field(default=Lacking())


@dataclass(frozen=True)
class Sealing:
    """How a backup is sealed: which one it is, with which keys, and until when those of its frame are kept.

    What is held beyond its end by a legal hold has a key until `held_until`.
    """

    backup_id: str
    keys: BackupKeys
    keep_until: str
    held_until: str
    now: str
    entropy: Entropy

    def end(self, keep_until: str) -> str:
        """Return until when the key is kept of what ends then; of what has no end of its own, as long as the frame."""
        if not keep_until:
            return self.keep_until
        return keep_until if keep_until > self.now else self.held_until


def copy_files(workspace: Workspace, folder: Path, *, sealing: Sealing) -> tuple[Copied, ...]:
    """Seal all of a workspace but its keys, staging and reports into a new or empty folder, durably.

    The caller sees to it that no act is done meanwhile, or throws the copy away. The databases are taken apart in the
    staging folder; what lies there is destroyed, here or, after a crash, at the next opening.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    staging = workspace.folder("staging")
    copies = {path: staging / f"backup-{Path(path).name}" for path in (RECORDS, LEDGER)}
    taken: dict[Slice, Held] = {}
    try:
        for path, copy in copies.items():
            _copy_database(workspace.home / path, copy)
        parts = tuple(_parts_named(workspace, copies[RECORDS]))
        taken = take_out(copies[RECORDS], copies[LEDGER], folder=staging)
        contents = staging / CONTENTS
        write_durably(contents, canonical({each.name: asdict(held) for each, held in taken.items()}))
        frame = {SETTINGS: workspace.home / SETTINGS, CONTENTS: contents, **copies}
        todo = [
            *(_Todo(path, source, frame_key(sealing.backup_id)) for path, source in frame.items()),
            *(_charter(file) for file in sorted(workspace.folder("charters").glob("*.toml"))),
            *parts,
            *(_Todo(f"slices/{each.path.name}", each.path, each.name, each.keep_until) for each in taken),
        ]
        return _sealed(todo, folder, sealing=sealing)
    finally:
        destroy([*copies.values(), staging / CONTENTS, *(each.path for each in taken)])


@dataclass(frozen=True)
class _Todo:
    """One file to be sealed: where it goes, where it lies, what its key is called and until when it is kept.

    Without an end of its own it is kept as long as the backup's frame; a part must be what its manifest says.
    """

    path: str
    source: Path
    key: str
    keep_until: str = ""
    sha256: str | None = None


def _charter(file: Path) -> _Todo:
    return _Todo(f"charters/{file.name}", file, charter_key(file.stem))


def _sealed(todo: Sequence[_Todo], folder: Path, *, sealing: Sealing) -> tuple[Copied, ...]:
    """Seal each file under the key of what it holds, and return them as the manifest will name them."""
    keys = sealing.keys.make(
        {each.key: sealing.end(each.keep_until) for each in todo}, entropy=sealing.entropy
    )
    files = []
    for each in todo:
        if each.sha256 is not None and sha256_of(each.source) != each.sha256:
            raise Tampered(f"{each.source} is not what its manifest says; no backup is made of it.")
        sealed, name = f"{each.path}.sealed", f"{sealing.backup_id} {each.path}"
        seal_file(each.source, folder / sealed, key=keys[each.key], name=name, entropy=sealing.entropy)
        files.append(_copied(folder, sealed, key=each.key))
    return tuple(files)


def frame_key(backup_id: str) -> str:
    """Return what the key of a backup's frame is called: settings, the ledger without blobs, the records' tables."""
    return f"{FRAME}{backup_id}"


def part_key(path: str) -> str:
    """Return what the key of a part is called, by its path in the warehouse."""
    return f"{PART}{path}"


def charter_key(digest: str) -> str:
    """Return what the key of a charter's file is called."""
    return f"{CHARTER}{digest}"


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest: only with it is a backup whole."""
    files: list[Json] = [[file.path, file.sha256, file.bytes, file.key] for file in manifest.files]
    write_durably(folder / MANIFEST, canonical({**vars(manifest), "files": files}))


def check_backup(folder: Path) -> Manifest:
    """Return the manifest of a backup after holding every file against it; a partial or changed one is refused."""
    manifest = _read_manifest(folder)
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if odd := sorted(present ^ {file.path for file in manifest.files}):
        raise Tampered(
            f"The backup {folder} is not whole: {odd[0]} is missing or was added. Use another backup."
        )
    for file in manifest.files:
        if _copied(folder, file.path, key=file.key) != file:
            raise Tampered(f"The backup {folder} was changed or is damaged: {file.path}. Use another backup.")
    return manifest


def lay_out(folder: Path, home: Path, *, keys: Path) -> Manifest:
    """Lay a checked backup out as a workspace that may not be used yet, with the key files in the folder `keys`.

    What no key opens any more is left out and noted. The settings come last, so that a workspace that is half laid out
    is none; where that was cut off, it begins anew.
    """
    manifest = check_backup(folder)
    if (home / UNDER_WAY).is_file() and not (home / SETTINGS).is_file():
        destroy(path for path in sorted(home.rglob("*")) if path.is_file() and path.name != UNDER_WAY)
    elif home.exists() and any(home.iterdir()):
        raise BadInput(f"{home} is not empty; restore a backup into a folder of its own.")
    opened = BackupKeys(keys).all()
    if manifest.schema == SCHEMA and frame_key(manifest.backup_id) not in opened:
        raise BadInput(
            f"The keys in {keys} do not open the backup {manifest.backup_id}: its key was destroyed, or they are older "
            "than it. Seal the keys again after each backup, and use those."
        )
    try:
        _lay_out(manifest, folder, home, keys=keys, opened=opened)
    except (OSError, sqlite3.Error) as error:
        raise PeelianError(
            f"The backup {folder} could not be laid out in {home} ({error}); see that the disk has room and restore it "
            "there again, which begins anew."
        ) from error
    return manifest


def _lay_out(
    manifest: Manifest, folder: Path, home: Path, *, keys: Path, opened: Mapping[str, bytes]
) -> None:
    for name in ("", *FOLDERS):
        (home / name).mkdir(parents=True, exist_ok=True)
        (home / name).chmod(0o700)
    write_durably(home / UNDER_WAY, manifest.backup_id.encode())
    for path in sorted(
        path for path in keys.iterdir() if path.suffix in (".pem", ".key") or path.name == KEYS
    ):
        _copy(path, home / "keys" / path.name)
    if of_subjects := copied(keys / FILE):
        write_durably(home / "keys" / FILE, of_subjects)
        (home / "keys" / FILE).chmod(0o600)
    if manifest.schema == IN_THE_CLEAR:
        lacking = _lay_out_clear(manifest, folder, home)
    else:
        lacking = _lay_out_sealed(manifest, folder, home, keys=opened)
    waiting = Awaiting(manifest.backup_id, manifest.ledger_size, lacking)
    write_durably(home / AWAITING, canonical(asdict(waiting)))
    (home / f"{SETTINGS}.laid-out").rename(home / SETTINGS)
    (home / UNDER_WAY).unlink()
    sync(home)


def _lay_out_clear(manifest: Manifest, folder: Path, home: Path) -> Lacking:
    for file in manifest.files:
        _copy(folder / file.path, home / _laid_at(file.path), sha256=file.sha256)
    return Lacking()


def _lay_out_sealed(manifest: Manifest, folder: Path, home: Path, *, keys: Mapping[str, bytes]) -> Lacking:
    lost: list[Copied] = []
    for file in sorted(manifest.files, key=lambda file: file.path.startswith("slices/")):
        key, path = keys.get(file.key), file.path.removesuffix(".sealed")
        if key is None:
            lost.append(file)
            continue
        slice_at = home / "staging" / Path(path).name
        target = slice_at if path.startswith("slices/") else home / _laid_at(path)
        open_file(folder / file.path, target, key=key, name=f"{manifest.backup_id} {path}")
        if path.startswith("slices/"):
            put_back(target, home / (LEDGER if file.key.startswith(BLOBS) else RECORDS))
            destroy([target])
    contents = json.loads((home / CONTENTS).read_bytes())
    destroy([home / CONTENTS])
    return _lacking(lost, contents)


def _laid_at(path: str) -> str:
    return f"{SETTINGS}.laid-out" if path == SETTINGS else path


def _lacking(lost: list[Copied], contents: Mapping[str, Any]) -> Lacking:
    held = [contents[file.key] for file in lost if file.key in contents]
    return Lacking(
        parts=tuple(file.key.removeprefix(PART) for file in lost if file.key.startswith(PART)),
        records=tuple((index, name, kind) for each in held for index, name, kind in each["records"]),
        rejected=tuple((index, rows) for each in held for index, rows in each["rejected"]),
        charters=tuple(file.key.removeprefix(CHARTER) for file in lost if file.key.startswith(CHARTER)),
    )


def awaiting(workspace: Workspace) -> Awaiting | None:
    """Return what a restored workspace waits for; None where it waits for nothing."""
    with suppress(FileNotFoundError):
        document = json.loads((workspace.home / AWAITING).read_bytes())
        lacking = document.pop("lacking", {})
        return Awaiting(
            **document, lacking=Lacking(**{name: _tuples(told) for name, told in lacking.items()})
        )
    return None


def accounted(workspace: Workspace, waiting: Awaiting) -> None:
    """Note that what the backup lacks stands in the ledger now."""
    write_durably(
        workspace.home / AWAITING, canonical(asdict(Awaiting(waiting.backup_id, waiting.ledger_size)))
    )


def no_longer_awaiting(workspace: Workspace) -> None:
    """Take the mark away, durably: the erasures since the backup are in the ledger now."""
    path = workspace.home / AWAITING
    (workspace.home / UNDER_WAY).unlink(missing_ok=True)
    path.unlink()
    sync(path.parent)


def _tuples(told: Any) -> Any:
    return tuple(tuple(each) if isinstance(each, list) else each for each in told)


def _read_manifest(folder: Path) -> Manifest:
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
        if document["schema"] not in (IN_THE_CLEAR, SCHEMA):
            raise BadInput(
                f"The backup {folder} is of schema {document['schema']}; this version reads {IN_THE_CLEAR} "
                f"and {SCHEMA}."
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
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    with closing(reading), closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    _make_durable(target)


def _parts_named(workspace: Workspace, records: Path) -> Iterator[_Todo]:
    with closing(sqlite3.connect(f"{records.absolute().as_uri()}?mode=ro", uri=True)) as database:
        query = "SELECT path, sha256, keep_until FROM parts ORDER BY path"
        for path, sha256, keep_until in database.execute(query):
            source = workspace.folder("warehouse") / path
            yield _Todo(f"warehouse/{path}", source, part_key(path), keep_until, sha256)


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


def _copied(folder: Path, path: str, *, key: str) -> Copied:
    file = folder / path
    if Path(path).is_absolute() or not file.resolve().is_relative_to(folder.resolve()):
        raise Tampered(f"The backup {folder} names {path!r}, which lies outside of it. Use another backup.")
    return Copied(path, sha256_of(file), file.stat().st_size, key)
