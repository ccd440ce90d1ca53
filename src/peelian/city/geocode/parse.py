"""Reading an address: the plain forms by rule, the odd ones by a statistical parser.

"1234 N Main St", "1200 BLOCK OF Main St", "012XX N STATE ST", "Main St & 5th Ave", "Flat 2, 12 High Street".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from peelian.city.geocode.address import UNREADABLE, Address, Form
from peelian.city.geocode.odd_forms import Odd, read_odd
from peelian.city.geocode.street_name import StreetName, street_name
from peelian.city.geocode.wording import Wording
from peelian.city.geocode.words import words_of

MARKS = frozenset("&/@")
_PUNCTUATION = MARKS | {",", "#"}
LONGEST_PLAIN_NAME = 3
"""Words of a name without a street type that are still read by rule."""

_NUMBER = re.compile(r"^\d{1,6}$")
_HUNDRED = re.compile(r"^0*(\d{0,4})xx$|^0+x$")
_LAST_OF_RANGE = re.compile(r"^to(\d+)$")
_ZIP = re.compile(r"^\d{5}$")
_POSTCODE = re.compile(r"^[a-z]{1,2}\d[a-z\d]?$"), re.compile(r"^\d[a-z]{2}$")
_UNIT = re.compile(r"^([a-z]?\d+[a-z]?|[a-z])$")


def parse(text: str, *, tables: Wording) -> Address:
    """Return the address that `text` spells; what cannot be one is UNREADABLE, never an error."""
    words = words_of(text, tables=tables)
    while words and words[0] in _PUNCTUATION:
        words = words[1:]
    joined = " ".join(words)
    if joined.startswith(tables.box):
        return UNREADABLE
    words = _without_lead(joined, tables)
    crossing = _crossing(words, tables)
    return _house_or_block(words, text, tables) if crossing is None else crossing


def _without_lead(joined: str, tables: Wording) -> list[str]:
    """Drop "corner of" and "near" from the front."""
    for phrase in (*tables.corner, *tables.near):
        rest = joined.removeprefix(f"{phrase} ")
        if rest != joined and rest not in tables.types:  # "Corner Street" is a street
            return rest.split()
    return joined.split()


def _crossing(words: list[str], tables: Wording) -> Address | None:
    for at, word in enumerate(words[1:-1], start=1):
        if word not in tables.crossing or (word not in MARKS and _is_number(words, tables)):
            continue
        first, second = words[:at], words[at + 1 :]
        if any(other in MARKS for other in second):
            return UNREADABLE  # three streets: nobody can say which corner is meant
        area, second = _area(second, tables)
        sides = tuple(_readings(_without_tail(side, tables), tables) for side in (first, second))
        if _is_number(first, tables) or not all(sides):
            return UNREADABLE
        return Address(Form.CROSSING, streets=sides, area=area)
    return None


def _is_number(words: Sequence[str], tables: Wording) -> bool:
    """Tell whether the words begin with a house number; the number of "42 St" is the street's name."""
    if not words or not _NUMBER.match(words[0]):
        return False
    return len(words) > 1 and not (words[1] in tables.numbered and len(words) == 2)


def _house_or_block(words: list[str], text: str, tables: Wording) -> Address:
    area, words = _area(_without_leading_unit(words, tables), tables)
    form, number, rest = _number(words, tables)
    plain = _without_tail(rest, tables)
    readings = _readings(plain, tables)
    if not readings:
        return UNREADABLE
    if _is_odd(plain, readings[0], form):
        odd = read_odd(text, tables=tables)
        return _with_odd(Address(form, number, (readings,), area), odd, tables)
    return Address(form, number, (readings,), area)


def _number(words: list[str], tables: Wording) -> tuple[Form, int | None, list[str]]:
    """Split off the house number or block in front."""
    if words and (hundred := _HUNDRED.match(words[0])):
        return Form.BLOCK, 100 * int(hundred.group(1) or 0), _without_block(words[1:], tables)
    if words[:1] and words[0] in tables.block and len(words) > 2 and words[1].isdigit():
        return Form.BLOCK, _hundred(int(words[1])), _without_block(words[2:], tables)
    if not _is_number(words, tables):
        return Form.STREET, None, words
    number, rest = int(words[0]), words[1:]
    if (last := _LAST_OF_RANGE.match(rest[0])) is not None:
        rest = rest[1:]
        if number % 100 in {0, 1} and int(last.group(1)) in {_hundred(number) + 98, _hundred(number) + 99}:
            return Form.BLOCK, _hundred(number), _without_block(rest, tables)
    if len(rest) > 1 and rest[0] in tables.block and not (rest[1] in tables.types and len(rest) == 2):
        return Form.BLOCK, _hundred(number), _without_block(rest, tables)
    return Form.HOUSE, number, rest


