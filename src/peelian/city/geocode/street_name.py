"""The name of a street in its parts, written in one way: "North Saint Clair Street" is n / saint clair / st."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peelian.city.geocode.wording import Wording, ordinal


@dataclass(frozen=True)
class StreetName:
    """A street's name; an absent part is empty.

    Parameters
    ----------
    before, after : direction in front of the name and behind the type, e.g. "n".
    base : the name itself, never empty where there is a name at all.
    kind : street type, e.g. "ave".
    """

    before: str
    base: str
    kind: str
    after: str

    @property
    def key(self) -> str:
        """Return the base without spaces, as names are compared ("mc coy" and "mccoy" are one name)."""
        return self.base.replace(" ", "")

    @property
    def directions(self) -> frozenset[str]:
        """Return the directions, wherever they stand."""
        return frozenset({self.before, self.after} - {""})

    def __str__(self) -> str:
        return " ".join(part for part in (self.before, self.base, self.kind, self.after) if part)


def street_name(words: Sequence[str], *, tables: Wording) -> StreetName:
    """Return the name that the words spell; reading `str()` of it again gives the same name."""
    rest = _one_spelling(words, tables=tables)
    before = after = kind = ""
    if len(rest) > 1 and rest[0] in tables.directions and not _only_type(rest[1:], tables):
        before, rest = tables.directions[rest[0]], rest[1:]
    if len(rest) > 2 and rest[-1] in tables.directions and rest[-2] in tables.types:
        after, rest = tables.directions[rest[-1]], rest[:-1]
    if len(rest) > 1 and rest[-1] in tables.types:
        kind, rest = tables.types[rest[-1]], rest[:-1]
    return StreetName(before, _base(rest, tables), kind, after)


def _only_type(rest: Sequence[str], tables: Wording) -> bool:
    """Tell whether nothing but a type is left: the direction of "North Avenue" is its name."""
    return len(rest) == 1 and rest[0] in tables.types


def _one_spelling(words: Sequence[str], *, tables: Wording) -> list[str]:
    text = " ".join(words)
    while (found := tables.any_phrase.search(text)) is not None:
        text = text[: found.start()] + tables.name_phrases[found.group()] + text[found.end() :]
    spelled: list[str] = []
    for word in text.split():
        pair = f"{spelled[-1]} {word}" if spelled else ""
        if pair in tables.ordinals:
            spelled[-1] = tables.ordinals[pair]
        else:
            spelled.append(tables.ordinals.get(word) or tables.name_words.get(word, word))
    return spelled


def _base(words: Sequence[str], tables: Wording) -> str:
    if len(words) == 1:
        (word,) = words
        if word.isdigit() and len(word) < 4:
            return ordinal(int(word))
        return tables.spelled_directions.get(word, word)
    inner = [tables.inner_words.get(word, word) for word in words]
    if words:
        inner[0] = tables.first_words.get(words[0], inner[0])
    return " ".join(inner)
