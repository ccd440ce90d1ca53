"""What somebody asks to have released: which places, periods, offences and origins, under which name and licence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from peelian.city.release.figures import Slice
from peelian.city.release.lattice import Places, Step, lattice_digest
from peelian.city.release.protect import Counts
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin


@dataclass(frozen=True, kw_only=True)
class ReleaseSpec:
    """A release as asked for.

    Parameters
    ----------
    title, licence, url : name, URL of the licence, and URL of the page on which the release will lie.
    places, step : the lattice; the first release of an incident fixes it.
    first, end : civil days, `first <= day < end`, both borders of periods.
    offences, origins : groups to count, each by itself.
    settle_days : how long after the end of a period late reports are waited for before it is counted.
    parquet : whether the table is written as Parquet too.
    """

    title: str
    licence: str
    url: str
    places: Places
    step: Step
    first: date
    end: date
    offences: tuple[str, ...]
    origins: tuple[Origin, ...] = (Origin.VICTIM_REPORTED,)
    settle_days: int = 60
    parquet: bool = False

    def __post_init__(self) -> None:
        if len({*self.offences, *self.origins}) != len(self.offences) + len(self.origins):
            raise BadInput("An offence or origin is named twice in the release; name each once.")
        if self.settle_days < 0:
            raise BadInput(f"Late reports cannot be waited for {self.settle_days} days; give 0 or more.")

    @property
    def lattice(self) -> str:
        """Return the digest of places and step."""
        return lattice_digest(self.places, self.step)

    def slices(self) -> tuple[Slice, ...]:
        """Return every slice asked for, in order."""
        periods = self.step.periods(self.first, self.end)
        return tuple(
            Slice(*period, offence, origin.value)
            for period in periods
            for offence in sorted(self.offences)
            for origin in sorted(self.origins)
        )

    def document(self) -> Document:
        """Return what the record and the ledger keep of it."""
        return {
            "title": self.title,
            "licence": self.licence,
            "url": self.url,
            "places": self.places.document(),
            "step": self.step.value,
            "first": str(self.first),
            "end": str(self.end),
            "offences": sorted(self.offences),
            "origins": sorted(self.origins),
            "settle_days": self.settle_days,
            "lattice": self.lattice,
        }


def check_spec(
    spec: ReleaseSpec, *, today: date, offences: Iterable[str], origins: Iterable[str], charter: str
) -> None:
    """Refuse a spec that asks for days not settled, or for offences and origins that the charter does not name.

    What the charter does not name would be read as none, and published as "fewer than k".
    """
    asked = set(spec.offences) - set(offences) | {str(each) for each in spec.origins} - set(map(str, origins))
    if asked or not spec.offences or not spec.origins:
        raise BadInput(
            f"The charter {charter} does not name {', '.join(sorted(asked)) or 'nothing'}; a release counts what its "
            "charter names, at least one offence of one origin."
        )
    if (settled := spec.end + timedelta(days=spec.settle_days)) > today:
        raise BadInput(
            f"Days up to {spec.end} are settled {spec.settle_days} days later, on {settled}; this is {today}. What is "
            "published once is not taken back, so wait, or end the release earlier."
        )
    spec.step.periods(spec.first, spec.end)


def tabulate(points: pa.Table, *, spec: ReleaseSpec) -> dict[Slice, Counts]:
    """Return the incidents of each slice of `spec` by place, places and slices without any included.

    `points` has local_date, offence, origin, x_m, y_m and incidents (see `features.counted`).
    """
    wanted = {each: number for number, each in enumerate(spec.slices())}
    table = np.zeros((len(wanted), len(spec.places.names)), dtype=np.int64)
    starts = np.array([start for start, _ in spec.step.periods(spec.first, spec.end)], dtype="M8[D]")
    period = np.searchsorted(starts, points["local_date"].to_numpy().astype("M8[D]"), side="right") - 1
    offences, origins = sorted(spec.offences), sorted(spec.origins)
    offence = _positions(points["offence"], offences)
    origin = _positions(points["origin"], [str(each) for each in origins])
    row = (period * len(offences) + offence) * len(origins) + origin
    place = spec.places.numbers_of(points["x_m"].to_numpy(), points["y_m"].to_numpy())
    np.add.at(table, (row, place), points["incidents"].to_numpy())
    return {each: table[number] for each, number in wanted.items()}


def _positions(column: pa.ChunkedArray, words: list[str]) -> Counts:
    """Return for each value its position among `words`; every value is one of them."""
    position = {word: number for number, word in enumerate(words)}
    coded = column.combine_chunks().dictionary_encode()
    known = np.array([position[word] for word in coded.dictionary.to_pylist()], dtype=np.int64)
    return known[coded.indices.to_numpy()] if len(known) else np.zeros(0, dtype=np.int64)
