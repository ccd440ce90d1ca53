"""A layer of dwellings as a city would deliver it: buildings, some with the number of dwellings in them."""

from __future__ import annotations

from datetime import date

from peelian.city.environment import service as environment
from tests.houses import PURPOSE, TestHouse

MAPPING = """
schema: 1
layer: dwellings
publisher: land registry
licence: none
frequency: yearly
format: csv
zone: America/Chicago
columns: {lon: lon, lat: lat, value: homes, recorded: entered}
"""

Building = tuple[float, float, str]
"""Longitude, latitude, and the number of dwellings as written; empty where none is told."""


def load_dwellings(
    house: TestHouse, *buildings: Building, as_of: date = date(2026, 3, 1), entered: str = ""
) -> environment.PlaceSetReport:
    """Have the analyst take in a layer of these buildings."""
    file = house.home.parent / "dwellings.csv"
    rows = [f"{lon},{lat},{homes},{entered}" for lon, lat, homes in buildings]
    file.write_text("\n".join(["lon,lat,homes,entered", *rows]) + "\n", encoding="utf-8")
    mapping = environment.parse_layer_mapping(MAPPING, name="dwellings.yaml")
    with house.desk() as desk:
        return environment.load_layer(
            desk, purpose=PURPOSE, file=file, mapping=mapping, as_of=as_of, epsg=32616
        )
