"""Pushes: what was answered with 202 lies in the inbox, whole; what is not signed leaves no trace there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path

import pytest

from peelian.app import push
from peelian.app.push import PushReceiver, sign
from peelian.city.feed.service import Inbox
from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import SimulatedClock

SECRET = bytes(range(32))
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AT_S = int(NOW.timestamp())
CONTENT = b"id,when\nA,2026-03-02T08:59:00Z\n"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[PushReceiver]:
    inbox = Inbox(tmp_path, settle=timedelta(0))
    with PushReceiver(inbox, source="cad", secret=SECRET, clock=SimulatedClock(NOW), port=0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def post(receiver: PushReceiver, content: bytes, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", receiver.server_port, timeout=5)
    try:
        connection.request(
            "POST", "/", body=content, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def delivered(receiver: PushReceiver) -> list[bytes]:
    return [path.read_bytes() for path in sorted(receiver.inbox.folder.iterdir()) if path.is_file()]


def test_a_signed_delivery_is_kept_and_answered_with_its_digest(receiver: PushReceiver) -> None:
    signature = sign(CONTENT, secret=SECRET, at_s=AT_S)
    assert post(receiver, CONTENT, Peelian_Signature=signature) == (
        202,
        f"Kept: {sha256(CONTENT).hexdigest()}\n",
    )
    assert delivered(receiver) == [CONTENT]


def test_the_same_delivery_twice_lies_there_once(receiver: PushReceiver) -> None:
    signature = sign(CONTENT, secret=SECRET, at_s=AT_S)
    for _ in range(2):
        receiver.clock.advance(timedelta(seconds=1))
        assert post(receiver, CONTENT, Peelian_Signature=signature)[0] == 202
    assert delivered(receiver) == [CONTENT]


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=0,v1=" + "0" * 64,
        sign(CONTENT, secret=b"x" * 32, at_s=AT_S),
        sign(CONTENT + b"B", secret=SECRET, at_s=AT_S),
        sign(CONTENT, secret=SECRET, at_s=AT_S - 301),
        sign(CONTENT, secret=SECRET, at_s=AT_S + 301),
        sign(CONTENT, secret=SECRET, at_s=AT_S).replace(f"t={AT_S}", f"t={AT_S + 1}"),
        sign(CONTENT, secret=SECRET, at_s=AT_S).upper(),
    ],
)
def test_what_is_not_signed_by_who_knows_the_secret_just_now_is_refused(
    receiver: PushReceiver, signature: str
) -> None:
    status, told = post(receiver, CONTENT, Peelian_Signature=signature)
    assert (status, told) == (401, "The delivery is not signed, wrongly signed, or too old.\n")
    assert delivered(receiver) == []


@pytest.mark.fault
def test_half_a_delivery_leaves_nothing(receiver: PushReceiver) -> None:
    with socket.create_connection(("127.0.0.1", receiver.server_port), timeout=5) as sender:
        header = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(CONTENT)}\r\n"
        header += f"Peelian-Signature: {sign(CONTENT, secret=SECRET, at_s=AT_S)}\r\n\r\n"
        sender.sendall(header.encode() + CONTENT[:10])
        sender.shutdown(socket.SHUT_WR)
        answer = sender.recv(4096).decode()
    assert answer.startswith("HTTP/1.0 400")
    assert delivered(receiver) == []


@pytest.mark.parametrize("length", [str(push.LARGEST_BYTES + 1), "9" * 5_000])
def test_a_delivery_that_is_too_large_is_not_even_read(receiver: PushReceiver, length: str) -> None:
    status, told = post(receiver, b"", Content_Length=length)
    assert (status, told) == (413, "A delivery has at most 16 MB; send it in parts.\n")


@pytest.mark.fault
def test_a_full_disk_is_told_so_that_the_sender_tries_again(
    receiver: PushReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Inbox, name: str, content: bytes) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Inbox, "put", full)
    status, told = post(receiver, CONTENT, Peelian_Signature=sign(CONTENT, secret=SECRET, at_s=AT_S))
    assert (status, told) == (
        507,
        "The delivery could not be kept (No space left on device); send it again later.\n",
    )


def test_nothing_can_be_read_here(receiver: PushReceiver) -> None:
    connection = HTTPConnection("127.0.0.1", receiver.server_port, timeout=5)
    connection.request("GET", "/")
    assert connection.getresponse().status == 501
    connection.close()


def test_it_listens_on_this_machine_only_and_wants_a_long_secret(tmp_path: Path) -> None:
    made = {"source": "cad", "clock": SimulatedClock(NOW), "port": 0}
    with pytest.raises(Refused):
        PushReceiver(Inbox(tmp_path), secret=SECRET, host="0.0.0.0", **made)
    with pytest.raises(BadInput, match="at least 32 bytes"):
        PushReceiver(Inbox(tmp_path), secret=b"short", **made)
