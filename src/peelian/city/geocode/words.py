"""An address as words: lower case, without accents and punctuation, with what was glued together taken apart."""

from __future__ import annotations

import re
import unicodedata

from peelian.city.geocode.wording import Wording, ordinal

LONGEST = 300
"""Characters of an address that are looked at; what is longer is a narrative and no address."""

_APOSTROPHES = re.compile(r"[.'`’‘]")
_DOTTED_END = re.compile(r"(?<=[a-z]{2})\.(?=[a-z]{2})")
_FRACTION = re.compile(r"\b(\d+)[ -]+[13]/[248](?!\d) ?([a-z]*)(?=(\W*))")
_MARKS = re.compile(r"([&/@,#])")
_OTHERS = re.compile(r"[^a-z0-9&/@,# ]+")
_RANGE = re.compile(r"\b(\d+) ?- ?(\d+)\b")
_GLUED = re.compile(r"\b(\d+)(?!xx\b)([a-z]{2,})\b")
_GLUED_HUNDRED = re.compile(r"^(\d*xx)([a-z]{2,})")
_HOUSE_LETTER = re.compile(r"^(\d+) ?-?([a-wyz])(?= )")


def words_of(text: str, *, tables: Wording) -> list[str]:
    """Return the words of an address; the marks & / @ , # are words of their own."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST]).lower()
    if not plain.isascii():
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _APOSTROPHES.sub("", _DOTTED_END.sub(" ", plain))
    plain = _FRACTION.sub(lambda found: _fraction(found, tables), plain.strip())
    plain = _RANGE.sub(r"\1 to\2", plain)
    plain = _HOUSE_LETTER.sub(lambda found: _letter(found, tables), plain)
    plain = _OTHERS.sub(" ", _MARKS.sub(r" \1 ", plain))
    plain = _GLUED_HUNDRED.sub(r"\1 \2", plain)
    return _GLUED.sub(lambda found: _apart(found, tables), plain).split()


def _fraction(found: re.Match[str], tables: Wording) -> str:
    """Drop the fraction of the house "12 1/2 main st"; keep that of "43 1/2 st", which lies between 43rd and 44th."""
    number, word, marks = found.groups()
    named = word in tables.numbered and marks != " "
    return f"half{number} {word}" if named else f"{number} {word}"


def _letter(found: re.Match[str], tables: Wording) -> str:
    """Drop the letter of "12a main st"; keep that of "12n main st", a direction, and of "12 a street", a name."""
    number, letter = found.groups()
    behind = found.string[found.end() :].split()
    named = behind[0] in tables.types and len(behind) == 1
    return f"{number} {letter}" if letter in tables.directions or named else number


def _apart(found: re.Match[str], tables: Wording) -> str:
    """Take "12main" and "5thave" apart, and leave "5th" as it is."""
    number, letters = found.groups()
    proper = ordinal(int(number))
    if found.group() == proper:
        return proper
    ending, rest = proper[-2:], letters[2:]
    if letters.startswith(ending) and rest in tables.types:
        return f"{proper} {rest}"
    if letters in {"st", "nd", "rd", "th"}:
        return found.group()  # "2th": a slip, compared as it stands
    return f"{number} {letters}"
