"""A ZIP archive as a publisher delivers it: some of its files are one table, others are joined to it.

Nothing is ever unpacked to the disk. What an archive says of itself is not believed: sizes are counted while it is
inflated, so that a few kilobytes cannot become a full memory ("A better zip bomb", D. Fifield, WOOT 2019).
"""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from peelian.city.intake.checked_text import CheckedText
from peelian.city.intake.columns import check_not_foreign, check_present, used_as
from peelian.city.intake.csv_blocks import csv_blocks, header_of
from peelian.city.intake.delivery import Block, FileFacts
from peelian.city.intake.join import Partner, join, partner_from
from peelian.city.mapping.source import Join, SourceMapping
from peelian.domain.errors import BadInput

CHUNK_BYTES = 4 << 20
ENCRYPTED = 0x1
DOS_FOLDER = 0x10
"""Mark of a folder in the attributes of MS-DOS, for one whose name does not end in a stroke."""
RESOURCE_FORKS = "__MACOSX"


@dataclass(frozen=True)
class Limits:
    """How much an archive may be.

    Parameters
    ----------
    members : files in it.
    bytes : of all files that are read of it, inflated.
    ratio : inflated to packed bytes of one file; CSV packs ten- to fortyfold, a bomb a thousandfold and more.
    small_bytes : a file up to this size may have any ratio.
    """

    members: int = 20_000
    bytes: int = 64 << 30
    ratio: float = 200.0
    small_bytes: int = 8 << 20


LIMITS = Limits()


def open_archive(
    path: Path,
    *,
    mapping: SourceMapping,
    progress: Callable[[int, int], None],
    limits: Limits = LIMITS,
) -> Archive:
    """Return the archive at `path` to be read once, as `mapping.members` and `mapping.joins` say."""
    return Archive(path, mapping, progress, limits)


class Archive:
    """The rows of the files in an archive that match `mapping.members`, one after another, as one delivery."""

    def __init__(
        self, path: Path, mapping: SourceMapping, progress: Callable[[int, int], None], limits: Limits
    ) -> None:
        self._path, self._mapping, self._progress, self._limits = path, mapping, progress, limits
        self._sha256, self._size = "", 0
        self._not_read: dict[str, None] = {}
        self._inflated = 0

    def blocks(self) -> Iterator[Block]:
        """Yield the rows of all files, in the order of their names."""
        try:
            with self._path.open("rb") as file:
                self._sha256, self._size = self._digest(file, progress=self._progress), file.tell()
                yield from self._rows(file)
                if self._digest(file, progress=lambda _done, _total: None) != self._sha256:
                    raise BadInput(f"{self._path.name} was changed while it was read; load it again.")
        except OSError as error:
            raise BadInput(f"{self._path} cannot be read: {error.strerror or error}.") from None

    def facts(self) -> FileFacts:
        """Return what names the archive."""
        return FileFacts(self._path.name, self._sha256, self._size, tuple(self._not_read))

    def _digest(self, file: IO[bytes], *, progress: Callable[[int, int], None]) -> str:
        total, found = self._path.stat().st_size, hashlib.sha256()
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
            progress(file.tell(), max(total, file.tell()))
        return found.hexdigest()

    def _rows(self, file: IO[bytes]) -> Iterator[Block]:
        zipped = self._opened(file)
        partners = [self._partner(zipped, each) for each in self._mapping.joins]
        first = 1
        for member in self._matching(zipped, self._mapping.members or "*"):
            start = first
            for block in self._member(zipped, member, self._wanted(), first=first):
                first += block.table.num_rows + len(block.wrong_fields)
                yield join(replace(block, member=member.filename, first_of_member=start), partners)
        if first == 1:
            raise BadInput(f"{self._path.name}: the files that match {self._mapping.members!r} have no rows.")

    def _wanted(self) -> dict[str, str]:
        """Return the columns of the rows themselves, with what each is read as."""
        taken = {column for each in self._mapping.joins for column in each.take}
        keys = {each.on: "the key of a join" for each in self._mapping.joins}
        return {
            column: role for column, role in (keys | used_as(self._mapping)).items() if column not in taken
        }

    def _partner(self, zipped: zipfile.ZipFile, of: Join) -> Partner:
        wanted = {of.key: "the key of a join"} | dict.fromkeys(of.take, "a column to bring over")
        tables = [
            block.table
            for member in self._matching(zipped, of.members)
            for block in self._member(zipped, member, wanted, first=1)
        ]
        return partner_from(tables, of, name=self._path.name)

    def _matching(self, zipped: zipfile.ZipFile, glob: str) -> list[zipfile.ZipInfo]:
        found = [each for each in zipped.infolist() if _matches(each, glob)]
        if not found:
            names = ", ".join(sorted(each.filename for each in zipped.infolist())[:10])
            raise BadInput(f"{self._path.name} has no file that matches {glob!r}; it has {names or 'none'}.")
        return sorted(found, key=lambda member: member.filename)

    def _member(
        self, zipped: zipfile.ZipFile, member: zipfile.ZipInfo, wanted: dict[str, str], *, first: int
    ) -> Iterator[Block]:
        name = f"{self._path.name}: {member.filename}"
        with _sentences(name), zipped.open(member) as packed:
            inflating = io.BufferedReader(
                _Inflating(packed, member, name, self._limits, self._count), 1 << 20
            )
            check_not_foreign(inflating.peek(4)[:4], name=name)
            text = CheckedText(
                inflating, name=name, encoding=self._mapping.encoding, on_bytes=lambda _chunk: None
            )
            columns, others = check_present(header_of(text), wanted, name=name, source=self._mapping.id)
            self._not_read |= dict.fromkeys(others)
            yield from csv_blocks(text, columns, name=name, first=first)

    def _count(self, inflated: int) -> None:
        self._inflated += inflated
        if self._inflated > self._limits.bytes:
            raise BadInput(
                f"{self._path.name} inflates to more than {self._limits.bytes >> 20:,} MB and is refused as a bomb. "
                "Where it is honest, load its files by themselves."
            )

    def _opened(self, file: IO[bytes]) -> zipfile.ZipFile:
        name = self._path.name
        with _sentences(name):
            zipped = zipfile.ZipFile(file)
        members = zipped.infolist()
        if len(members) > self._limits.members:
            raise BadInput(
                f"{name} holds {len(members):,} files; at most {self._limits.members:,} are looked at."
            )
        if sum(member.compress_size for member in members) > self._size:
            raise BadInput(f"{name} has files that lie over each other; it is refused as a zip bomb.")
        for member in members:
            _check_honest(member, name=name)
        if len({member.filename for member in members}) < len(members):
            raise BadInput(
                f"{name} has two files of one name, so nobody can say which is meant; have it made again."
            )
        return zipped


