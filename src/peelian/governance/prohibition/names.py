"""What a name says once its disguises are off: the words in `raceRatio`, `r4ce_pct` or `r_a_c_e`.

For: comparing names of inputs, targets, capabilities and people with a list of words.
Not for: meaning. A name check cannot see through a name that says nothing (`feature_17`); what keeps such
an input out is that a room may only read the columns and use the inputs its register card declares.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
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
_SIGNS = "@$!|+"
_LETTERS_OF = tuple(
    str.maketrans("0123456789@$!|+", letters)
    for letters in ("oizeasbtbgasilt", "olzeasgtbgasilt", "oizeasgtbqasllt")
)
"""What digits and signs stand for in a disguised word; 1 is an i or an l, 6 a b or a g."""
_BOUNDARY = re.compile(rf"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9{re.escape(_SIGNS)}]+")
_LETTERS_AND_DIGITS = re.compile(r"[a-z]+|[0-9]+")
_MIXED = re.compile(rf"(?=.*[a-z])[a-z0-9{re.escape(_SIGNS)}]+")
_SAID_OF_FIGURES = (
    "pct percent perc prop share rate ratio count cnt num mean avg median max min sum total index idx score group grp "
    "band pop population"
)
_STATISTICS = frozenset(_SAID_OF_FIGURES.split())
"""What may be written together with any word looked for, however short: `medianage`, `pctmen`."""
_SAID_AROUND_A_WORD = (
    "n no nr of code cd cat category flag is has scr level class by per in the and data value val est high low feature "
    "feat var area cell tract block ward city local resident victim neighbourhood neighborhood zone district region "
    "street home composition profile mix makeup breakdown distribution density weighted norm log history hist prior "
    "known likely future based origin status type background related"
)
_TRIMMINGS = _STATISTICS | frozenset(_SAID_AROUND_A_WORD.split())
"""What else may be written together with a word looked for of four letters or more: `racecode`, `localpoverty`."""
_HARMLESS_NEIGHBOURS = (
    "addition activity detection retention convinced offended hopeless hopelessness literary meditation "
    "mediation reclining disable protested romano christine christina cristina followed personnel indicated occupied "
    "derived seating artistic martial sentence"
)
_ONE_SLIP_AWAY = frozenset(_HARMLESS_NEIGHBOURS.split())
"""Words of their own that differ by one letter from a word that is looked for."""
_VOWELS = frozenset("aeiou")
_SHORTEST_SKELETON, _SHORTEST_REVERSED, _SHORTEST_SWAP, _SHORTEST_TYPO = 5, 6, 6, 8


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
    """Return every way to read `name` as words, as they stand and in the singular: as written, with digits and signs
    read as letters, with lone letters rejoined.
    """
    tokens = [token.lower() for token in _BOUNDARY.split(_signs_kept(name)) if token]
    plain = tuple(part for token in tokens for part in _LETTERS_AND_DIGITS.findall(token))
    read = {plain, _rejoined(plain)}
    for letters in _LETTERS_OF:
        disguised = tuple(
            token.translate(letters) if _MIXED.fullmatch(token) else token.strip(_SIGNS) for token in tokens
        )
        read |= {disguised, _rejoined(disguised)}
    return _singulars(frozenset(read)) | read


def _signs_kept(name: str) -> str:
    """Return the name unmasked; a sign at the end of a word ends it (`over 65+`, `what!`)."""
    return re.sub(r"[!|+]+(?![A-Za-z0-9])", " ", unmask(name))


def _rejoined(words: Words) -> Words:
    """Join runs of single letters: ("r", "a", "c", "e", "share") is ("race", "share")."""
    spaced = " ".join(words)
    joined = re.sub(r"\b[a-z](?: [a-z]\b){2,}", lambda run: run.group().replace(" ", ""), spaced)
    return tuple(joined.split())


@dataclass(frozen=True)
class PlaceNames:
    """How names of places are told from names of people: `indian_creek_gauge`, `children_playground_distance`.

    Parameters
    ----------
    given : words that name places as well as people.
    heads : what is then named: creek, street, embassy.
    bars : words after which it is people again, wherever they stand in the name: share, residents.
    """

    given: frozenset[str] = frozenset()
    heads: frozenset[str] = frozenset()
    bars: frozenset[str] = frozenset()

    def taken_out(self, words: Words) -> Words:
        """Return the words with every given name and its head, at most one word apart, made a mark."""
        left, compared = list(words), [singular(word) for word in words]
        if self.bars.isdisjoint(compared):
            for start, word in enumerate(compared):
                near = compared[start + 1 : start + 3]
                if word in self.given and not self.heads.isdisjoint(near):
                    left[start] = "|"
        return tuple(left)


@dataclass(frozen=True)
class Lexicon:
    """Words to look for in names.

    Parameters
    ----------
    words : phrases; a name that has such words side by side is a hit (singular or plural).
    stems : letters long enough to be unmistakable anywhere inside a word, e.g. "ethnic".
    pairs : (one list, other list); a name with a word of each, in any order, is a hit.
    within : how many words apart the two of a pair may stand.
    unless : harmless phrases, taken out of the name before it is read, e.g. "race track".
    places : words that are taken out where they name a place.
    """

    words: frozenset[Words] = frozenset()
    stems: tuple[str, ...] = ()
    pairs: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    unless: frozenset[Words] = frozenset()
    within: int = 6
    places: PlaceNames = PlaceNames()

    def hits(self, name: str) -> bool:
        """Return whether any reading of `name` holds what this lexicon looks for."""
        return any(self._hits(self._without_harmless(words)) for words in readings(name))

    def _without_harmless(self, words: Words) -> Words:
        left, compared = list(words), list(map(singular, words))
        for phrase in sorted(_grams(compared) & self._harmless, key=lambda phrase: (-len(phrase), phrase)):
            for start in range(len(left) - len(phrase), -1, -1):
                if tuple(compared[start : start + len(phrase)]) == phrase:
                    left[start : start + len(phrase)] = compared[start : start + len(phrase)] = ["|"]
        return self.places.taken_out(tuple(left))

    def without(self, name: str) -> str:
        """Return `name` in plain words with every single word that this lexicon looks for taken out."""
        words = next(iter(sorted(readings(name))))
        return " ".join(word for word in words if word not in self._single)

    def _hits(self, words: Words) -> bool:
        said = set(words)
        return (
            not said.isdisjoint(self._single)
            or not self._longer.isdisjoint(_grams(words))
            or any(stem in word for stem in self.stems for word in words)
            or any(self._pairs_in(words))
            or any(_is_trimmed(run, self._single) for run in "".join(words).split("|"))
            or any(self._is_disguised(word) for word in words)
            or any(self._is_torn(run) for run in _runs(words))
        )

    def _pairs_in(self, words: Words) -> Iterator[bool]:
        """Yield whether a word of each list stands within `within` words of the other, or right against it."""
        one, other = self.pairs
        if one:
            yield any(_is_both(run, one, other) for run in "".join(words).split("|"))
        for place, word in enumerate(words):
            if word in one:
                near = words[max(0, place - self.within) : place + self.within + 1]
                yield any(beside in other for beside in near)

    def _is_disguised(self, word: str) -> bool:
        """Return whether `word` is one looked for without its vowels, backwards, or with one slip of the finger."""
        if word in self._skeletons or word in self._swaps:
            return True
        if len(word) >= _SHORTEST_REVERSED and not self._single.isdisjoint(_backwards(word)):
            return True
        if len(word) < _SHORTEST_TYPO - 1 or word in _ONE_SLIP_AWAY:
            return False
        return not (
            self._changed.isdisjoint(_changed(word))
            and self._long.isdisjoint(_shortened(word))
            and word not in self._slips
        )

    def _is_torn(self, run: str) -> bool:
        """Return whether neighbouring words are one word torn apart: `in_come`, `eth_nicity`."""
        return (len(run) > 3 and singular(run) in self._single) or any(
            run.startswith(stem) for stem in self.stems if len(stem) > 5
        )

    @cached_property
    def _skeletons(self) -> frozenset[str]:
        found = (_skeleton(word) for word in self._single if len(word) >= _SHORTEST_SKELETON)
        return frozenset(each for each in found if len(each) > 3)

    @cached_property
    def _slips(self) -> frozenset[str]:
        return frozenset(slip for word in self._long for slip in _shortened(word))

    @cached_property
    def _swaps(self) -> frozenset[str]:
        swapped = (_swapped(word) for word in self._single if len(word) >= _SHORTEST_SWAP)
        return frozenset(form for forms in swapped for form in forms) - _ONE_SLIP_AWAY

    @cached_property
    def _changed(self) -> frozenset[str]:
        return frozenset(form for word in self._long for form in _changed(word))

    @cached_property
    def _long(self) -> frozenset[str]:
        return frozenset(word for word in self._single if len(word) >= _SHORTEST_TYPO)

    @cached_property
    def _single(self) -> frozenset[str]:
        return frozenset(phrase[0] for phrase in _singulars(self.words) if len(phrase) == 1)

    @cached_property
    def _longer(self) -> frozenset[Words]:
        return frozenset(phrase for phrase in _singulars(self.words) if len(phrase) > 1)

    @cached_property
    def _harmless(self) -> frozenset[Words]:
        return _singulars(self.unless)


def _singulars(phrases: frozenset[Words]) -> frozenset[Words]:
    return frozenset(tuple(singular(word) for word in phrase) for phrase in phrases)


def _runs(words: Words) -> Iterator[str]:
    """Yield two to four neighbouring words written together."""
    for start in range(len(words)):
        for stop in range(start + 2, min(start + 4, len(words)) + 1):
            yield "".join(words[start:stop])


def _backwards(word: str) -> frozenset[str]:
    """Return the word read backwards, in the singular, with the s that the singular took from its end and without."""
    return frozenset({singular(word[::-1]), singular(f"s{word[::-1]}")})


def _skeleton(word: str) -> str:
    """Return the word's first letter and its later consonants: `ethncty`, `gndr`."""
    return word[0] + "".join(sign for sign in word[1:] if sign not in _VOWELS)


