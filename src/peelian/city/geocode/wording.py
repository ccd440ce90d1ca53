"""The tables of `wording.yaml`, turned round for looking up: what people write -> the one spelling used inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import yaml
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth",
    "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
_TENS = ("twent", "thirt", "fort", "fift", "sixt", "sevent", "eight", "ninet")


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True, eq=False)
class Wording:
    """How addresses are worded.

    Parameters
    ----------
    directions, types, first_words, inner_words, name_words, name_phrases, ordinals : word -> spelling used inside.
    numbered : types of streets that are named by a bare number ("42 St").
    spelled_ordinals : "5th" -> "fifth", up to "99th" -> "ninetyninth" (without the space, as names are compared).
    spelled_directions : "n" -> "north".
    units_with_identifier, units_alone : designators of a part of a building.
    block, of, crossing, near, states : words around a street.
    corner, box, countries : phrases, longest first.
    sounds : letter groups that sound alike, with what they are folded to.
    any_phrase : finds any of `name_phrases`; `glued_type` : a word that ends in a common type ("mainst").
    """

    directions: Mapping[str, str]
    spelled_directions: Mapping[str, str]
    types: Mapping[str, str]
    first_words: Mapping[str, str]
    inner_words: Mapping[str, str]
    numbered: frozenset[str]
    name_words: Mapping[str, str]
    name_phrases: Mapping[str, str]
    ordinals: Mapping[str, str]
    spelled_ordinals: Mapping[str, str]
    units_with_identifier: frozenset[str]
    units_alone: frozenset[str]
    block: frozenset[str]
    of: frozenset[str]
    crossing: frozenset[str]
    near: frozenset[str]
    states: frozenset[str]
    corner: tuple[str, ...]
    box: tuple[str, ...]
    countries: tuple[str, ...]
    sounds: tuple[tuple[str, str], ...]
    any_phrase: re.Pattern[str]
    glued_type: re.Pattern[str]

    def mended_type(self, word: str) -> str | None:
        """Return the street type that differs from a word by one slip, if there is one and only one such type."""
        if len(word) < LEAST_MENDED or not word.isalpha():
            return None
        near = extract(word, self._long_types, scorer=OSA.distance, score_cutoff=1, limit=None)
        meant = {self.types[kind] for kind, _, _ in near}
        return meant.pop() if len(meant) == 1 else None

    @cached_property
    def _long_types(self) -> tuple[str, ...]:
        return tuple(word for word in self.types if len(word) >= LEAST_MENDED)


@cache
def wording() -> Wording:
    """Return the tables that come with the house (North American, with British street types)."""
    tables = yaml.safe_load((files("peelian.city.geocode") / "wording.yaml").read_text("utf-8"))
    types, names, ordinals = _turned(tables["types"]), _turned(tables["name_words"]), _ordinals()
    inner = _turned(tables["inner_words"])
    phrases = {said: meant for said, meant in names.items() if " " in said}
    return Wording(
        directions=_turned(tables["directions"]),
        spelled_directions={short: words[0] for short, words in tables["directions"].items()},
        types=types,
        first_words=_turned(tables["first_words"]),
        inner_words=inner,
        numbered=frozenset(tables["numbered"]),
        name_words={said: meant for said, meant in names.items() if " " not in said},
        name_phrases=phrases,
        ordinals=ordinals,
        spelled_ordinals={number: word.replace(" ", "") for word, number in ordinals.items()},
        units_with_identifier=frozenset(tables["units"]["with_identifier"]),
        units_alone=frozenset(tables["units"]["alone"]),
        block=frozenset(tables["block"]),
        of=frozenset(tables["of"]),
        crossing=frozenset(tables["crossing"]),
        near=frozenset(tables["near"]),
        states=frozenset(tables["states"]),
        corner=_longest_first(tables["corner"]),
        box=_longest_first(tables["box"]),
        countries=_longest_first(tables["countries"]),
        sounds=tuple((said, heard) for said, heard in tables["sounds"]),
        any_phrase=re.compile(rf"\b({'|'.join(_longest_first(phrases))})\b"),
        glued_type=re.compile(f"^(.{{3,}}?)({'|'.join(_longest_first(inner))})$"),
    )


LEAST_MENDED = 4
"""Letters below which a word is too short to be taken for a misspelt type."""


def ordinal(number: int) -> str:
    """Return 1 as "1st", 12 as "12th"."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{_ENDINGS.get(number % 10, 'th')}"


def _ordinals() -> dict[str, str]:
    """Return "fifth" -> "5th" up to "ninety ninth" -> "99th"."""
    words = dict(enumerate((*_ONES, *_TEENS), start=1))
    for tens, stem in enumerate(_TENS, start=2):
        words[10 * tens] = f"{stem}ieth"
        words |= {10 * tens + one: f"{stem}y {word}" for one, word in enumerate(_ONES, start=1)}
    return {word: ordinal(number) for number, word in words.items()}


def _turned(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    turned: dict[str, str] = {}
    for kept, others in table.items():
        turned |= {kept: kept} | dict.fromkeys(others, kept)
    return turned


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
