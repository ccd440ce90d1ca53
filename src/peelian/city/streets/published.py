"""What every reader of streets returns: the publisher's own words by row, not yet judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from peelian.city.findings import Count
from peelian.city.streets.words import several
from peelian.domain.arcs import Flags
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Ints
from peelian.domain.streets import NO_NUMBER, Texts

NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"


@dataclass(frozen=True, eq=False)
class PublishedStreets:
    """Nodes (n,) and edges (m,) as they were published.

    Parameters
    ----------
    node_id, lon, lat : id as text, degrees WGS 84; NaN where the file has no readable place.
    tail_id, head_id : ids of the nodes between which an edge runs.
    length_m : NaN where the file gives none.
    speed, oneway, road_class, name : words as published, "" where there are none.
    speed_assumed : the publisher itself says that the speed is a guess.
    house_numbers : (m, 4) as in `StreetEdges`.
    geometry : LineString in degrees or None.
    left_out : what the reader did not take for a street, or found twice, with how often.
    """

    node_id: Texts
    lon: Floats
    lat: Floats
    tail_id: Texts
    head_id: Texts
    length_m: Floats
    speed: Texts
    speed_assumed: Flags
    oneway: Texts
    road_class: Texts
    name: Texts
    house_numbers: Ints
    geometry: Texts
    left_out: tuple[Count, ...] = ()


class StreetFile(Protocol):
    """One delivery of streets in one format."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Return every file it consists of."""
        ...

    def read(self) -> PublishedStreets:
        """Return what the files say; `BadInput` with a sentence where they cannot be read."""
        ...


@dataclass(frozen=True)
class StreetColumns:
    """What the columns of a CSV, a GraphML file or a GeoPackage layer are called; "" where there is none.

    None where nobody said: then a CSV's column that is called like the role is taken, and there is none elsewhere.
    A CSV must have ids of nodes; a layer without them has its nodes where the ends of lines meet. A file whose
    speeds are guesses throughout says so by `speeds_are_assumed`.
    """

    node_id: str = "node"
    lon: str = "lon"
    lat: str = "lat"
    tail: str | None = "tail"
    head: str | None = "head"
    length_m: str | None = None
    speed: str | None = None
    speed_assumed: str | None = None
    speeds_are_assumed: bool = False
    oneway: str | None = None
    road_class: str | None = None
    name: str | None = None
    left_from: str | None = None
    left_to: str | None = None
    right_from: str | None = None
    right_to: str | None = None
    geometry: str | None = None

    def called_like_their_roles(self, columns: Sequence[str]) -> StreetColumns:
        """Return the same, with what nobody said of an edge taken from the column of that name, if there is one."""
        unsaid = {role for role, column in vars(self).items() if column is None} - {"tail", "head"}
        found = {role: role for role in unsaid.intersection(columns)}
        return replace(self, **found)  # type: ignore[arg-type]  # what is a flag is never None


HOUSE_NUMBERS = ("left_from", "left_to", "right_from", "right_to")
"""The four roles of house numbers, in the order of `StreetEdges`."""

OSMNX = StreetColumns(
    node_id="osmid",
    lon="x",
    lat="y",
    tail="u",
    head="v",
    length_m="length",
    speed="maxspeed",
    oneway="oneway",
    road_class="highway",
    name="name",
    geometry="geometry",
)
"""The columns of GraphML and GeoPackage files written by OSMnx."""


def texts(table: pa.Table, role: str, *, columns: StreetColumns, name: str) -> Texts:
    """Return the column of a role as text, "" where it is empty or where the file has no such column by design."""
    column: str | None = getattr(columns, role)
    if not column:
        return np.full(table.num_rows, "", dtype=object)
    if column not in table.column_names:
        free = [each for each in table.column_names if each not in vars(columns).values()]
        raise BadInput(
            f"{name} has no column {column!r}; it has {', '.join(table.column_names)}. Name the one that holds it, "
            f"such as --column {role}={(free or table.column_names)[0]}."
        )
    filled = pc.fill_null(pc.cast(table[column], pa.string()), "")
    found: Texts = pc.utf8_trim_whitespace(filled).to_numpy(zero_copy_only=False).astype(object)
    return found


def numbers(words: Texts) -> Floats:
    """Return the numbers that `words` spell, NaN where they spell none."""
    column = pa.array(words, pa.string())
    readable = pc.if_else(pc.match_substring_regex(column, NUMBER), pc.utf8_trim_whitespace(column), None)
    found: Floats = pc.cast(readable, pa.float64()).to_numpy(zero_copy_only=False)
    return found


def house_numbers(columns: tuple[Texts, ...]) -> Ints:
    """Return the (m, 4) whole numbers that four columns begin with ("12A" is 12), NO_NUMBER where none does."""
    digits = [pc.extract_regex(pa.array(words, pa.string()), r"^\s*(?P<n>\d{1,9})") for words in columns]
    found = [pc.fill_null(pc.cast(pc.struct_field(each, "n"), pa.int32()), NO_NUMBER) for each in digits]
    return np.stack([each.to_numpy(zero_copy_only=False) for each in found], axis=1)


def lines_of_wkt(words: Texts, *, name: str) -> Texts:
    """Return the LineStrings that `words` spell as well-known text, None where a word is ""."""
    lines = np.full(len(words), None, dtype=object)
    given = np.flatnonzero(words != "")
    try:
        lines[given] = shapely.from_wkt(words[given])
    except shapely.errors.ShapelyError as error:
        raise BadInput(f"{name} has a course that is no well-known text ({error}); correct it.") from None
    check_lines(lines[given], name=name)
    return lines


def check_lines(lines: Texts, *, name: str) -> None:
    """Refuse courses that are something else than lines."""
    wrong = shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING
    if wrong.any():
        found = lines[np.flatnonzero(wrong)[0]]
        kind = "nothing" if found is None else found.geom_type
        raise BadInput(f"{name} has a {kind} where the course of a street belongs; give a layer of lines.")


def edge_columns(table: pa.Table, *, columns: StreetColumns, name: str) -> dict[str, NDArray[np.generic]]:
    """Return the columns of `PublishedStreets` that one table of edges holds, but for ids and geometry."""
    read = partial(texts, table, columns=columns, name=name)
    assumed, kinds, names = read("speed_assumed"), read("road_class"), read("name")
    said = np.array([word.lower() in {"1", "true", "yes"} for word in assumed], dtype=np.bool_)
    return {
        "length_m": numbers(read("length_m")),
        "speed": read("speed"),
        "speed_assumed": said | columns.speeds_are_assumed,
        "oneway": read("oneway"),
        "road_class": np.array([several(word)[0] for word in kinds], dtype=object),
        "name": np.array([";".join(several(word)) for word in names], dtype=object),
        "house_numbers": house_numbers(tuple(read(role) for role in HOUSE_NUMBERS)),
    }
