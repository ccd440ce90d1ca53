"""What all publishers have in common: the incidents, a server, a log of what was asked, and faults on order."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from peelian.city.mapping.fetch_spec import FetchSpec

PERSON = "Mary Ann Nichols"
"""Stands in every row as an unmapped column: it must never be found on the disk."""


@dataclass(frozen=True)
class Incident:
    """What is published, before each publisher gives it its own shape."""

    number: int
    when: str
    lon: str
    lat: str
    offence: str | None
    updated: str = "2024-05-01T00:00:00.000Z"


def incidents(n: int = 12) -> list[Incident]:
    """Return `n` incidents; every fifth has no offence."""
    return [
        Incident(
            number=101 + i,
            when=f"2024-0{1 + 3 * i // n}-{10 + i % 18:02d}T0{i % 10}:15:00.000Z",
            lon=f"-1.1{i:03d}7",
            lat=f"52.6{i:03d}3",
            offence=None if i % 5 == 4 else ("burglary", "robbery", "theft")[i % 3],
        )
        for i in range(n)
    ]


@dataclass(frozen=True)
class Asked:
    """A question as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]

    def integer(self, name: str, default: int) -> int:
        return int(self.query.get(name, default))


@dataclass(frozen=True)
class Reply:
    """An answer as it is sent; `cut` sends half of the body and hangs up."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def as_json(document: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json", **headers})


Fault = Callable[["Office", Asked, Callable[[], Reply]], Reply]
"""Given the office, the question and the way to the true answer: what is answered."""


def status(code: int, **headers: str) -> Fault:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _office, _asked, _true: Reply(code, b"<html>not now</html>", names)


def cut(_office: Office, _asked: Asked, true: Callable[[], Reply]) -> Reply:
    return replace(true(), cut=True)


def again(office: Office, _asked: Asked, _true: Callable[[], Reply]) -> Reply:
    """The first page once more, as a confused cache would send it."""
    return office.first_page or Reply(500)


def renamed(office: Office, _asked: Asked, true: Callable[[], Reply]) -> Reply:
    office.rename()
    return true()


def retyped(office: Office, _asked: Asked, true: Callable[[], Reply]) -> Reply:
    office.retyped = True
    return true()


class Office(ABC):
    """One publisher. `faults[n]` strikes the n-th question for a page, from 1."""

    page_rows = 4
    columns: tuple[str, ...]
    offence: str
    """The mapped column that gets renamed or retyped, and what it is called then."""
    counts = True
    typed = True

    def __init__(self, rows: list[Incident] | None = None) -> None:
        self.rows = incidents() if rows is None else rows
        self.faults: dict[int, Fault] = {}
        self.pages_asked: list[str] = []
        self.everything_asked: list[Asked] = []
        self.first_page: Reply | None = None
        self.offence_now = self.offence
        self.retyped = False
        self.miscount = 0
        self.version = 1
        self.address = ""

    @abstractmethod
    def spec(self) -> FetchSpec:
        """Return how this publisher is fetched from, three pages long."""

    @abstractmethod
    def expected(self) -> list[tuple[str | None, ...]]:
        """Return the rows of the mapped columns as they ought to arrive."""

    @abstractmethod
    def is_page(self, asked: Asked) -> bool:
        """Return whether the question is for a page."""

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """Return the true answer."""

    def rename(self) -> None:
        """The publisher calls the offence something else from now on."""
        self.offence_now = self.offence + "_desc"

    def place(self, asked: Asked) -> str:
        """Return what tells this page from the others, for the log."""
        return json.dumps(asked.query, sort_keys=True)

    def offence_value(self, incident: Incident) -> Any:
        return {"code": incident.offence, "list": "v2"} if self.retyped else incident.offence

    def reply(self, asked: Asked) -> Reply:
        self.everything_asked.append(asked)
        if not self.is_page(asked):
            return self.answer(asked)
        self.pages_asked.append(self.place(asked))
        fault = self.faults.get(len(self.pages_asked))
        given = fault(self, asked, lambda: self.answer(asked)) if fault else self.answer(asked)
        if self.first_page is None and given.status in {200, 206} and not given.cut:
            self.first_page = given
        return given


@contextmanager
def open_office(office: Office) -> Iterator[Office]:
    """Serve `office` on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _handler(office))
    office.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong here, but not that a caller hung up: that is what callers do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(office: Office) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:  # the library's name
            self._serve(urlsplit(self.path).query)

        def do_POST(self) -> None:  # the library's name
            self._serve(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _serve(self, query: str) -> None:
            pairs = {name: values[0] for name, values in parse_qs(query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = office.reply(Asked(self.command, urlsplit(self.path).path, pairs, headers))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
            if reply.cut:
                # A reset, not a polite end: what a broken network looks like.
                self.wfile.flush()
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True

    return Handler
