"""The data.police.uk API (data.police.uk/docs): street-level crimes, one month and one polygon at a time.

An area with more than 10,000 crimes is answered by 503, which others use for "come back later": a second 503
for the same area splits it in four. The publisher tells no count of rows to reconcile with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any, TypeAlias

from shapely import Polygon, box, get_parts

from peelian.city.fetch.cells import text_table
from peelian.city.fetch.client import Line
from peelian.city.fetch.exchange import Again, Answer, Request
from peelian.city.fetch.outcome import Watermark
from peelian.city.fetch.page import Opening, Page, key_hashes
from peelian.city.mapping.fetch_spec import PoliceUkFetch
from peelian.domain.errors import BadInput

SECRET_HEADER = "Authorization"  # noqa: S105  # the name of a header; the API wants no secret
TOO_MANY = 503
FINEST_DEG = 1e-3
"""About 100 m of latitude: no area that small has 10,000 crimes in a month, so a 503 there is an outage."""

Corners: TypeAlias = Sequence[Sequence[float]]


class PoliceUkPager:
    """Pages of one area: a page for each month and part of the area."""

    def __init__(
        self, spec: PoliceUkFetch, *, columns: tuple[str, ...], line: Line, since: Watermark | None
    ) -> None:
        self._spec = spec
        self._columns = columns
        self._line = line
        self._since = since
        self._api = spec.address.rstrip("/")

    def open(self) -> Opening:
        """Ask when the data were last updated and which months there are."""
        if not Polygon(self._spec.area).is_valid:
            raise BadInput("'area' crosses itself, so that its inside is unclear; list its corners in order.")
        snapshot = str(self._asked("crime-last-updated")["date"])
        if self._since is not None and self._since.snapshot == snapshot:
            return Opening(first=None, snapshot=snapshot)
        months = sorted(str(each["date"]) for each in self._asked("crimes-street-dates"))
        first, last = self._spec.first or months[0], self._spec.last or months[-1]
        wanted = [month for month in months if first <= month <= last]
        if not wanted or (self._spec.first and first < months[0]):
            raise BadInput(
                f"The publisher has the months {months[0]} to {months[-1]}, not all of {first} to {last}."
            )
        area = [list(corner) for corner in self._spec.area]
        return Opening(first=json.dumps([[month, area] for month in wanted]), snapshot=snapshot)

    def count(self) -> int | None:
        """Return None: the publisher counts nothing."""
        return None

    def page(self, cursor: str) -> Page:
        """Return the first month and area on the list that the publisher answers, and the list without it."""
        todo = json.loads(cursor)
        while True:
            (month, area), *rest = todo
            page = self._crimes(month, area, following=json.dumps(rest) if rest else None)
            if page is not None:
                return page
            todo = [[month, part] for part in split(area)] + rest

    def watermark(self, *, updated: str | None, opening: Opening) -> Watermark:
        """Return when the publisher last updated its data; older months may have changed with it, so all come again."""
        return Watermark(updated=updated, snapshot=opening.snapshot)

    def _crimes(self, month: str, area: Corners, *, following: str | None) -> Page | None:
        """Return the crimes of a month in an area; None where there are too many for one answer."""

        def judge(answer: Answer, parsed: Any) -> Page | None:
            if answer.status == TOO_MANY:
                return None
            if answer.status != 200 or not isinstance(parsed, list):
                raise answer.refusal()
            if any(row["month"] != month for row in parsed):
                raise Again(f"crimes of another month than {month}")
            table, kinds = text_table(parsed, columns=self._columns)
            ids = key_hashes(str(row["id"]) for row in parsed)
            return Page(content=table, sha256=answer.sha256, following=following, keys=ids, kinds=kinds)

        poly = ":".join(f"{lat!r},{lon!r}" for lon, lat in area)
        # By POST, because the query of a GET may not be longer than 4,094 characters.
        request = Request(
            f"{self._api}/crimes-street/{self._spec.category}",
            form=(("date", month), ("poly", poly)),
            telling=frozenset({TOO_MANY}) if _size(area) > FINEST_DEG else frozenset(),
        )
        return self._line.document(request, judge=judge)

    def _asked(self, method: str) -> Any:
        def judge(answer: Answer, parsed: Any) -> Any:
            if answer.status != 200 or not parsed:
                raise answer.refusal()
            return parsed

        return self._line.document(Request(f"{self._api}/{method}"), judge=judge)


def split(area: Corners) -> list[list[list[float]]]:
    """Return the parts of a polygon in the four quarters of its bounds.

    Published points have six decimals; the cuts have a seventh, so that no point lies on a cut, where the
    publisher might count it twice or not at all.
    """
    polygon = Polygon(area)
    west, south, east, north = polygon.bounds
    lons = (west, round((west + east) / 2, 6) + 5e-7, east)
    lats = (south, round((south + north) / 2, 6) + 5e-7, north)
    parts = []
    for (left, right), (below, above) in product(pairwise(lons), pairwise(lats)):
        pieces = get_parts(polygon.intersection(box(left, below, right, above)))
        parts += [[list(at) for at in each.exterior.coords[:-1]] for each in pieces if each.area > 0]
    return parts


def _size(area: Corners) -> float:
    """Return the longer side of the bounds, in degrees."""
    lons, lats = zip(*area, strict=True)
    return float(max(max(lons) - min(lons), max(lats) - min(lats)))
