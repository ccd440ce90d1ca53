"""A file at an address: taken in ranges of bytes, so that a cut costs one range (RFC 9110, section 14).

Of a CSV each range is cut at the end of a row and only the mapped columns are kept. A server that knows no
ranges sends the whole file at once; that works, but a cut then starts it from the beginning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from peelian.city.fetch.byte_range import Part, part_of, size_of, stated_sha256
from peelian.city.fetch.client import Line
from peelian.city.fetch.csv_block import check_closed, cut, decoded, header_of, mapped
from peelian.city.fetch.exchange import Answer, Request
from peelian.city.fetch.outcome import Watermark
from peelian.city.fetch.page import Moved, Opening, Page, Unsound
from peelian.city.mapping.fetch_spec import FileFetch
from peelian.domain.errors import BadInput

SECRET_HEADER = "Authorization"  # noqa: S105  # the name of a header, no secret
MAGIC = {"parquet": b"PAR1", "zip": b"PK"}
PLAIN = ("Accept-Encoding", "identity")


class FilePager:
    """Ranges of one file."""

    def __init__(
        self, spec: FileFetch, *, columns: tuple[str, ...], line: Line, since: Watermark | None
    ) -> None:
        self._spec = spec
        self._columns = columns
        self._line = line
        self._since = since
        self._opening = Opening(first=None)
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._resumed = False

    def open(self) -> Opening:
        """Ask for the file's first byte on condition that it changed, to learn its size and version."""
        since = self._since or Watermark()
        conditions = (
            ("If-None-Match", since.etag),
            ("If-Modified-Since", None if since.etag else since.last_modified),
        )
        headers = (PLAIN, ("Range", "bytes=0-0"), *((name, value) for name, value in conditions if value))
        self._opening = self._line.ask(Request(self._spec.address, headers=headers), read=self._opened)
        self._hash, self._hashed, self._resumed = hashlib.sha256(), 0, False
        return self._opening

    def count(self) -> int | None:
        """Return None: a file says nothing about its rows."""
        return None

    def page(self, cursor: str) -> Page:
        """Return the bytes, or the rows in them, from an offset on."""
        offset, header = json.loads(cursor)
        opening = self._opening
        # A weak entity tag does not promise the same bytes, so it may not stand here (section 13.1.5).
        strong = opening.etag if opening.etag and not opening.etag.startswith("W/") else opening.last_modified
        span = f"bytes={offset}-{offset + self._spec.page_bytes - 1}"
        headers = (PLAIN, ("Range", span), *([("If-Range", strong)] if offset and strong else []))

        def read(answer: Answer) -> Page:
            return self._page(answer, offset=offset, header=header)

        self._resumed = self._resumed or offset > self._hashed
        if self._resumed and self._spec.sha256 and self._spec.format == "csv":
            raise Moved(
                "the digest in the mapping covers the whole file, of which an earlier fetch took the start"
            )
        return self._check_digest(self._line.ask(Request(self._spec.address, headers=headers), read=read))

    def watermark(self, *, updated: str | None, opening: Opening) -> Watermark:
        """Return the file's version."""
        return Watermark(
            updated=updated, snapshot=opening.snapshot, etag=opening.etag, last_modified=opening.last_modified
        )

    def _opened(self, answer: Answer) -> Opening:
        etag, changed = answer.header("ETag"), answer.header("Last-Modified")
        version = Opening(first=None, snapshot=_version(answer), etag=etag, last_modified=changed)
        if answer.status == 304:
            return version
        if answer.status not in {200, 206, 416}:
            raise answer.refusal()
        size = size_of(answer)
        if size == 0 or answer.status == 416:
            raise BadInput("the file is empty (0 bytes); tell the publisher.")
        if size is not None and size > self._spec.most_bytes:
            raise BadInput(
                f"the file has {size:,} bytes, more than the {self._spec.most_bytes:,} of 'most_bytes' in the mapping."
            )
        sha256 = self._spec.sha256 or stated_sha256(answer)
        return Opening(json.dumps([0, None]), None, version.snapshot, etag, changed, sha256)

    def _page(self, answer: Answer, *, offset: int, header: str | None) -> Page:
        if answer.status not in {200, 206}:
            raise answer.refusal()
        if _version(answer) != self._opening.snapshot:
            raise Moved("the publisher replaced the file meanwhile")
        part = part_of(answer, offset=offset, most=self._spec.page_bytes)
        return self._rows(part, header) if self._spec.format == "csv" else self._bytes(part)

    def _bytes(self, part: Part) -> Page:
        content = b"".join(part.chunks(most=self._spec.most_bytes))
        if part.offset == 0 and not content.startswith(MAGIC[self._spec.format]):
            raise BadInput(
                f"what came is not {self._spec.format}; correct the address or 'format' in the mapping."
            )
        following = None if part.ends else json.dumps([part.offset + len(content), None])
        return Page(content, hashlib.sha256(content).hexdigest(), following, notes=part.notes)

    def _rows(self, part: Part, header: str | None) -> Page:
        tables: list[pa.Table] = []
        wrong, body, at = 0, hashlib.sha256(), part.offset
        for block in self._blocks(part):
            start = 0
            if header is None:
                header, start = self._header(block)
            text = decoded(block[start:], encoding=self._spec.encoding, offset=at + start)
            table, bad = mapped(text, header=header, columns=self._columns)
            tables.append(table)
            wrong += bad
            body.update(block)
            self._digest(block, at=at)
            at += len(block)
        blank = f"{wrong:,} rows with a wrong number of fields are kept blank, for the load to turn away"
        return Page(
            content=pa.concat_tables(tables),
            sha256=body.hexdigest(),
            following=None if part.ends else json.dumps([at, header]),
            notes=(*part.notes, *([blank] if wrong else [])),
        )

    def _blocks(self, part: Part) -> Iterator[bytes]:
        """Yield whole rows, a page's worth at a time; what is left at the end of a range belongs to the next."""
        held = bytearray()
        for chunk in part.chunks(most=self._spec.most_bytes):
            held += chunk
            if not part.whole or len(held) < max(self._spec.page_bytes, 2 * len(chunk)):
                continue
            if end := cut(bytes(held)):
                yield bytes(held[:end])
                del held[:end]
        last = bytes(held) if part.ends else bytes(held[: cut(bytes(held))])
        if part.ends:
            check_closed(last)
        elif not last:
            raise BadInput(
                f"a row is longer than a page of {self._spec.page_bytes:,} bytes; raise 'page_bytes'."
            )
        yield last

    def _header(self, block: bytes) -> tuple[str, int]:
        found = header_of(block, encoding=self._spec.encoding)
        if found is None:
            raise BadInput(
                f"no header ends in the first {len(block):,} bytes; look at what the address delivers."
            )
        return found.line, found.size

    def _digest(self, block: bytes, *, at: int) -> None:
        """Take a block into the digest of the whole; one that came before, in an attempt that was cut, is in it."""
        if at == self._hashed:
            self._hash.update(block)
            self._hashed += len(block)

    def _check_digest(self, page: Page) -> Page:
        """Return the last page of a CSV, once the digest of the whole file is the one that was stated."""
        stated, last = self._opening.sha256, page.following is None and self._spec.format == "csv"
        if not last or stated is None:
            return page
        if self._resumed:
            note = "the stated digest was not checked: the fetch had been cut, and it covers the whole file"
            return replace(page, notes=(*page.notes, note))
        if self._hash.hexdigest() != stated:
            raise Unsound(wrong_digest(self._hash.hexdigest(), stated))
        return page


def _version(answer: Answer) -> str:
    """Return what tells this version of the file from others: a header, or at the least its length."""
    return answer.header("ETag") or answer.header("Last-Modified") or f"{size_of(answer)} bytes"


def wrong_digest(came: str, stated: str) -> str:
    """Return the sentence for a file that is not what its publisher stated."""
    return (
        f"the file that came has SHA-256 {came}, but {stated} was stated; nothing was kept. Fetch again; if it "
        "stays so, the file was changed or the statement is old: ask the publisher."
    )
