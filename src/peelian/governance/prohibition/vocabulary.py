"""The words a request in sentences is read for: classes of words, and the frames that explain a mention of persons.

For: `policies/prose.yaml` and `policies/persons.txt` as values, and finding the words of a class in a sentence.
Not for: judging; prose.py does that. Names of columns and capabilities are held against names.yaml, not against this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources

from peelian.domain.section import Section, closed, schema_one
from peelian.domain.strict import read_yaml
from peelian.governance.prohibition.names import readings, singular, unmask

_LONE_LETTERS = re.compile(r"\b[^\W\d_](?:[ .\-_][^\W\d_]\b){2,}")
_BETWEEN_WORDS = re.compile(r"[^\w@$!|+]+|_")

_NUMBER = "#"
"""The form of every word that begins with a digit, so that `case #` is a case with its number."""

_PLURAL = "+"
"""Ends one form of every word in the plural, so that `german+` is several of them and no language."""

_EACH = ("any", "each", "every")
"""Words by which a noun that is also an adjective or a language is a person: `each german`."""

NOUNS = "nouns"
"""The class of the persons a dictionary knows (`policies/persons.txt`), beside those that prose.yaml lists."""

_TURNS = frozenset({"which", "whose", "whether", "if"})
"""Words across which no frame reaches: of `tell residents which tenants left` it explains the residents."""


class Side(StrEnum):
    """Where a frame's word stands, as seen from the mention it explains."""

    BEFORE = "before"
    AFTER = "after"
    ITSELF = "itself"
    ANYWHERE = "anywhere"


@dataclass(frozen=True)
class Word:
    """One word of a sentence: as it was written, and every form it may be read as, in the singular."""

    said: str
    forms: frozenset[str]


@dataclass(frozen=True)
class Span:
    """Where a phrase was found: the places of its words, from `start` up to `stop`."""

    start: int
    stop: int

    def apart(self, other: Span) -> int:
        """Return how many words stand between this span and a later one (negative if it is not later)."""
        return other.start - self.stop


