"""Figures about readers: held against worked examples from the papers, and the flag against simulated readers."""

from __future__ import annotations

import math
import statistics
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.readers import Reader, Stream, careful, flagged_within, rubber_stamper
from peelian.governance.review.agreement import (
    bootstrapped,
    cohen_kappa,
    krippendorff_alpha,
    wilson,
)
from peelian.governance.review.decoys import Nature
from peelian.governance.review.rubber_stamp import TEST, Answer, Test, flagged_after
from peelian.governance.review.states import State
from peelian.governance.review.statistics import Reading, review_figures
from peelian.governance.review.verdict import Verdict
from peelian.governance.review.words import duplicates
from tests.governance.made import NOON


def units(*rows: str) -> list[tuple[str | None, ...]]:
    return [tuple(None if sign == "." else sign for sign in unit) for unit in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    ("rows", "alpha"),
    [
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
    ],
    ids=["A", "B", "C"],
)
def test_alpha_as_krippendorff_worked_it_out(rows: tuple[str, ...], alpha: float) -> None:
    """Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": examples A, B, C, nominal data."""
    assert krippendorff_alpha(units(*rows)) == pytest.approx(alpha, abs=5e-4)


def test_kappa_as_cohen_worked_it_out() -> None:
    """Cohen (1960), Table 2: 200 cases, three categories, kappa .492."""
    table = ((88, 14, 18), (10, 40, 10), (2, 6, 12))
    pairs = [(str(i), str(j)) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    assert cohen_kappa(pairs) == pytest.approx(0.492, abs=5e-4)


@pytest.mark.parametrize(
    ("count", "of", "lo", "hi"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_as_newcombe_tabled_them(count: int, of: int, lo: float, hi: float) -> None:
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion", Table I, method 3."""
    figure = wilson(count, of)
    assert (round(figure.lo, 4), round(figure.hi, 4)) == (lo, hi)


def test_what_is_not_defined_is_said_to_be_so() -> None:
    assert math.isnan(cohen_kappa([]))
    assert math.isnan(cohen_kappa([("a", "a")] * 5))
    assert math.isnan(krippendorff_alpha([("a", "a")] * 5))
    assert wilson(0, 0).document() == {"value": None, "lo": 0.0, "hi": 1.0, "of": 0}
    assert bootstrapped(cohen_kappa, [], rng=np.random.default_rng(1)).document()["value"] is None


def test_a_bootstrap_draws_every_item_and_leaves_half_of_the_doubt_out_at_either_end() -> None:
    """Means of ten coins: binomial, whose tails of 2.5 % begin at 2 and 8 of 10."""
    coins = bootstrapped(
        statistics.fmean, [0.0] * 5 + [1.0] * 5, rng=np.random.default_rng(1), resamples=4_000
    )
    assert (coins.value, coins.lo, coins.hi, coins.of) == (0.5, 0.2, 0.8, 10)
    narrower = bootstrapped(
        statistics.fmean, [0.0] * 5 + [1.0] * 5, rng=np.random.default_rng(1), confidence=0.5
    )
    assert (narrower.lo, narrower.hi) == (0.4, 0.6)
    for place in (0, 3):  # whichever item counts, it is drawn
        items = [0.0] * place + [1.0] + [0.0] * (3 - place)
        assert bootstrapped(statistics.fmean, items, rng=np.random.default_rng(1)).hi == 0.75


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40))
def test_who_is_called_first_changes_nothing_and_full_agreement_is_one(pairs: list[tuple[str, str]]) -> None:
    swapped = [(second, first) for first, second in pairs]
    assert cohen_kappa(pairs) == pytest.approx(cohen_kappa(swapped), nan_ok=True)
    assert krippendorff_alpha(pairs) == pytest.approx(krippendorff_alpha(swapped), nan_ok=True)
    agreed = [*((first, first) for first, _ in pairs), ("a", "a"), ("b", "b")]
    assert cohen_kappa(agreed) == pytest.approx(1.0)
    assert krippendorff_alpha(agreed) == pytest.approx(1.0)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(100):
        draws = list(rng.normal(3.0, 1.0, size=40))
        figure = bootstrapped(lambda items: float(np.mean(items)), draws, rng=rng, resamples=200)
        held += figure.lo <= 3.0 <= figure.hi
    assert held >= 85


# -- the flag -------------------------------------------------------------------------------------------


def test_two_false_decoys_confirmed_are_enough_and_one_is_not() -> None:
    missed, seen = Answer(holds=False, confirmed=True), Answer(holds=False, confirmed=False)
    assert flagged_after([missed]) is None
    assert flagged_after([missed, missed]) == 2
    assert flagged_after([missed, seen, seen, missed, seen]) is None
    assert flagged_after([seen, *[missed] * 9]) is not None


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("", None),
        ("ww", None),  # 4
        ("www", 3),  # 8
        ("wwwrr", 3),
        ("rwww", None),  # 16/3
        ("rwwww", 5),  # 32/3
        ("rrwwww", None),  # 64/9
        ("rrwwwww", 7),
    ],
)
@pytest.mark.parametrize("holds", [True, False])
def test_what_a_stake_is_worth_after_each_answer(said: str, after: int | None, *, holds: bool) -> None:
    """Beside one who errs on a quarter, a coin is wrong twice as often, and right two thirds as often; 8 is enough."""
    answers = [Answer(holds, confirmed=holds if each == "r" else not holds) for each in said]
    assert flagged_after(answers, test=Test(1 / 8, 0.25, ((0.5, 1.0),))) == after


