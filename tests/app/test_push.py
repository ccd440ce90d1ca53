"""Pushes: what was answered with 202 lies in the inbox, whole; what is not signed leaves no trace there."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path

import pytest

from peelian.app import push
from peelian.app.push import PushReceiver, receive
from peelian.app.receiving import receiver as receiver_for
from peelian.city.feed.service import Feed, Inbox, Pushes, parse_feed, sent_sha256, sign, signature_from
from peelian.domain.errors import BadInput, Busy, Refused
from peelian.domain.time import SimulatedClock
from peelian.governance.charter import example_text
from tests.city.drawn import DRAWN
from tests.houses import MAPPING as FED
from tests.houses import PURPOSE, TestHouse, charter, found

SECRET = bytes(range(32))
KEY = b"vouching"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=1)
AT_S = int(NOW.timestamp())
CONTENT = b"""\
id,caller,time,lon,lat,offence,told
A,Mary Ann Nichols,2026-03-02 08:59:00,-87.65,41.85,BURG,"a man said ""no""
and left"
"""
KEPT = b"time,lon,lat,offence,id\r\n2026-03-02 08:59:00,-87.65,41.85,BURG,A\r\n"
MAPPING = replace(DRAWN, id="cad", columns=replace(DRAWN.columns, key="id"))
TOKEN = sign(CONTENT, secret=SECRET, at_s=AT_S)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[PushReceiver]:
    with running(tmp_path, clock=SimulatedClock(NOW)) as receiver:
        yield receiver


@contextmanager
def running(inbox: Path, *, clock: SimulatedClock) -> Iterator[PushReceiver]:
    pushes = Pushes(Inbox(inbox, settle=timedelta(0)), MAPPING, KEY)
    receiver = PushReceiver(pushes, secret=SECRET, clock=clock, until=UNTIL, port=0)
    with receiver, pushes.opened(now=clock.now()):
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
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
    inbox = receiver.pushes.inbox
    return [path.read_bytes() for path in inbox.waiting(now=receiver.clock.now())]


def everything(receiver: PushReceiver) -> bytes:
    """Return every byte below the inbox."""
    return b"".join(path.read_bytes() for path in receiver.pushes.inbox.folder.rglob("*") if path.is_file())


@contextmanager
def sending(receiver: PushReceiver, head: str) -> Iterator[socket.socket]:
    """Begin to send, with this head, and whatever comes after."""
    with socket.create_connection(("127.0.0.1", receiver.server_port), timeout=5) as sender:
        sender.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
        yield sender


def answer(sender: socket.socket) -> str:
    """Return the first line of what comes back; empty where the line is cut without an answer."""
    with suppress(ConnectionError):
        return sender.recv(4096).decode().partition("\r\n")[0]
    return ""


def test_a_signed_delivery_is_kept_and_answered_with_its_digest(receiver: PushReceiver) -> None:
    digest = sha256(CONTENT).hexdigest()
    assert post(receiver, CONTENT, Peelian_Signature=TOKEN) == (202, f"Kept: {digest}\n")
    assert delivered(receiver) == [KEPT]
    (path,) = receiver.pushes.inbox.waiting(now=NOW)
    assert sent_sha256(path, key=KEY) == digest
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("change", ["content", "digest", "word", "key", "nothing vouches"])
def test_nobody_but_the_receiver_says_what_was_sent(receiver: PushReceiver, change: str) -> None:
    """Whoever may drop a file may give it a pushed one's name, or change a pushed one."""
    post(receiver, CONTENT, Peelian_Signature=TOKEN)
    (path,) = receiver.pushes.inbox.waiting(now=NOW)
    digest, word = path.name.removesuffix(".push.csv").split("-")[-2:]
    if change == "content":
        path.write_bytes(KEPT.replace(b"BURG", b"THFT"))
    elif change != "key":
        other = {
            "digest": path.name.replace(digest, "1" * 64),
            "word": path.name.replace(word, "1" * 32),
            "nothing vouches": path.name.replace(f"-{word}", ""),
        }
        path = path.rename(path.with_name(other[change]))
    assert sent_sha256(path, key=b"another" if change == "key" else KEY) is None


