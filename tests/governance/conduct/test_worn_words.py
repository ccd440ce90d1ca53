"""Words worn out: what one person writes over and over beside their reasons counts as vague."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from peelian.governance.conduct.oversight import vague_shares
from peelian.governance.conduct.worn_words import OFTEN, WITHIN, Note, worn_out
from tests.governance.persons.made import PLATE, found_files
from tests.houses import PURPOSE, START

SAME = "The van was seen again near the house in question."
LATER = "The owner found her cellar window broken this morning."
EACH_ITS_OWN = [f"{SAME} {each}" for each in ("one", "two", "three", "four", "five", "six")]


def given(*says: str | None, by: str = "ann", every: timedelta = timedelta(hours=1)) -> list[Note]:
    """Return notes of one person, one after the other."""
    return [Note(number, by, START + number * every, text) for number, text in enumerate(says)]


TABLE = [
    # what one person wrote                                      every    worn out when given
    ([SAME] * 5, 1, set()),
    ([SAME] * 7, 1, {5, 6}),
    ([SAME] * 6, 24 * 6, set()),
    ([SAME] * 6, 24 * 6 - 1, {5}),
    (
        [SAME.upper(), SAME + " 17", "the van: was seen again near the house, in question!", *[SAME] * 3],
        1,
        {5},
    ),
    ([*EACH_ITS_OWN, *[SAME] * 6], 1, set()),
    ([*EACH_ITS_OWN, *[SAME] * 7], 1, {12}),
    ([None] * 9 + [SAME] * 6, 1, {14}),
    (EACH_ITS_OWN, 1, set()),
]


@pytest.mark.requirement("H05")
@pytest.mark.parametrize(("says", "hours", "worn"), TABLE)
def test_which_words_are_worn_out(says: list[str | None], hours: int, worn: set[int]) -> None:
    assert worn_out(given(*says, every=timedelta(hours=hours))) == worn
    assert (5, timedelta(days=30)) == (OFTEN, WITHIN)


def test_nobody_wears_out_the_words_of_another() -> None:
    both = [
        note for pair in zip(given(*[SAME] * 5), given(*[SAME] * 5, by="bea"), strict=True) for note in pair
    ]
    assert worn_out(both) == set()


@pytest.mark.requirement("H05")
def test_looks_beside_worn_out_words_count_in_the_figure_until_other_words_are_found(tmp_path: Path) -> None:
    house = found_files(tmp_path)
    since = house.clock.now() + timedelta(days=10)

    def looked(note: str | None, *, reason: str = "request-of-the-person", times: int = 1) -> None:
        with (
            house.desk() as desk,
            desk.open(purpose=PURPOSE, capability="file.keep", reason=reason, note=note) as sitting,
        ):
            for _ in range(times):
                sitting.find_subject(PLATE)

    def figure() -> tuple[int, int]:
        with house.open() as opened:
            until = opened.kit.clock.now()
            (share,) = vague_shares(opened.kit, actor=opened.signer("Aud"), since=since, until=until)
        return share.vague, share.looked

    for _ in range(OFTEN):
        looked(SAME)
    house.clock.set(since)  # what was said before the time that is looked at wears words out too
    looked(SAME, times=2)
    assert figure() == (2, 2)
    looked(None, reason="erasure-or-correction")
    assert figure() == (2, 3), "the note was said beside another reason"
    looked(None)
    assert figure() == (3, 4)
    looked(LATER, times=3)
    assert figure() == (3, 7)
