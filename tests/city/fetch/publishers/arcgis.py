"""An ArcGIS FeatureServer: its own cap on features, dates as milliseconds, errors inside HTTP 200."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from peelian.city.mapping.fetch_spec import ArcgisFetch
from tests.city.fetch.publishers.office import PERSON, Asked, Incident, Office, Reply, as_json

LAYER = "/arcgis/rest/services/Crime/FeatureServer/8"


class Arcgis(Office):
    columns = ("CCN", "REPORT_DAT", "geometry.x", "geometry.y", "OFFENSE")
    offence = "OFFENSE"
    pages = True

    def spec(self) -> ArcgisFetch:
        return ArcgisFetch(
            address=self.address + LAYER,
            updated="EditDate",
            page_rows=self.page_rows,
            requests_per_second=100,
        )

    def expected(self) -> list[tuple[str | None, ...]]:
        return [(str(r.number), r.when, r.lon, r.lat, r.offence) for r in self.rows]

    def is_page(self, asked: Asked) -> bool:
        return asked.path.endswith("/query") and "returnCountOnly" not in asked.query

    def answer(self, asked: Asked) -> Reply:
        kinds = {"OBJECTID": "OID", "CCN": "Integer", "REPORT_DAT": "Date", self.offence_now: "String"}
        fields = [{"name": n, "type": f"esriFieldType{k}"} for n, k in {**kinds, "VICTIM": "String"}.items()]
        fields.append({"name": "EditDate", "type": "esriFieldTypeDate"})
        if asked.path == LAYER:
            return as_json(
                {
                    "objectIdField": "OBJECTID",
                    "fields": fields,
                    "maxRecordCount": 5,
                    "advancedQueryCapabilities": {"supportsPagination": self.pages},
                    "editingInfo": {"lastEditDate": 1700000000000 + self.version},
                }
            )
        rows = self._wanted(asked.query["where"])
        if asked.query.get("returnCountOnly") == "true":
            return as_json({"count": len(rows) + self.miscount})
        wanted = asked.query["outFields"].split(",")
        if set(wanted) - {field["name"] for field in fields}:
            error = {
                "code": 400,
                "message": "Cannot perform query.",
                "details": ["'outFields' parameter is invalid"],
            }
            return as_json({"error": error})
        if "resultRecordCount" in asked.query and not self.pages:
            return as_json({"error": {"code": 400, "message": "Pagination is not supported.", "details": []}})
        shown = rows[: min(5, asked.integer("resultRecordCount", 5))]
        features = [self._feature(row, wanted) for row in shown]
        document = {"objectIdFieldName": "OBJECTID", "features": features}
        if features:
            document["fields"] = fields
        return as_json({**document, "exceededTransferLimit": True} if len(shown) < len(rows) else document)

    def _wanted(self, where: str) -> list[Incident]:
        assert where.startswith("(1=1)")
        rows = self.rows
        if since := re.search(r"EditDate >= TIMESTAMP '([^']+)'", where):
            rows = [row for row in rows if row.updated[:19].replace("T", " ") >= since[1]]
        if after := re.search(r"OBJECTID > (-?\d+)", where):
            rows = [row for row in rows if row.number - 100 > int(after[1])]
        return rows

    def _feature(self, row: Incident, wanted: list[str]) -> dict[str, Any]:
        whole = {
            "OBJECTID": row.number - 100,
            "CCN": row.number,
            "REPORT_DAT": _milliseconds(row.when),
            "EditDate": _milliseconds(row.updated),
            self.offence_now: self.offence_value(row) if row.offence else None,
            "VICTIM": PERSON,
        }
        return {
            "attributes": {name: whole[name] for name in wanted},
            "geometry": {"x": float(row.lon), "y": float(row.lat)},
        }


class OldArcgis(Arcgis):
    """A server from before `resultRecordCount`: it answers with as many as it likes."""

    pages = False
    page_rows = 5


def throttled(_office: Office, _asked: Asked, _true: Any) -> Reply:
    """The server's way of saying 503."""
    return as_json({"error": {"code": 503, "message": "Service unavailable.", "details": []}})


def _milliseconds(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)