def test_what_no_mapping_reads_never_lies_on_the_disk(receiver: PushReceiver) -> None:
    post(receiver, CONTENT, Peelian_Signature=TOKEN)
    assert b"Nichols" not in everything(receiver)
    assert b"a man said" not in everything(receiver)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            CONTENT.replace(b"offence", b"offense"),
            "the delivery has no column 'offence', which the mapping cad reads",
        ),
        (CONTENT + b"B,1\n", "the delivery: row 2 has 2 fields and the header 7; correct it."),
        (CONTENT.replace(b'""no""', b'"no"'), "neither opens nor closes a field"),
        (CONTENT.replace(b"BURG", b"\xff"), "is not utf-8: byte 0xff"),
        (CONTENT.partition(b"A,")[0], "has a header but no rows"),
        (b"PK\x03\x04", "is a zip archive or a spreadsheet, not CSV"),
    ],
)
def test_what_cannot_be_read_is_told_at_once_and_nothing_of_it_is_kept(
    receiver: PushReceiver, content: bytes, told: str
) -> None:
    signature = sign(content, secret=SECRET, at_s=AT_S)
    for _ in range(2):  # its signature is not remembered either
        status, said = post(receiver, content, Peelian_Signature=signature)
        assert status == 422
        assert told in said
        assert everything(receiver) == b""


def test_a_replay_is_answered_and_not_laid_down_again_not_even_after_a_restart(tmp_path: Path) -> None:
    """The feed has taken the first in, and a newer one; an older state must not come back."""
    clock = SimulatedClock(NOW)
    known = (202, f"Already kept: {sha256(CONTENT).hexdigest()}\n")
    with running(tmp_path, clock=clock) as receiver:
        post(receiver, CONTENT, Peelian_Signature=TOKEN)
        for path in receiver.pushes.inbox.waiting(now=NOW):
            receiver.pushes.inbox.remove(path)
        assert post(receiver, CONTENT, Peelian_Signature=TOKEN) == known
    clock.advance(timedelta(seconds=300))
    with running(tmp_path, clock=clock) as receiver:
        assert post(receiver, CONTENT, Peelian_Signature=TOKEN) == known
        assert delivered(receiver) == []


def test_who_signs_the_same_again_is_heard_again(receiver: PushReceiver) -> None:
    """A call may go back to what it was; only its sender can say so."""
    for at_s in (AT_S, AT_S + 1):
        signature = sign(CONTENT, secret=SECRET, at_s=at_s)
        receiver.clock.advance(timedelta(seconds=1))
        assert post(receiver, CONTENT, Peelian_Signature=signature)[1].startswith("Kept")
    assert delivered(receiver) == [KEPT, KEPT]


def test_signatures_are_remembered_until_they_are_fresh_no_more(receiver: PushReceiver) -> None:
    ahead = sign(CONTENT, secret=SECRET, at_s=AT_S + 300)
    post(receiver, CONTENT, Peelian_Signature=ahead)
    receiver.clock.advance(timedelta(seconds=600))
    receiver.service_actions()
    assert post(receiver, CONTENT, Peelian_Signature=ahead)[1].startswith("Already kept")
    receiver.clock.advance(timedelta(seconds=301))
    receiver.service_actions()
    assert [path.name for path in (receiver.pushes.inbox.folder / ".pushed").iterdir()] == ["lock"]
    assert post(receiver, CONTENT, Peelian_Signature=ahead)[0] == 401


def test_two_that_send_the_same_at_once_lay_it_down_once(receiver: PushReceiver) -> None:
    with ThreadPoolExecutor(push.SENDERS) as senders:
        asked = [
            senders.submit(post, receiver, CONTENT, Peelian_Signature=TOKEN) for _ in range(push.SENDERS)
        ]
        told = sorted(each.result()[1].partition(":")[0] for each in asked)
    assert told == ["Already kept"] * (push.SENDERS - 1) + ["Kept"]
    assert delivered(receiver) == [KEPT]


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


SIGNED = f"Content-Length: {len(CONTENT)}\r\nPeelian-Signature: {TOKEN}\r\n"
LONG = f"Content-Length: {push.LARGEST_BYTES}\r\n"


@pytest.mark.fault
def test_half_a_delivery_leaves_nothing(receiver: PushReceiver) -> None:
    with sending(receiver, SIGNED) as sender:
        sender.sendall(CONTENT[:10])
        sender.shutdown(socket.SHUT_WR)
        assert answer(sender).startswith("HTTP/1.0 400")
    assert everything(receiver) == b""


