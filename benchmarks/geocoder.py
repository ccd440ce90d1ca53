"""Addresses of a real city, damaged as typists damage them, placed on its own street file.

`--data` is a folder with `<city>_nodes.csv` (osmid, lat, lon) and `<city>_edges.csv` (u, v, length_m, name).
`geocoder_addresses` says how house numbers are laid, `geocoder_damage` what is done to the addresses. Streets are
split by a hash of their name: weights were set on the development half, the rows are of the held-out half (but
for two rows that say "development half"). Wrong is what was placed farther than 200 m from the truth, and every
negative that was placed. An address of a name that stands in several places is written with its postal code, as
people do; the same addresses without it must be queued ("no postal code"). What fits several places all the same,
because its type or direction is lost or wrong, ought to be queued too: such rows are in "all addresses", and
`decidable` leaves them out. Stress rows are of streets that the file does not have.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Any

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from benchmarks import report
from benchmarks.geocoder_addresses import (
    WITHHELD,
    Block,
    City,
    house,
    metres,
    middle,
    plain,
    read_city,
    share_of,
    without,
)
from benchmarks.geocoder_ceiling import could_be
from benchmarks.geocoder_damage import DAMAGES, Written
from peelian.city.geocode.found import Found
from peelian.city.geocode.geocoder import Geocoder
from peelian.city.geocode.index import build_index
from peelian.city.geocode.segments import names_of
from peelian.city.geocode.street_name import StreetName
from peelian.city.geocode.wording import wording

SEED = 20_180_701
WRONG_M = 200.0
HOUSE_SHARE, BLOCK_SHARE = 0.65, 0.10
"""The rest are crossings."""
NEGATIVES = ("invented street", "number out of range", "streets that do not meet")
"""Made in equal numbers, together a fifth of the positives."""
STRESS = ("street taken out of the file", "invented street within two slips of a real one")
"""What nobody can tell from a slip of the pen: how often a hole in the street file puts an address wrong."""
FAR_SLIPS = 3


@dataclass(frozen=True)
class Asked:
    """One address, what was done to it, and where it truly is (None: nowhere).

    `decidable`: it fits one place only; `coded`: it would fit several without its postal code.
    """

    text: str
    damage: str
    form: str
    truth: tuple[float, float] | None
    decidable: bool = True
    coded: bool = False


class Generator:
    """Makes addresses on one half of the streets."""

    def __init__(self, city: City, *, withheld: frozenset[str], held_out: bool, seed: int) -> None:
        self.city = city
        self.rng = np.random.default_rng(seed)
        self.withheld = withheld
        names = [name for name in sorted(city.blocks) if (share_of(name, salt="half") < 0.5) == held_out]
        self.names = [name for name in names if name not in withheld]
        self.missing = [name for name in names if name in withheld]
        self.fits = Fits(city, withheld=withheld)
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
        coded = not _one_place(self.fits.houses(meant[0], number), truth)
        places = [place for (name,) in (meant, *readings) for place in self.fits.houses(name, number)]
        text = _text(written, damaged, damage, area=area if coded else "")
        return Asked(text, damage, form, truth, _one_place(places, truth, area=area if coded else ""), coded)

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
        coded = not _one_place(self.fits.crossings(*meant), truth)
        places = [place for pair in (meant, *readings) for place in self.fits.crossings(*pair)]
        text = _text(written, damaged, damage, area=area if coded else "")
        return Asked(
            text, damage, "crossing", truth, _one_place(places, truth, area=area if coded else ""), coded
        )

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


@dataclass(frozen=True)
class Fit:
    """A place that an address fits, and the postal codes it lies in."""

    point: tuple[float, float]
    areas: frozenset[str]


class Fits:
    """Every place that an address fits as it is written, by the published names alone: what a reader could know."""

    def __init__(self, city: City, *, withheld: frozenset[str]) -> None:
        self.city = city
        self.at_node: dict[int, set[str]] = defaultdict(set)
        self.by_key: dict[str, list[tuple[StreetName, str]]] = defaultdict(list)
        self.nodes: dict[str, set[int]] = defaultdict(set)
        self.bearing: dict[str, list[Block]] = defaultdict(list)
        self.areas_at: dict[int, set[str]] = defaultdict(set)
        s = city.segments
        self.withheld = withheld
        for block in (block for blocks in city.blocks.values() for block in blocks):
            if not self.has(block):
                continue
            for name in names_of(s.names[block.row]):
                self.bearing[name].append(block)
                for node in (int(s.tail[block.row]), int(s.head[block.row])):
                    self.at_node[node].add(name)
                    self.nodes[name].add(node)
                    self.areas_at[node].add(city.area(block))
        for name in self.bearing:
            self.by_key[plain(name).key].append((plain(name), name))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return every name in the file, without type and direction."""
        return tuple(self.by_key)

    @cached_property
    def published(self) -> tuple[str, ...]:
        """Return every name in the file as it is published."""
        return tuple(self.bearing)

    def has(self, block: Block) -> bool:
        """Tell whether the segment is in the file: those that bear a withheld name were taken out."""
        return self._kept[block.row]

    @cached_property
    def _kept(self) -> list[bool]:
        return [not self.withheld & set(names_of(names)) for names in self.city.segments.names]

    def slips(self, base: str) -> int:
        """Return the edits from a name to the nearest one in the file, at most FAR_SLIPS."""
        nearest = extractOne(base.lower(), self.keys, scorer=OSA.distance, score_cutoff=FAR_SLIPS)
        return FAR_SLIPS if nearest is None else int(nearest[1])

    def _named(self, asked: StreetName) -> Iterator[str]:
        for name, published in self.by_key.get(asked.key, ()):
            parts = ((asked.kind, name.kind), (asked.before, name.before), (asked.after, name.after))
            if all(part in {"", has} for part, has in parts):
                yield published

    def houses(self, asked: StreetName, number: int) -> list[Fit]:
        """Return every block that has the number on a street so named."""
        return [
            Fit(middle(self.city, block), frozenset({self.city.area(block)}))
            for name in self._named(asked)
            for block in self.bearing[name]
            if block.hundred <= number < block.hundred + 100
        ]

    def crossings(self, one: StreetName, other: StreetName) -> list[Fit]:
        """Return every node at which two streets so named meet."""
        return [
            Fit(self.city.point(node), frozenset(self.areas_at[node]))
            for first in self._named(one)
            for second in self._named(other)
            if first != second
            for node in sorted(self.nodes[first] & self.nodes[second])
        ]

    def highest(self, asked: StreetName) -> int:
        """Return the highest number on any street so named."""
        return max(block.hundred + 99 for name in self._named(asked) for block in self.bearing[name])


