"""A small drawn town: three avenues from west to east, three streets from south to north, 200 m apart.

                 Oak St    Main St    Saint Clair St
    5th Ave  ------+----------+-------------+
                   |          |             |
    Penn Ave ------+----------+-------------+      numbers rise eastwards and northwards: the first
                   |          |             |      stretch of every street has 100 to 199, the second
    Elm Ave  ------+----------+-------------+      200 to 299; even numbers on the left of the way

Far in the north lies a second Elm Ave (100 to 199, postal code 20002), a lane without numbers (Stub Ln, 60 m) and
a long one (Long Ln, 900 m).
"""

from __future__ import annotations

import math

import numpy as np

from peelian.city.geocode.geocoder import Geocoder
from peelian.city.geocode.index import StreetIndex, build_index
from peelian.city.geocode.segments import NO_NUMBER, AddressPoints, StreetSegments
from peelian.city.geocode.wording import wording

TABLES = wording()
WEST, SOUTH = -80.0, 40.0
METRES = 111_195.0
COSINE = math.cos(math.radians(SOUTH))

AVENUES = ("Elm Avenue", "Penn Avenue", "5th Avenue")
STREETS = ("Oak Street", "['Main Street', 'Route 8']", "Saint Clair Street")


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """Return lon, lat of a place in metres from the south-western corner."""
    return WEST + x_m / METRES / COSINE, SOUTH + y_m / METRES


def segments() -> StreetSegments:
    nodes = [at(200.0 * x, 200.0 * y) for y in range(3) for x in range(3)]
    rows: list[tuple[int, int, str, float, int, str]] = []
    for row, name in enumerate(AVENUES):
        rows += [(3 * row + x, 3 * row + x + 1, name, 200.0, 100 * (x + 1), "10001") for x in range(2)]
    for column, name in enumerate(STREETS):
        rows += [(column + 3 * y, column + 3 * y + 3, name, 200.0, 100 * (y + 1), "10001") for y in range(2)]
    nodes += [at(0, 5000), at(200, 5000), at(0, 6000), at(60, 6000), at(0, 7000), at(900, 7000)]
    rows += [(9, 10, "Elm Avenue", 200.0, 100, "20002")]
    rows += [(11, 12, "Stub Lane", 60.0, 0, "20002"), (13, 14, "Long Lane", 900.0, 0, "20002")]
    hundred = np.array([row[4] for row in rows])
    first = [np.where(hundred, hundred + plus, NO_NUMBER) for plus in (0, 98, 1, 99)]
    return StreetSegments(
        node_lon=np.array([lon for lon, _ in nodes]),
        node_lat=np.array([lat for _, lat in nodes]),
        tail=np.array([row[0] for row in rows]),
        head=np.array([row[1] for row in rows]),
        names=tuple(row[2] for row in rows),
        length_m=np.array([row[3] for row in rows]),
        left_from=first[0],
        left_to=first[1],
        right_from=first[2],
        right_to=first[3],
        areas=tuple(row[5] for row in rows),
    )


def index(*, points: AddressPoints | None = None) -> StreetIndex:
    return build_index(segments(), tables=TABLES, points=points)


def geocoder() -> Geocoder:
    return Geocoder(index(), TABLES, fingerprint=str)


def metres(lon: float, lat: float) -> tuple[float, float]:
    """Return x, y in metres from the south-western corner."""
    return (lon - WEST) * METRES * COSINE, (lat - SOUTH) * METRES
