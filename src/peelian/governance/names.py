"""What a name says once its disguises are off: the words in `raceRatio`, `r4ce_pct` or `r_a_c_e`.

For: comparing names of inputs, targets, capabilities and people with a list of words.
Not for: meaning. A name check cannot see through a name that says nothing (`feature_17`); what keeps such
an input out is that a room may only read the columns and use the inputs its register card declares.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

Words = tuple[str, ...]

_ALIKE = str.maketrans(
    "авсԁеɡгһіıјкӏмпоорԛѕтцѵԝхуАВСЕНІЈКМОРЅТХУҮαβεηικνορτυχγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "abcdegrhiijklmnoopqstuvwxyABCEHIJKMOPSTXYYabenikvoptuxywABEZHIKMNOPTYX",
)
_SPELLED_OUT = str.maketrans(
    {"ø": "o", "Ø": "O", "đ": "d", "ł": "l", "Ł": "L", "æ": "ae", "œ": "oe", "ß": "ss"}
)
_DIGITS_FOR_LETTERS = str.maketrans("013457@$", "oieastas")
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9@$]+")
_LETTERS_AND_DIGITS = re.compile(r"[a-z]+|[0-9]+")
_MIXED = re.compile(r"(?=.*[a-z])[a-z0-9@$]+")
_SAID_AROUND_A_WORD = (
    "pct percent perc prop share rate ratio count cnt num n no nr of pop population group grp code cd cat flag "
    "is has mean avg median max min sum total index idx score scr level class band by per in the and data value "
    "val est high low feature feat var area cell tract block ward city local resident victim"
)
_TRIMMINGS = frozenset(_SAID_AROUND_A_WORD.split())


def unmask(text: str) -> str:
    """Return `text` in plain letters: compatibility forms, look-alike letters, accents, hidden characters gone."""
    shown = "".join(
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf"
    )
    folded = unicodedata.normalize("NFD", shown.translate(_ALIKE).translate(_SPELLED_OUT))
    return "".join(sign for sign in folded if unicodedata.category(sign) != "Mn")


def is_plain(name: str) -> bool:
    """Return whether every letter of `name`, unmasked, is one of a to z, so that a word list can judge it."""
    letters = [sign for sign in unmask(name) if not sign.isascii()]
    return not letters and any(sign.isalpha() for sign in unmask(name))


def person_key(name: str) -> str:
    """Return a person's name as it is compared: unmasked, casefolded, letters and digits only."""
    return "".join(sign for sign in unmask(name).casefold() if sign.isalnum())


@lru_cache(maxsize=1024)
def readings(name: str) -> frozenset[Words]:
    """Return every way to read `name` as words, each in the singular: as written, with digits read as letters,
    with lone letters rejoined.
    """
    tokens = [token.lower() for token in _BOUNDARY.split(unmask(name)) if token]
    plain = tuple(part for token in tokens for part in _LETTERS_AND_DIGITS.findall(token))
    disguised = tuple(
        token.translate(_DIGITS_FOR_LETTERS) if _MIXED.fullmatch(token) else token for token in tokens
    )
    return _singulars(frozenset({plain, disguised, _rejoined(plain), _rejoined(disguised)}))


def _rejoined(words: Words) -> Words:
    """Join runs of single letters: ("r", "a", "c", "e", "share") is ("race", "share")."""
    spaced = " ".join(words)
    joined = re.sub(r"\b[a-z](?: [a-z]\b){2,}", lambda run: run.group().replace(" ", ""), spaced)
    return tuple(joined.split())


@dataclass(frozen=True)
class Lexicon:
    """Words to look for in names.

    Parameters
    ----------
    words : phrases; a name that has such words side by side is a hit (singular or plural).
    stems : letters long enough to be unmistakable anywhere inside a word, e.g. "ethnic".
    pairs : (one list, other list); a name with a word of each, in any order, is a hit.
    unless : harmless phrases, taken out of the name before it is read, e.g. "race track".
    """

    words: frozenset[Words] = frozenset()
    stems: tuple[str, ...] = ()
    pairs: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    unless: frozenset[Words] = frozenset()

    def hits(self, name: str) -> bool:
        """Return whether any reading of `name` holds what this lexicon looks for."""
        return any(self._hits(self._without_harmless(words)) for words in readings(name))

    def _without_harmless(self, words: Words) -> Words:
        left = list(words)
        for phrase in self._harmless:
            for start in range(len(left) - len(phrase), -1, -1):
                if tuple(left[start : start + len(phrase)]) == phrase:
                    left[start : start + len(phrase)] = ["|"]
        return tuple(left)

    def _hits(self, words: Words) -> bool:
        said = set(words)
        return (
            not said.isdisjoint(self._single)
            or any(_has_phrase(words, phrase) for phrase in self._longer)
            or any(stem in word for stem in self.stems for word in words)
            or all(not said.isdisjoint(side) for side in self.pairs)
            or any(_is_trimmed(run, self._single) for run in "".join(words).split("|"))
        )

    @cached_property
    def _single(self) -> frozenset[str]:
        return frozenset(phrase[0] for phrase in _singulars(self.words) if len(phrase) == 1)

    @cached_property
    def _longer(self) -> frozenset[Words]:
        return frozenset(phrase for phrase in _singulars(self.words) if len(phrase) > 1)

    @cached_property
    def _harmless(self) -> tuple[Words, ...]:
        """Longest first, so that phrases that overlap are always taken out in the same order."""
        return tuple(sorted(_singulars(self.unless), key=lambda phrase: (-len(phrase), phrase)))


def _singulars(phrases: frozenset[Words]) -> frozenset[Words]:
    return frozenset(tuple(_singular(word) for word in phrase) for phrase in phrases)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _has_phrase(words: Words, phrase: Words) -> bool:
    length = len(phrase)
    return any(words[start : start + length] == phrase for start in range(len(words) - length + 1))


def _is_trimmed(run: str, wanted: frozenset[str]) -> bool:
    """Return whether `run` is a wanted word written together with trimmings only: `pctblack`, `racecode`."""
    seen: set[tuple[int, bool]] = set()
    open_ends = [(0, False)]
    while open_ends:
        start, found = open_ends.pop()
        if start == len(run) and found:
            return True
        for stop in range(start + 1, len(run) + 1):
            part = run[start:stop]
            step = (stop, found or part in wanted)
            if (part in wanted or part in _TRIMMINGS or part.isdigit()) and step not in seen:
                seen.add(step)
                open_ends.append(step)
    return False