def _one_place(fits: Sequence[Fit], truth: tuple[float, float], *, area: str = "") -> bool:
    """Tell whether every place that fits, in this postal code if one is given, is the true one."""
    inside = [fit for fit in fits if not area or area in fit.areas]
    return all(metres(fit.point, truth) <= WRONG_M for fit in inside)


def _text(written: Written, damaged: Written | str, damage: str, *, area: str) -> str:
    if not area:
        return str(damaged)
    if damage == "unit, city, zip":
        return f"{written}{'' if len(written.streets) == 2 else ' Apt 4B'}, Pittsburgh, PA {area}"
    return f"{damaged}, {area}"


@dataclass(frozen=True)
class Answer:
    """One address with what became of it; `error_m` is None where it was queued or has no truth."""

    asked: Asked
    found: Found

    @property
    def placed(self) -> bool:
        """Tell whether it was placed."""
        return self.found.point is not None

    @property
    def error_m(self) -> float | None:
        """Return how far from the truth it was placed."""
        if self.found.point is None or self.asked.truth is None:
            return None
        return metres((self.found.point.lon, self.found.point.lat), self.asked.truth)

    @property
    def wrong(self) -> bool:
        """Tell whether it was placed where it is not."""
        return self.placed and (self.error_m is None or self.error_m > WRONG_M)


