"""A feed that is killed again and again while files are dropped, calls pushed and a database changed: it adds up.

`PEELIAN_KILLS` sets how often, up to 20 times in one run (3 in a normal one). Every change carries its number in its
place, so that what is stored can be held against what was sent: each change once, the versions of each incident in the
order of its changes, and put aside only what had to be, with its reason.
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from peelian.app.feeding import feed_from, passes
from peelian.city.feed.service import Inbox, sign
from peelian.governance.reconciled import hold_against_ledger
from tests.app.feed_processes import run_feed, run_receiver, started
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found

pytestmark = pytest.mark.fault

KILLS = min(20, int(os.environ.get("PEELIAN_KILLS", "3")))
IDS = 12
"""Incidents of one sender, which change in turn."""

TOGETHER = 4
"""Changes in one delivery: fewer than there are incidents, so that none of them is in it twice."""

EVERY_S = 0.5
"""How often each of them sends."""

HEADER = "id,caller,when,recorded,lon,lat,offence\n"
ZONE = ZoneInfo("America/Chicago")
SECRET = bytes(range(32))


@dataclass
class Sender:
    """One way into the inbox: its incidents lie at latitudes of its own, and their changes go eastward."""

    name: str
    first: int
    changes: int = 0

    def next(self) -> list[str]:
        """Return the rows of the next delivery, each another version of another incident."""
        rows = [self._row(number) for number in range(self.changes, self.changes + TOGETHER)]
        self.changes += TOGETHER
        return rows

    def expected(self) -> dict[tuple[int, int], int]:
        """Return for each (incident, version) the number of the change that is to be stored under it."""
        return {(self.first + n % IDS, 1 + n // IDS): n // IDS for n in range(self.changes)}

    def _row(self, number: int) -> str:
        which, change = self.first + number % IDS, number // IDS
        place = f"{-87.9 + change / 1000:.3f},{41.2 + which / 100:.2f}"
        when = "2026-03-02 02:00:00,2026-03-02 02:30:00"
        return f"{self.name}{which},Mary Ann Nichols,{when},{place},burglary\n"


@dataclass
class Town:
    """A house, its feed, and three who send to it."""

    folder: Path
    house: TestHouse
    port: int
    senders: dict[str, Sender] = field(
        default_factory=lambda: {
            name: Sender(name, IDS * n) for n, name in enumerate(("drop", "push", "ask"))
        }
    )
    bad: int = 0

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.folder / "inbox")

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'cad.db'}"

    def drop(self) -> None:
        """Drop a delivery; every fifth is followed by one that cannot be taken in."""
        sender = self.senders["drop"]
        rows = sender.next()
        self.inbox.put(f"drop-{sender.changes:06d}.csv", (HEADER + "".join(rows)).encode())
        if sender.changes % (5 * TOGETHER) == 0:
            self.bad += 1
            bad = (HEADER + rows[0].replace("burglary", "piracy")).encode()
            self.inbox.put(f"drop-{sender.changes:06d}-bad.csv", bad)

    def push(self) -> None:
        """Push a delivery until somebody says that it is kept, as a sender does."""
        content = (HEADER + "".join(self.senders["push"].next())).encode()
        signature = sign(content, secret=SECRET, at_s=int(time.time()))
        until = time.monotonic() + 120
        while not self._accepted(content, signature):
            assert time.monotonic() < until
            time.sleep(0.05)

    def change(self) -> None:
        """Write changes to the database, one row for each."""
        with create_engine(self.url).begin() as database:
            for row in self.senders["ask"].next():
                values = [*row.strip().split(","), f"{datetime.now(ZONE):%Y-%m-%d %H:%M:%S.%f}"]
                database.execute(
                    text(f"INSERT INTO changes VALUES (NULL, {', '.join(f':v{n}' for n in range(8))})"),
                    {f"v{n}": value for n, value in enumerate(values)},
                )

    def _accepted(self, content: bytes, signature: str) -> bool:
        line = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("POST", "/", body=content, headers={"Peelian-Signature": signature})
            answer = line.getresponse()
            return answer.status == 202 and sha256(content).hexdigest() in answer.read().decode()
        except (OSError, HTTPException):
            return False
        finally:
            line.close()


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    house = found(tmp_path, start=datetime.now(UTC) - timedelta(days=1))
    charter(house)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "source.yaml").write_text(MAPPING, encoding="utf-8")
    told = f"schema: 1\nsource: {tmp_path / 'source.yaml'}\ninbox: {tmp_path / 'inbox'}\n"
    database = f"database: {{table: changes, changed: changed, key: number, batch_rows: {TOGETHER}}}\n"
    (tmp_path / "feed.yaml").write_text(f"{told}settle_seconds: 0\nevery_seconds: 0.05\n{database}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        made = Town(tmp_path, house, free.getsockname()[1])
    columns = HEADER.strip().replace(",", '" TEXT, "')
    monkeypatch.setenv("PEELIAN_FEED_URL", made.url)
    with create_engine(made.url).begin() as connection:
        number = "number INTEGER PRIMARY KEY AUTOINCREMENT"
        connection.execute(
            text(f'CREATE TABLE changes ({number}, "{columns}" TEXT, changed DATETIME NOT NULL)')
        )
    return made


def test_a_feed_killed_at_random_points_stores_each_change_once_and_in_order(town: Town) -> None:
    chance, ended, troubles = random.Random(1829), Event(), []

    def keep_on(send: Callable[[], None]) -> None:
        try:
            while not ended.is_set():
                send()
                ended.wait(EVERY_S)
        except BaseException as error:
            troubles.append(error)

    threads = [Thread(target=keep_on, args=(send,)) for send in (town.drop, town.push, town.change)]
    feed, receiver = feed_of(town), receiver_of(town)
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.2, 2))
        if chance.random() < 0.5:
            feed.kill()
            feed.join()
            feed = feed_of(town)
        else:
            receiver.kill()
            receiver.join()
            receiver = receiver_of(town)
    ended.set()
    for thread in threads:
        thread.join()
    for process in (feed, receiver):
        assert process.is_alive()
        process.kill()
        process.join()
    assert troubles == []
    reconcile(town)


def feed_of(town: Town) -> BaseProcess:
    return started(run_feed, str(town.house.home), str(town.folder / "feed.yaml"), town.url)


def receiver_of(town: Town) -> BaseProcess:
    return started(run_receiver, str(town.house.home), str(town.folder / "feed.yaml"), SECRET, town.port)


def reconcile(town: Town) -> None:
    """Let the feed come to rest, and hold what is stored and put aside against what was sent."""
    come_to_rest(town)
    sent = {key: change for sender in town.senders.values() for key, change in sender.expected().items()}
    assert sum(sender.changes for sender in town.senders.values()) == len(sent)
    assert stored(town) == sent
    held = {path.name for path in (town.inbox.folder / "held").iterdir()}
    bad = {name for name in held if not name.endswith(".why.txt")}
    assert len(bad) == town.bad
    assert all("-bad.csv" in name for name in bad)
    assert held == bad | {f"{name}.why.txt" for name in bad}
    left = [path for path in town.inbox.folder.rglob("*") if path.is_file()]
    assert not any(b"Nichols" in path.read_bytes() for path in left)
    print(f"{KILLS} kills, {len(sent):,} changes, {town.bad} put aside")


def come_to_rest(town: Town) -> None:
    feed = feed_from(town.folder / "feed.yaml")
    quiet = 0
    while quiet < 2:
        taken = list(passes(town.house.home, feed, who="Ann", purpose=PURPOSE, once=True, announce=print))
        quiet = 0 if taken else quiet + 1


def stored(town: Town) -> dict[tuple[int, int], int]:
    """Return by (incident, version), each there once, the number of the change that is stored under it."""
    found_rows: dict[tuple[int, int], int] = {}
    for row in rows_of(town):
        key = round((row["lat"] - 41.2) * 100), row["version"]
        assert key not in found_rows
        found_rows[key] = round((row["lon"] + 87.9) * 1000)
    return found_rows


def rows_of(town: Town) -> Iterator[dict[str, float]]:
    town.house.clock.advance(timedelta(days=2))
    with town.house.open() as opened:
        hold_against_ledger(opened.kit)
        for part, _ in opened.kit.store.parts("incident"):
            yield from opened.kit.engine.run([opened.folder("warehouse") / part.path]).to_pylist()
