"""The bytes of a CSV file on their way to the parser: looked at as they go by, and handed on as UTF-8.

What a parser would pass over in silence is refused here with the line it stands in: bytes that are no text, NULs,
and quotation marks that would make one field of many rows.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from threading import Lock
from typing import BinaryIO

import numpy as np

from peelian.domain.errors import BadInput

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
DRAINED_BYTES = 4 << 20
QUOTE = ord('"')
BESIDE_A_QUOTE = np.isin(np.arange(256), list(b',"\r\n'))
"""What can stand before the mark that opens a field and behind the one that closes it (RFC 4180); a doubled mark
inside a field is one that closes and one that opens."""


class CheckedText:
    """A file object that reads text from `file` and hands it on as UTF-8 without a byte order mark.

    Parameters
    ----------
    name : how sentences call the file.
    on_bytes : is handed everything that was read, as it was read.

    `ends_a_line` tells, once all was read, whether the last byte did.
    """

    def __init__(
        self, file: BinaryIO, *, name: str, encoding: str, on_bytes: Callable[[bytes], None]
    ) -> None:
        self._file, self._name, self._on_bytes = file, name, on_bytes
        self._encoding = codecs.lookup(encoding).name
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = bytearray()
        self._ended = False
        self.ends_a_line = False
        self._bytes = self._lines = self._quotes = self._last_quote_line = 0
        self._tail = b"\n"
        self._one_reader = Lock()
        self._first_letter_line = 0
        self.closed = False

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""
        with self._one_reader:
            while len(self._ready) < size and not self._ended:
                self._ready += self._next(size)
            taken = bytes(self._ready[:size])
            del self._ready[:size]
            return taken

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes without taking them."""
        taken = self.read(size)
        self._ready[:0] = taken
        return taken

    def drain(self) -> None:
        """Look at everything that is left, the parser's own thread maybe reading ahead beside this one."""
        while not self._ended:
            with self._one_reader:
                self._next(DRAINED_BYTES)
        self._check_closed()

    def readable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Leave the file open, for who opened it."""
        self.closed = True

    def _next(self, size: int) -> bytes:
        chunk = self._file.read(size)
        if chunk:
            self._on_bytes(chunk)
        text = self._as_utf8(chunk)
        if not self._bytes:
            text = text.removeprefix(BYTE_ORDER_MARK)
        self._check_nul(text)
        self._check_quotes(text)
        self._bytes += len(chunk)
        self._lines += text.count(b"\n")
        if not chunk:
            self._end()
        return text

    def _end(self) -> None:
        self._ended = True
        self.ends_a_line = self._tail.endswith((b"\n", b"\r"))
        self._check_quotes(b"\n")
        self._check_closed()

    def _check_closed(self) -> None:
        if self._quotes % 2:
            raise BadInput(
                f"{self._name} has a quotation mark that is never closed; the last one stands in line "
                f"{self._last_quote_line:,}: either the file was cut there, fetch it again, or a mark in a field is "
                "not doubled, correct it."
            )

    def _as_utf8(self, chunk: bytes) -> bytes:
        utf8 = self._encoding in {"utf-8", "ascii"}
        pending = self._decoder.getstate()[0]
        if utf8 and not pending and chunk.isascii():
            return chunk
        try:
            text = self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise BadInput(self._wrong_encoding(error, self._bytes - len(pending))) from None
        if utf8 and not self._first_letter_line and not text.isascii():
            self._first_letter_line = self._lines + _line_of_first_letter(text)
        return chunk if utf8 else text.encode("utf-8")

    def _wrong_encoding(self, error: UnicodeDecodeError, before: int) -> str:
        data, line = error.object, self._lines + error.object.count(b"\n", 0, error.start) + 1
        found = (
            f"{self._name} is not {self._encoding}: byte 0x{data[error.start]:02x} at position "
            f"{before + error.start:,} (line {line:,}) has no meaning in it"
        )
        good = data[: error.start].decode(self._encoding)
        letter = self._first_letter_line or (
            0 if good.isascii() else self._lines + _line_of_first_letter(good)
        )
        if self._encoding == "utf-8" and letter:
            return (
                f"{found}, although letters before it (line {letter:,}) are written in it; the file mixes encodings, "
                "so no one of them reads it: ask the publisher for one file in one encoding."
            )
        return f"{found}; try `encoding: {_other_encoding(data, self._encoding)}`."

    def _check_nul(self, text: bytes) -> None:
        if (place := text.find(b"\0")) >= 0:
            line = self._lines + text.count(b"\n", 0, place) + 1
            raise BadInput(
                f"{self._name} has a NUL byte in line {line:,}, which no text has: either the file is damaged, fetch "
                "it again, or its `encoding` is utf-16."
            )

    def _check_quotes(self, text: bytes) -> None:
        """Refuse a mark inside a field that is not doubled: it opens or closes a field that others are lost in."""
        before, window = self._tail, self._tail + text
        self._tail = window[-2:]
        if b'"' not in window:
            return
        data, start = np.frombuffer(window, dtype=np.uint8), len(before) - 1
        places = np.flatnonzero(data[start:-1] == QUOTE) + start  # the last byte waits for the one behind it
        opening = (self._quotes + np.arange(len(places))) % 2 == 0
        wrong = places[~BESIDE_A_QUOTE[data[np.where(opening, places - 1, places + 1)]]]
        lines = self._lines - before.count(b"\n") + 1
        if len(wrong):
            line = lines + window.count(b"\n", 0, int(wrong[0]))
            raise BadInput(
                f"{self._name} has a quotation mark in line {line:,} that neither opens nor closes a field: it is not "
                "doubled, or one before it was never closed; correct the file."
            )
        if len(places):
            self._quotes += len(places)
            self._last_quote_line = lines + window.count(b"\n", 0, int(places[-1]))


def _line_of_first_letter(text: str) -> int:
    place = next(index for index, letter in enumerate(text) if not letter.isascii())
    return text.count("\n", 0, place) + 1


def _other_encoding(data: bytes, tried: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != tried:
            return encoding
    return "latin-1"
