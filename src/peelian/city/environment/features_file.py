"""Reading a file of features or conditions: the mapped columns as text, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from peelian.city.place_set import SourceFile
from peelian.domain.errors import BadInput

LON, LAT = "lon", "lat"


@dataclass(frozen=True, eq=False)
class Rows:
    """The mapped columns of a file, all of them text, with the facts that name the file."""

    file: SourceFile
    table: pa.Table

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.file.name


class _Absent(Exception):
    """A mapped column that the file does not have."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def read_rows(path: Path, *, format: str, columns: tuple[str, ...]) -> Rows:
    """Return the named columns of a CSV, Parquet or GeoJSON file (`.gz` too); one that lacks any is `BadInput`."""
    try:
        data = path.read_bytes()
        content = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError) as error:
        raise BadInput(f"{path.name} cannot be read: {error}.") from None
    readers = {"csv": _csv, "parquet": _parquet, "geojson": _geojson}
    try:
        table = readers[format](content, columns)
    except (pa.ArrowException, UnicodeDecodeError, json.JSONDecodeError, OSError) as error:
        raise BadInput(
            f"{path.name} is no {format} as it should be: {' '.join(str(error).split())}."
        ) from None
    except _Absent as absent:
        raise BadInput(
            f"{path.name} has no column {absent.column!r}, which its mapping reads; correct the mapping, or ask the "
            "publisher what became of it."
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{path.name} is no GeoJSON as RFC 7946 has it ({error!r}); fetch it again.") from None
    return Rows(described(path, data), table)


def described(path: Path, data: bytes) -> SourceFile:
    """Return what names a file whose content is `data`."""
    return SourceFile(path.name, hashlib.sha256(data).hexdigest(), len(data))


def _csv(content: bytes, columns: tuple[str, ...]) -> pa.Table:
    text = content.decode("utf-8-sig").encode()
    header = arrow_csv.open_csv(pa.BufferReader(text)).schema.names
    _require(columns, header)
    return arrow_csv.read_csv(
        pa.BufferReader(text),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=list(columns),
            column_types=dict.fromkeys(columns, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _parquet(content: bytes, columns: tuple[str, ...]) -> pa.Table:
    file = arrow_parquet.ParquetFile(pa.BufferReader(content))
    _require(columns, file.schema_arrow.names)
    table = file.read(columns=list(columns))
    return pa.table({name: table[name].cast(pa.string()) for name in columns})


def _geojson(content: bytes, columns: tuple[str, ...]) -> pa.Table:
    """Return properties and the point of each feature; lines and areas count at a point inside them."""
    features: list[dict[str, Any]] = json.loads(content)["features"]
    present = {name for feature in features for name in feature.get("properties") or {}}
    _require(columns, sorted(present))
    told = {name: [_word((each.get("properties") or {}).get(name)) for each in features] for name in columns}
    points = [_point(each.get("geometry")) for each in features]
    told |= {LON: [_word(x) for x, _ in points], LAT: [_word(y) for _, y in points]}
    return pa.table({name: pa.array(words, pa.string()) for name, words in told.items()})


def _point(geometry: dict[str, Any] | None) -> tuple[float | None, float | None]:
    if not geometry:
        return None, None
    if geometry["type"] == "Point":
        x, y, *_ = geometry["coordinates"]
        return x, y
    from shapely.geometry import shape  # noqa: PLC0415

    point = shape(geometry).representative_point()
    return (None, None) if point.is_empty else (point.x, point.y)


def _word(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _require(columns: tuple[str, ...], present: list[str]) -> None:
    for column in columns:
        if column not in present:
            raise _Absent(column)
