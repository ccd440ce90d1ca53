"""What a published offence may be in NIBRS: a proposal by likeness of names, for a person to check."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from peelian.city.drafting.words import plain_words
from peelian.city.mapping.nibrs import NibrsOffence, nibrs_offences

LIKE_ENOUGH = 82.0
"""Least likeness (0 to 100, `fuzz.token_sort_ratio`) at which a code is proposed where no name is contained."""

SAME_WORD = {
    "agg": "aggravated",
    "auto": "vehicle",
    "automobile": "vehicle",
    "burg": "burglary",
    "car": "vehicle",
    "crim": "criminal",
    "f": "from",
    "larceny": "theft",
    "mv": "vehicle",
    "offence": "offense",
    "poss": "possession",
    "veh": "vehicle",
    "w": "with",
}
"""Words and abbreviations of agencies that mean the same as a word of the table."""


@dataclass(frozen=True)
class Proposal:
    """The group and, where a name is like enough, the NIBRS code proposed for a published code."""

    group: str
    nibrs: str | None


def propose(code: str) -> Proposal:
    """Return what the published `code`, or its words, may mean."""
    if code.upper() in nibrs_offences():
        return Proposal(nibrs_offences()[code.upper()].word, code.upper())
    names, words = _names(), _plain(code)
    contained = [name for name in names if set(name.split()) <= set(words.split())]
    if contained:
        return _proposal(names[max(contained, key=len)])
    like = process.extractOne(words, list(names), scorer=fuzz.token_sort_ratio, score_cutoff=LIKE_ENOUGH)
    return _proposal(names[like[0]]) if like else Proposal(slug(code), None)


def slug(words: str) -> str:
    """Return the words as the name of a group: lower case, parted by hyphens; a number is called a code."""
    name = plain_words(words).replace(" ", "-")
    return name if re.search(r"[^\W\d]", name) else f"code-{name}"


def _proposal(offence: NibrsOffence) -> Proposal:
    return Proposal(offence.word, offence.code)


def _names() -> dict[str, NibrsOffence]:
    """Return the offences by each of their names; where two share one, the first."""
    named: dict[str, NibrsOffence] = {}
    for offence in nibrs_offences().values():
        for name in (offence.name, *offence.also):
            named.setdefault(_plain(name), offence)
    return named


def _plain(words: str) -> str:
    """Return the words in lower case without punctuation, each in the singular and in the table's own word for it."""
    singular = (re.sub(r"(?<=\w{3})s$", "", word) for word in plain_words(words).split())
    return " ".join(SAME_WORD.get(word, word) for word in singular)
