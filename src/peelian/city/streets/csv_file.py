"""Streets as two plain CSV files, one of nodes and one of edges."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from peelian.city.streets.published import (
    PublishedStreets,
    StreetColumns,
    edge_columns,
    lines_of_wkt,
    numbers,
    texts,
)
from peelian.domain.errors import BadInput


@dataclass(frozen=True)
class CsvStreets:
    """Nodes and edges in UTF-8 with a header; `columns` says what the columns are called."""

    nodes: Path
    edges: Path
    columns: StreetColumns

    @property
    def files(self) -> tuple[Path, ...]:
        """Return both files."""
        return self.nodes, self.edges

    def read(self) -> PublishedStreets:
        """Return what the two files say."""
        nodes, edges = _table(self.nodes), _table(self.edges)
        named = self.columns.called_like_their_roles(edges.column_names)
        if not (named.tail and named.head):
            raise BadInput(f"{self.edges.name} needs a column for each end of a street; name tail and head.")
        where, what = self.nodes.name, self.edges.name
        of_node = partial(texts, nodes, columns=named, name=where)
        of_edge = partial(texts, edges, columns=named, name=what)
        return PublishedStreets(
            node_id=of_node("node_id"),
            lon=numbers(of_node("lon")),
            lat=numbers(of_node("lat")),
            tail_id=of_edge("tail"),
            head_id=of_edge("head"),
            geometry=lines_of_wkt(of_edge("geometry"), name=what),
            **edge_columns(edges, columns=named, name=what),  # type: ignore[arg-type]  # one for each name
        )


def _table(path: Path) -> pa.Table:
    """Return every column as text: ids keep their leading zeros, numbers are read where they are needed."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
        kinds = {name: pa.string() for name in names}
        return arrow_csv.read_csv(
            path,
            convert_options=arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        )
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from None
    except (pa.ArrowException, UnicodeDecodeError, csv.Error) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path.name} is no CSV that can be read ({reason}); export it again.") from None