def _hundred(number: int) -> int:
    return number - number % 100


def _without_block(words: list[str], tables: Wording) -> list[str]:
    dropped = 0
    while dropped < len(words) - 1 and (words[dropped] in tables.block or words[dropped] in tables.of):
        dropped += 1
    return words[dropped:]


def _area(words: list[str], tables: Wording) -> tuple[str, list[str]]:
    """Split off the postal code and country at the end; the postal code is the area."""
    joined = " ".join(words)
    for country in tables.countries:
        if joined.endswith(f" {country}"):
            words = joined[: -len(country)].rstrip(" ,").split()
            break
    if len(words) > 2 and _ZIP.match(words[-1]):
        return words[-1], _without_state(words[:-1], tables)
    if len(words) > 3 and _ZIP.match(words[-2]) and _LAST_OF_RANGE.match(words[-1]):
        return words[-2], _without_state(words[:-2], tables)  # ZIP+4
    if len(words) > 3 and _POSTCODE[0].match(words[-2]) and _POSTCODE[1].match(words[-1]):
        return f"{words[-2]} {words[-1]}", words[:-2]
    return "", words


def _without_state(words: list[str], tables: Wording) -> list[str]:
    return words[:-1] if len(words) > 2 and words[-1] in tables.states else words


def _without_leading_unit(words: list[str], tables: Wording) -> list[str]:
    """Drop "flat 2," or "unit 5" in front of the number."""
    if len(words) > 3 and words[0] in tables.units_with_identifier and _UNIT.match(words[1]):
        after = words[3:] if words[2] == "," else words[2:]
        return after if _is_number(after, tables) else words
    return words


def _without_tail(words: list[str], tables: Wording) -> list[str]:
    """Cut at the first comma, and drop the part of a building behind the street."""
    if "," in words[1:]:
        words = words[: words.index(",", 1)]
    for at in range(1, len(words)):
        word, rest = words[at], words[at + 1 :]
        if word == "#":
            return words[:at]
        after_street = len(rest) == 1 or words[at - 1] in tables.types
        if word in tables.units_with_identifier and rest and _UNIT.match(rest[0]) and after_street:
            return words[:at]
        if word in tables.units_alone and not rest and words[at - 1] in tables.types and at > 1:
            return words[:at]
    return words


def _readings(words: Sequence[str], tables: Wording) -> tuple[StreetName, ...]:
    """Return the names the words may mean: as they stand; then with the type as part, taken apart, cut, mended."""
    words = [word for word in words if word not in _PUNCTUATION]
    if not words:
        return ()
    first = street_name(words, tables=tables)
    readings = [first]
    if first.kind and not first.after and words[-1] not in tables.inner_words:
        readings.append(StreetName(first.before, f"{first.base} {words[-1]}", "", ""))
    elif words[-1] not in tables.ordinals and (glued := tables.glued_type.match(words[-1])) is not None:
        readings.append(street_name([*words[:-1], *glued.groups()], tables=tables))
    if not first.after and (cut := _common_type_inside(words, tables)):
        readings.append(street_name(words[: cut + 1], tables=tables))
    if (mended := _misspelt_type(words, tables)) is not None:
        readings.append(street_name(mended, tables=tables))
    return tuple(readings)


def _misspelt_type(words: Sequence[str], tables: Wording) -> list[str] | None:
    """Return the words with the type at the end put right: "saw mill raod", "liberty bredge", "penn pakway east"."""
    at = len(words) - (2 if words[-1] in tables.directions else 1)
    if at < 1 or words[at] in tables.types or (meant := tables.mended_type(words[at])) is None:
        return None
    return [*words[:at], meant, *words[at + 1 :]]


def _common_type_inside(words: Sequence[str], tables: Wording) -> int:
    """Return where a common type stands before the end ("main st pittsburgh"), 0 where none does."""
    return max((at for at in range(1, len(words) - 1) if words[at] in tables.inner_words), default=0)


def _is_odd(words: Sequence[str], first: StreetName, form: Form) -> bool:
    """Tell whether the words follow no plain form: a long name without a type, or no number and a long text."""
    if form is Form.STREET:
        return not first.kind or len(words) > LONGEST_PLAIN_NAME + 1
    return not first.kind and len(words) > LONGEST_PLAIN_NAME


def _with_odd(plain: Address, odd: Odd, tables: Wording) -> Address:
    """Add the library's reading behind the plain ones; its number counts where the plain form saw none."""
    (known,) = plain.streets
    readings = (*known, *(name for name in _readings(odd.street, tables) if name not in known))
    form, number = plain.form, plain.number
    if form is Form.STREET and odd.number and odd.street:
        form, number, readings = Form.HOUSE, odd.number, readings[len(known) :] or readings
    return Address(form, number, (readings,), plain.area or odd.area, by_library=True)
