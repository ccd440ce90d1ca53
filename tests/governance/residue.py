"""What is left of something in the bytes of a folder: every file read whole, in each way a thing may be written."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path


def residue(folder: Path, things: Iterable[str | bytes]) -> list[tuple[str, str]]:
    """Return (file, thing) wherever one of the things stands in a file: as it is, in UTF-16, in hex or in base64."""
    written = [(str(thing), form) for thing in things for form in forms(thing)]
    return [
        (str(path.relative_to(folder)), name)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for name, form in written
        if form in path.read_bytes()
    ]


def forms(thing: str | bytes) -> Iterator[bytes]:
    """Return the byte strings by which a thing may be written."""
    plain = thing.encode() if isinstance(thing, str) else thing
    yield plain
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    if isinstance(thing, str):
        yield thing.encode("utf-16-le")
    for shift in range(3):  # base64 of a longer text that holds it, wherever it begins
        coded = base64.b64encode(bytes(shift) + plain)
        yield coded[4 if shift else 0 : len(coded) // 4 * 4 - 4]
