"""The one client: patient, slow enough, suspicious, and silent about secrets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.fetch import client as client_module
from peelian.city.fetch.client import Line, Secret, opened
from peelian.city.fetch.exchange import Answer, Request
from peelian.city.fetch.reach import Reach, check_peer, reach_of, redirected
from peelian.city.fetch.wait import Patience, backoff_s, retry_after_s
from peelian.domain.errors import BadInput, PeelianError
from tests.city.fetch.caller import Caller
from tests.city.fetch.publishers.office import Asked, Office, Reply, as_json, open_office

NOW = datetime(2024, 6, 1, tzinfo=UTC)


class Scripted(Office):
    """Answers each question with the next of its replies."""

    offence = ""

    def __init__(self, *replies: Reply) -> None:
        super().__init__([])
        self.replies = list(replies)

    def spec(self) -> object:  # type: ignore[override]
        return None

    def expected(self) -> list[tuple[str | None, ...]]:
        return []

    def is_page(self, asked: Asked) -> bool:
        return False

    def answer(self, asked: Asked) -> Reply:
        return self.replies.pop(0)


@contextmanager
def line_to(office: Office, caller: Caller, *, per_second: float = 1000.0) -> Iterator[Line]:
    start = {"start": office.address, "secret_header": "X-App-Token"}
    with opened(caller.client(), per_second=per_second, **start) as line:
        yield line


def text(line: Line, address: str) -> str:
    def read(answer: Answer) -> str:
        return f"{answer.status} {answer.body().decode()}"

    return line.ask(Request(address), read=read)


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path)


@pytest.mark.fault
def test_half_a_document_is_asked_for_again(caller: Caller) -> None:
    with (
        open_office(Scripted(Reply(200, b'{"a": [1, 2'), as_json({"a": 1.50}))) as office,
        line_to(office, caller) as line,
    ):
        assert line.document(Request(office.address), judge=lambda _, parsed: parsed) == {"a": "1.5"}
        assert line.notes() == ("asked again after a body that is no JSON, or only the beginning of one",)


@pytest.mark.fault
def test_a_publisher_that_is_silent_is_not_waited_for_for_ever(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        caller.patience = Patience(attempts=2, read_s=0.05)
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with opened(caller.client(), start=address, per_second=10, secret_header="X") as line:
            with pytest.raises(
                PeelianError, match=r"127.0.0.1 could not be fetched from: 2 attempts ended in ReadTimeout"
            ):
                text(line, address)


def test_a_publisher_that_is_not_there(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with opened(caller.client(), start=address, per_second=10, secret_header="X") as line:
        with pytest.raises(PeelianError, match="6 attempts ended in ConnectError"):
            text(line, address)


def test_a_body_without_end_is_refused(caller: Caller) -> None:
    caller.patience = Patience(body_bytes=1000)
    with open_office(Scripted(Reply(200, b"x" * 1001))) as office, line_to(office, caller) as line:
        with pytest.raises(BadInput, match="sent more than the 1,000 bytes that one answer may have"):
            text(line, office.address)


def test_the_rate_is_kept(caller: Caller) -> None:
    replies = [Reply(200, b"") for _ in range(5)]
    with open_office(Scripted(*replies)) as office, line_to(office, caller, per_second=4) as line:
        for _ in range(5):
            text(line, office.address)
    assert caller.waits == [0.25] * 4


def test_a_clock_set_back_stops_nobody(caller: Caller) -> None:
    with open_office(Scripted(Reply(), Reply())) as office, line_to(office, caller, per_second=4) as line:
        text(line, office.address)
        caller.clock.advance(timedelta(days=-1))
        text(line, office.address)
    assert caller.waits == [0.25]


@settings(deadline=None)
@given(attempt=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_waits_grow_up_to_a_bound(attempt: int, seed: int) -> None:
    wait = backoff_s(attempt, patience=Patience(), rng=np.random.default_rng(seed))
    assert 0 <= wait <= min(60, 2 ** (attempt - 1))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0 ", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("-1", None),
        ("soon", None),
    ],
)
def test_the_publishers_wish_is_read(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, now=NOW) == seconds


def test_a_redirect_to_the_same_host_is_followed(caller: Caller) -> None:
    office = Scripted(Reply(302, headers={"Location": "/new?a=1"}), Reply(200, b"here"))
    caller.secret = Secret("s3cr3t")
    with open_office(office), line_to(office, caller) as line:
        assert text(line, office.address) == "200 here"
    assert [asked.path for asked in office.everything_asked] == ["/", "/new"]
    assert [asked.headers.get("x-app-token") for asked in office.everything_asked] == ["s3cr3t"] * 2


def test_a_secret_does_not_follow_a_redirect_to_somebody_else(caller: Caller) -> None:
    other = Scripted(Reply(200, b"there"))
    caller.secret = Secret("s3cr3t")
    with open_office(other), open_office(Scripted(Reply(302, headers={"Location": other.address}))) as office:
        with line_to(office, caller) as line:
            assert text(line, office.address) == "200 there"
    assert "s3cr3t" not in str(other.everything_asked)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://localhost:{port}/", "neither https nor the publisher's own host"),
        ("http://169.254.169.254/latest/meta-data", "neither https nor the publisher's own host"),
        ("file:///etc/passwd", "without a host"),
        ("ftp://127.0.0.1/", "neither https nor"),
        ("https://me:pw@127.0.0.1/", "with a user name"),
    ],
)
def test_redirects_that_are_refused(caller: Caller, location: str, why: str) -> None:
    with open_office(Scripted()) as office, line_to(office, caller) as line:
        place = location.replace("{port}", office.address.rpartition(":")[2])
        office.replies = [Reply(301, headers={"Location": place})]  # type: ignore[attr-defined]
        with pytest.raises(BadInput, match=why):
            text(line, office.address)
        assert len(office.everything_asked) == 1


def test_a_redirect_to_nowhere_is_no_answer(caller: Caller) -> None:
    nowhere = [Reply(301, headers={"Location": "https://127.0.0.1:port/"}) for _ in range(6)]
    with open_office(Scripted(*nowhere)) as office, line_to(office, caller) as line:
        with pytest.raises(PeelianError, match="6 attempts ended in RemoteProtocolError"):
            text(line, office.address)


def test_from_https_nothing_leads_back_to_http() -> None:
    start = httpx.URL("https://data.example.gov/a")
    with pytest.raises(BadInput, match="neither https nor the publisher's own host"):
        redirected("http://data.example.gov/a", at=start, start=start)


def test_a_redirect_in_a_circle_ends(caller: Caller) -> None:
    circle = [Reply(307, headers={"Location": "/again"}) for _ in range(9)]
    with open_office(Scripted(*circle)) as office, line_to(office, caller) as line:
        with pytest.raises(BadInput, match="redirects more than 5 times in a row"):
            text(line, office.address)


def test_nobody_is_led_inside_the_network(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The office passes for a public one; it redirects to another address of this machine, which hears nothing."""
    monkeypatch.setattr(
        client_module, "reach_of", lambda at: Reach.EVERYWHERE if at == "127.0.0.1" else reach_of(at)
    )
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.2", 0)) as inside:

        def listen() -> None:
            with inside.accept()[0] as caught:
                heard.append(caught.recv(100))

        listener = threading.Thread(target=listen)
        listener.start()
        location = f"https://127.0.0.2:{inside.getsockname()[1]}/admin"
        with (
            open_office(Scripted(Reply(302, headers={"Location": location}))) as office,
            line_to(office, caller) as line,
        ):
            with pytest.raises(
                BadInput, match=r"127.0.0.2 ended at a loopback address, .* nothing was asked there"
            ):
                text(line, office.address)
        listener.join(10)
    assert heard == [b""]


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("8.8.8.8", Reach.EVERYWHERE),
        ("2001:4860:4860::8888", Reach.EVERYWHERE),
        ("10.1.2.3", Reach.NETWORK),
        ("192.168.0.1", Reach.NETWORK),
        ("172.16.0.1", Reach.NETWORK),
        ("100.64.0.1", Reach.NETWORK),
        ("fd00::1", Reach.NETWORK),
        ("224.0.0.1", Reach.NETWORK),
        ("127.0.0.1", Reach.MACHINE),
        ("::1", Reach.MACHINE),
        ("::ffff:127.0.0.1", Reach.MACHINE),
        ("::ffff:10.0.0.1", Reach.NETWORK),
        ("169.254.169.254", Reach.LINK),
        ("fe80::1%eth0", Reach.LINK),
        ("0.0.0.0", Reach.LINK),
    ],
)
def test_from_where_an_address_is_reached(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach


@pytest.mark.parametrize("own", [None, *Reach])
@pytest.mark.parametrize("peer", Reach)
def test_who_may_be_connected_to(peer: Reach, own: Reach | None) -> None:
    allowed = peer is not Reach.LINK and (own is None or peer in {Reach.EVERYWHERE, own})
    try:
        check_peer(peer, own=own, host="h")
    except BadInput:
        assert not allowed
    else:
        assert allowed
