"""A witness that others reach over the network (C2SP tlog-witness, the server's half).

    POST /add-checkpoint              the cosignature, or 400, 403, 404, 409 with the size it remembers, 422
    GET  /<sha256 of origin>/checkpoint   the last checkpoint it cosigned, for monitors

For: somebody other than the operator of the log, on a machine the operator cannot reach. There is nothing secret in
what it takes or gives, and it asks nobody who they are: a checkpoint counts if the log it names has signed it. TLS, if
wanted, is a proxy's work. A stranger must cost little: a few senders at a time, each with little to say in little time.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

from peelian.app.few_at_once import FewAtOnce
from peelian.app.line import Line
from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.governance.ledger.cosigner import Conflict, Cosigner, UnknownLog, Unsigned

LARGEST_BYTES = 65_536
SENDERS = 16
PATIENCE_S = 10.0
SIZE_TYPE = "text/x.tlog.size"
PLAIN_TYPE = "text/plain; charset=utf-8"

_STATUS: tuple[tuple[type[PeelianError], HTTPStatus], ...] = (
    (UnknownLog, HTTPStatus.NOT_FOUND),
    (Unsigned, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (Tampered, HTTPStatus.UNPROCESSABLE_ENTITY),
    (BadInput, HTTPStatus.BAD_REQUEST),
    (PeelianError, HTTPStatus.SERVICE_UNAVAILABLE),  # its own clock is wrong
)
"""What each refusal is called over HTTP; the first that fits counts."""


class WitnessServer(FewAtOnce):
    """Serves one cosigner at `address` (host, port); port 0 takes a free one."""

    def __init__(self, cosigner: Cosigner, *, address: tuple[str, int]) -> None:
        self.cosigner = cosigner
        self.places = BoundedSemaphore(SENDERS)
        host, port = address
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__(address, _Handler)
        except (OSError, OverflowError) as error:
            raise BadInput(f"Port {port} of {host} cannot be used ({error}); give another one.") from error

    @property
    def url(self) -> str:
        """Return the submission prefix."""
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "witness", int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    """Answers POST and GET; every refusal but 409 is one sentence."""

    server: WitnessServer
    server_version = "peelian-witness"
    sys_version = ""

    def setup(self) -> None:
        """Begin to count a sender's time."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(Line(self.connection, until=monotonic() + PATIENCE_S))

    def do_POST(self) -> None:
        """Cosign a checkpoint that grows, or say why not."""
        if self.path != "/add-checkpoint":
            self._answer(HTTPStatus.NOT_FOUND, "Checkpoints are posted to /add-checkpoint.\n")
            return
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 8 and int(length) <= LARGEST_BYTES):
            said = f"Say how long the request is (Content-Length), at most {LARGEST_BYTES} bytes.\n"
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
            return
        try:
            line = self.server.cosigner.add_checkpoint(self.rfile.read(int(length)))
        except Conflict as conflict:
            self._answer(HTTPStatus.CONFLICT, f"{conflict.size}\n", kind=SIZE_TYPE)
        except PeelianError as refusal:
            status = next(status for kind, status in _STATUS if isinstance(refusal, kind))
            self._answer(status, f"{refusal}\n")
        else:
            self._answer(HTTPStatus.OK, line)

    def do_GET(self) -> None:
        """Show monitors the last checkpoint cosigned for a log."""
        origin_hash, _, rest = self.path.removeprefix("/").partition("/")
        kept = self.server.cosigner.checkpoint(origin_hash) if rest == "checkpoint" else None
        if kept is None:
            self._answer(HTTPStatus.NOT_FOUND, "This witness has cosigned nothing under that name.\n")
        else:
            self._answer(HTTPStatus.OK, kept)

    def _answer(self, status: HTTPStatus, text: str, *, kind: str = PLAIN_TYPE) -> None:
        body = text.encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(ConnectionError, TimeoutError):
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the parser refuses in our own words."""
        phrase = HTTPStatus(code).phrase
        self._answer(HTTPStatus(code), f"Checkpoints are posted here, and shown: {phrase}.\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Write no access log: what was cosigned is remembered in the witness's home."""


def serve_witness(server: WitnessServer, *, announce: Callable[[str], None]) -> None:
    """Answer until interrupted."""
    with server:
        announce(f"The witness {server.cosigner.name} answers at {server.url}; its key is:")
        announce(str(server.cosigner.vkey))
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            announce("Stopped.")
