"""Loading a delivery: where its mapping names addresses, and streets are known, rows without a place are looked up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from peelian.city.environment.service import place_sets
from peelian.city.feed.service import sent_sha256, vouching_key
from peelian.city.geocode.service import Tally, open_geocoder
from peelian.city.service import LoadReport, SourceMapping, load
from peelian.governance.desk import Desk
from peelian.governance.house import House

STREETS = "street"
"""Subject of the place sets that hold street networks."""


def loader(
    opened: House,
    desk: Desk,
    *,
    mapping: SourceMapping,
    purpose: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Callable[[Path], LoadReport]:
    """Return what loads a file of a source for the person at this desk; the streets are read once for all files."""
    geocoder = None
    if mapping.columns.address is not None and place_sets(desk, purpose=purpose, subject=STREETS):
        geocoder = open_geocoder(desk, purpose=purpose, naming_key=opened.naming_key)

    def load_file(file: Path) -> LoadReport:
        tally = Tally(geocoder, source=mapping.id) if geocoder else None
        return load(
            desk,
            file=file,
            mapping=mapping,
            purpose=purpose,
            naming_key=opened.naming_key,
            epsg=opened.settings.epsg,
            progress=progress,
            place=tally.place if tally else None,
            rate=tally.rate if tally else None,
            sent_sha256=sent_sha256(file, key=vouching_key(opened.naming_key)),
        )

    return load_file
