"""Odd addresses, read by usaddress (MIT): a conditional random field trained on labelled American addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from peelian.city.geocode.wording import Wording
from peelian.city.geocode.words import LONGEST, words_of
from peelian.domain.errors import BadInput

_ZIP = re.compile(r"^\d{5}(-\d{4})?,?$")
_STREET = (
    "StreetNamePreModifier",
    "StreetNamePreDirectional",
    "StreetNamePreType",
    "StreetName",
    "StreetNamePostType",
    "StreetNamePostDirectional",
    "StreetNamePostModifier",
)


@dataclass(frozen=True)
class Odd:
    """What the statistical parser found: a number (0 if none), the words of the street, a postal code."""

    number: int
    street: tuple[str, ...]
    area: str


def read_odd(text: str, *, tables: Wording) -> Odd:
    """Return what the parser finds in `text`, at most the first 300 characters of it."""
    labelled = _parser()(text[:LONGEST])
    numbers = [word for word, label in labelled if label == "AddressNumber"]
    street = [word for word, label in labelled if label in _STREET]
    codes = [word for word, label in labelled if label == "ZipCode"]
    return Odd(
        number=_number(numbers[0], tables) if numbers else 0,
        street=tuple(words_of(" ".join(street), tables=tables)),
        area=next((code[:5] for code in codes if _ZIP.match(code)), ""),
    )


def _number(word: str, tables: Wording) -> int:
    (first, *_) = (*words_of(word, tables=tables), "")
    return int(first) if first.isdigit() else 0


@cache
def _parser() -> Callable[[str], list[tuple[str, str]]]:
    try:
        # The model is loaded only when it is needed: most addresses never do.
        import usaddress  # noqa: PLC0415
    except ImportError as error:
        raise BadInput(
            "Odd addresses need the parser usaddress; install it with `pip install 'peelian[geo]'`."
        ) from error
    parse: Callable[[str], list[tuple[str, str]]] = usaddress.parse
    return parse
