"""An attacker who has every file that was ever published, and the source code, against a real house.

He knows nothing of the auditor. From each `counts.csv` he writes down what its rows say of the day they were published,
and what the published rule adds: a figure that stands has grown by fewer than k, and a run ended where it reached k. He
believes that records are only added. Then he asks for the least and the greatest count of every place, of every first
part of the places, and of what came between two editions, in whole numbers (HiGHS).
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from peelian.city.release.service import ReleaseSpec, Step, cells_over, publish_release
from peelian.domain.errors import Refused
from peelian.domain.time import SimulatedClock
from tests.city.erasure.orders import carry_out, order
from tests.houses import PURPOSE, TestHouse, charter, found

K = 10
BOX = (-87.665, 41.849, -87.625, 41.851)
PLACES = [(-87.66, 41.85), (-87.65, 41.85), (-87.64, 41.85), (-87.63, 41.85), (-87.50, 41.95)]
DAYS = ["2026-02-03", "2026-02-10"]
OFFENCES = ["burglary", "vehicle theft"]
SPEC = ReleaseSpec(
    title="Counts",
    licence="https://creativecommons.org/licenses/by/4.0/",
    url="https://example.org",
    places=cells_over(BOX, epsg=32616, size_m=1000),
    step=Step.WEEK,
    first=date(2026, 2, 2),
    end=date(2026, 2, 16),
    offences=("burglary", "vehicle theft"),
)
ASKED = [
    SPEC,
    replace(SPEC, end=date(2026, 2, 9)),
    replace(SPEC, first=date(2026, 2, 9), offences=("burglary",)),
    replace(SPEC, offences=("vehicle theft",)),
    replace(SPEC, places=cells_over(BOX, epsg=32616, size_m=2000)),
    replace(SPEC, step=Step.MONTH, first=date(2026, 2, 1), end=date(2026, 3, 1)),
]
"""The same days again, parts of them, one offence of two, coarser cells, longer periods."""


@dataclass(frozen=True)
class Row:
    """One row of a counts.csv as of edition `edition`, said first in edition `said`; places counted from 0."""

    edition: int
    said: int
    slice: tuple[str, ...]
    first: int
    stop: int
    count: int | None


@dataclass
class Attacker:
    """What can be concluded from rows: bounds on sums of x[slice, place, edition since which it was counted]."""

    rows: Sequence[Row]
    places: int
    number: dict[tuple[tuple[str, ...], int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        editions = range(1, max(row.edition for row in self.rows) + 1)
        keys = [
            (s, p, e)
            for s in sorted({r.slice for r in self.rows})
            for p in range(self.places)
            for e in editions
        ]
        self.number = {key: place for place, key in enumerate(keys)}
        lines = [line for row in self.rows for line in self._says(row)]
        matrix, low, high = zip(*lines, strict=True)
        self.within = LinearConstraint(np.array(matrix), low, high)

    def _sum(self, each: tuple[str, ...], places: range, since: range) -> np.ndarray:
        chosen = np.zeros(len(self.number))
        for place in places:
            for edition in since:
                chosen[self.number[each, place, edition]] = 1
        return chosen

    def _says(self, row: Row) -> Iterator[tuple[np.ndarray, float, float]]:
        now = range(1, row.edition + 1)
        all_of_it = self._sum(row.slice, range(row.first, row.stop), now)
        if row.count is None:
            yield all_of_it, 0, K - 1
            return
        yield all_of_it, row.count, row.count if row.said == row.edition else row.count + K - 1
        first_said = all(r.said >= row.said for r in self.rows if r.slice == row.slice)
        if first_said and row.said == row.edition and row.stop < self.places:
            yield self._sum(row.slice, range(row.first, row.stop - 1), now), 0, K - 1

    def bounds(self, wanted: np.ndarray) -> tuple[int, int] | None:
        """Return the least and the greatest count; None where the rows contradict what he believes."""
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * wanted,
                constraints=self.within,
                integrality=np.ones(len(wanted)),
                bounds=Bounds(0, 500),
            )
            if not found.success:
                return None
            ends.append(round(sign * found.fun))
        return ends[0], ends[1]

    def questions(self) -> Iterator[np.ndarray]:
        editions = sorted({edition for _, _, edition in self.number})
        spans = [range(a, b + 1) for a in editions for b in editions if a <= b]
        for each in sorted({each for each, _, _ in self.number}):
            for since in spans:
                for stop in range(1, self.places + 1):
                    yield self._sum(each, range(stop), since)
                    yield self._sum(each, range(stop - 1, stop), since)

    def given_away(self) -> list[tuple[int, int]]:
        """Return the bounds of every count below k that fewer than k values are left for, and that is not none."""
        found = [self.bounds(wanted) for wanted in self.questions()]
        return [
            (low, high) for low, high in filter(None, found) if high >= 1 and low < K and high - low + 1 < K
        ]


class City:
    """A house that takes in what is drawn, publishes, and keeps every file."""

    def __init__(self, house: TestHouse) -> None:
        self.house, self.numbers = house, count()
        self.rows: list[Row] = []
        self.known: list[str] = []
        self.entries: list[str] = []

    def report(self, place: int, day: int, offence: int, number: int) -> None:
        """Take in late reports."""
        keys = [f"R{next(self.numbers)}" for _ in range(number)]
        self._load([(key, place, day, offence) for key in keys])
        self.known += keys

    def _load(self, rows: Sequence[tuple[str, int, int, int]]) -> None:
        if rows:
            self.house.load(
                [
                    f"{key}|{DAYS[day]} 12:00:00|2026-03-01 18:00:00|{PLACES[p][0]}|{PLACES[p][1]}|{OFFENCES[o]}"
                    for key, p, day, o in rows
                ]
            )

    def correct(self, place: int, day: int, offence: int, number: int) -> None:
        """Say of known incidents that they happened elsewhere, on another day, or were something else."""
        self._load([(key, place, day, offence) for key in self.known[:number]])

    def erase(self, place: int, day: int, offence: int, number: int) -> None:
        """Erase known incidents, of whatever place."""
        keys, self.known = self.known[:number], self.known[number:]
        if keys:
            carry_out(self.house, order(self.house, *keys).order_id)

    def publish(self, asked: int) -> None:
        """Publish, and read the file as the public does; another lattice is refused."""
        folder = self.house.home.parent / f"edition-{next(self.numbers)}"
        try:
            with self.house.desk() as desk:
                kept = publish_release(
                    desk, purpose=PURPOSE, spec=ASKED[asked], folder=folder, zone="America/Chicago"
                )
        except Refused as refusal:
            if refusal.rule != "one-lattice":
                raise
            return
        self.entries.append(str(kept.entry_index))
        with (folder / "counts.csv").open(encoding="utf-8", newline="") as file:
            self.rows += [self._read(row) for row in csv.DictReader(file)]

    def _read(self, row: dict[str, str]) -> Row:
        return Row(
            edition=len(self.entries),
            said=self.entries.index(row["ledger_entry"]) + 1,
            slice=(row["first_day"], row["last_day"], row["offence"], row["origin"]),
            first=int(row["from_place"]) - 1,
            stop=int(row["to_place"]),
            count=int(row["incidents"]) if row["incidents"] else None,
        )


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    house = found(tmp_path_factory.mktemp("city"))
    charter(house)
    house.clock.advance(timedelta(days=70))
    return house


WHAT = st.tuples(
    st.sampled_from(["report", "report", "correct", "erase"]),
    st.integers(0, 4),
    st.integers(0, 1),
    st.integers(0, 1),
    st.sampled_from([1, 3, 9, 10, 11]),
)
YEARS = st.lists(st.tuples(st.lists(WHAT, max_size=2), st.integers(0, 5)), min_size=2, max_size=3)
COUNTS = st.lists(st.sampled_from([0, 1, 4, 7, 9, 10, 12]), min_size=20, max_size=20)


@given(COUNTS, YEARS)
@settings(deadline=None, max_examples=2, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_sequence_of_releases_gives_a_count_below_k_away(
    founded: TestHouse,
    tmp_path_factory: pytest.TempPathFactory,
    counts: list[int],
    years: list[tuple[list[tuple[str, int, int, int, int]], int]],
) -> None:
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(founded.home, folder / "home")
    city = City(TestHouse(folder / "home", SimulatedClock(founded.clock.now()), folder / "witness"))
    city._load(
        [
            (f"B{cell}-{n}", cell % 5, cell // 10, cell // 5 % 2)
            for cell, held in enumerate(counts)
            for n in range(held)
        ]
    )
    city.known = [f"B{cell}-{n}" for n in range(12) for cell, held in enumerate(counts) if n < held]
    for changes, asked in [([], 0), *years]:
        for what, *where in changes:
            getattr(city, what)(*where)
        city.publish(asked)
    assert Attacker(city.rows, len(SPEC.places.names)).given_away() == []


S = ("2026-02-02", "2026-02-08", "burglary", "victim-reported")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([Row(1, 1, S, 0, 5, 14)], False),
        ([Row(1, 1, S, 0, 5, None)], False),
        ([Row(1, 1, S, 0, 5, 7)], True),
        ([Row(1, 1, S, 0, 5, 14), Row(2, 2, S, 0, 5, 17)], True),
        ([Row(1, 1, S, 0, 5, 14), Row(2, 2, S, 0, 5, 24)], False),
        ([Row(1, 1, S, 0, 2, 14), Row(1, 1, S, 0, 5, 17)], True),
        ([Row(1, 1, S, 0, 5, 14), Row(2, 1, S, 0, 5, 14), Row(3, 3, S, 0, 5, 24)], False),
        ([Row(1, 1, S, 0, 5, None), Row(2, 2, S, 0, 5, 12)], False),
        ([Row(1, 1, S, 0, 5, 14), Row(2, 1, S, 0, 5, 14), Row(3, 3, S, 0, 5, 15)], True),
    ],
)
def test_the_attacker_finds_what_can_be_found(rows: list[Row], found: bool) -> None:
    """What the house never says, he turns into a small number; what it says, he does not."""
    assert bool(Attacker(rows, 5).given_away()) == found
