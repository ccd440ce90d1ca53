"""The data.police.uk API: months, polygons, at most so many crimes in one answer, no count."""

from __future__ import annotations

from typing import Any

from shapely import Point, Polygon

from peelian.city.mapping.fetch_spec import PoliceUkFetch
from tests.city.fetch.publishers.office import PERSON, Asked, Incident, Office, Reply, as_json

AREA = ((-1.2, 52.5), (-1.0, 52.5), (-1.0, 52.7), (-1.2, 52.7))


class PoliceUk(Office):
    columns = ("id", "month", "location.longitude", "location.latitude", "category")
    offence = "category"
    counts = False
    most = 10_000

    def spec(self) -> PoliceUkFetch:
        return PoliceUkFetch(address=f"{self.address}/api", area=AREA, requests_per_second=100)

    def expected(self) -> list[tuple[str | None, ...]]:
        return [(str(r.number), r.when[:7], r.lon, r.lat, r.offence) for r in self.rows]

    def is_page(self, asked: Asked) -> bool:
        return asked.path.startswith("/api/crimes-street/")

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/api/crime-last-updated":
            return as_json({"date": f"2024-05-0{self.version}"})
        if asked.path == "/api/crimes-street-dates":
            months = sorted({row.when[:7] for row in self.rows}, reverse=True)
            return as_json([{"date": month, "stop-and-search": []} for month in months])
        assert asked.method == "POST"
        area = Polygon([(float(lon), float(lat)) for lat, lon in _pairs(asked.query["poly"])])
        within = [
            row for row in self.rows if row.when[:7] == asked.query["date"] and area.contains(_point(row))
        ]
        if len(within) > self.most:
            return Reply(503)
        return as_json([self._crime(row) for row in within])

    def _crime(self, row: Incident) -> dict[str, Any]:
        return {
            "id": row.number,
            "persistent_id": "",
            "month": row.when[:7],
            self.offence_now: self.offence_value(row),
            "location": {"latitude": row.lat, "longitude": row.lon, "street": {"id": 1, "name": PERSON}},
            "outcome_status": None,
        }


def _pairs(poly: str) -> list[list[str]]:
    return [pair.split(",") for pair in poly.split(":")]


def _point(row: Incident) -> Point:
    return Point(float(row.lon), float(row.lat))