def test_confirming_what_holds_never_speaks_against_anybody() -> None:
    right = Answer(holds=True, confirmed=True)
    missed = Answer(holds=False, confirmed=True)
    assert flagged_after([right] * 500) is None
    assert flagged_after([*[right] * 100, missed]) is None


@given(st.lists(st.builds(Answer, st.booleans(), st.booleans()), max_size=30))
def test_one_more_right_answer_never_brings_a_flag(answers: list[Answer]) -> None:
    if flagged_after(answers) is None:
        for holds in (True, False):
            assert flagged_after([*answers, Answer(holds, holds)]) is None


def rate(draw: object, *, readers: int, items: int = 200, seed: int = 1829) -> float:
    rng = np.random.default_rng(seed)
    flagged = sum(
        flagged_within(draw(rng), items=items, stream=Stream(), rng=rng)  # type: ignore[operator]
        for _ in range(readers)
    )
    return flagged / readers


@pytest.mark.requirement("H04")
def test_who_stamps_is_found_within_200_items_and_who_looks_is_left_alone() -> None:
    """400 simulated readers of each sort; `python -m benchmarks.review` does thousands."""
    assert rate(rubber_stamper, readers=400) >= 0.97
    assert rate(careful, readers=400) <= 0.05


@pytest.mark.requirement("H04")
def test_the_worst_careful_reader_is_hardly_ever_flagged_however_long_one_looks() -> None:
    """Ville's inequality says at most `alpha`; a reader at the very bound of care, looked at for 5,000 items."""
    at_the_bound = Reader(1 - TEST.careful_error, TEST.careful_error)
    assert rate(lambda rng: at_the_bound, readers=400, items=5_000) <= TEST.alpha + 0.02


# -- all of it together ---------------------------------------------------------------------------------


def reading(number: int, **changes: object) -> Reading:
    made = {
        "reader": "Rea",
        "finding_id": f"f{number}",
        "verdict": Verdict.CONFIRMED,
        "words": f"{chr(97 + number) * 9} {chr(110 + number) * 9}",
        "nature": Nature.REAL,
        "opened": NOON + timedelta(minutes=number),
        "committed": NOON + timedelta(minutes=number, seconds=10 + number),
    }
    return Reading(**(made | changes))  # type: ignore[arg-type]


def test_figures_of_a_small_table_drawn_by_hand() -> None:
    unfounded = Verdict.UNFOUNDED
    readings = [
        reading(0),
        reading(1, verdict=unfounded),
        reading(2, nature=Nature.FALSE),
        reading(3, nature=Nature.FALSE),
        reading(4, nature=Nature.HOLDS),
        reading(5, reader="Ruth", finding_id="f0", verdict=Verdict.CONFIRMED, words="one"),
        reading(6, reader="Ruth", finding_id="f1", verdict=Verdict.CONFIRMED, words="two"),
    ]
    states = [State.PROPOSED, State.ACTED_URGENTLY, State.CALLED_BACK, State.ACTED_URGENTLY]
    found = review_figures(readings, states, rng=np.random.default_rng(1))
    rea, ruth = found.readers
    assert (rea.readings, ruth.readings) == (5, 2)
    assert (rea.decoys_right.value, rea.decoys_right.of) == (pytest.approx(1 / 3), 3)
    assert (rea.overrides.value, rea.overrides.of) == (0.5, 2)
    assert rea.seconds.value == 10.5, "of real findings alone"
    assert rea.flagged_after == 4
    assert ruth.flagged_after is None
    assert math.isnan(ruth.decoys_right.value)
    assert found.kappa.of == found.alpha.of == 2
    assert (found.urgent_acts, found.called_back) == (2, 1)
    assert found.document()["readers"][0]["flagged_after"] == 4  # type: ignore[index,call-overload]


# text                                                             written before, or as good as
TEXTS = [
    ("The pane breaks inwards and somebody climbs through it.", False),
    ("A bottle falls over in the yard; the pane stays whole.", False),
    ("THE pane breaks inwards, and somebody climbs through it!!", True),
    ("The pane breaks inwards and somebody climbs through it. 12", True),
    ("The p\u0430ne br\u200beaks inwards and somebody climbs through it.", True),
    ("Nothing moves at all while the recording lasts.", False),
]


def test_texts_that_are_written_again_are_counted_in_any_disguise() -> None:
    assert duplicates([text for text, _ in TEXTS]) == tuple(again for _, again in TEXTS)
