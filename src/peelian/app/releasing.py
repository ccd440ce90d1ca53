"""Open releases: what a YAML asks for, with areas taken from the beats that are stored, published as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import shapely

from peelian.app.wiring import house, text_of
from peelian.city.boundaries import service as boundaries
from peelian.city.release.service import (
    AskedRelease,
    CoarseCells,
    KeptRelease,
    NamedAreas,
    StatedReleases,
    approve_releases,
    cells_over,
    parse_release,
    publish_release,
    state_releases,
    stated_releases,
)
from peelian.domain.areas import Area
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, project
from peelian.governance.desk import Desk


def publish(home: Path, file: Path, *, folder: Path, who: str, purpose: str) -> KeptRelease:
    """Publish the release that a YAML asks for into a new folder."""
    asked = parse_release(text_of(file), name=file.name)
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        spec = asked.spec(_places(asked, desk, purpose=purpose, epsg=opened.settings.epsg))
        return publish_release(desk, purpose=purpose, spec=spec, folder=folder, zone=opened.settings.zone)


def state(home: Path, editions: Sequence[Path], *, why: str, who: str, purpose: str) -> str:
    """State, from their edition.json, which releases a restored workspace lacks; return the statement's id."""
    texts = [text_of(path) for path in editions]
    with house(home) as opened:
        return state_releases(opened.desk(opened.signer(who)), purpose=purpose, editions=texts, why=why)


def stated(home: Path, *, who: str, purpose: str) -> tuple[StatedReleases, ...]:
    """Return what was stated about releases and waits for another person's approval."""
    with house(home) as opened:
        return stated_releases(opened.desk(opened.signer(who)), purpose=purpose)


def approve(home: Path, *, digest: str, who: str, purpose: str) -> int:
    """Approve, by its digest, what another person stated about releases; return the ledger entry."""
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        return approve_releases(desk, purpose=purpose, statement_digest=digest)


def _places(asked: AskedRelease, desk: Desk, *, purpose: str, epsg: int) -> CoarseCells | NamedAreas:
    if asked.cell_m is not None and asked.bbox is not None:
        return cells_over(asked.bbox, epsg=epsg, size_m=asked.cell_m)
    assert asked.layer is not None
    stored = boundaries.areas(desk, purpose=purpose, layer=asked.layer)
    held, at_the_end = (
        {area.key: area for area in stored.on(day).versions}
        for day in (asked.first, asked.end - timedelta(days=1))
    )
    _check_unchanged(held, at_the_end, asked)
    shapes = tuple(_in_metres(held[key].geometry, epsg=epsg) for key in sorted(held))
    return NamedAreas(asked.layer, tuple(sorted(held)), shapes, epsg)


def _check_unchanged(first: Mapping[str, Area], last: Mapping[str, Area], asked: AskedRelease) -> None:
    """Refuse areas that were redrawn within the days: a count of one outline less one of another tells places."""
    same = first.keys() == last.keys()
    if not same or any(not first[key].geometry.equals(last[key].geometry) for key in first):
        raise BadInput(
            f"The areas of the layer {asked.layer} were redrawn between {asked.first} and {asked.end}; release the "
            "days before and after in releases of their own."
        )


def _in_metres(geometry: shapely.Geometry, *, epsg: int) -> shapely.Geometry:
    def carried(points: Floats) -> Floats:
        x, y = project(points[:, 0], points[:, 1], source="EPSG:4326", target=f"EPSG:{epsg}")
        return np.column_stack([x, y])

    return shapely.transform(geometry, carried)
