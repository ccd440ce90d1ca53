"""What typists do to addresses, for `benchmarks.geocoder`: from tables of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

TYPES = {
    "Street": ("St", "St.", "Str"), "Avenue": ("Ave", "Av", "Ave."), "Road": ("Rd", "Rd."), "Drive": ("Dr", "Drv"),
    "Way": ("Wy",), "Place": ("Pl",), "Lane": ("Ln",), "Court": ("Ct",), "Boulevard": ("Blvd", "Boul"),
    "Terrace": ("Ter", "Terr"), "Alley": ("Aly",), "Circle": ("Cir",), "Square": ("Sq",), "Extension": ("Ext",),
}  # fmt: skip
WRONG = ("Street", "Avenue", "Road", "Drive", "Place", "Lane", "Court", "Way")
DIRECTIONS = {"North": "N", "South": "S", "East": "E", "West": "W"}
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh",
            "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
            "Nineteenth", "Twentieth", "Twenty-First", "Twenty-Second", "Twenty-Third", "Twenty-Fourth")  # fmt: skip
HEARD = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("c", "k"), ("k", "c"), ("ee", "ea"), ("ea", "ee"), ("ie", "y"), ("y", "ie"),
    ("ey", "y"), ("ll", "l"), ("tt", "t"), ("ss", "s"), ("nn", "n"), ("mm", "m"), ("er", "ur"), ("or", "er"),
    ("ai", "ay"), ("ei", "ie"), ("ou", "ow"), ("z", "s"), ("s", "z"), ("th", "t"), ("wh", "w"), ("gh", "g"),
    ("e", "i"), ("i", "e"), ("a", "e"), ("o", "u"),
)  # fmt: skip
KEYBOARD = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
TAILS = (", Pittsburgh, PA 15213", " Apt 4B", " #12", ", Unit 3, Pittsburgh PA", " Pittsburgh PA 15206", ", 15217-1102",
         " Apt 2 Pittsburgh, PA", ", USA", " Floor 2", " Pittsburgh")  # fmt: skip


@dataclass(frozen=True)
class Written:
    """An address as it ought to be written: a number and a street, or two streets; `joint` stands between them."""

    number: str
    streets: tuple[str, ...]
    joint: str = " "

    def __str__(self) -> str:
        if len(self.streets) == 2:
            return f" {self.joint.strip()} ".join(self.streets)
        return f"{self.number}{self.joint}{self.streets[0]}"


Rng = np.random.Generator
Damage = Callable[[Written, Rng], Written | str | None]
"""Returns the damaged address; None where it has nothing that this damage could touch."""


def undamaged(address: Written, rng: Rng) -> Written:
    return address


def transposed(address: Written, rng: Rng) -> Written | None:
    def slip(word: str) -> str:
        at = int(rng.integers(len(word) - 1))
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _in_name(address, rng, slip)


def dropped(address: Written, rng: Rng) -> Written | None:
    def slip(word: str) -> str:
        at = int(rng.integers(len(word)))
        return word[:at] + word[at + 1 :]

    return _in_name(address, rng, slip)


def doubled(address: Written, rng: Rng) -> Written | None:
    def slip(word: str) -> str:
        at = int(rng.integers(len(word)))
        return word[: at + 1] + word[at:]

    return _in_name(address, rng, slip)


def neighbouring_key(address: Written, rng: Rng) -> Written | None:
    def slip(word: str) -> str:
        at = int(rng.integers(len(word)))
        keys = KEYBOARD.get(word[at].lower(), word[at])
        return word[:at] + keys[int(rng.integers(len(keys)))] + word[at + 1 :]

    return _in_name(address, rng, slip)


def by_ear(address: Written, rng: Rng) -> Written | None:
    def slip(word: str) -> str:
        fitting = [(said, heard) for said, heard in HEARD if said in word[1:].lower()]
        if not fitting:
            return word
        said, heard = fitting[int(rng.integers(len(fitting)))]
        return word[0] + word[1:].lower().replace(said, heard, 1)

    return _in_name(address, rng, slip)


def two_slips(address: Written, rng: Rng) -> Written | None:
    once = transposed(address, rng)
    return None if once is None else dropped(once, rng)


def wrong_type(address: Written, rng: Rng) -> Written | None:
    def other(words: list[str]) -> list[str]:
        others = [kind for kind in WRONG if kind != words[-1]]
        return [*words[:-1], others[int(rng.integers(len(others)))]]

    return _typed(address, rng, other)


def missing_type(address: Written, rng: Rng) -> Written | None:
    return _typed(address, rng, lambda words: words[:-1])


def type_otherwise(address: Written, rng: Rng) -> Written | None:
    def other(words: list[str]) -> list[str]:
        ways = TYPES[words[-1]]
        return [*words[:-1], ways[int(rng.integers(len(ways)))]]

    return _typed(address, rng, other)


def missing_direction(address: Written, rng: Rng) -> Written | None:
    return _directed(address, rng, "")


def short_direction(address: Written, rng: Rng) -> Written | None:
    return _directed(address, rng, None)


def letters_and_marks(address: Written, rng: Rng) -> str:
    text = str(address)
    ways = (
        text.upper(),
        text.lower(),
        text.replace(" ", "  "),
        f" {text}.",
        text.replace(" ", ". ", 1),
        text.swapcase(),
    )
    return ways[int(rng.integers(len(ways)))]


def glued(address: Written, rng: Rng) -> Written | None:
    plain_number = len(address.streets) == 1 and address.number.isdigit()
    if plain_number and not address.streets[0][0].isdigit() and rng.integers(2):
        return replace(address, joint="")

    def together(words: list[str]) -> list[str]:
        return [*words[:-2], words[-2] + words[-1].lower()]

    return _typed(address, rng, together)


def swapped(address: Written, rng: Rng) -> Written | None:
    if len(address.streets) == 1:
        return None
    joints = ("&", "/", "at", "and", "@")
    return Written("", address.streets[::-1], joints[int(rng.integers(len(joints)))])


def with_tail(address: Written, rng: Rng) -> str | None:
    if len(address.streets) == 2:
        return f"{address}, Pittsburgh PA"
    return f"{address}{TAILS[int(rng.integers(len(TAILS)))]}"


def ordinal_words(address: Written, rng: Rng) -> Written | None:
    for at, street in enumerate(address.streets):
        for word in street.split():
            if (
                word[0].isdigit()
                and word[-2:] in {"st", "nd", "rd", "th"}
                and int(word[:-2]) <= len(ORDINALS)
            ):
                return _put(address, at, street.replace(word, ORDINALS[int(word[:-2]) - 1]))
            if word in ORDINALS:
                number = ORDINALS.index(word) + 1
                ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number > 20 else number, "th")
                return _put(address, at, street.replace(word, f"{number}{ending}"))
    return None


DAMAGES: dict[str, Damage] = {
    "none": undamaged,
    "transposed letters": transposed,
    "dropped letter": dropped,
    "doubled letter": doubled,
    "neighbouring key": neighbouring_key,
    "spelled by ear": by_ear,
    "two slips": two_slips,
    "wrong type": wrong_type,
    "missing type": missing_type,
    "type otherwise": type_otherwise,
    "missing direction": missing_direction,
    "short direction": short_direction,
    "letter case, marks": letters_and_marks,
    "glued": glued,
    "crossing swapped": swapped,
    "unit, city, zip": with_tail,
    "ordinal words": ordinal_words,
}


def _put(address: Written, at: int, street: str) -> Written:
    return replace(
        address, streets=tuple(street if i == at else old for i, old in enumerate(address.streets))
    )


def _in_name(address: Written, rng: Rng, slip: Callable[[str], str]) -> Written | None:
    """Damage one letter group of one word of a name, never of its type or direction."""
    places = [
        (at, place)
        for at, street in enumerate(address.streets)
        for place, word in enumerate(street.split())
        if len(word) > 3 and word.isalpha() and word not in TYPES and word not in DIRECTIONS
    ]
    if not places:
        return None
    at, place = places[int(rng.integers(len(places)))]
    words = address.streets[at].split()
    damaged = slip(words[place])
    if damaged.lower() == words[place].lower():
        return None
    return _put(address, at, " ".join([*words[:place], damaged, *words[place + 1 :]]))


def _typed(address: Written, rng: Rng, change: Callable[[list[str]], list[str]]) -> Written | None:
    fitting = [
        at for at, street in enumerate(address.streets) if street.split()[-1] in TYPES and " " in street
    ]
    if not fitting:
        return None
    at = fitting[int(rng.integers(len(fitting)))]
    return _put(address, at, " ".join(change(address.streets[at].split())))


def _directed(address: Written, rng: Rng, put: str | None) -> Written | None:
    """Take the direction of a name away, or write it short; "West Street" has none."""
    for at, street in enumerate(address.streets):
        first, *rest = street.split()
        if first in DIRECTIONS and len(rest) > 1:
            short = DIRECTIONS[first] if put is None else put
            return _put(address, at, " ".join([*([short] if short else []), *rest]))
    return None
