"""The addresses of `benchmarks.geocoder`: damaged ones, and ones that are nowhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.geocoder_addresses import Block, City, house, middle, plain, share_of
from benchmarks.geocoder_ceiling import FAR_SLIPS, Fits, could_be, one_place
from benchmarks.geocoder_damage import DAMAGES, Written
from peelian.city.geocode.street_name import StreetName

HOUSE_SHARE, BLOCK_SHARE = 0.65, 0.10
"""The rest are crossings."""
NEGATIVES = ("invented street", "number out of range", "streets that do not meet")
"""Made in equal numbers, together a fifth of the positives."""
STRESS = ("street taken out of the file", "invented street within two slips of a real one")
"""What nobody can tell from a slip of the pen: how often a hole in the street file puts an address wrong."""


@dataclass(frozen=True)
class Asked:
    """One address, what was done to it, and where it truly is (None: nowhere).

    `decidable`: it fits one place only; `coded`: undamaged, it would fit several without its postal code.
    """

    text: str
    damage: str
    form: str
    truth: tuple[float, float] | None
    decidable: bool = True
    coded: bool = False


class Generator:
    """Makes addresses on one half of the streets."""

    def __init__(
        self, city: City, *, withheld: frozenset[str], held_out: bool, seed: int, every_code: bool = False
    ) -> None:
        self.city = city
        self.every_code = every_code
        self.rng = np.random.default_rng(seed)
        self.withheld = withheld
        names = [name for name in sorted(city.blocks) if (share_of(name, salt="half") < 0.5) == held_out]
        self.fits = Fits(city, withheld=withheld)
        self.names = [name for name in names if name in self.fits.bearing]
        self.missing = [name for name in names if name in withheld]
        self.blocks = [
            (name, block) for name in self.names for block in city.blocks[name] if self.fits.has(block)
        ]

    def positives(self, count: int) -> list[Asked]:
        """Return so many damaged addresses, the kinds of damage in equal numbers."""
        kinds = list(DAMAGES)
        made: list[Asked] = []
        while len(made) < count:
            asked = self._positive(kinds[len(made) % len(kinds)])
            made += [asked] if asked else []
        return made

    def negatives(self, count: int) -> list[Asked]:
        """Return so many addresses that are nowhere."""
        makers = (lambda: self._invented(near=False), self._out_of_range, self._not_crossing)
        return [Asked(makers[at % 3](), NEGATIVES[at % 3], "negative", None) for at in range(count)]

    def stress(self, count: int) -> list[Asked]:
        """Return so many addresses that are nowhere, but look as a damaged address of a real street might."""
        makers = (self._withheld, lambda: self._invented(near=True))
        return [Asked(makers[at % 2](), STRESS[at % 2], "stress", None) for at in range(count)]

    def _positive(self, damage: str) -> Asked | None:
        """Return one damaged address; None where this one has nothing the damage could touch."""
        draw = self.rng.random()
        form = "house" if draw < HOUSE_SHARE else "block" if draw < HOUSE_SHARE + BLOCK_SHARE else "crossing"
        name, block = self.blocks[int(self.rng.integers(len(self.blocks)))]
        if form == "crossing":
            return self._crossing(damage, name, block)
        if form == "block":
            number, truth = block.hundred + 50, middle(self.city, block)
            texts = (
                f"{block.hundred} BLOCK OF",
                f"{block.hundred // 100}XX",
                f"{block.hundred // 100:03d}XX",
            )
            written = Written(texts[int(self.rng.integers(3))], (name,))
        else:
            number, truth = house(self.city, block, rng=self.rng)
            written = Written(str(number), (name,))
        damaged = DAMAGES[damage](written, self.rng)
        if damaged is None:
            return None
        meant, *readings = self._readings(written, damaged, damage)
        area = self.city.area(block)
        coded = not one_place(self.fits.houses(meant[0], number), truth)
        written_area = area if coded or self.every_code else ""
        places = [place for (name,) in (meant, *readings) for place in self.fits.houses(name, number)]
        text = _text(written, damaged, damage, area=written_area)
        return Asked(text, damage, form, truth, one_place(places, truth, area=written_area), coded)

    def _crossing(self, damage: str, name: str, block: Block) -> Asked | None:
        node = int(self.city.segments.tail[block.row])
        others = sorted(self.fits.at_node[node] - {name} - self.withheld)
        if not others:
            return None
        other = others[int(self.rng.integers(len(others)))]
        if plain(name) == plain(other):
            return None
        written = Written("", (name, other), "&")
        damaged = DAMAGES[damage](written, self.rng)
        if damaged is None:
            return None
        truth = self.city.point(node)
        meant, *readings = self._readings(written, damaged, damage)
        area = self.city.area(block)
        coded = not one_place(self.fits.crossings(*meant), truth)
        written_area = area if coded or self.every_code else ""
        places = [place for pair in (meant, *readings) for place in self.fits.crossings(*pair)]
        text = _text(written, damaged, damage, area=written_area)
        return Asked(text, damage, "crossing", truth, one_place(places, truth, area=written_area), coded)

    def _readings(
        self, written: Written, damaged: Written | str, damage: str
    ) -> list[tuple[StreetName, ...]]:
        """Return what a reader who knows what was done may take the streets for, what was meant first.

        That is: as written, since nothing may have been done; without a type that is wrong; and with every name in
        the file that the same slip could have made into the one written.
        """
        meant = tuple(plain(street) for street in written.streets)
        if not isinstance(damaged, Written):
            return [meant]
        readings = [meant, tuple(plain(street) for street in damaged.streets)]
        if damage == "wrong type":
            readings.append(tuple(replace(name, kind="") for name in meant))
        for at, street in enumerate(damaged.streets):
            if street in written.streets:
                continue
            for name in could_be(street, self.fits.published, damage=damage):
                readings.append((*meant[:at], plain(name), *meant[at + 1 :]))
        return readings

    def _withheld(self) -> str:
        name = self.missing[int(self.rng.integers(len(self.missing)))]
        blocks = self.city.blocks[name]
        return f"{house(self.city, blocks[int(self.rng.integers(len(blocks)))], rng=self.rng)[0]} {name}"

    def _invented(self, *, near: bool) -> str:
        """Join the front of one name and the back of another into a name that no street has."""
        while True:
            one, other = (self.names[int(self.rng.integers(len(self.names)))].split() for _ in range(2))
            if min(len(one), len(other)) < 2 or min(len(one[0]), len(other[0])) < 4:
                continue
            base = one[0][: (len(one[0]) + 1) // 2] + other[0][len(other[0]) // 2 :].lower()
            slips = self.fits.slips(base) if base.isalpha() else 0
            if slips > 0 and near == (slips < FAR_SLIPS):
                return f"{int(self.rng.integers(100, 600))} {base} {other[-1]}"

    def _out_of_range(self) -> str:
        name = self.names[int(self.rng.integers(len(self.names)))]
        return f"{self.fits.highest(plain(name)) + int(self.rng.integers(101, 3000))} {name}"

    def _not_crossing(self) -> str:
        while True:
            one, other = (self.names[int(self.rng.integers(len(self.names)))] for _ in range(2))
            if not self.fits.crossings(plain(one), plain(other)):
                return f"{one} & {other}"


def _text(written: Written, damaged: Written | str, damage: str, *, area: str) -> str:
    if not area:
        return str(damaged)
    if damage == "unit, city, zip":
        return f"{written}{'' if len(written.streets) == 2 else ' Apt 4B'}, Pittsburgh, PA {area}"
    return f"{damaged}, {area}"
