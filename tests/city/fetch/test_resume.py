"""A fetch that is killed goes on where it stopped: no row twice, none lost, no finished page asked for again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.city.fetch.caller import Caller, rows_of
from tests.city.fetch.child import killed_fetch
from tests.city.fetch.publishers.arcgis import Arcgis
from tests.city.fetch.publishers.ckan import Ckan
from tests.city.fetch.publishers.file import CsvFile
from tests.city.fetch.publishers.office import Office, open_office
from tests.city.fetch.publishers.police_uk import PoliceUk
from tests.city.fetch.publishers.socrata import Socrata

pytestmark = pytest.mark.fault

OFFICES = (Socrata, Arcgis, Ckan, PoliceUk, CsvFile)
QUESTIONS = 8
"""More than any of them is asked: opening, three pages or four, and the count."""


def points(n: int = 3) -> list[tuple[int, float | None]]:
    """Return `n` drawn points at which to kill: a question, and how long after its answer (None: before it)."""
    rng = np.random.default_rng(20241122)
    return [(int(at), rng.choice([None, *rng.uniform(0, 0.03, 3)])) for at in rng.integers(1, QUESTIONS, n)]


@pytest.mark.parametrize("kind", OFFICES, ids=lambda kind: kind.__name__)
def test_killed_at_drawn_points_it_goes_on(kind: type[Office], tmp_path: Path) -> None:
    for number, (at, delay_s) in enumerate([*points(), (4, None)]):
        folder = tmp_path / str(number)
        with open_office(kind()) as office:
            most = 3 if kind is CsvFile else 5
            killed_fetch(office, folder, at=min(at, most), delay_s=delay_s)
            finished = _finished_pages(folder)
            before, asked = office.pages_asked[:finished], len(office.pages_asked)
            done = Caller(folder).fetch(office)
            assert rows_of(done) == office.expected()
            assert (done.rows, done.pages) == (12, 3)
            assert not set(before) & set(office.pages_asked[asked:])


def test_a_fetch_killed_again_and_again_still_ends(tmp_path: Path) -> None:
    with open_office(Socrata()) as office:
        for _ in range(3):
            killed_fetch(office, tmp_path, at=4, delay_s=None)
        done = Caller(tmp_path).fetch(office)
        assert rows_of(done) == office.expected()


def _finished_pages(folder: Path) -> int:
    """Return how many pages the journal names."""
    journal = folder / "journal.json"
    return len(json.loads(journal.read_bytes())["pages"]) if journal.exists() else 0
