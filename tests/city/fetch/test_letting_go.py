"""What was fetched does not outlive its use, and no watermark reaches into the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from peelian.city.fetch.changes import reach
from peelian.city.fetch.service import Delivered, NotModified, fetch_source, let_go, remember
from peelian.domain.time import SimulatedClock
from tests.app.test_fetching import mapping_of
from tests.city.fetch.publishers.office import Office, open_office
from tests.city.fetch.publishers.socrata import Socrata

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def fetched(office: Office, folder: Path) -> Delivered | NotModified:
    clock = SimulatedClock(NOW)
    return fetch_source(
        mapping_of(office),
        folder=folder,
        clock=clock,
        rng=np.random.default_rng(7),
        sleep=lambda seconds: clock.advance(timedelta(seconds=seconds)),
    )


def written_over(path: Path, *, by: object) -> bool:
    """Return whether the bytes of a file are gone once `by` has let go of its name."""
    with path.open("rb") as still_open:
        before = still_open.read()
        assert callable(by)
        by()
        still_open.seek(0)
        return not path.exists() and still_open.read() == bytes(len(before))


def test_a_delivery_is_written_over_before_its_name_is_gone(tmp_path: Path) -> None:
    with open_office(Socrata()) as office:
        for by in (let_go, lambda done: remember(done, folder=tmp_path)):
            done = fetched(office, tmp_path)
            assert isinstance(done, Delivered)
            assert written_over(done.fetched.path, by=lambda by=by, done=done: by(done))


@pytest.mark.fault
def test_a_delivery_that_a_killed_process_left_is_destroyed_by_the_next_fetch(tmp_path: Path) -> None:
    with open_office(Socrata()) as office:
        done = fetched(office, tmp_path)
        assert isinstance(done, Delivered)
        left = done.fetched.path.read_bytes()
        remember(done, folder=tmp_path)
        done.fetched.path.write_bytes(left)
        assert isinstance(fetched(office, tmp_path), NotModified)
        assert not done.fetched.path.exists()


def test_a_watermark_that_an_earlier_version_left_in_the_future_is_not_believed(tmp_path: Path) -> None:
    with open_office(Socrata()) as office:
        mark = '{"updated": "2099-01-01T00:00:00.000Z", "snapshot": "1700000001"}'
        (tmp_path / "watermark.json").write_text(mark, encoding="utf-8")
        done = fetched(office, tmp_path)
        assert isinstance(done, Delivered)
        assert done.fetched.rows == len(office.rows)


@pytest.mark.parametrize(
    ("changes", "latest", "notes"),
    [
        ([], None, 0),
        (["2024-05-01T00:00:00.000Z", "2024-05-02T00:00:00.000Z"], "2024-05-02T00:00:00.000Z", 0),
        (["2024-06-01T00:00:00Z"], "2024-06-01T00:00:00Z", 0),  # now is not the future
        (["2024-05-01T00:00:00Z", "2024-06-01T00:00:01Z"], "2024-05-01T00:00:00Z", 1),
        (["2024-06-01T01:30:00+02:00"], "2024-06-01T01:30:00+02:00", 0),
        (["99999999999999999"], None, 1),  # outside the calendar
    ],
)
def test_how_far_the_changes_of_a_page_reach(changes: list[str], latest: str | None, notes: int) -> None:
    found, told = reach(changes, now=NOW)
    assert (found, len(told)) == (latest, notes)
