"""What is said of rows that were turned away: what was wrong, what became of them, and what a forecast lacks."""

from __future__ import annotations

import pytest

from peelian.city.findings import Reason
from peelian.city.quality.finding import Finding
from peelian.city.quality.turned_away import QUIETER, SEALED, Account, turned_away


def told(reason: Reason) -> Finding:
    (finding,) = turned_away([Account("a", "drawn", 3_000, {reason.value: 108})])
    return finding


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_said_in_a_sentence_with_a_verb(reason: Reason) -> None:
    start, _, words = told(reason).sentence.partition("(3.60%) ")
    assert start == "108 of 3,000 rows "
    assert words.split()[0] in {"have", "lie", "share", "repeat", "end", "were"}


def test_of_erased_rows_nothing_is_kept_and_it_is_not_said_that_there_is() -> None:
    finding = told(Reason.ERASED)
    assert finding.sentence.endswith("because an order forbids them, and nothing of them is kept.")
    assert "sealed" not in finding.sentence
    assert finding.effect is not None
    assert "as was ordered" in finding.effect.sentence


def test_of_repeated_rows_the_first_counts() -> None:
    finding = told(Reason.DUPLICATE)
    assert "The first row of each such key stands" in finding.sentence
    assert finding.effect is not None
    assert finding.effect.sentence == "None: each of these incidents is counted once."


@pytest.mark.parametrize("reason", [Reason.AT_ZERO, Reason.PLACE_UNKNOWN, Reason.KEY_CONFLICT])
def test_other_rows_are_kept_sealed_and_missing_from_every_count(reason: Reason) -> None:
    finding = told(reason)
    assert finding.sentence.endswith(SEALED)
    assert finding.effect is not None
    assert finding.effect.sentence == QUIETER
