"""Place sets: what was taken in of the city's places in one go, from whom, under which licence, as of which day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from peelian.domain.canonical import Document, Json
from peelian.domain.errors import BadInput

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes in all)."""

CHUNK_BYTES = 4 << 20


@dataclass(frozen=True)
class SourceFile:
    """A file as it was delivered: its name without its folder, its digest and its length."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Provenance:
    """Where places come from.

    Parameters
    ----------
    publisher, licence : in words; neither may be blank, because every map drawn later has to name them.
    as_of : the civil day of whose state the files speak; a street network holds from then on.
    """

    publisher: str
    licence: str
    as_of: date

    def __post_init__(self) -> None:
        for word, text in (("publisher", self.publisher), ("licence", self.licence)):
            if not text.strip():
                raise BadInput(f"The {word} is blank; every place set names it, if only as 'not stated'.")


@dataclass(frozen=True)
class Delivery:
    """One delivery of places, ready to be kept.

    Parameters
    ----------
    set_id, subject : UUIDv7, and what it is about: "street", "shift", or "boundary beat" for a layer of areas.
    provenance, files : where it came from.
    valid_from : the first civil day for which it speaks; None for "as it always was".
    counts : rows to store, by data kind.
    findings : the account of the reader, as a document.
    """

    set_id: str
    subject: str
    provenance: Provenance
    files: tuple[SourceFile, ...]
    valid_from: date | None
    counts: tuple[tuple[str, int], ...]
    findings: Document

    def body(self) -> Document:
        """Return the document that is kept as a record of the kind place-set."""
        return {
            **self._common(),
            "files": [dict(vars(file)) for file in self.files],
            "findings": self.findings,
        }

    def facts(self) -> Document:
        """Return what the ledger says of it: not the account, and files by their digest alone."""
        files: list[Json] = [[file.sha256, file.bytes] for file in self.files]
        return {**self._common(), "subject": self.subject, "files": files}

    def _common(self) -> Document:
        return {
            "set_id": self.set_id,
            "publisher": self.provenance.publisher,
            "licence": self.provenance.licence,
            "as_of": str(self.provenance.as_of),
            "valid_from": None if self.valid_from is None else str(self.valid_from),
            "counts": dict(self.counts),
        }


@dataclass(frozen=True)
class PlaceSetReport:
    """What became of a delivery: it stands on record from the ledger entry `entry_index` on."""

    delivery: Delivery
    entry_index: int


@dataclass(frozen=True)
class PlaceSet:
    """A place set as it stands on record; sets are ordered by the entry at which they were taken in.

    `counts` are the rows it brought, by data kind.
    """

    set_id: str
    subject: str
    provenance: Provenance
    valid_from: date | None
    counts: tuple[tuple[str, int], ...]
    entry_index: int

    @property
    def as_of(self) -> date:
        """Return the civil day of which the set speaks."""
        return self.provenance.as_of


def source_files(paths: Sequence[Path], *, progress: Progress) -> tuple[SourceFile, ...]:
    """Return what names each file, telling `progress` how far the reading has come."""
    try:
        sizes = [path.stat().st_size for path in paths]
        done, described = 0, []
        for path, size in zip(paths, sizes, strict=True):
            digest = sha256()
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    digest.update(chunk)
                    done += len(chunk)
                    progress(done, max(done, sum(sizes)))
            described.append(SourceFile(path.name, digest.hexdigest(), size))
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be read: {error.strerror or error}.") from None
    return tuple(described)


def check_unchanged(files: tuple[SourceFile, ...], paths: Sequence[Path]) -> None:
    """Refuse files that were written to while they were read: the digest on record must be of what was read."""
    if source_files(paths, progress=lambda done, total: None) != files:
        names = ", ".join(path.name for path in paths)
        raise BadInput(f"{names} changed while it was read; wait until it is complete and load it again.")


def place_set_of(body: Mapping[str, Any], *, subject: str, entry_index: int) -> PlaceSet:
    """Return the place set that a record stands for."""
    valid_from = body["valid_from"]
    return PlaceSet(
        set_id=body["set_id"],
        subject=subject,
        provenance=Provenance(body["publisher"], body["licence"], date.fromisoformat(body["as_of"])),
        valid_from=None if valid_from is None else date.fromisoformat(valid_from),
        counts=tuple(body["counts"].items()),
        entry_index=entry_index,
    )


def newest(sets: Iterable[PlaceSet], *, as_of: date | None) -> PlaceSet | None:
    """Return the set that speaks of the latest day, not later than `as_of`; of one day, the last taken in."""
    fitting = [each for each in sets if as_of is None or each.as_of <= as_of]
    return max(fitting, key=lambda each: (each.as_of, each.entry_index), default=None)
