"""Reports are shown on this machine only, and only after the opening has been entered."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from peelian.app.serve import ReportServer, serve
from peelian.domain.errors import BadInput, PeelianError, Refused

REPORT = b"<!doctype html><title>week</title>"


class Entries:
    """Stands where the ledger would: takes openings, or fails as it is told."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.failure: Exception | None = None

    def __call__(self, name: str) -> None:
        if self.failure:
            raise self.failure
        self.names.append(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "week.html").write_bytes(REPORT)
    (reports / "plan.geojson").write_text("{}")
    (reports / ".week.html.staged").write_text("half")
    (reports / "folder.html").mkdir()
    (tmp_path / "secret.html").write_text("secret")
    (reports / "link.html").symlink_to(tmp_path / "secret.html")
    os.mkfifo(reports / "pipe.html")
    return reports


@pytest.fixture
def entries() -> Entries:
    return Entries()


@pytest.fixture
def server(folder: Path, entries: Entries) -> Iterator[ReportServer]:
    with ReportServer(folder, port=0, on_open=entries) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(
    server: ReportServer, path: str, *, method: str = "GET", **headers: str
) -> tuple[int, bytes, HTTPResponse]:
    """Send one request with the target exactly as given."""
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read(), answer
    finally:
        connection.close()


def test_a_report_is_sent_after_its_opening_was_entered(server: ReportServer, entries: Entries) -> None:
    status, body, _ = ask(server, "/week.html")
    assert (status, body, entries.names) == (200, REPORT, ["week.html"])


def test_the_index_names_reports_and_nothing_else(server: ReportServer, entries: Entries) -> None:
    status, body, _ = ask(server, "/")
    assert status == 200
    assert b'href="/week.html"' in body
    for hidden in (b"plan.geojson", b"staged", b"folder.html", b"link.html", b"pipe.html"):
        assert hidden not in body
    assert entries.names == []


@pytest.mark.parametrize(
    "failure", [PeelianError("The ledger is full; make room."), OSError("disk"), ValueError("secret detail")]
)
def test_without_an_entry_no_byte_of_the_report_is_sent(
    server: ReportServer, entries: Entries, failure: Exception
) -> None:
    entries.failure = failure
    status, body, _ = ask(server, "/week.html")
    assert status == 503
    assert body.startswith(b"The report stays closed. ")
    assert b"week" not in body
    assert (b"make room" in body) is isinstance(failure, PeelianError)
    assert b"secret detail" not in body


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/../secret.html",
            "/..%2fsecret.html",
            "/%2e%2e/secret.html",
            "/....//secret.html",
            "/..\\secret.html",
        ),
        *("/week.html/", "/week.html?x=1", "/week.html%00", "/./week.html", "/week.HTML", "/etc/passwd", "*"),
        *("/plan.geojson", "/.week.html.staged", "/folder.html", "/folder.html/", "/link.html", "/pipe.html"),
    ],
)
def test_only_a_report_by_its_exact_name_is_found(server: ReportServer, entries: Entries, path: str) -> None:
    status, body, _ = ask(server, path)
    assert (status, entries.names) == (404, [])
    assert b"secret" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_reports_can_only_be_read(server: ReportServer, entries: Entries, method: str) -> None:
    status, _, answer = ask(server, "/week.html", method=method)
    assert (status, answer.headers["Allow"], entries.names) == (405, "GET, HEAD", [])


def test_asking_for_the_head_opens_nothing(server: ReportServer, entries: Entries) -> None:
    status, body, answer = ask(server, "/week.html", method="HEAD")
    assert (status, body, entries.names) == (200, b"", [])
    assert answer.headers["Content-Length"] == str(len(REPORT))


@pytest.mark.parametrize("path", ["/", "/week.html", "/absent.html"])
def test_every_answer_carries_the_guarding_headers(server: ReportServer, path: str) -> None:
    _, _, answer = ask(server, path)
    headers = answer.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "Python" not in headers["Server"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("127.0.0.1", 421),
        ("rebound.example:{port}", 421),
        ("localhost.rebound.example:{port}", 421),
        ("127.0.0.1:{port}@rebound.example", 421),
        ("", 421),
    ],
)
def test_another_name_for_this_machine_is_turned_away(
    server: ReportServer, entries: Entries, host: str, status: int
) -> None:
    assert ask(server, "/week.html", Host=host.format(port=server.server_port))[0] == status
    assert len(entries.names) == (status == 200)


@pytest.mark.parametrize(("lines", "status"), [("", 421), ("Host: localhost:{port}\r\nHost: x\r\n", 421)])
def test_a_request_names_its_host_exactly_once(
    server: ReportServer, entries: Entries, lines: str, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as raw:
        raw.sendall(f"GET /week.html HTTP/1.1\r\n{lines.format(port=server.server_port)}\r\n".encode())
        assert raw.recv(64).split()[1] == str(status).encode()
    assert entries.names == []


@pytest.mark.parametrize(
    ("site", "status"), [("none", 200), ("same-origin", 200), ("cross-site", 403), ("same-site", 403)]
)
def test_a_page_elsewhere_cannot_make_an_opening(
    server: ReportServer, entries: Entries, site: str, status: int
) -> None:
    assert ask(server, "/week.html", Sec_Fetch_Site=site)[0] == status
    assert len(entries.names) == (status == 200)


def test_openings_are_entered_one_at_a_time(folder: Path) -> None:
    inside, most = [0], [0]

    def slow(name: str) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        threading.Event().wait(0.02)
        inside[0] -= 1

    with ReportServer(folder, port=0, on_open=slow) as running:
        threads = [threading.Thread(target=running.opening, args=("week.html",)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1", "192.0.2.1", "example.org", ""])
def test_only_the_loopback_is_listened_on(folder: Path, entries: Entries, host: str) -> None:
    with pytest.raises(Refused, match="loopback-only"):
        serve(folder, host=host, on_open=entries)


def test_a_port_in_use_or_impossible_is_a_sentence(server: ReportServer, entries: Entries) -> None:
    for port in (server.server_port, 70_000):
        with pytest.raises(BadInput, match=f"Port {port} of 127.0.0.1 cannot be used"):
            ReportServer(server.folder, port=port, on_open=entries)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path, entries: Entries) -> None:
    with pytest.raises(BadInput, match="make a report first"):
        serve(tmp_path / "absent", on_open=entries)


def test_serve_says_where_and_ends_on_interrupt(
    folder: Path, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(server: ReportServer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ReportServer, "serve_forever", interrupted)
    said: list[str] = []
    serve(folder, port=0, on_open=entries, announce=lambda sentence, _: said.append(sentence))
    assert said[0].startswith("Reports on this machine only: http://127.0.0.1:")
    assert said[-1] == "Stopped."
