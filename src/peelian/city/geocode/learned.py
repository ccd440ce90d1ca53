"""What people have taught the geocoder: where an address lies, which street a name means, where a named place is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from peelian.city.geocode.along import Point
from peelian.domain.errors import BadInput

PLACE_COLUMNS = ("name", "lon", "lat", "precision_m")


@dataclass(frozen=True)
class KnownAddress:
    """An answer given by hand, under the keyed hash of the normalised address."""

    fingerprint: str
    point: Point
    precision_m: float


@dataclass(frozen=True)
class StreetAlias:
    """A street name that means another: what is written, and the name in the street file."""

    said: str
    meant: str


@dataclass(frozen=True)
class Learned:
    """All answers given by hand; of two about the same thing, the later one counts."""

    addresses: tuple[KnownAddress, ...] = ()
    streets: tuple[StreetAlias, ...] = ()


NOTHING_LEARNED = Learned()


@dataclass(frozen=True)
class NamedPlace:
    """A name that stands for an address: "city hall", "south side hospital"."""

    name: str
    point: Point
    precision_m: float


def read_named_places(file: Path) -> tuple[NamedPlace, ...]:
    """Read an alias file: a CSV with the columns name, lon, lat (degrees WGS 84) and precision_m (metres)."""
    kinds = dict.fromkeys(PLACE_COLUMNS[1:], pa.float64()) | {"name": pa.string()}
    options = pa_csv.ConvertOptions(column_types=kinds, include_columns=list(PLACE_COLUMNS))
    try:
        rows = pa_csv.read_csv(file, convert_options=options).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        raise BadInput(
            f"{file.name} cannot be read as a file of named places ({error}); it needs the columns "
            f"{', '.join(PLACE_COLUMNS)}."
        ) from error
    if any(value is None for row in rows for value in row.values()):
        raise BadInput(f"{file.name} leaves a field blank; give every named place all of its four columns.")
    return tuple(NamedPlace(row["name"], Point(row["lon"], row["lat"]), row["precision_m"]) for row in rows)
