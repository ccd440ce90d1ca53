"""What an outsider would try: two corpora, and every prohibited word in every disguise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import Refused
from peelian.governance.prohibition.prohibited import Surface, installed_list, rules_against
from peelian.governance.prohibition.proposal import Proposal, examine, objections

FOLDER = Path(__file__).parent / "adversarial"
SEVERAL = {field.name for field in fields(Proposal) if "tuple" in str(field.type)}


def corpus(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return read


def proposal(**said: Any) -> Proposal:
    """Return a proposal; one text where several may stand is the only one."""
    given_: dict[str, Any] = {
        key: (tuple(value) if isinstance(value, list) else (value,)) if key in SEVERAL else value
        for key, value in said.items()
    }
    return Proposal(**given_)


_REFUSED = corpus("refused.yaml")
REFUSED = [
    (rule, {field: value})
    for rule, by_field in _REFUSED["single"].items()
    for field, values in by_field.items()
    for value in values
] + [(said["rule"], {key: said[key] for key in said if key != "rule"}) for said in _REFUSED["combined"]]

_PASSED = corpus("passed.yaml")
PASSED: list[dict[str, Any]] = [
    {field: value} for field, values in _PASSED["single"].items() for value in values
] + _PASSED["combined"]


def test_the_corpora_are_large_enough_to_mean_something() -> None:
    assert len(REFUSED) >= 200
    assert len(PASSED) >= 100
    for cases in ([str(said) for _, said in REFUSED], [str(said) for said in PASSED]):
        assert len(cases) == len(set(cases))


@pytest.mark.requirement("P01", "P02", "P03", "P04", "P05", "D03")
@pytest.mark.parametrize(("rule", "said"), REFUSED, ids=str)
def test_a_laundered_request_is_refused_by_its_rule(rule: str, said: dict[str, Any]) -> None:
    asked = proposal(**said)
    with pytest.raises(Refused) as refusal:
        examine(asked)
    named = {refusal.value.rule, *(each.rule.id for each in objections(asked))}
    assert rule in named
    assert refusal.value.citation
    assert refusal.value.remedy


@pytest.mark.parametrize("said", PASSED, ids=str)
def test_a_legitimate_request_passes(said: dict[str, Any]) -> None:
    examine(proposal(**said))


_REQUESTS = corpus("requests.yaml")


@pytest.mark.requirement("P01", "P02", "P03", "P04", "P05", "D03")
@pytest.mark.parametrize("said", _REQUESTS["refused"], ids=str)
def test_a_request_written_without_the_lists_is_refused(said: dict[str, Any]) -> None:
    test_a_laundered_request_is_refused_by_its_rule(
        said["rule"], {key: said[key] for key in said if key != "rule"}
    )


@pytest.mark.parametrize("said", _REQUESTS["passed"], ids=str)
def test_a_legitimate_request_written_without_the_lists_passes(said: dict[str, Any]) -> None:
    examine(proposal(**said))


def test_what_is_judged_wrongly_is_known_to_be() -> None:
    wrong = _REQUESTS["still-wrong"]
    assert len(wrong["passes"]) + len(wrong["refused"]) <= 45
    for said in wrong["passes"]:
        examine(proposal(**said))
    for said in wrong["refused"]:
        with pytest.raises(Refused):
            examine(proposal(**said))


WORDS = sorted(
    {
        (rule.id, surface, phrase[0])
        for rule in installed_list().rules
        for surface, lexicon in rule.forbids
        for phrase in lexicon.words
        if len(phrase) == 1 and len(phrase[0]) > 5 and phrase[0].isalpha()
    }
)
ALIKE = {
    "a": "\u0430",
    "c": "\u0441",
    "e": "\u0435",
    "i": "\u0456",
    "o": "\u03bf",
    "p": "\u0440",
    "x": "\u0445",
    "y": "\u0443",
}
LEET = {"a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "o": "0", "s": "5$", "t": "7+", "l": "1|"}


def _alike(word: str, at: int) -> str:
    return "".join(ALIKE.get(sign, sign) if (place + at) % 2 else sign for place, sign in enumerate(word))


def _leet(word: str, at: int) -> str:
    """Return the word with one letter a digit or sign, not the last: a sign there would end the word."""
    places = [place for place, sign in enumerate(word[:-1]) if sign in LEET]
    if not places:
        return word
    place = places[at % len(places)]
    stands_for = LEET[word[place]]
    return word[:place] + stands_for[at % len(stands_for)] + word[place + 1 :]


DISGUISES: dict[str, Callable[[str, int], str]] = {
    "upper case": lambda word, at: word.upper(),
    "look-alike letters": _alike,
    "full width": lambda word, at: "".join(chr(ord(sign) + 0xFEE0) for sign in word),
    "mathematical bold": lambda word, at: "".join(chr(ord(sign) - ord("a") + 0x1D41A) for sign in word),
    "zero-width space": lambda word, at: word[: at % len(word)] + "\u200b" + word[at % len(word) :],
    "soft hyphen": lambda word, at: word[: at % len(word)] + "\u00ad" + word[at % len(word) :],
    "combining accent": lambda word, at: word[: 1 + at % len(word)] + "\u0301" + word[1 + at % len(word) :],
    "one letter a digit": _leet,
    "letters apart": lambda word, at: "_.- "[at % 4].join(word),
    "torn in two": lambda word, at: f"{word[: 2 + at % (len(word) - 3)]}_{word[2 + at % (len(word) - 3) :]}",
    "backwards": lambda word, at: word[::-1],
    "with a statistic": lambda word, at: ("pct", "median", "share")[at % 3] + word,
    "in company": lambda word, at: f"lag_7_{word}_per_week",
}


@settings(deadline=None)
@given(st.sampled_from(WORDS), st.sampled_from(sorted(DISGUISES)), st.integers(0, 30))
def test_a_prohibited_word_is_known_in_any_disguise(
    listed: tuple[str, Surface, str], disguise: str, at: int
) -> None:
    rule, surface, word = listed
    seen = DISGUISES[disguise](word, at)
    assert rule in {found.id for found in rules_against(seen, surface=surface)}, seen
