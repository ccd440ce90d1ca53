"""Ranges of bytes of a file (RFC 9110, section 14): what a server says it sent, and what really came."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from peelian.city.fetch.exchange import Again, Answer

_RANGE = re.compile(r"bytes (?P<first>\d+)-(?P<last>\d+)/(?P<total>\d+|\*)")


@dataclass(frozen=True)
class Part:
    """The bytes of one answer from `offset` on.

    Parameters
    ----------
    whole : the server knows no ranges and sent the file from its first byte; the ones before `offset` are skipped.
    ends : nothing comes after it.
    """

    answer: Answer
    offset: int
    whole: bool
    ends: bool
    length: int | None

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was out of the ordinary."""
        again = f"the server sent the whole file again; its first {self.offset:,} bytes were skipped"
        return (again,) if self.whole and self.offset else ()

    def chunks(self, *, most: int) -> Iterator[bytes]:
        """Yield the bytes; fewer than the server announced are `Again`."""
        skip, read = self.offset if self.whole else 0, 0
        for chunk in self.answer.chunks(most=most):
            read += len(chunk)
            fresh = chunk[skip:]
            skip = max(0, skip - len(chunk))
            if fresh:
                yield fresh
        if self.length is not None and read != self.length:
            raise Again(f"{read:,} of {self.length:,} bytes came")


def part_of(answer: Answer, *, offset: int, most: int) -> Part:
    """Return what an answer of status 200 or 206 holds, `most` bytes from `offset` on having been asked for."""
    if answer.status == 200:
        return Part(answer, offset, whole=True, ends=True, length=None)
    found = _RANGE.fullmatch(answer.header("Content-Range") or "")
    if found is None or int(found["first"]) != offset:
        raise Again(f"a part of the file that does not begin at byte {offset:,}")
    length = int(found["last"]) + 1 - offset
    ends = length < most if found["total"] == "*" else int(found["last"]) + 1 == int(found["total"])
    return Part(answer, offset, whole=False, ends=ends, length=length)


def size_of(answer: Answer) -> int | None:
    """Return the length of the whole file, None where the server does not say."""
    if answer.status == 200:
        stated = answer.header("Content-Length")
        return int(stated) if stated and stated.isdecimal() else None
    found = _RANGE.fullmatch(answer.header("Content-Range") or "")
    return int(found["total"]) if found and found["total"] != "*" else None


def stated_sha256(answer: Answer) -> str | None:
    """Return the digest of the whole file where the server states it (RFC 9530, and RFC 3230 before it)."""
    for header, pattern in (("Repr-Digest", r"sha-256=:([^:]+):"), ("Digest", r"(?i:sha-256)=([^,]+)")):
        found = re.search(pattern, answer.header(header) or "")
        if found:
            try:
                return base64.b64decode(found[1], validate=True).hex()
            except ValueError:
                return None
    return None
