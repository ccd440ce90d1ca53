"""Understanding rows: their times, codes, places and identities, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from peelian.city.civil_time import to_instants
from peelian.city.intake.by_address import Place
from peelian.city.intake.codes import Codes, read_codes
from peelian.city.intake.identity import Identities, identify
from peelian.city.intake.location import Places, locate
from peelian.city.intake.parse import Parsed, Times, parse
from peelian.city.intake.shape import Shape
from peelian.city.mapping.source import SourceMapping


@dataclass(frozen=True, eq=False)
class Understood:
    """What n rows say, each part with n values; parts of a row that cannot be understood are flagged in them."""

    parsed: Parsed
    codes: Codes
    places: Places
    identities: Identities

    def __len__(self) -> int:
        return len(self.parsed.x)

    @property
    def start(self) -> Times:
        """Return when the incidents began."""
        return self.parsed.times["occurred_start"]


def understand(
    table: pa.Table,
    *,
    mapping: SourceMapping,
    shape: Shape,
    key: bytes,
    epsg: int,
    place: Place | None = None,
) -> Understood:
    """Return what the rows of `table` say under `mapping`, its corrections by hand applied."""
    published = parsed = parse(table, mapping=mapping)
    if mapping.corrections:
        parsed = parse(table, mapping=mapping, corrections=mapping.corrections)
    parsed = replace(parsed, times=_to_the_end(_in_order(parsed.times), shape.end, zone=mapping.zone))
    codes = read_codes(parsed, mapping=mapping)
    places = locate(parsed, mapping=mapping, epsg=epsg, place=place)
    identities = identify(
        parsed, published=published, codes=codes, places=places, mapping=mapping, shape=shape, key=key
    )
    return Understood(parsed, codes, places, identities)


def _in_order(times: dict[str, Times]) -> dict[str, Times]:
    """Take an ambiguous time as the second of the two where the first would lie before the incident began."""
    start = times["occurred_start"].instant

    def settled(each: Times) -> Times:
        too_early = each.ambiguous & (each.instant < start)
        return replace(each, instant=np.where(too_early, each.second, each.instant))

    return {role: settled(each) for role, each in times.items()}


def _to_the_end(times: dict[str, Times], role: str, *, zone: str) -> dict[str, Times]:
    """Take an end of which the day alone is told as that day's last second: it is the latest that it can have been.

    So an end is before its start exactly where its day is, if either of them is a day only.
    """
    if (end := times.get(role)) is None or not end.day_only.any():
        return times
    last = end.local.astype("M8[D]") + np.timedelta64(1, "D") - np.timedelta64(1, "s")
    read = to_instants(last.astype("M8[us]"), zone=zone)
    instant, second = (
        np.where(end.day_only, late, told)
        for late, told in ((read.instant, end.instant), (read.second, end.second))
    )
    return {**times, role: replace(end, instant=instant, second=second)}