@dataclass(frozen=True)
class WordClass:
    """Phrases in the singular, and stems: the beginnings of words."""

    phrases: frozenset[tuple[str, ...]]
    stems: tuple[str, ...] = ()

    def spans(self, words: Sequence[Word]) -> tuple[Span, ...]:
        """Return where words of this class stand, the longest phrase at each place, none inside another."""
        found: list[Span] = []
        for start in range(len(words)):
            stop = self._longest(words, start)
            if stop and (not found or start >= found[-1].stop):
                found.append(Span(start, stop))
        return tuple(found)

    @cached_property
    def _by_first(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        found: dict[str, tuple[tuple[str, ...], ...]] = {}
        for phrase in self.phrases:
            found[phrase[0]] = (*found.get(phrase[0], ()), phrase)
        return found

    def _longest(self, words: Sequence[Word], start: int) -> int:
        begun = (phrase for form in words[start].forms for phrase in self._by_first.get(form, ()))
        lengths = [len(phrase) for phrase in begun if _stands_at(words, start, phrase)]
        if not lengths and any(form.startswith(self.stems) for form in words[start].forms if self.stems):
            lengths = [1]
        return start + max(lengths) if lengths else 0


@dataclass(frozen=True)
class Frame:
    """One thing that may be done with persons: a mention of them is explained where a word of `near` stands within
    `within` words on that side, unless the sentence holds a word of `bars`. `kinds` are the classes whose mentions it
    explains; `says` is the frame in plain words.
    """

    id: str
    near: WordClass
    side: Side
    within: int
    bars: WordClass | None
    kinds: tuple[str, ...]
    says: str

    def explains(self, mention: Span, words: Sequence[Word], *, whole: Sequence[Word]) -> bool:
        """Return whether this frame explains that mention of somebody in a sentence of the `whole` text."""
        if self.bars is not None and self.bars.spans(words):
            return False
        if self.side is Side.ANYWHERE:
            return bool(self.near.spans(whole))
        return any(self._is_near(span, mention, words) for span in self.near.spans(words))

    def _is_near(self, span: Span, mention: Span, words: Sequence[Word]) -> bool:
        if self.side is Side.ITSELF:
            return span.start < mention.stop and mention.start < span.stop
        first, second = (span, mention) if self.side is Side.BEFORE else (mention, span)
        between = words[first.stop : second.start]
        return 0 <= first.apart(second) <= self.within and all(
            _TURNS.isdisjoint(word.forms) for word in between
        )


@dataclass(frozen=True)
class Combination:
    """What a sentence may not hold together: a word of each of the classes `of`, unless one of `unless` stands there
    too; `rule` is what it then stands under.
    """

    rule: str
    of: tuple[str, ...]
    unless: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The classes by name, the frames, and the combinations."""

    classes: dict[str, WordClass]
    frames: tuple[Frame, ...]
    combinations: tuple[Combination, ...]

    def spans(self, name: str, words: Sequence[Word]) -> tuple[Span, ...]:
        """Return where words of the named class stand."""
        return self.classes[name].spans(words)

    def holds(self, words: Sequence[Word], *names: str) -> bool:
        """Return whether a word of each of the named classes stands among `words`."""
        return all(self.spans(name, words) for name in names)


@cache
def installed_vocabulary() -> Vocabulary:
    """Return the vocabulary that ships with this version."""
    folder = resources.files("peelian.governance") / "policies"
    read = read_vocabulary((folder / "prose.yaml").read_text("utf-8"))
    nouns = read_nouns((folder / "persons.txt").read_text("utf-8"))
    return replace(read, classes=read.classes | {NOUNS: nouns})


def read_vocabulary(text: str) -> Vocabulary:
    """Read a vocabulary; a class that a frame names and nobody wrote is refused, as is anything unknown."""
    with read_yaml(text, where="prose.yaml") as top:
        schema_one(top)
        classes = {name: _read_class(section) for name, section in top.named_sections("classes")}
        frames = tuple(_read_frame(section, classes) for section in top.sections("frames"))
        combinations = tuple(
            _read_combination(section, classes) for section in top.optional_sections("combinations")
        )
    return Vocabulary(classes, frames, combinations)


def read_nouns(text: str) -> WordClass:
    """Read nouns for persons, one to a line; a line that begins with # is a remark."""
    nouns = [line for line in text.splitlines() if not line.startswith("#")]
    alone = {singular(noun) for noun in nouns if not noun.endswith(_PLURAL)}
    several = {singular(noun.removesuffix(_PLURAL)) for noun in nouns if noun.endswith(_PLURAL)}
    severally = {(each, noun) for noun in several for each in _EACH}
    return WordClass(
        frozenset({(noun,) for noun in alone} | {(noun + _PLURAL,) for noun in several} | severally)
    )


def words_of(sentence: str) -> tuple[Word, ...]:
    """Cut a sentence into words, unmasked; letters that stand alone in a row are one word."""
    plain = _LONE_LETTERS.sub(lambda run: re.sub(r"[^\w]|_", "", run.group()), unmask(sentence))
    return tuple(Word(said, _forms(said)) for said in _BETWEEN_WORDS.split(plain) if said)


def _forms(said: str) -> frozenset[str]:
    lower = said.lower()
    one = singular(lower)
    also = {_NUMBER} if said[0].isdigit() else {one + _PLURAL} if one != lower else set()
    return frozenset(singular(form) for words in readings(said) for form in words) | {one, *also}


def _stands_at(words: Sequence[Word], start: int, phrase: tuple[str, ...]) -> bool:
    there = words[start : start + len(phrase)]
    return len(there) == len(phrase) and all(
        wanted in word.forms for wanted, word in zip(phrase, there, strict=True)
    )


def _read_class(section: Section) -> WordClass:
    with section:
        phrases = section.optional_texts("words")
        return WordClass(frozenset(_phrases(phrases)), section.optional_texts("stems"))


def _phrases(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for text in texts:
        yield tuple(singular(word) for word in text.split())


def _read_frame(section: Section, classes: dict[str, WordClass]) -> Frame:
    with section:
        where = section.where
        near, bars = section.text("near"), section.optional_text("bars")
        side = Side(closed(section.text("side"), Side, where=where, what="side"))
        return Frame(
            id=section.text("id"),
            near=classes[closed(near, classes, where=where, what="class")],
            side=side,
            within=section.integer("within") if side in (Side.BEFORE, Side.AFTER) else 0,
            bars=classes[closed(bars, classes, where=where, what="class")] if bars else None,
            kinds=_classes_named(section.texts("explains", least=1), classes, where=where),
            says=section.text("says"),
        )


def _read_combination(section: Section, classes: dict[str, WordClass]) -> Combination:
    with section:
        return Combination(
            rule=section.text("rule"),
            of=_classes_named(section.texts("of", least=1), classes, where=section.where),
            unless=_classes_named(section.optional_texts("unless"), classes, where=section.where),
        )


def _classes_named(names: Sequence[str], classes: dict[str, WordClass], *, where: str) -> tuple[str, ...]:
    return tuple(closed(name, classes, where=where, what="class") for name in names)
