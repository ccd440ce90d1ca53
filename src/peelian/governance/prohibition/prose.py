"""A request in sentences, read for what it would do to whom; whatever speaks of persons has to say which of the things
that may be done with persons it is.

For: objections to a sentence, and what it leaves unsaid: the persons nobody explains, the unit nobody states.
Not for: understanding. A sentence is words in a row (policies/prose.yaml); what is said around them is not seen, so
what cannot be judged is not shown to be permitted, and the answer says what to state instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from peelian.governance.prohibition.prohibited import ProhibitedRule, Surface, installed_list, rules_against
from peelian.governance.prohibition.vocabulary import (
    NOUNS,
    Span,
    Word,
    WordClass,
    installed_vocabulary,
    words_of,
)

_SENTENCE_ENDS = re.compile(r"[;:!?\n]+|\.(?=\s+\D|\s*$)")
_TRAITS = frozenset({"no-special-category-input", "no-protected-attribute-input"})
_TRAITS_AND_MEANS = _TRAITS | {"no-socioeconomic-input"}
_GROUNDS = _TRAITS_AND_MEANS | {"no-person-input", "no-enforcement-found-input"}
_WEIGHING = ("measures", "lists", "sends", "identifies", "learns", "collects", "asks-who", "who")
_FILLER = Word("ourselves", frozenset({"ourselves"}))
"""Stands where an explained or denied word stood, so that what was apart stays apart."""
_GOVERNS = 4
"""How many words may stand between a measuring word and whom it measures."""


@dataclass(frozen=True)
class Objection:
    """One thing that is proposed, and the rule that stands against it."""

    said: str
    rule: ProhibitedRule


@dataclass(frozen=True)
class Reading:
    """What was read in a text: what stands against it, the persons it does not explain, and whether it says of what
    places, times, things or events it speaks.
    """

    objections: tuple[Objection, ...]
    unexplained: tuple[str, ...]
    states_unit: bool


@dataclass(frozen=True)
class _Mention:
    kind: str
    span: Span
    explained: bool

    @property
    def eases(self) -> bool:
        """Return whether what is said of the sentence besides is read the more kindly for it: it is explained, and by a
        word that we wrote down ourselves; a dictionary's nouns are also names of things and of faiths.
        """
        return self.explained and self.kind != NOUNS


def read_request(text: str) -> Reading:
    """Read a text sentence by sentence; `them` is whoever an earlier sentence named, denied or not."""
    found: list[Objection] = []
    unexplained: list[str] = []
    named = units = False
    weighs = False
    whole = words_of(text)
    before: tuple[Word, ...] = ()
    for sentence in filter(str.strip, _SENTENCE_ENDS.split(text)):
        words, heading = words_of(sentence), before
        before = words
        said = _without_harmless(_without_denied(words))
        if _holds(whole, "declines") and _holds(words, "asked-for"):
            continue
        named = named or any(_holds(words, name) for name in ("persons", "suspected", NOUNS))
        weighs = weighs or any(_holds(said, name) for name in _WEIGHING)
        mentions = tuple(_mentions(said, whole))
        units = units or _holds(words, "units") or any(each.eases for each in mentions)
        ids = list(_ids_against(said, mentions, named=named, whole=whole))
        if _acts_alone(words):
            ids.append("no-act-without-a-person")
        found += [Objection(sentence.strip(), rule) for rule in _rules(ids)]
        left = _without(said, [each.span for each in mentions if each.eases])
        left = _without(left, _spans("who", left))
        explained = any(each.eases for each in mentions)
        found += [
            Objection(sentence.strip(), rule)
            for rule in _listed(left, heading=heading, explained=explained, whole=whole)
        ]
        unexplained += [
            _said(said, each.span) for each in mentions if not each.explained and each.kind != "homes"
        ]
    return Reading(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(unexplained)), units or not weighs)


def read_name(name: str) -> tuple[ProhibitedRule, ...]:
    """Return the rules against the name of a capability, target or route, read as a sentence of few words: those who
    are suspected have no place in it at all.
    """
    read = read_request(name)
    words = _without_harmless(words_of(name))
    suspected = any(each.kind == "suspected" and not each.explained for each in _mentions(words, words))
    return (*(each.rule for each in read.objections), *(_rules(["no-person-score"]) if suspected else ()))


def _holds(words: Sequence[Word], *classes: str) -> bool:
    return installed_vocabulary().holds(words, *classes)


def _spans(name: str, words: Sequence[Word]) -> tuple[Span, ...]:
    return installed_vocabulary().spans(name, words)


def _rules(ids: Sequence[str]) -> tuple[ProhibitedRule, ...]:
    return tuple(rule for rule in installed_list().rules if rule.id in ids)


def _said(words: Sequence[Word], span: Span) -> str:
    return " ".join(word.said for word in words[span.start : span.stop])


def _without(words: Sequence[Word], spans: Sequence[Span]) -> tuple[Word, ...]:
    left = list(words)
    for span in spans:
        left[span.start : span.stop] = [_FILLER] * (span.stop - span.start)
    return tuple(left)


def _without_harmless(words: Sequence[Word]) -> tuple[Word, ...]:
    return _without(words, (*_spans("harmless", words), *_harmless_in_names().spans(words)))


@cache
def _harmless_in_names() -> WordClass:
    """Return the phrases that are harmless in a name of something, and so in a sentence about it."""
    (rule,) = _rules(["no-person-score"])
    return WordClass(frozenset(phrase for _, lexicon in rule.forbids for phrase in lexicon.unless))


def _without_denied(words: Sequence[Word]) -> tuple[Word, ...]:
    """Take out what a sentence denies: from the denying word to the next that turns the sentence, or to a measuring
    word after `and`. "Without delay" denies nothing; "leave arrests out" denies where it speaks of data.
    """
    hollow = {place for span in _spans("hollow-denials", words) for place in range(span.start, span.stop)}
    starts = [span.start for span in _spans("denies", words) if span.start not in hollow]
    left_out = _holds(words, "leaves-out", "own-data") and not _holds(words, "dispatches")
    if left_out or _holds(words, "rejects", "proposals"):
        return _without(words, [Span(0, len(words))])
    return _without(words, [Span(start, _end_of_denial(words, start)) for start in starts])


def _end_of_denial(words: Sequence[Word], start: int) -> int:
    ends = [span.start for span in _spans("denial-ends", words) if span.start > start]
    joined = [
        span.start
        for span in _spans("measures", words)
        if span.start > start + 1 and words[span.start - 1].said.lower() in ("and", "und", "et", "y", "to")
    ]
    return min([*ends, *joined, len(words)])


def _mentions(words: Sequence[Word], whole: Sequence[Word]) -> Iterator[_Mention]:
    """Yield where the sentence speaks of persons and homes, and whether a frame explains it."""
    for kind in ("persons", "suspected", "homes"):
        for span in _spans(kind, words):
            yield _Mention(kind, span, _is_explained(kind, span, words, whole))
    listed = _without(words, (*_spans("persons", words), *_spans("suspected", words)))
    for span in _spans(NOUNS, listed):
        yield _Mention(NOUNS, span, _is_explained("persons", span, words, whole))
    for span in _spans("who", words):
        if span.start == 0 or _spans("asks-who", words[span.start - 1 : span.start]):
            yield _Mention("who", span, _is_explained("who", span, words, whole))


def _is_explained(kind: str, span: Span, words: Sequence[Word], whole: Sequence[Word]) -> bool:
    frames = (frame for frame in installed_vocabulary().frames if kind in frame.kinds)
    return any(frame.explains(span, words, whole=whole) for frame in frames)


def _acts_alone(words: Sequence[Word]) -> bool:
    """Return whether somebody's word is left out before something follows; "nothing leaves without review" leaves none
    out.
    """
    denials = [span.start for span in _spans("denies", words)]
    return any(all(start >= span.start for start in denials) for span in _spans("unreviewed", words))


def _ids_against(
    words: Sequence[Word], mentions: Sequence[_Mention], *, named: bool, whole: Sequence[Word]
) -> Iterator[str]:
    """Yield the rules against a sentence by what it does to whom, and by what it puts together."""
    people = [each for each in mentions if each.kind != "homes"]
    cased = _holds(whole, "cases")
    if any(_is_measured(each, words, cased=cased) for each in people) or (named and _measures_them(words)):
        yield "no-person-score"
    proxied = any(_governs(words, span) for span in _spans("proxies", words))
    if proxied and not cased:
        yield "no-person-score"
    if any(each.kind == "homes" and not each.explained and _governs(words, each.span) for each in mentions):
        yield "no-household-place"
    left = _without(words, [each.span for each in mentions if each.eases])
    for one in installed_vocabulary().combinations:
        if _holds(left, *one.of) and not any(_holds(whole, name) for name in one.unless):
            yield one.rule


def _is_measured(mention: _Mention, words: Sequence[Word], *, cased: bool) -> bool:
    """Return whether persons are measured: not explained in a sentence that measures; or explained, and yet measured
    themselves without any help for them, or spoken of for what they might do.
    """
    if not mention.explained:
        return any(_holds(words, name) for name in ("measures", "lists", "conduct"))
    if _holds(words, "conduct") and not cased:
        return True
    each = any(0 <= span.apart(mention.span) <= 1 for span in _spans("each", words))
    measured = any(0 <= span.apart(mention.span) <= 1 for span in _spans("measures", words))
    helped = cased or _holds(words, "helps") or _holds(words, "staff-work")
    return (measured and not helped) or (each and any(_holds(words, name) for name in ("measures", "lists")))


def _measures_them(words: Sequence[Word]) -> bool:
    return any(
        0 <= measure.apart(them) <= 1
        for measure in (*_spans("measures", words), *_spans("lists", words))
        for them in _spans("pronouns", words)
    )


def _governs(words: Sequence[Word], span: Span) -> bool:
    """Return whether a measuring word, or a word for each single one, stands right by."""
    measured = any(
        0 <= (one.apart(span) if one.start < span.start else span.apart(one)) <= _GOVERNS
        for one in _spans("measures", words)
    )
    alone = (*_spans("each", words), *_spans("singles", words))
    return measured or any(0 <= one.apart(span) <= 1 for one in alone)


def _listed(
    words: Sequence[Word], *, heading: Sequence[Word], explained: bool, whole: Sequence[Word]
) -> Iterator[ProhibitedRule]:
    """Yield the rules whose names stand in what is left: of what it would do, and of whom it would be done to by what
    they are, where it sends, scores or forecasts at all. An audit may read them, and so may help for somebody, where
    nobody is sent anywhere by them.
    """
    text = " ".join(word.said for word in words)
    yield from rules_against(text, surface=Surface.CAPABILITIES)
    if _holds(whole, "bias-audits") and _holds(words, "asks-whether"):
        return
    spared = explained or _holds(words, "audits") or _holds(words, "harms", "helps")
    if spared and not _holds(words, "dispatches"):
        return
    grounds = [rule for rule in rules_against(text, surface=Surface.INPUTS) if rule.id in _GROUNDS]
    if _holds(words, "sends") or _holds(heading, "sends", "learns"):
        yield from (rule for rule in grounds if rule.id in _TRAITS_AND_MEANS or _holds(words, "learns"))
    read_off = _holds(words, "looks") or _holds(words, "infers") or _holds(words, "signals")
    if read_off and any(rule.id in _TRAITS for rule in grounds):
        yield from _rules(["no-biometric-category"])
