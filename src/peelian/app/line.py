"""A line on which a sender has so much time and no more, however slowly it sends."""

from __future__ import annotations

import io
import socket
from time import monotonic


class Line(io.RawIOBase):
    """What a sender sends, up to a moment: however slowly it comes, nobody waits beyond that."""

    def __init__(self, connection: socket.socket, *, until: float) -> None:
        self._connection, self._until = connection, until

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed says WriteableBuffer
        """Read what has come into `buffer`; raise TimeoutError when the time is over."""
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)
