"""Shows the reports of one folder to the browser on this same machine, and to nobody else.

For: reading a report where `file://` will not do, with an entry in the ledger before each opening.
Not for: a network. Who may read from elsewhere is a question of sign-in, and that is the console's.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from threading import Lock
from typing import Any

from peelian.app.report.render import render_index
from peelian.domain.errors import BadInput, PeelianError, Refused

OnOpen = Callable[[str], None]
"""Told the file name of a report before any byte of it is sent. If it raises, the report is not sent. Calls
come from several threads, never two at once."""

ADDRESS = "127.0.0.1"
NAMES = (ADDRESS, "localhost")
REPORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.html")  # needs no percent-encoding, so none is decoded
HEADERS = {
    # A report names its own style sheet by hash in its head; both policies hold, so this one may be wider.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def serve(
    folder: Path,
    *,
    host: str = ADDRESS,
    port: int = 8400,
    on_open: OnOpen,
    keep: Callable[[], object] = lambda: None,
    announce: Callable[[str, str | None], None] = lambda sentence, _: print(sentence),
) -> None:
    """Show the reports in `folder` until interrupted; `announce` is told a sentence, and where, once it listens.

    `keep` is called between requests, never while a report is being opened: it keeps the house's terms.
    """
    with ReportServer(folder, host=host, port=port, on_open=on_open, keep=keep) as server:
        address = f"http://{ADDRESS}:{server.server_port}/"
        announce(f"Reports on this machine only: {address} (Ctrl-C ends it)", address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            announce("Stopped.", None)


class ReportServer(ThreadingHTTPServer):
    """Serves the `*.html` files of `folder` on the loopback address; nothing else in it is ever shown.

    Port 0 takes a free one, which `server_port` tells. Any other host than the loopback is refused.
    """

    daemon_threads = True

    def __init__(
        self,
        folder: Path,
        *,
        host: str = ADDRESS,
        port: int,
        on_open: OnOpen,
        keep: Callable[[], object] = lambda: None,
    ) -> None:
        check_loopback(host)
        if not folder.is_dir():
            raise BadInput(f"There is no folder {folder} to show reports from; make a report first.")
        self.folder = folder
        self._on_open, self._keep = on_open, keep
        self._one_opening = Lock()
        try:
            super().__init__((ADDRESS, port), _Handler)
        except (OSError, OverflowError) as error:
            raise BadInput(f"Port {port} of {ADDRESS} cannot be used ({error}); give another one.") from error

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, int(self.server_address[1])

    def service_actions(self) -> None:
        """Keep terms, unless a report is being opened: then it is done a moment later."""
        if self._one_opening.acquire(blocking=False):
            try:
                self._keep()
            finally:
                self._one_opening.release()

    def reports(self) -> tuple[str, ...]:
        """Return the file names of the reports, in order."""
        with os.scandir(self.folder) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        return tuple(sorted(name for name in names if REPORT_NAME.fullmatch(name)))

    def opening(self, name: str) -> None:
        """Say that a report is about to be sent; one at a time, since the ledger has one writer."""
        with self._one_opening:
            self._on_open(name)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a reader who went away go in silence; anything else is told on standard error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def check_loopback(host: str) -> None:
    """Refuse any host to listen on but this machine's own loopback."""
    if host not in NAMES:
        raise Refused(
            f"Reports are not shown on {host}.",
            rule="loopback-only",
            citation="house rule: whoever reads from another machine must have signed in",
            remedy=f"Leave the host at {ADDRESS}, or hand the file itself to those who may read it.",
        )


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; every other answer is one sentence."""

    server: ReportServer
    server_version = "peelian"
    sys_version = ""
    timeout = 20  # seconds a silent reader may hold a thread

    def do_GET(self) -> None:
        """Send the index or one report, the report only after its opening has been entered."""
        if self._check_request():
            self._send_page(self.path.removeprefix("/"))

    def do_HEAD(self) -> None:
        """Send what GET would, without the page; that opens nothing, so nothing is entered."""
        self.do_GET()

    def _check_request(self) -> bool:
        """Turn away other names for this machine (DNS rebinding) and pages of other sites."""
        mine = {f"{name}:{self.server.server_port}" for name in NAMES}
        if self.headers.get_all("Host", []) not in [[name] for name in mine]:
            self._sentence(HTTPStatus.MISDIRECTED_REQUEST, f"Open http://{min(mine)}/ by that name.")
            return False
        if self.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            self._sentence(HTTPStatus.FORBIDDEN, "Another site asked for this; type the address yourself.")
            return False
        return True

    def _send_page(self, name: str) -> None:
        reports = self.server.reports()
        if not name:
            self._send(HTTPStatus.OK, render_index(reports).encode())
            return
        page = _read(self.server.folder / name) if name in reports else None
        if page is None:
            self._sentence(HTTPStatus.NOT_FOUND, "There is no such report here.")
        elif self.command == "HEAD" or self._entered(name):
            self._send(HTTPStatus.OK, page)

    def _entered(self, name: str) -> bool:
        """Return whether the opening was entered; if not, say why and send nothing of the report."""
        try:
            self.server.opening(name)
        except Exception as error:  # whatever it was: without an entry no reading
            why = str(error) if isinstance(error, PeelianError) else "The ledger could not be written."
            self._sentence(HTTPStatus.SERVICE_UNAVAILABLE, f"The report stays closed. {why}")
            return False
        return True

    def _sentence(self, status: HTTPStatus, text: str, **headers: str) -> None:
        self._send(status, f"{text}\n".encode(), kind="text/plain", **headers)

    def _send(self, status: HTTPStatus, body: bytes, *, kind: str = "text/html", **headers: str) -> None:
        self.send_response(status)
        sent = {
            **HEADERS,
            **headers,
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
        }
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the parser refuses in our own words; the parser's would repeat the request."""
        self.close_connection = True
        if code == HTTPStatus.NOT_IMPLEMENTED:
            allowed = HTTPStatus.METHOD_NOT_ALLOWED
            self._sentence(allowed, "Reports can only be read (GET, HEAD).", Allow="GET, HEAD")
        else:
            self._sentence(HTTPStatus(code), f"This request cannot be answered: {HTTPStatus(code).phrase}.")

    def log_message(self, format: str, *args: Any) -> None:
        """Write no access log: who read what is in the ledger, and nowhere else."""


def _read(path: Path) -> bytes | None:
    """Return a regular file's bytes without following a link; None if it is gone or something else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(handle).st_mode) else None
