"""A CKAN site with a DataStore: offsets, a cap of its own, errors as 409."""

from __future__ import annotations

from typing import Any

from peelian.city.mapping.fetch_spec import CkanFetch
from tests.city.fetch.publishers.office import PERSON, Asked, Incident, Office, Reply, as_json


class Ckan(Office):
    columns = ("INCIDENT NUMBER", "OCCURRED_ON_DATE", "Long", "Lat", "OFFENSE_DESCRIPTION")
    offence = "OFFENSE_DESCRIPTION"
    cap = 32_000
    estimates = False

    def spec(self) -> CkanFetch:
        return CkanFetch(
            address=self.address, resource="b973d8cb-eeb2", page_rows=self.page_rows, requests_per_second=100
        )

    def expected(self) -> list[tuple[str | None, ...]]:
        return [(f"I{r.number}", r.when, r.lon, r.lat, r.offence) for r in self.rows]

    def is_page(self, asked: Asked) -> bool:
        return asked.path.endswith("datastore_search") and asked.query["limit"] != "0"

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/api/3/action/resource_show":
            changed = f"2024-05-0{self.version}T00:00:00"
            return as_json({"success": True, "result": {"id": asked.query["id"], "last_modified": changed}})
        names = ["_id", "INCIDENT NUMBER", "OCCURRED_ON_DATE", "Long", "Lat", self.offence_now, "VICTIM"]
        wanted = asked.query["fields"].split(",") if "fields" in asked.query else names
        if strangers := [name for name in wanted if name not in names]:
            error = {
                "__type": "Validation Error",
                "fields": [f'field "{name}" not in table' for name in strangers],
            }
            return as_json({"success": False, "error": error}, 409)
        start, limit = asked.integer("offset", 0), min(self.cap, asked.integer("limit", 100))
        result: dict[str, Any] = {
            "records": [self._record(row, wanted) for row in self.rows[start : start + limit]],
            "fields": [{"id": name, "type": "text"} for name in wanted],
            "limit": limit,
        }
        if asked.query.get("include_total") == "true":
            result |= {"total": len(self.rows) + self.miscount, "total_was_estimated": self.estimates}
        return as_json({"success": True, "result": result})

    def _record(self, row: Incident, wanted: list[str]) -> dict[str, Any]:
        whole = {
            "_id": row.number,
            "INCIDENT NUMBER": f"I{row.number}",
            "OCCURRED_ON_DATE": row.when,
            "Long": row.lon,
            "Lat": row.lat,
            self.offence_now: self.offence_value(row) if row.offence else None,
            "VICTIM": PERSON,
        }
        return {name: whole[name] for name in wanted}
