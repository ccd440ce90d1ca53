"""Streets and houses as tables: the stored extracts and the city's address file, made into what is searched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import shapely

from peelian.city.geocode.along import Course
from peelian.city.geocode.segments import NO_NUMBER, AddressPoints, Numbers, StreetSegments
from peelian.domain.errors import BadInput

POINT_COLUMNS = ("number", "street", "lon", "lat")


def segments_of(nodes: pa.Table, edges: pa.Table) -> StreetSegments:
    """Return the segments in the tables of one set, as the extracts street-nodes and street-edges show them."""
    nodes, edges = nodes.sort_by("node"), edges.sort_by("edge")
    return StreetSegments(
        node_lon=nodes["lon"].to_numpy(),
        node_lat=nodes["lat"].to_numpy(),
        tail=edges["tail"].to_numpy().astype(np.int64),
        head=edges["head"].to_numpy().astype(np.int64),
        names=tuple(pc.fill_null(edges["name"], "").to_pylist()),
        length_m=edges["length_m"].to_numpy(),
        left_from=_numbers(edges, "left_from"),
        left_to=_numbers(edges, "left_to"),
        right_from=_numbers(edges, "right_from"),
        right_to=_numbers(edges, "right_to"),
        courses=tuple(_course(line) for line in shapely.from_wkb(edges["geometry"].to_pylist())),
    )


def _numbers(edges: pa.Table, column: str) -> Numbers:
    numbers: Numbers = pc.fill_null(edges[column], NO_NUMBER).to_numpy().astype(np.int64)
    return numbers


def _course(line: shapely.LineString | None) -> Course:
    return () if line is None else tuple((lon, lat) for lon, lat in shapely.get_coordinates(line).tolist())


def address_points(file: Path) -> AddressPoints:
    """Read an address file: a CSV with the columns number, street, lon and lat; others (unit) are not read."""
    kinds = {"number": pa.int64(), "street": pa.string(), "lon": pa.float64(), "lat": pa.float64()}
    options = pa_csv.ConvertOptions(column_types=kinds, include_columns=list(POINT_COLUMNS))
    try:
        table = pa_csv.read_csv(file, convert_options=options)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        raise BadInput(
            f"{file.name} cannot be read as an address file ({error}); it needs the columns "
            f"{', '.join(POINT_COLUMNS)}, with whole numbers and degrees."
        ) from error
    return address_points_of(table)


def address_points_of(table: pa.Table) -> AddressPoints:
    """Return the houses of an Arrow table with the columns number, street, lon and lat, less incomplete rows."""
    complete = table.select(POINT_COLUMNS).drop_null()
    return AddressPoints(
        complete["number"].to_numpy(),
        tuple(complete["street"].to_pylist()),
        complete["lon"].to_numpy(),
        complete["lat"].to_numpy(),
    )