@pytest.mark.parametrize(
    "signature",
    ["", "Peelian-Signature: t=1,v1=00\r\n", f"Peelian-Signature: t={AT_S - 301},v1={'0' * 64}\r\n"],
)
def test_without_a_fresh_signature_not_a_byte_is_waited_for(receiver: PushReceiver, signature: str) -> None:
    with sending(receiver, LONG + signature) as sender:  # and sends nothing more
        assert answer(sender).startswith("HTTP/1.0 401")


def test_a_signature_that_may_be_true_is_believed_only_with_the_last_byte(receiver: PushReceiver) -> None:
    """Until then nothing lies on the disk."""
    with sending(receiver, f"{LONG}Peelian-Signature: t={AT_S},v1={'0' * 64}\r\n") as sender:
        sender.sendall(bytes(push.LARGEST_BYTES - 1))
        assert everything(receiver) == b""
        sender.sendall(b"\0")
        assert answer(sender).startswith("HTTP/1.0 401")
    assert everything(receiver) == b""


@pytest.mark.parametrize("head", ["", SIGNED])
def test_who_sends_slowly_holds_a_thread_for_a_limited_time_only(
    receiver: PushReceiver, monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    """A byte now and then keeps no line open: neither in the head nor in the delivery."""
    monkeypatch.setattr(push, "PATIENCE_S", 0.4)
    monkeypatch.setattr(push, "PARTING_S", 0.1)
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", receiver.server_port), timeout=5) as sender:
        sender.settimeout(0.05)
        sender.sendall(f"POST / HTTP/1.1\r\n{head + chr(13) + chr(10) if head else 'X: '}".encode())
        with suppress(ConnectionError):
            while time.monotonic() < begun + 5:
                sender.sendall(b"x")
                with suppress(TimeoutError):
                    assert sender.recv(4096)[9:12] in (b"408" if head else b"", b"")
                    break
    assert 0.4 <= time.monotonic() - begun < 4
    assert post(receiver, CONTENT, Peelian_Signature=TOKEN)[0] == 202


def test_only_so_many_send_at_once_and_then_there_is_room_again(receiver: PushReceiver) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(sending(receiver, SIGNED)) for _ in range(push.SENDERS)]
        wait_until(lambda: receiver.places._value == 0)
        turned_away = stack.enter_context(sending(receiver, SIGNED))
        assert answer(turned_away) in {
            "HTTP/1.0 503 Service Unavailable",
            "",
        }  # "" where the cut line takes it along
        for each in idle:
            each.close()
        wait_until(lambda: receiver.places._value == push.SENDERS)
        assert post(receiver, CONTENT, Peelian_Signature=TOKEN)[0] == 202


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("length", [str(push.LARGEST_BYTES + 1), "9" * 5_000])
def test_a_delivery_that_is_too_large_is_not_even_read(receiver: PushReceiver, length: str) -> None:
    status, told = post(receiver, b"", Content_Length=length)
    assert (status, told) == (413, "A delivery has at most 16 MB; send it in parts.\n")


