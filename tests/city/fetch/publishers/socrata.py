"""A Socrata site: description, SoQL, empty values left out of rows, row ids in an order of its own."""

from __future__ import annotations

import re
from typing import Any

from peelian.city.mapping.fetch_spec import SocrataFetch
from tests.city.fetch.publishers.office import PERSON, Asked, Incident, Office, Reply, as_json


class Socrata(Office):
    columns = ("case_number", "date", "location.longitude", "location.latitude", "primary_type")
    offence = "primary_type"

    def spec(self) -> SocrataFetch:
        return SocrataFetch(
            address=self.address, dataset="ijzp-q8t2", page_rows=self.page_rows, requests_per_second=100
        )

    def expected(self) -> list[tuple[str | None, ...]]:
        return [(f"HX{r.number}", r.when, r.lon, r.lat, r.offence) for r in self.rows]

    def is_page(self, asked: Asked) -> bool:
        return asked.path.startswith("/resource/") and "count(" not in asked.query["$select"]

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/api/views/ijzp-q8t2.json":
            names = ["case_number", "date", "location", self.offence_now, "victim"]
            return as_json(
                {"rowsUpdatedAt": 1700000000 + self.version, "columns": [{"fieldName": n} for n in names]}
            )
        rows = self._wanted(asked.query.get("$where", ""))
        selected = asked.query["$select"].split(",")
        if selected[0].startswith("count("):
            return as_json([{"rows": str(len(rows) + self.miscount)}])
        known = {":id", ":updated_at", "case_number", "date", "location", self.offence_now, "victim"}
        for name in selected:
            if name not in known:
                body = {"message": f"No such column: {name}", "errorCode": "query.soql.no-such-column"}
                return as_json(body, 400)
        shown = [self._row(row, selected) for row in rows[: asked.integer("$limit", 1000)]]
        return as_json(shown, ETag=f'"{self.version}"')

    def _wanted(self, where: str) -> list[Incident]:
        """Return the rows a SoQL condition lets through; ids fall as numbers rise, but their order is as served."""
        rows = self.rows
        if since := re.search(r":updated_at >= '([^']+)'", where):
            rows = [row for row in rows if row.updated >= since[1]]
        if after := re.search(r":id > '((?:[^']|'')+)'", where):
            ids = [_id(row) for row in self.rows]
            last = ids.index(after[1].replace("''", "'"))
            rows = [row for row in rows if ids.index(_id(row)) > last]
        return rows

    def _row(self, row: Incident, selected: list[str]) -> dict[str, Any]:
        whole = {
            ":id": _id(row),
            ":updated_at": row.updated,
            "case_number": f"HX{row.number}",
            "date": row.when,
            "location": {"latitude": row.lat, "longitude": row.lon, "human_address": PERSON},
            self.offence_now: self.offence_value(row) if row.offence else None,
            "victim": PERSON,
        }
        return {name: whole[name] for name in selected if whole[name] is not None}


def _id(row: Incident) -> str:
    return f"row-{9999 - row.number}.o'k"
