"""A new version closes what changed and leaves what was: the newest word about each day stands, in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from peelian.city.boundaries.revise import revise, standing
from peelian.domain.areas import Areas
from tests.city.boundaries.drawn import drawn_areas

FIRST = date(2026, 1, 1)


@dataclass(frozen=True)
class Beat:
    """An area whose outline is a word."""

    key: str
    outline: str
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def first_day(self) -> date:
        return self.valid_from or date.min

    @property
    def end_day(self) -> date:
        return self.valid_to or date.max

    def dated(self, valid_from: date | None, valid_to: date | None) -> Beat:
        return replace(self, valid_from=valid_from, valid_to=valid_to)

    def says_as(self, other: Beat) -> bool:
        return self.outline == other.outline


class Store:
    """Rows that are only ever added to."""

    def __init__(self) -> None:
        self.statements: list[tuple[tuple[int, str], Beat]] = []
        self.days: list[date | None] = []

    def load(self, day: date | None, picture: dict[str, str]) -> list[str]:
        wanted = [Beat(key, outline) for key, outline in picture.items()]
        revision = revise(self.held(), wanted, day=day, spoken_of=self.days)
        self.statements += [((len(self.days), ""), row) for row in revision.rows]
        self.days.append(day)
        return [
            f"{row.key}={row.outline} {row.valid_from or 'always'}..{row.valid_to or ''}"
            for row in revision.rows
        ]

    def held(self) -> tuple[Beat, ...]:
        return standing(self.statements)

    def on(self, day: date) -> dict[str, str]:
        held = [beat for beat in self.held() if beat.first_day <= day < beat.end_day]
        assert len({beat.key for beat in held}) == len(held)
        return {beat.key: beat.outline for beat in held}


def test_what_changed_or_vanished_is_closed_what_is_new_opened_and_the_rest_stated_again() -> None:
    store = Store()
    assert store.load(None, {"A": "west", "B": "east", "C": "south"}) == [
        "A=west always..",
        "B=east always..",
        "C=south always..",
    ]
    assert store.load(date(2026, 3, 16), {"A": "west", "B": "far east", "D": "south"}) == [
        "A=west always..",
        "B=east always..2026-03-16",
        "C=south always..2026-03-16",
        "B=far east 2026-03-16..",
        "D=south 2026-03-16..",
    ]
    assert store.load(date(2026, 5, 1), {"A": "west", "B": "far east", "D": "south"}) == [
        "A=west always..",
        "B=far east 2026-03-16..",
        "D=south 2026-03-16..",
    ]


def test_a_delivery_about_an_earlier_day_leaves_later_ones_true() -> None:
    store = Store()
    store.load(date(2020, 1, 1), {"A": "west"})
    store.load(date(2024, 1, 1), {"A": "west"})
    assert store.load(date(2022, 1, 1), {"A": "mid"}) == [
        "A=west 2020-01-01..2022-01-01",
        "A=west 2024-01-01..",
        "A=mid 2022-01-01..2024-01-01",
    ]


def test_a_delivery_about_the_same_day_corrects_the_one_before() -> None:
    store = Store()
    store.load(None, {"A": "west", "B": "east"})
    store.load(None, {"A": "all"})
    assert store.on(FIRST) == {"A": "all"}
    store.load(FIRST, {"A": "all", "C": "south"})
    store.load(FIRST, {"A": "all"})
    assert store.on(FIRST) == {"A": "all"}


def test_an_area_that_comes_back_after_a_gap_is_said_to() -> None:
    store = Store()
    store.load(None, {"A": "west", "B": "east"})
    store.load(date(2026, 2, 1), {"A": "west"})
    revision = revise(
        store.held(),
        [Beat("A", "west"), Beat("B", "east"), Beat("C", "new")],
        day=date(2026, 4, 1),
        spoken_of=store.days,
    )
    assert revision.back_after_a_gap == ("B",)
    assert revision.document() == {"unchanged": 1, "changed": 0, "new": 2, "gone": 0, "back_after_a_gap": 1}


days = st.integers(0, 6).map(lambda step: FIRST + timedelta(days=10 * step))
pictures = st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["west", "east"]), max_size=3)


@given(loads=st.lists(st.tuples(st.none() | days, pictures), max_size=9))
def test_on_every_day_that_holds_which_the_newest_delivery_said_of_it(
    loads: list[tuple[date | None, dict[str, str]]],
) -> None:
    store, said = Store(), dict[date, dict[str, str]]()
    for day, picture in loads:
        store.load(day, picture)
        said[day or date.min] = picture
        for step in range(-1, 71, 3):
            on = FIRST + timedelta(days=step)
            spoken = [each for each in said if each <= on]
            assert store.on(on) == (said[max(spoken)] if spoken else {})


def test_an_outline_written_from_another_corner_is_the_same_area() -> None:
    [area] = drawn_areas("A")
    turned = replace(area, geometry=area.geometry.reverse())
    assert area.says_as(turned)
    assert not area.says_as(replace(area, name="Other"))
    assert not area.says_as(drawn_areas("AA")[0])
    assert revise(Areas((area,)).versions, [turned], day=FIRST, spoken_of=[None]).unchanged == ("A",)
