"""Addresses of a real city, damaged as typists damage them, placed on its own street file.

`--data` is a folder with `<city>_nodes.csv` (osmid, lat, lon) and `<city>_edges.csv` (u, v, length_m, name).
`geocoder_addresses` says how house numbers are laid, `geocoder_damage` what is done to the addresses. Streets are
split by a hash of their name: weights were set on the development half, the rows are of the held-out half (but
for rows that say "development half"). Wrong is what was placed farther than 200 m from the truth, and every negative
that was placed.

The headline is "all addresses". An address of a name that stands in several places is written with its postal code;
the same addresses without it must be queued ("no postal code"). Some fit several places all the same: their type or
direction is lost or wrong, or two names differ by just this slip. A reader who knows the street file and the kind of
damage could not place these but by a guess; "ceiling" is the share of all addresses that such a reader could place,
and "decidable addresses" are these. In many agencies' files every address has its postal code, by a form and not by
the writer's choice: "each with its postal code" is of the same addresses so written. Stress rows are of streets that
the file does not have: what share a hole in the file puts on a look-alike.

What changed, against tables before slips were weighed: (1) no two houses share a full address with its postal code
(`geocoder_addresses`), and "numbers laid as before" still measures the former laying; (2) nothing is asked of a
segment that was taken out of the file because of its other name; (3) decidable now leaves out what another name in
the file explains as well by the same slip, which makes it fewer addresses; what is asked does not depend on it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.geocoder_addresses import WITHHELD, City, metres, read_city, share_of, without
from benchmarks.geocoder_asked import STRESS, Asked, Generator
from benchmarks.geocoder_ceiling import WRONG_M
from peelian.city.geocode.found import Found
from peelian.city.geocode.geocoder import Geocoder
from peelian.city.geocode.index import build_index
from peelian.city.geocode.wording import wording

SEED = 20_180_701
CEILING = "all addresses: ceiling, could be placed without a guess"


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
        row("all addresses", positive),
        {"what": CEILING, "n": len(positive), "share": len(decidable) / len(positive)},
        row("decidable addresses", decidable),
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
    """Return the rows of one half: positives with negatives and their speed, then what can only be queued."""
    asked = generator.positives(count) + generator.negatives(count // 5)
    answers, seconds = answered(geocoder, asked)
    speed = {"addresses_per_s": len(asked) / seconds.wall, "per_cpu_s": len(asked) / seconds.processor}
    uncoded = [
        replace(one, text=one.text.rsplit(",", 1)[0]) for one in asked if one.coded and one.damage == "none"
    ]
    without_code = row("no postal code where one is needed", answered(geocoder, uncoded)[0])
    rows = [*table(answers), {"what": "speed", "n": len(asked), **speed}, without_code]
    return rows + stressed(geocoder, generator, count=count)


def stressed(geocoder: Geocoder, generator: Generator, *, count: int) -> list[dict[str, Any]]:
    """Return the rows of streets that the file does not have."""
    answers, _ = answered(geocoder, generator.stress(2 * count // 5))
    return [row(f"stress: {kind}", [one for one in answers if one.asked.damage == kind]) for kind in STRESS]


@dataclass(frozen=True, eq=False)
class Town:
    """A city with some names taken out of its file, and the geocoder on what is left."""

    city: City
    withheld: frozenset[str]
    geocoder: Geocoder

    def generator(self, *, held_out: bool, every_code: bool = False) -> Generator:
        """Return what makes addresses on one half of the streets; the same ones whether all have their code or not."""
        seed = SEED if held_out else SEED + 1
        return Generator(
            self.city, withheld=self.withheld, held_out=held_out, seed=seed, every_code=every_code
        )

    def all_addresses(self, what: str, generator: Generator, *, count: int) -> dict[str, Any]:
        """Return the row of all damaged addresses of a generator."""
        return row(what, answered(self.geocoder, generator.positives(count))[0])


def build_town(folder: Path, *, distinct: bool = True) -> Town:
    """Read the city and build the geocoder on it, with what is computed once per city."""
    city = read_city(folder, distinct=distinct)
    withheld = frozenset(name for name in city.blocks if share_of(name, salt="withheld") < WITHHELD)
    geocoder = Geocoder(build_index(without(city, withheld), tables=wording()), wording(), fingerprint=str)
    geocoder.find(["1 Nowhere At All"])
    return Town(city, withheld, geocoder)


def main() -> None:
    arguments = report.parser("geocoder", data=True).parse_args()
    count = 1_000 if arguments.quick else 5_000
    town, former = build_town(arguments.data), build_town(arguments.data, distinct=False)
    rows = measured(town.geocoder, town.generator(held_out=True), count=count)
    development = town.generator(held_out=False)
    answers, _ = answered(town.geocoder, development.positives(count) + development.negatives(count // 5))
    positive = [answer for answer in answers if answer.asked.truth is not None]
    decidable = sum(answer.asked.decidable for answer in positive) / len(positive)
    rows += [
        town.all_addresses(
            "all addresses, each with its postal code",
            town.generator(held_out=True, every_code=True),
            count=count,
        ),
        former.all_addresses(
            "all addresses, numbers laid as before", former.generator(held_out=True), count=count
        ),
        row("development half: all addresses", positive),
        {"what": f"development half: {CEILING}", "n": len(positive), "share": decidable},
        row("development half: everything, negatives too", answers),
    ]
    rows += [
        {**each, "what": f"development half: {each['what']}"}
        for each in stressed(town.geocoder, development, count=count)
    ]
    report.write("geocoder", rows, notes=_notes(town.city), json_path=arguments.json)


def _notes(city: City) -> list[str]:
    return [
        f"{len(city.segments.names):,} segments, {len(city.blocks):,} names; "
        "one process, which compares spellings on all processors",
        f"seeds {SEED} and {SEED + 1}; halves by SHA-256 of the street's name; {WITHHELD:.0%} of names taken out",
        "match: placed within 200 m of the truth; wrong: farther, or a negative placed; shares of n",
        "house numbers are laid by rule: the error in metres is that of the stated lot error, not of a real city",
    ]


if __name__ == "__main__":
    main()
