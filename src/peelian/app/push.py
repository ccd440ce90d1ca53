"""Takes the pushes of a live feed on the loopback address and lays them in its inbox, whole and signed, or not at all.

For: a dispatch system on this machine, or a TLS proxy in front of it, that posts changes as they happen.
Not for: loading them. An answer of 202 says that the delivery lies on the disk; the feed takes it in from there.
"""

from __future__ import annotations

import hmac
import re
import sys
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from peelian.app.serve import ADDRESS, check_loopback
from peelian.city.feed.service import Inbox, batch_name
from peelian.domain.errors import BadInput
from peelian.domain.time import Clock

LARGEST_BYTES = 16 << 20
MOST_DIGITS = 12
"""A length of more digits is too large whatever they are; reading thousands of them is not even tried."""

SKEW_S = 300
"""How old, or how far ahead, a signed moment may be: a delivery that was overheard cannot be sent again for ever."""

SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def sign(content: bytes, *, secret: bytes, at_s: int) -> str:
    """Return the header `Peelian-Signature` of a push made at `at_s` seconds since 1970.

    HMAC-SHA256 over the decimal seconds, a full stop, and the body.
    """
    mac = hmac.new(secret, f"{at_s}.".encode() + content, sha256).hexdigest()
    return f"t={at_s},v1={mac}"


class PushReceiver(ThreadingHTTPServer):
    """Lays what is posted to `/` in `inbox`; `secret` is shared with the sender. Port 0 takes a free one."""

    daemon_threads = True

    def __init__(
        self, inbox: Inbox, *, source: str, secret: bytes, clock: Clock, host: str = ADDRESS, port: int
    ) -> None:
        check_loopback(host)
        if len(secret) < 32:
            raise BadInput("The secret of a push must have at least 32 bytes; make a longer one.")
        self.inbox, self.source, self.secret, self.clock = inbox, source, secret, clock
        try:
            super().__init__((ADDRESS, port), _Handler)
        except (OSError, OverflowError) as error:
            raise BadInput(f"Port {port} of {ADDRESS} cannot be used ({error}); give another one.") from error

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, int(self.server_address[1])

    def authentic(self, header: str, content: bytes) -> bool:
        """Return whether the sender knows the secret and has just signed this content."""
        told = SIGNATURE.fullmatch(header)
        if told is None:
            return False
        at_s = int(told[1])
        fresh = abs(self.clock.now().timestamp() - at_s) <= SKEW_S
        return hmac.compare_digest(sign(content, secret=self.secret, at_s=at_s), header) and fresh

    def keep(self, content: bytes) -> str:
        """Lay a delivery in the inbox, durably, and return its SHA-256."""
        digest = sha256(content).hexdigest()
        if any(self.inbox.folder.glob(f"*-{digest[:16]}.csv")):
            return digest  # the sender did not hear our answer
        self.inbox.put(batch_name(source=self.source, at=self.clock.now(), digest=digest), content)
        return digest

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a sender who went away go in silence; anything else is told on standard error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers POST; every answer is one sentence."""

    server: PushReceiver
    server_version = "peelian"
    sys_version = ""
    timeout = 20  # seconds a silent sender may hold a thread

    def do_POST(self) -> None:
        """Keep what was posted if it is whole, signed and not too large."""
        self.close_connection = True
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            return self._sentence(
                HTTPStatus.LENGTH_REQUIRED, "Say how long the delivery is (Content-Length)."
            )
        if len(length) > MOST_DIGITS or int(length) > LARGEST_BYTES:
            limit = f"A delivery has at most {LARGEST_BYTES >> 20} MB; send it in parts."
            return self._sentence(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit)
        content = self.rfile.read(int(length))
        if len(content) < int(length) or not content:
            return self._sentence(HTTPStatus.BAD_REQUEST, "The delivery is not whole; send it again.")
        if not self.server.authentic(self.headers.get("Peelian-Signature", ""), content):
            return self._sentence(
                HTTPStatus.UNAUTHORIZED, "The delivery is not signed, wrongly signed, or too old."
            )
        return self._kept(content)

    def _kept(self, content: bytes) -> None:
        try:
            digest = self.server.keep(content)
        except OSError as error:
            why = f"The delivery could not be kept ({error.strerror}); send it again later."
            return self._sentence(HTTPStatus.INSUFFICIENT_STORAGE, why)
        return self._sentence(HTTPStatus.ACCEPTED, f"Kept: {digest}")

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
    """Take pushes until interrupted."""
    with receiver:
        announce(
            f"Pushes of {receiver.source} on this machine only: http://{ADDRESS}:{receiver.server_port}/"
        )
        try:
            receiver.serve_forever()
        except KeyboardInterrupt:
            announce("Stopped.")
