"""Streets as a layer of lines in a GeoPackage (or whatever else GDAL reads with layers)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from peelian.city.findings import Count
from peelian.city.geofile import read_layer
from peelian.city.streets.published import PublishedStreets, StreetColumns, check_lines, edge_columns, texts
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.streets import DEGREE_DIGITS, Texts

SAME_PLACE_DEG = 2e-7
IN_PARTS = "line-in-several-parts"


@dataclass(frozen=True)
class GeopackageStreets:
    """One layer of lines; without columns for the ends of a street its nodes are where ends of lines meet.

    `layer` is the layer's name, None for the first. `columns.lon`, `lat` and `node_id` have no meaning here.
    """

    file: Path
    columns: StreetColumns
    layer: str | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the file."""
        return (self.file,)

    def read(self) -> PublishedStreets:
        """Return what the layer says, carried over to WGS 84; a line in several parts becomes several edges."""
        table, found = read_layer(self.file, layer=self.layer)
        lines, row = shapely.get_parts(shapely.line_merge(found), return_index=True)
        if not len(lines):
            raise BadInput(
                f"{self.file.name} has no line in its layer; name the layer that holds the streets."
            )
        check_lines(lines, name=self.file.name)
        parts, table = len(row) - len(np.unique(row)), table.take(pa.array(row))
        ends: Floats = shapely.get_coordinates(shapely.get_point(np.repeat(lines, 2), [0, -1] * len(lines)))
        tail, head = self._ids(table, ends)
        node_id, first, node = np.unique(
            np.stack([tail, head], axis=1).ravel().astype(str), return_index=True, return_inverse=True
        )
        if (np.abs(ends[first][node] - ends) > SAME_PLACE_DEG).any():
            raise BadInput(
                f"{self.file.name} has lines that do not end at the nodes its columns {self.columns.tail!r} and "
                f"{self.columns.head!r} name; leave these columns out, and lines are joined where they meet."
            )
        return PublishedStreets(
            node_id=node_id.astype(object),
            lon=ends[first, 0],
            lat=ends[first, 1],
            tail_id=tail,
            head_id=head,
            geometry=lines,
            left_out=(Count(IN_PARTS, parts),) if parts else (),
            **edge_columns(table, columns=self.columns, name=self.file.name),  # type: ignore[arg-type]
        )

    def _ids(self, table: pa.Table, ends: Floats) -> tuple[Texts, Texts]:
        """Return the ids of both ends of every line: published ones, or where they are."""
        named, name = self.columns, self.file.name
        if named.tail and named.head:
            return texts(table, "tail", columns=named, name=name), texts(
                table, "head", columns=named, name=name
            )
        spelt = _spelt(ends)
        return spelt[::2], spelt[1::2]


def _spelt(points: Floats) -> NDArray[np.object_]:
    rounded = (np.round(points, DEGREE_DIGITS) + 0.0).tolist()
    return np.array(
        [f"{lon:.{DEGREE_DIGITS}f} {lat:.{DEGREE_DIGITS}f}" for lon, lat in rounded], dtype=object
    )
