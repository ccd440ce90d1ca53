"""What is left of something in the bytes of a folder: every file read whole, in each way a thing may be written.

Compressed content is laid open first: Parquet column by column, and whatever begins like zstd, gzip or zlib.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_ZSTD, _ZLIB = re.compile(rb"\x28\xb5\x2f\xfd"), re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_NUMBER = re.compile(r"-?\d+\.\d+")


def residue(folder: Path, things: Iterable[str | bytes]) -> list[tuple[str, str]]:
    """Return (file, thing) wherever one of the things stands in a file: as it is, in UTF-16, in hex or in base64."""
    written = [(str(thing), form) for thing in things for form in forms(thing)]
    return [
        (str(path.relative_to(folder)), name)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for content in [b"\n".join(laid_open(path.read_bytes()))]
        for name, form in written
        if form in content
    ]


def forms(thing: str | bytes) -> Iterator[bytes]:
    """Return the byte strings by which a thing may be written; a decimal number also as a double."""
    plain = thing.encode() if isinstance(thing, str) else thing
    yield plain
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    if isinstance(thing, str):
        yield thing.encode("utf-16-le")
        if _NUMBER.fullmatch(thing):
            yield struct.pack("<d", float(thing))
    for shift in range(3):  # base64 of a longer text that holds it, wherever it begins
        coded = base64.b64encode(bytes(shift) + plain)
        if middle := coded[
            4 if shift else 0 : len(coded) // 4 * 4 - 4
        ]:  # of a short thing nothing sure is left
            yield middle


def laid_open(content: bytes) -> Iterator[bytes]:
    """Return a file's bytes, and those of what is compressed in it."""
    yield content
    if content.startswith(b"PAR1") and content.endswith(b"PAR1"):
        table = pq.ParquetFile(pa.BufferReader(content)).read()
        yield "\n".join(str(value) for column in table.columns for value in column.to_pylist()).encode()
    for frame in _ZSTD.finditer(content):
        with suppress(OSError, pa.ArrowInvalid):
            yield pa.CompressedInputStream(pa.BufferReader(content[frame.start() :]), "zstd").read()
    for stream in _ZLIB.finditer(content):
        with suppress(zlib.error):
            yield zlib.decompressobj(wbits=47).decompress(content[stream.start() :])