def row(what: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the figures of a group of answers."""
    n = len(answers)
    errors = [answer.error_m for answer in answers if answer.error_m is not None and not answer.wrong]
    placed, wrong = sum(answer.placed for answer in answers), sum(answer.wrong for answer in answers)
    return {
        "what": what,
        "n": n,
        "match": (placed - wrong) / n,
        "wrong": wrong / n,
        "wrong_n": wrong,
        "queued": n - placed,
        "median_m": median(errors) if errors else None,
        "p95_m": float(np.quantile(errors, 0.95)) if errors else None,
    }


@dataclass(frozen=True)
class Seconds:
    """Time taken, by the clock on the wall and by the processor."""

    wall: float
    processor: float


def answered(geocoder: Geocoder, asked: Sequence[Asked]) -> tuple[list[Answer], Seconds]:
    """Return the answers and the time they took, all addresses in one call."""
    began, worked = time.perf_counter(), time.process_time()
    found = geocoder.find([one.text for one in asked])
    seconds = Seconds(time.perf_counter() - began, time.process_time() - worked)
    return [Answer(*pair) for pair in zip(asked, found, strict=True)], seconds


def table(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Return the rows of the held-out half."""
    positive = [answer for answer in answers if answer.asked.truth is not None]
    decidable = [answer for answer in positive if answer.asked.decidable]
    negative = [answer for answer in answers if answer.asked.truth is None]
    rows = [
        row("decidable addresses", decidable),
        row("all addresses", positive),
        row("addresses that fit several places", [a for a in positive if not a.asked.decidable]),
        row("addresses with a postal code", [a for a in positive if a.asked.coded]),
        row("negatives", negative),
        row("everything, negatives too", answers),
    ]
    groups: dict[str, list[Answer]] = defaultdict(list)
    for answer in (*decidable, *negative):
        groups[f"{'negative' if answer.asked.truth is None else 'damage'}: {answer.asked.damage}"].append(
            answer
        )
    for answer in decidable:
        groups[f"form: {answer.asked.form}"].append(answer)
        groups[f"read by: {'library' if answer.found.by_library else 'rule'}"].append(answer)
    return rows + [row(name, group) for name, group in groups.items()] + calibration(answers)


def calibration(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Return how often the answers in each band of the score were right."""
    bands = ((0.86, 0.95), (0.95, 0.98), (0.98, 0.995), (0.995, 0.999), (0.999, 1.0))
    placed = [answer for answer in answers if answer.placed]
    rows = []
    for low, high in bands:
        inside = [a for a in placed if low <= a.found.score < high or a.found.score == high == 1.0]
        if inside:
            right = sum(not answer.wrong for answer in inside) / len(inside)
            mean = sum(answer.found.score for answer in inside) / len(inside)
            rows.append(
                {"what": f"score {low:g} to {high:g}", "n": len(inside), "mean_score": mean, "right": right}
            )
    return rows


def measured(geocoder: Geocoder, generator: Generator, *, count: int) -> list[dict[str, Any]]:
    """Return the rows of one half: speed, positives with negatives, then what can only be queued."""
    asked = generator.positives(count) + generator.negatives(count // 5)
    answers, seconds = answered(geocoder, asked)
    speed = {"addresses_per_s": len(asked) / seconds.wall, "per_cpu_s": len(asked) / seconds.processor}
    uncoded = [
        replace(one, text=one.text.rsplit(",", 1)[0]) for one in asked if one.coded and one.damage == "none"
    ]
    stress = generator.stress(count // 5)
    apart = [
        row("no postal code where one is needed", answered(geocoder, uncoded)[0]),
        *(
            row(f"stress: {kind}", answered(geocoder, [a for a in stress if a.damage == kind])[0])
            for kind in STRESS
        ),
    ]
    return [{"what": "speed", "n": len(asked), **speed}, *table(answers), *apart]


def main() -> None:
    arguments = report.parser("geocoder", data=True).parse_args()
    count = 1_000 if arguments.quick else 5_000
    city = read_city(arguments.data)
    withheld = frozenset(name for name in city.blocks if share_of(name, salt="withheld") < WITHHELD)
    began = time.perf_counter()
    index = build_index(without(city, withheld), tables=wording())
    geocoder = Geocoder(index, wording(), fingerprint=str)
    geocoder.find(["1 Nowhere At All"])  # what is computed once per city belongs to the building
    built = time.perf_counter() - began
    rows = measured(geocoder, Generator(city, withheld=withheld, held_out=True, seed=SEED), count=count)
    generator = Generator(city, withheld=withheld, held_out=False, seed=SEED + 1)
    answers, _ = answered(geocoder, generator.positives(count) + generator.negatives(count // 5))
    positive = [answer for answer in answers if answer.asked.truth is not None]
    rows.append(row("development half: all addresses", positive))
    rows.append(row("development half: everything, negatives too", answers))
    report.write("geocoder", rows, notes=_notes(city, built), json_path=arguments.json)


def _notes(city: City, built: float) -> list[str]:
    return [
        f"{len(city.segments.names):,} segments, {len(city.blocks):,} names; index built in {built:.1f} s; one process",
        f"seeds {SEED} and {SEED + 1}; halves by SHA-256 of the street's name; {WITHHELD:.0%} of names taken out",
        "match: placed within 200 m of the truth; wrong: farther, or a negative placed; shares of n",
        "house numbers are laid by rule: the error in metres is that of the stated lot error, not of a real city",
    ]


if __name__ == "__main__":
    main()
