"""The doors of the city room's parts, in an order in which each step finds what it needs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from peelian.city.boundaries import service as boundaries
from peelian.city.environment import service as environment
from peelian.city.erasure import service as erasure
from peelian.city.feed import service as feed
from peelian.city.geocode import service as geocode
from peelian.city.mapping.file import parse_mapping
from peelian.city.quality import service as quality
from peelian.city.release import service as release
from peelian.city.streets import service as streets
from peelian.domain.time import Period
from tests.city.erasure.orders import FORECASTS
from tests.house.stage import Stage
from tests.houses import MAPPING, PURPOSE

DAY = date(2026, 3, 1)
PROVENANCE = boundaries.Provenance("City of Chicago", "public domain", DAY)
SQUARE = [[-87.7, 41.8], [-87.6, 41.8], [-87.6, 41.9], [-87.7, 41.9], [-87.7, 41.8]]
LAYER = """
schema: 1
layer: lights-out
publisher: city
licence: none
frequency: daily
format: csv
zone: America/Chicago
columns: {lon: lon, lat: lat}
"""
SERIES = """
schema: 1
series: event
publisher: city
licence: none
frequency: daily
format: csv
zone: America/Chicago
columns: {start: start, end: end, word: what}
"""


def _desk(stage: Stage, name: str = "Ann"):
    return stage.house.desk(stage.house.signer(name))


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def _file(stage: Stage, name: str, content: str) -> Path:
    path = stage.folder / name
    path.write_text(content, encoding="utf-8")
    return path


def _load_streets(stage: Stage) -> None:
    nodes = _file(stage, "nodes.csv", "node,lon,lat\n1,-87.65,41.85\n2,-87.65,41.851\n")
    edges = _file(stage, "edges.csv", "tail,head,name\n1,2,Main Street\n")
    columns = streets.StreetColumns(name="name")
    file = streets.CsvStreets(nodes, edges, columns)
    streets.load_streets(
        _desk(stage), purpose=PURPOSE, file=file, provenance=PROVENANCE, epsg=32616, progress=_silent
    )


def _load_boundaries(stage: Stage) -> None:
    feature = {
        "type": "Feature",
        "properties": {"id": "1"},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    path = _file(stage, "beats.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    boundaries.load_boundaries(
        _desk(stage),
        purpose=PURPOSE,
        file=boundaries.AreaFile(path, area_id="id"),
        layer="beat",
        valid_from=None,
        provenance=PROVENANCE,
        epsg=32616,
        progress=_silent,
    )


def _load_shifts(stage: Stage) -> None:
    path = _file(stage, "shifts.csv", "shift_id,name,start,end,weekdays\nD,Day,06:00,14:00,1234567\n")
    boundaries.load_shifts(
        _desk(stage), purpose=PURPOSE, file=path, valid_from=None, provenance=PROVENANCE, progress=_silent
    )


def _load_layer(stage: Stage) -> None:
    mapping = environment.parse_layer_mapping(LAYER, name="layer.yaml")
    path = _file(stage, "lights.csv", "lon,lat\n-87.65,41.85\n")
    environment.load_layer(_desk(stage), purpose=PURPOSE, file=path, mapping=mapping, as_of=DAY, epsg=32616)


def _load_conditions(stage: Stage) -> None:
    mapping = environment.parse_condition_mapping(SERIES, name="series.yaml")
    path = _file(stage, "events.csv", "start,end,what\n2026-03-01T10:00,2026-03-01T12:00,derby\n")
    environment.load_conditions(_desk(stage), purpose=PURPOSE, file=path, mapping=mapping, as_of=DAY)


def _conditions(stage: Stage) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    environment.conditions(
        _desk(stage),
        purpose=PURPOSE,
        series="event",
        start=start,
        end=start + timedelta(days=1),
        known_by=start,
    )


def _layer(stage: Stage) -> None:
    known_by = datetime(2026, 3, 2, 6, tzinfo=UTC)  # when the day is over in Chicago
    environment.layer(_desk(stage), purpose=PURPOSE, name="lights-out", day=DAY, known_by=known_by)


def _fix_address(stage: Stage) -> None:
    geocode.fix_address(
        _desk(stage),
        purpose=PURPOSE,
        naming_key=stage.house.naming_key,
        address="12 Nowhere Lane",
        lon=-87.65,
        lat=41.85,
        why="asked the caller for the corner",
    )


def _mark(stage: Stage) -> Stage:
    window = quality.mark_window(
        _desk(stage),
        purpose=PURPOSE,
        period=Period(date(2026, 2, 1), date(2026, 2, 3), "America/Chicago"),
        reason="the new system was being brought in",
    )
    return replace(stage, mark_id=window.window_id)


def _order(stage: Stage) -> Stage:
    order = erasure.order_erasure(
        _desk(stage),
        purpose=PURPOSE,
        mapping=parse_mapping(MAPPING, name="test.yaml"),
        naming_key=stage.house.naming_key,
        ground=erasure.Ground.COURT,
        reference="2026-17",
        keys=["K000-0"],
    )
    return replace(stage, order_id=order.order_id)


SPEC = release.ReleaseSpec(
    title="Recorded burglaries",
    licence="https://creativecommons.org/licenses/by/4.0/",
    url="https://example.org/releases",
    places=release.cells_over((-87.70, 41.80, -87.60, 41.90), epsg=32616, size_m=1000),
    step=release.Step.WEEK,
    first=date(2026, 1, 26),
    end=date(2026, 2, 9),
    offences=("burglary",),
    settle_days=1,
)


def _publish(stage: Stage) -> Stage:
    kept = release.publish_release(
        _desk(stage), purpose=PURPOSE, spec=SPEC, folder=stage.folder / "release", zone="America/Chicago"
    )
    return replace(stage, release_id=kept.release_id)


def _begin_receiving(stage: Stage) -> None:
    mapping = parse_mapping(MAPPING, name="test.yaml")
    feed.begin_receiving(_desk(stage), purpose=PURPOSE, mapping=mapping, zone="America/Chicago")


def _discard_held(stage: Stage) -> None:
    inbox = feed.Inbox(stage.folder / "inbox")
    held = inbox.folder / "held" / "old.csv"
    held.parent.mkdir(parents=True)
    held.touch()
    os.utime(held, (0, 0))
    feed.discard_held(
        _desk(stage),
        purpose=PURPOSE,
        mapping=parse_mapping(MAPPING, name="test.yaml"),
        inbox=inbox,
        held_for=timedelta(days=30),
        naming_key=stage.house.naming_key,
    )
    assert not held.exists()


CITY_WALK: dict[str, Callable[[Stage], Stage | object | None]] = {
    "city.streets.load_streets": _load_streets,
    "city.streets.streets": lambda s: void(streets.streets(_desk(s), purpose=PURPOSE)),
    "city.boundaries.load_boundaries": _load_boundaries,
    "city.boundaries.areas": lambda s: void(boundaries.areas(_desk(s), purpose=PURPOSE, layer="beat")),
    "city.boundaries.load_shifts": _load_shifts,
    "city.boundaries.shifts": lambda s: void(boundaries.shifts(_desk(s), purpose=PURPOSE)),
    "city.environment.load_layer": _load_layer,
    "city.environment.layer": _layer,
    "city.environment.load_conditions": _load_conditions,
    "city.environment.conditions": _conditions,
    "city.environment.place_sets": lambda s: void(environment.place_sets(_desk(s), purpose=PURPOSE)),
    "city.feed.begin_receiving": _begin_receiving,
    "city.feed.discard_held": _discard_held,
    "city.geocode.fix_address": _fix_address,
    "city.geocode.fix_street": lambda s: void(
        geocode.fix_street(
            _desk(s), purpose=PURPOSE, said="Mane St", meant="Main Street", why="a slip of the pen"
        )
    ),
    "city.geocode.open_geocoder": lambda s: void(
        geocode.open_geocoder(_desk(s), purpose=PURPOSE, naming_key=s.house.naming_key)
    ),
    "city.geocode.waiting": lambda s: void(
        geocode.waiting(_desk(s), purpose=PURPOSE, load_id=s.load_id, address_column="address")
    ),
    "city.quality.findings": lambda s: void(
        quality.findings(_desk(s), purpose=PURPOSE, zone="America/Chicago", grid=s.house.settings.grid)
    ),
    "city.quality.mark_window": _mark,
    "city.quality.windows": lambda s: void(quality.windows(_desk(s), purpose=PURPOSE)),
    "city.quality.lift_window": lambda s: void(
        quality.lift_window(
            _desk(s), purpose=PURPOSE, window_id=s.mark_id, reason="the days were entered again"
        )
    ),
    "city.release.publish_release": _publish,
    "city.release.write_release": lambda s: void(
        release.write_release(
            _desk(s), purpose=PURPOSE, release_id=s.release_id, spec=SPEC, folder=s.folder / "again"
        )
    ),
    "city.feed.merge_parts": lambda s: void(feed.merge_parts(_desk(s), purpose=PURPOSE)),
    "city.erasure.order_erasure": _order,
    "city.erasure.carry_out_erasure": lambda s: void(
        erasure.carry_out_erasure(
            _desk(s, "Abe"), purpose=PURPOSE, order_id=s.order_id, naming_key=s.house.naming_key
        )
    ),
    "city.erasure.reproducibility": lambda s: void(
        erasure.reproducibility(_desk(s), purpose=PURPOSE, work_ids=[s.forecast_id], derivations=(FORECASTS,))
    ),
}


def void(_: object) -> None:
    """Drop what a door returned."""