def _shortened(word: str) -> frozenset[str]:
    """Return the word with one letter left out, not the first."""
    return frozenset(word[:k] + word[k + 1 :] for k in range(1, len(word)))


def _changed(word: str) -> frozenset[str]:
    """Return the word with one letter, not the first, made a mark: words that differ by one letter share a form."""
    return frozenset(f"{word[:k]}*{word[k + 1 :]}" for k in range(1, len(word)))


def _swapped(word: str) -> frozenset[str]:
    """Return the word with two neighbouring letters swapped, not the first."""
    return frozenset(word[:k] + word[k + 1] + word[k] + word[k + 2 :] for k in range(1, len(word) - 1))


def singular(word: str) -> str:
    """Return an English plural in the singular, as far as its end tells; any other word as it is."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _grams(words: Sequence[str]) -> frozenset[Words]:
    """Return every run of one to seven words side by side."""
    return frozenset(
        tuple(words[start:stop])
        for start in range(len(words))
        for stop in range(start + 1, min(start + 7, len(words)) + 1)
    )


def _is_both(run: str, one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether `run` is a word of each list written together: `suspectscore`, `riskofperson` not."""
    halves = ((run[:at], run[at:]) for at in range(2, len(run) - 1))
    return any((a in one and b in other) or (a in other and b in one) for a, b in halves)


def _is_trimmed(run: str, wanted: frozenset[str]) -> bool:
    """Return whether `run` is a wanted word written together with trimmings only: `pctblack`, `racecode`."""
    return _made_of(run, wanted, trimmings=_STATISTICS) or _made_of(
        run, frozenset(word for word in wanted if len(word) > 3), trimmings=_TRIMMINGS
    )


def _made_of(run: str, wanted: frozenset[str], *, trimmings: frozenset[str]) -> bool:
    seen: set[tuple[int, bool]] = set()
    open_ends = [(0, False)]
    while open_ends:
        start, found = open_ends.pop()
        if start == len(run) and found:
            return True
        for stop in range(start + 1, len(run) + 1):
            part = run[start:stop]
            step = (stop, found or part in wanted)
            if (part in wanted or part in trimmings or part.isdigit()) and step not in seen:
                seen.add(step)
                open_ends.append(step)
    return False
