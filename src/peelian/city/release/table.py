"""The files of a release: counts.csv (and Parquet), places.csv, README.txt, edition.json; croissant.json about them.

edition.json is the house's own memory of the edition, with the proof that its ledger names it. Lying with the public,
it can be told back to a house that was rebuilt from a backup and has forgotten it.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.city.export_cell import neutral_cell
from peelian.city.release.datasheet import datasheet
from peelian.city.release.figures import Figure
from peelian.city.release.wording import Published, readme
from peelian.domain.canonical import Document, canonical, digest

COUNTS = pa.schema(
    [
        pa.field("first_day", pa.date32(), nullable=False),
        pa.field("last_day", pa.date32(), nullable=False),
        pa.field("offence", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("from_place", pa.int32(), nullable=False),
        pa.field("to_place", pa.int32(), nullable=False),
        pa.field("incidents", pa.int64()),
        pa.field("fewer_than", pa.int64()),
        pa.field("ledger_entry", pa.int64(), nullable=False),
    ]
)
"""One row for each figure; `incidents` is empty where only `fewer_than` is said."""


@dataclass(frozen=True)
class File:
    """One file of a release."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the content in lower-case hex."""
        return digest(self.content)


def files_of(published: Published, *, record: Document) -> tuple[File, ...]:
    """Return all files of a release, with its record and the proof of it; equal releases give equal bytes."""
    counts = counts_table(published)
    data = [File("counts.csv", _csv(counts)), File("places.csv", _csv(places_table(published)))]
    if published.spec.parquet:
        data.append(File("counts.parquet", _parquet(counts)))
    data += [File("README.txt", readme(published).encode()), File("edition.json", canonical(record))]
    sheet = datasheet(published, files=[(file.name, len(file.content), file.sha256) for file in data])
    return (
        *data,
        File("croissant.json", (json.dumps(sheet, indent=1, ensure_ascii=False) + "\n").encode()),
    )


def counts_table(published: Published) -> pa.Table:
    """Return the figures, schema COUNTS; places are numbered from 1, as in places.csv."""
    rows = [_row(figure, entry=published.entries[figure.edition - 1]) for figure in published.figures]
    return pa.Table.from_pylist(rows, schema=COUNTS)


def places_table(published: Published) -> pa.Table:
    """Return the places (number, place, outline): the outline is WKT in WGS 84, empty for elsewhere."""
    places = published.spec.places
    names = [neutral_cell(name) for name in places.names]
    return pa.table({"number": range(1, len(names) + 1), "place": names, "outline": list(places.outlines)})


def _row(figure: Figure, *, entry: int) -> dict[str, str | int | date | None]:
    return {
        "first_day": figure.slice.start,
        "last_day": figure.slice.end - timedelta(days=1),
        "offence": neutral_cell(figure.slice.offence),
        "origin": figure.slice.origin,
        "from_place": figure.first + 1,
        "to_place": figure.stop,
        "incidents": figure.count,
        "fewer_than": figure.k if figure.count is None else None,
        "ledger_entry": entry,
    }


def _csv(table: pa.Table) -> bytes:
    """Return RFC 4180 with a header, UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return text.getvalue().encode()


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content
