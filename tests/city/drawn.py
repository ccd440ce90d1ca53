"""Drawn tables: a publisher's file as one sees it, and the mapping that reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pyarrow as pa

from peelian.city.findings import Findings, LoadHeld, Reason
from peelian.city.intake.clean import Cleaned, clean
from peelian.city.intake.read import raw_table
from peelian.city.intake.shape import NAME
from peelian.city.mapping.source import Assertions, Bbox, Columns, Dates, Offences, SourceMapping

KEY = b"a key that only the tests know  "
TODAY = date(2024, 6, 30)
NOON = datetime(2024, 6, 30, 12, tzinfo=UTC)

DRAWN = SourceMapping(
    id="drawn",
    publisher="the tests",
    licence="none needed",
    frequency="once",
    format="csv",
    zone="America/Chicago",
    columns=Columns(occurred_start="time", x="lon", y="lat", offence="offence"),
    offences=Offences(groups={"BURG": "burglary", "THFT": "theft"}),
    precision_m=10,
    bbox=Bbox(west=-88.0, south=41.0, east=-87.0, north=42.5),
    dates=Dates(earliest=date(2023, 1, 1)),
    assertions=Assertions(at_most=dict.fromkeys(Reason, 1.0)),
)
"""Chicago time, a box around Chicago, two codes, and every row-wise limit out of the way."""

KEYED = replace(DRAWN, columns=replace(DRAWN.columns, key="case"))


def strict(mapping: SourceMapping = DRAWN, **limits: float) -> SourceMapping:
    """Return the mapping with limits on single reasons, written with underscores, and the others as they are."""
    chosen = {Reason(name.replace("_", "-")): limit for name, limit in limits.items()}
    return replace(mapping, assertions=Assertions(at_most=dict.fromkeys(Reason, 1.0) | chosen))


def table(drawing: str) -> pa.Table:
    """Return a drawn table of texts; columns are parted by two spaces or more, `.` is blank."""
    lines = [line.strip() for line in drawing.strip().splitlines()]
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]
    columns = zip(*cells[1:], strict=True)
    return pa.table(
        {
            name: pa.array([None if cell == "." else cell for cell in column], pa.string())
            for name, column in zip(cells[0], columns, strict=True)
        }
    )


def cleaned(drawing: str | pa.Table, mapping: SourceMapping = DRAWN, *, key: bytes = KEY) -> Cleaned:
    """Return what becomes of a drawn file."""
    raw = raw_table(table(drawing) if isinstance(drawing, str) else drawing)
    return clean(raw, mapping=mapping, key=key, epsg=32616, loaded_on=TODAY)


def outcome(drawing: str | pa.Table, mapping: SourceMapping = DRAWN) -> Cleaned | LoadHeld:
    """Return what becomes of a drawn file, or the error with which it is held back."""
    try:
        return cleaned(drawing, mapping)
    except LoadHeld as error:
        return error


def held(drawing: str | pa.Table, mapping: SourceMapping = DRAWN) -> tuple[str, Findings]:
    """Return the sentence and the account with which a drawn file is held back; it must be."""
    error = outcome(drawing, mapping)
    assert isinstance(error, LoadHeld), "the load was not held back"
    return str(error), error.findings


def reasons(result: Cleaned) -> list[tuple[int, str]]:
    """Return (row number, reason) of every row turned away."""
    rows = result.rejected.to_pylist()
    return [(row["row_number"], row["reason"]) for row in rows]


def ids(prefix: str = "id") -> Callable[[int], pa.Array]:
    """Return what gives ids one after another that can be told apart: "id-1", "id-2", padded to sixteen bytes."""
    numbers = count(1)
    return lambda wanted: pa.array(
        [f"{prefix}-{next(numbers)}".ljust(16).encode() for _ in range(wanted)], NAME
    )


def id_texts(table: pa.Table) -> list[str]:
    """Return the ids of a table's incidents as `ids` gave them."""
    return [name.decode().strip() for name in table["incident_id"].to_pylist()]


def column(result: Cleaned, name: str) -> list[Any]:
    """Return one column of the accepted rows."""
    values: list[Any] = result.accepted[name].to_pylist()
    return values
