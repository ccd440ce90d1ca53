"""Takes the pushes of a live feed on the loopback address and lays them in its inbox, whole and signed, or not at all.

For: a dispatch system on this machine, or a TLS proxy in front of it, that posts changes as they happen.
Not for: loading them. An answer of 202 says that the delivery lies on the disk; the feed takes it in from there.

Anybody on this machine can connect, so a stranger must cost little: without a fresh signature nothing is read, without
a true one nothing is written, and there are never more than a few senders, each for a limited time.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from peelian.app.few_at_once import FewAtOnce
from peelian.app.line import Line
from peelian.app.serve import ADDRESS, check_loopback
from peelian.city.feed.service import SKEW, KeptPush, Pushes, Signature, signature_from
from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import Clock, iso

LARGEST_BYTES = 16 << 20
PIECE_BYTES = 64 << 10
MOST_DIGITS = 12
"""A length of more digits is too large whatever they are; reading thousands of them is not even tried."""

SENDERS = 4
"""At the same time; each may have a delivery in memory."""

PATIENCE_S = 30.0
"""How long a sender may take from the first byte to the last."""

PARTING_S = 2.0
"""How long what a sender still sends is thrown away, so that the answer reaches it before the line is cut."""

BUSY = (
    b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
    b"Too many send at once; send it again later.\n"
)


class PushReceiver(FewAtOnce):
    """Lays what is posted to `/` in the inbox of `pushes`, which must be open; `secret` is shared with the sender.

    From `until`, when the charter ends, nothing more is kept, and serving ends with `Refused`. `keep` is called between
    deliveries: it keeps the house's terms. Port 0 takes a free one.
    """

    def __init__(
        self,
        pushes: Pushes,
        *,
        secret: bytes,
        clock: Clock,
        until: datetime,
        keep: Callable[[], object] = lambda: None,
        host: str = ADDRESS,
        port: int,
    ) -> None:
        check_loopback(host)
        if len(secret) < 32:
            raise BadInput("The secret of a push must have at least 32 bytes; make a longer one.")
        self.pushes, self.secret, self.clock, self.until = pushes, secret, clock, until
        self._keep, self.places = keep, BoundedSemaphore(SENDERS)
        self._forgot = clock.now()
        try:
            super().__init__((ADDRESS, port), _Handler)
        except (OSError, OverflowError) as error:
            raise BadInput(f"Port {port} of {ADDRESS} cannot be used ({error}); give another one.") from error

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, int(self.server_address[1])

    def service_actions(self) -> None:
        """Keep terms, forget old signatures now and then, and end with the charter."""
        self.check_chartered()
        self._keep()
        if (now := self.clock.now()) - self._forgot > SKEW:
            self._forgot = now
            self.pushes.forget(now=now)

    def check_chartered(self) -> None:
        """Refuse once the charter under which this began has ended."""
        if self.clock.now() >= self.until:
            raise Refused(
                f"The charter under which pushes were received ended at {iso(self.until)}, and so does this.",
                rule="charter-expired",
                citation="house rule; LED Art. 4(1)(b), Art. 5",
                remedy="Have another one approved, and receive again under that.",
            )

    def turn_away(self, request: Any) -> None:
        """Tell a sender for whom there is no place to come again, and hang up."""
        with suppress(OSError):
            request.settimeout(PARTING_S)
            request.sendall(BUSY)
        super().turn_away(request)


@dataclass(eq=False)
class _NotKept(Exception):
    """A delivery that is not kept, and what the sender is told."""

    status: HTTPStatus
    sentence: str


class _Handler(BaseHTTPRequestHandler):
    """Answers POST; every answer is one sentence."""

    server: PushReceiver
    server_version = "peelian"
    sys_version = ""

    def setup(self) -> None:
        """Begin to count a sender's time."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(Line(self.connection, until=monotonic() + PATIENCE_S))

    def do_POST(self) -> None:
        """Keep what was posted if it is chartered, signed, whole, not too large, and readable."""
        self.close_connection = True
        try:
            kept = self._kept()
        except _NotKept as answer:
            self._sentence(answer.status, answer.sentence)
            self._part()
        else:
            known = "Already kept" if kept.known else "Kept"
            self._sentence(HTTPStatus.ACCEPTED, f"{known}: {kept.sha256}")

    def _kept(self) -> KeptPush:
        length, signature = self._length(), self._signature()
        content = self._content(length)
        if not signature.is_of(content, secret=self.server.secret):
            raise self._unsigned()
        try:
            self.server.check_chartered()
            return self.server.pushes.keep(content, signature=signature, now=self.server.clock.now())
        except Refused as ended:
            raise _NotKept(HTTPStatus.FORBIDDEN, str(ended)) from None
        except BadInput as error:
            raise _NotKept(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        except OSError as error:
            why = f"The delivery could not be kept ({error.strerror}); send it again later."
            raise _NotKept(HTTPStatus.INSUFFICIENT_STORAGE, why) from None

    def _length(self) -> int:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise _NotKept(HTTPStatus.LENGTH_REQUIRED, "Say how long the delivery is (Content-Length).")
        if len(length) > MOST_DIGITS or int(length) > LARGEST_BYTES:
            limit = f"A delivery has at most {LARGEST_BYTES >> 20} MB; send it in parts."
            raise _NotKept(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit)
        return int(length)

    def _signature(self) -> Signature:
        """Return the signature, which is of just now but may still be of something else."""
        told = signature_from(self.headers.get("Peelian-Signature", ""))
        if told is None or not told.is_fresh(now=self.server.clock.now()):
            raise self._unsigned()
        return told

    def _content(self, length: int) -> bytes:
        content = bytearray()
        try:
            while piece := self.rfile.read(min(PIECE_BYTES, length - len(content))):
                content += piece
        except TimeoutError:
            slow = f"The delivery took longer than {PATIENCE_S:g} s; send it again, or in parts."
            raise _NotKept(HTTPStatus.REQUEST_TIMEOUT, slow) from None
        if len(content) < length or not content:
            raise _NotKept(HTTPStatus.BAD_REQUEST, "The delivery is not whole; send it again.")
        return bytes(content)

    @staticmethod
    def _unsigned() -> _NotKept:
        return _NotKept(HTTPStatus.UNAUTHORIZED, "The delivery is not signed, wrongly signed, or too old.")

    def _part(self) -> None:
        """Throw away for a moment what is still coming: a line that is cut with bytes unread takes the answer along."""
        line = io.BufferedReader(Line(self.connection, until=monotonic() + PARTING_S))
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while line.read(PIECE_BYTES):
                pass

    def _sentence(self, status: HTTPStatus, text: str) -> None:
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the parser refuses in our own words."""
        self.close_connection = True
        self._sentence(
            HTTPStatus(code), f"Deliveries are posted here, nothing else: {HTTPStatus(code).phrase}."
        )

    def log_message(self, format: str, *args: Any) -> None:
        """Write no access log: what was taken in is in the ledger."""


def receive(receiver: PushReceiver, *, announce: Callable[[str], None]) -> None:
    """Take pushes until interrupted, or refused because the charter ended."""
    pushes = receiver.pushes
    with receiver, pushes.opened(now=receiver.clock.now()):
        announce(
            f"Pushes of {pushes.mapping.id} on this machine only: http://{ADDRESS}:{receiver.server_port}/"
        )
        try:
            receiver.serve_forever()
        except KeyboardInterrupt:
            announce("Stopped.")
