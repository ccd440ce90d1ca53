"""What a fetch comes back with: a delivery ready to be loaded, or the word that nothing is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from peelian.domain.canonical import Document


@dataclass(frozen=True)
class Watermark:
    """How far an earlier fetch got, in the publisher's own words; handed back to it the next time.

    Parameters
    ----------
    updated : greatest instant of an update among the rows that were taken.
    snapshot : what the publisher calls the state of the whole: a version, or when it last changed anything.
    etag, last_modified : headers of the answer, for conditional requests (RFC 9110, section 13).
    """

    updated: str | None = None
    snapshot: str | None = None
    etag: str | None = None
    last_modified: str | None = None

    def document(self) -> Document:
        """Return the watermark as a plain document, to be kept beside the load."""
        return asdict(self)


def watermark_from_document(document: Mapping[str, str | None]) -> Watermark:
    """Return the watermark that `document` was made from."""
    return Watermark(**document)


@dataclass(frozen=True)
class Fetched:
    """One delivery, on disk and whole.

    Parameters
    ----------
    path : the delivery: Parquet with the mapped columns only; a ZIP as it was published.
    sha256 : of the file at `path`.
    rows, pages : how many were taken; `rows` None of a ZIP, which is not opened here.
    page_sha256 : digest of each page's body as the publisher sent it.
    published_rows : the publisher's own count when the last page was in; None where it tells none.
    started, finished : instants of the first request (of an earlier, cut fetch if this one went on from it)
        and of the end.
    address : where it came from, without query and secrets.
    watermark : what to give to the next fetch.
    notes : what was out of the ordinary, one sentence each: requests asked again, pages delivered twice,
        counts that moved.
    """

    path: Path
    sha256: str
    rows: int | None
    pages: int
    page_sha256: tuple[str, ...]
    published_rows: int | None
    started: datetime
    finished: datetime
    address: str
    watermark: Watermark
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotModified:
    """Nothing is new since the watermark; nothing was written."""

    address: str
    watermark: Watermark
    asked: datetime
