"""An address as words: lower case, without accents and punctuation, with what was glued together taken apart."""

from __future__ import annotations

import re
import unicodedata

from peelian.city.geocode.wording import Wording, ordinal

LONGEST = 300
"""Characters of an address that are looked at; what is longer is a narrative and no address."""

_APOSTROPHES = re.compile(r"[.'`’‘]")
_DOTTED_END = re.compile(r"(?<=[a-z]{2})\.(?=[a-z]{2})")
_FRACTION = re.compile(r"(?<=\d)[ -]+[13]/[248]\b")
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
    plain = _FRACTION.sub("", plain)
    plain = _RANGE.sub(r"\1 to\2", plain.strip())
    plain = _HOUSE_LETTER.sub(lambda found: _letter(found, tables), plain)
    plain = _OTHERS.sub(" ", _MARKS.sub(r" \1 ", plain))
    plain = _GLUED_HUNDRED.sub(r"\1 \2", plain)
    return _GLUED.sub(lambda found: _apart(found, tables), plain).split()


def _letter(found: re.Match[str], tables: Wording) -> str:
    """Drop the letter of "12a main st"; keep that of "12n main st", which is a direction."""
    number, letter = found.groups()
    return f"{number} {letter}" if letter in tables.directions else number


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
