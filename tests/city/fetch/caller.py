"""A caller of `fetch`: a clock that moves only when somebody waits, and waits that take no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from peelian.city.fetch.client import Client, Secret
from peelian.city.fetch.outcome import Fetched, NotModified, Watermark
from peelian.city.fetch.run import fetch
from peelian.city.fetch.wait import Patience
from peelian.domain.time import SimulatedClock
from tests.city.fetch.publishers.office import Office


class Caller:
    """Fetches from one office into one folder."""

    def __init__(self, folder: Path, *, attempts: int = 6) -> None:
        self.folder = folder
        self.clock = SimulatedClock(datetime(2024, 6, 1, tzinfo=UTC))
        self.waits: list[float] = []
        self.secret: Secret | None = None
        self.patience = Patience(attempts=attempts)

    def client(self) -> Client:
        return Client(self.clock, np.random.default_rng(7), self._sleep, self.secret, self.patience)

    def fetch(self, office: Office, since: Watermark | None = None) -> Fetched:
        done = self.ask(office, since)
        assert isinstance(done, Fetched)
        return done

    def ask(self, office: Office, since: Watermark | None = None) -> Fetched | NotModified:
        return fetch(
            office.spec(), columns=office.columns, folder=self.folder, client=self.client(), since=since
        )

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))


def rows_of(fetched: Fetched) -> list[tuple[str | None, ...]]:
    """Return the rows of a delivery."""
    table = pq.read_table(fetched.path)
    return list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
