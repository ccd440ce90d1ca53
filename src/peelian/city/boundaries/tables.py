"""Areas and shifts as the tables that are stored, and back: the same values again."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import shapely

from peelian.domain.areas import Area
from peelian.domain.shifts import Shift

AREAS = pa.schema(
    [
        ("set_id", pa.string()),
        ("layer", pa.string()),
        ("area_id", pa.string()),
        ("name", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("geometry", pa.binary()),
    ]
)
SHIFTS = pa.schema(
    [
        ("set_id", pa.string()),
        ("shift_id", pa.string()),
        ("name", pa.string()),
        ("start_minute", pa.int32()),
        ("end_minute", pa.int32()),
        ("weekdays", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
    ]
)


def area_table(areas: Sequence[Area], *, set_id: str) -> pa.Table:
    """Return areas as rows (schema AREAS) of one set."""
    rows = [
        {
            "set_id": set_id,
            "layer": area.layer,
            "area_id": area.area_id,
            "name": area.name,
            "valid_from": area.valid_from,
            "valid_to": area.valid_to,
            "geometry": shapely.to_wkb(area.geometry),
        }
        for area in areas
    ]
    return pa.Table.from_pylist(rows, schema=AREAS)


def areas_of(table: pa.Table) -> list[tuple[str, Area]]:
    """Return the areas that rows hold, each with its set."""
    return [
        (
            row["set_id"],
            Area(
                row["layer"],
                row["area_id"],
                row["name"],
                row["valid_from"],
                row["valid_to"],
                shapely.from_wkb(row["geometry"]),
            ),
        )
        for row in table.to_pylist()
    ]


def shift_table(shifts: Sequence[Shift], *, set_id: str) -> pa.Table:
    """Return shifts as rows (schema SHIFTS) of one set; weekdays are written as digits, 1 for Monday."""
    rows = [{**vars(each), "set_id": set_id, "weekdays": "".join(map(str, each.weekdays))} for each in shifts]
    return pa.Table.from_pylist(rows, schema=SHIFTS)


def shifts_of(table: pa.Table) -> list[tuple[str, Shift]]:
    """Return the shifts that rows hold, each with its set."""
    found = []
    for row in table.to_pylist():
        weekdays = tuple(int(digit) for digit in row["weekdays"])
        times = row["start_minute"], row["end_minute"]
        shift = Shift(row["shift_id"], row["name"], *times, weekdays, row["valid_from"], row["valid_to"])
        found.append((row["set_id"], shift))
    return found