@pytest.mark.fault
def test_a_full_disk_is_told_so_that_the_sender_tries_again(
    receiver: PushReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    for step in ("opened_anew", "_remember", "sync_folder"):
        with monkeypatch.context() as patched:
            patched.setattr(f"peelian.city.feed.pushed.{step}", full)
            status, told = post(receiver, CONTENT, Peelian_Signature=TOKEN)
        assert status == 507
        assert told == "The delivery could not be kept (No space left on device); send it again later.\n"
        assert everything(receiver) == b""
    assert post(receiver, CONTENT, Peelian_Signature=TOKEN)[1].startswith("Kept")


def test_nothing_can_be_read_here(receiver: PushReceiver) -> None:
    connection = HTTPConnection("127.0.0.1", receiver.server_port, timeout=5)
    connection.request("GET", "/")
    assert connection.getresponse().status == 501
    connection.close()


def test_it_listens_on_this_machine_only_and_wants_a_long_secret(tmp_path: Path) -> None:
    pushes, made = (
        Pushes(Inbox(tmp_path), MAPPING, KEY),
        {"clock": SimulatedClock(NOW), "until": UNTIL, "port": 0},
    )
    with pytest.raises(Refused):
        PushReceiver(pushes, secret=SECRET, host="0.0.0.0", **made)
    with pytest.raises(BadInput, match="at least 32 bytes"):
        PushReceiver(pushes, secret=b"short", **made)


def test_a_push_is_a_csv_and_an_inbox_has_one_receiver(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for mapping in (replace(MAPPING, format="parquet"), replace(MAPPING, members="*.csv")):
        with pytest.raises(BadInput, match="A push is a CSV"):
            Pushes(inbox, mapping, KEY)
    first, second = Pushes(inbox, MAPPING, KEY), Pushes(inbox, MAPPING, KEY)
    with first.opened(now=NOW), pytest.raises(Busy, match="being received already"), second.opened(now=NOW):
        pass


@pytest.mark.fault
@pytest.mark.parametrize("remembered", [True, False])
def test_what_a_killed_receiver_had_on_its_way_comes_in_if_its_sender_may_know_of_it(
    tmp_path: Path, remembered: bool
) -> None:
    clock, name = SimulatedClock(NOW), f"20260302T090000000000-cad-{'a' * 64}.push.csv"
    told = signature_from(TOKEN)
    assert told is not None
    folder = tmp_path / ".pushed"
    folder.mkdir()
    (folder / f"{told.mac}.{name}").write_bytes(KEPT)
    if remembered:
        (folder / f"{told.at_s}-{told.mac}").touch()
    with running(tmp_path, clock=clock) as receiver:
        assert delivered(receiver) == ([KEPT] if remembered else [])
        post(receiver, CONTENT, Peelian_Signature=TOKEN)
        assert delivered(receiver) == [KEPT]


@pytest.fixture
def town(tmp_path: Path) -> tuple[TestHouse, Feed]:
    (tmp_path / "source.yaml").write_text(FED, encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    told = f"schema: 1\nsource: {tmp_path / 'source.yaml'}\ninbox: {tmp_path / 'inbox'}\n"
    return found(tmp_path), parse_feed(told, name="feed.yaml")


def receiver_of(house: TestHouse, told: Feed) -> PushReceiver:
    house.clock.advance(timedelta(minutes=1))
    named = {"who": "Ann", "purpose": PURPOSE, "secret": SECRET, "port": 0, "clock": house.clock}
    return receiver_for(house.home, told, announce=print, **named)


def test_nothing_is_received_without_a_charter(town: tuple[TestHouse, Feed]) -> None:
    house, told = town
    with pytest.raises(Refused, match="charter-required"):
        receiver_of(house, told)
    assert house.entries()[-1] == "request.refused"


def test_the_ledger_says_first_that_pushes_are_received_and_the_charter_ends_it(
    town: tuple[TestHouse, Feed],
) -> None:
    """At midnight where the house is, six hours after the one of UTC; not even what is on its way is kept then."""
    house, told = town
    first = house.clock.now().date()
    charter(house, text=example_text(valid_from=first, expires=first + timedelta(days=2)))
    made = receiver_of(house, told)
    assert house.entries()[-1] == "collection.begun"
    assert made.until == datetime(2026, 3, 4, 6, tzinfo=UTC)
    made.clock.advance(made.until - made.clock.now() - timedelta(seconds=1))
    made.check_chartered()
    with made, made.pushes.opened(now=made.clock.now()):
        thread = threading.Thread(target=made.handle_request)
        thread.start()
        made.clock.advance(timedelta(seconds=1))
        signature = sign(CONTENT, secret=SECRET, at_s=int(made.clock.now().timestamp()))
        status, said = post(made, CONTENT, Peelian_Signature=signature)
        thread.join()
        assert (status, "charter-expired" in said) == (403, True)
        assert everything(made) == b""
    with pytest.raises(Refused, match="charter-expired"):
        receive(
            PushReceiver(made.pushes, secret=SECRET, clock=made.clock, until=made.until, port=0),
            announce=print,
        )


def test_a_house_that_another_command_has_is_waited_for(town: tuple[TestHouse, Feed]) -> None:
    house, told = town
    charter(house)
    said = list[str]()
    with ExitStack() as stack:
        stack.enter_context(house.open())
        named = {"who": "Ann", "purpose": PURPOSE, "secret": SECRET, "port": 0, "clock": house.clock}
        receiver_for(
            house.home, told, announce=said.append, sleep=lambda _: stack.close(), **named
        ).server_close()
    assert len(said) == 1
    assert said[0].endswith("It is tried again until it is free.")
