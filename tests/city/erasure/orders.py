"""Ordering and carrying out in one line, and looking for what must be gone in every byte of a workspace."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.city.erasure.service import (
    Certificate,
    ErasureOrder,
    Ground,
    carry_out_erasure,
    order_erasure,
)
from peelian.city.mapping.file import parse_mapping
from peelian.city.service import load
from peelian.governance.derived import Derivation
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found

FORECASTS = Derivation("forecast.committed", "forecast", ("surface",))


def found_town(folder: Path, *deliveries: Sequence[str]) -> TestHouse:
    """Found a chartered house and load deliveries one after another."""
    house = found(folder)
    charter(house)
    for rows in deliveries:
        house.load(rows)
    return house


def load_calls(house: TestHouse, rows: Sequence[str], *, mapping: str) -> None:
    """Load rows as `TestHouse.load` does, through another mapping: of calls."""
    header = "id,when,recorded,lon,lat,offence"
    load_file(house, "\n".join([header, *(row.replace("|", ",") for row in rows)]), mapping=mapping)


def load_file(house: TestHouse, content: str, *, mapping: str) -> None:
    """Load a file with this content through a mapping."""
    path = house.home.parent / "delivered.csv"
    path.write_text(content)
    with house.open() as opened:
        load(
            opened.desk(opened.signer("Ann")),
            file=path,
            mapping=parse_mapping(mapping, name="delivered.yaml"),
            purpose=PURPOSE,
            naming_key=opened.naming_key,
            epsg=opened.settings.epsg,
            progress=lambda done, total: None,
        )


def order(
    house: TestHouse,
    *keys: str,
    ids: Sequence[str] = (),
    name: str = "Ann",
    permanent: bool = True,
    mapping: str = MAPPING,
) -> ErasureOrder:
    """Have rows ordered to be erased, by a court."""
    with house.open() as opened:
        return order_erasure(
            opened.desk(opened.signer(name)),
            purpose=PURPOSE,
            mapping=parse_mapping(mapping, name="test.yaml"),
            naming_key=opened.naming_key,
            ground=Ground.COURT,
            reference="2026-CR-17",
            keys=keys,
            ids=ids,
            permanent=permanent,
        )


def carry_out(house: TestHouse, order_id: str, *, name: str = "Abe") -> tuple[Certificate, ...]:
    """Have an order carried out."""
    with house.open() as opened:
        return carry_out_erasure(
            opened.desk(opened.signer(name)),
            purpose=PURPOSE,
            order_id=order_id,
            naming_key=opened.naming_key,
            derivations=(FORECASTS,),
        )


def stored(house: TestHouse) -> list[tuple[str, int, str]]:
    """Return (day, version, offence) of every stored version, in order: the table a test draws."""
    rows = stored_rows(house)
    told = [(str(row["local_date"]), row["version"], row["offence"]) for row in rows]
    return sorted(told)


def stored_rows(house: TestHouse, *, kind: str = "incident") -> list[dict[str, Any]]:
    """Return every stored version of every incident, or call, as it lies in the parts."""
    with house.open() as opened:
        warehouse = opened.folder("warehouse")
        paths = [warehouse / part.path for part, _ in opened.kit.store.parts(kind)]
    return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]


def sample(house: TestHouse, label: str) -> bytes:
    """Return everything that lies in the parts of one month, laid open."""
    paths = sorted((house.home / "warehouse" / "incident" / label).glob("*.parquet"))
    return b"\n".join(_laid_open(path) for path in paths)


def bytes_of(home: Path) -> bytes:
    """Return every byte under `home`, raw, and the content of every Parquet file and database laid open.

    Parquet is compressed, so its rows, dictionaries and statistics are decoded as well.
    """
    raw, opened = [], []
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        raw.append(path.name.encode() + b"\n" + path.read_bytes())
        if path.suffix == ".parquet":
            opened.append(_laid_open(path))
        if path.suffix == ".db":
            with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as database:
                opened.append("\n".join(database.iterdump()).encode())
    return b"\n".join(raw + opened)


def _laid_open(path: Path) -> bytes:
    file = pq.ParquetFile(path)
    groups = [file.metadata.row_group(number).to_dict() for number in range(file.metadata.num_row_groups)]
    table = file.read()
    words = [
        chunk.dictionary.to_pylist()
        for column in table.columns
        for chunk in column.chunks
        if pa.types.is_dictionary(column.type)
    ]
    rows = [
        {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
        for row in table.to_pylist()
    ]
    return f"{groups}\n{words}\n{rows}".encode()