class _Inflating(io.RawIOBase):
    """A file of an archive as it is inflated, with what comes out counted."""

    def __init__(
        self,
        packed: IO[bytes],
        member: zipfile.ZipInfo,
        name: str,
        limits: Limits,
        count: Callable[[int], None],
    ) -> None:
        self._packed, self._member, self._name, self._limits, self._count = (
            packed,
            member,
            name,
            limits,
            count,
        )
        self._inflated = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed says WriteableBuffer
        chunk = self._packed.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._inflated += len(chunk)
        self._count(len(chunk))
        most = max(self._limits.small_bytes, self._limits.ratio * self._member.compress_size)
        if self._inflated > most:
            raise BadInput(
                f"{self._name} inflates to more than {self._limits.ratio:g} times its size and is refused as a bomb. "
                "Where it is honest, load it unpacked."
            )
        return len(chunk)


def _matches(member: zipfile.ZipInfo, glob: str) -> bool:
    """Return whether `glob` means this file: never a folder, nor what is hidden unless the glob names that itself.

    macOS puts a resource fork beside each file (`__MACOSX/folder/._name.csv`), which is no table though its name ends
    like one.
    """
    if member.is_dir() or stat.S_ISDIR(member.external_attr >> 16) or member.external_attr & DOS_FOLDER:
        return False
    hidden = [part for part in member.filename.split("/") if part.startswith(".") or part == RESOURCE_FORKS]
    named = all(any(_names(each, part) for each in glob.split("/")) for part in hidden)
    return named and fnmatchcase(member.filename, glob)


def _names(glob: str, part: str) -> bool:
    """Return whether one part of a glob means a hidden part of a path, as in a shell: by its first letter too."""
    return glob[:1] == part[:1] and fnmatchcase(part, glob)


def _check_honest(member: zipfile.ZipInfo, *, name: str) -> None:
    """Refuse a file whose name or kind is a trick."""
    path = member.filename
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "\\" in path or ":" in parts[0] or not path.isprintable():
        raise BadInput(f"{name} has a file called {path!r}, which points out of the archive; it is refused.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise BadInput(f"{name} has a link called {path!r} in it; it is refused.")
    if member.flag_bits & ENCRYPTED:
        raise BadInput(f"{name} is encrypted ({path!r}); ask the publisher for one that is not.")


@contextmanager
def _sentences(name: str) -> Iterator[None]:
    """Say in a sentence what is wrong with an archive."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadInput(f"{name} is a damaged ZIP archive, or none ({error}); fetch it again.") from None
