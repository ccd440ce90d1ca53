"""The quality page: findings of everything stored, with areas looked at one by one where their outlines are known."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from peelian.app.report.quality_page import QualityPage, write_quality_page
from peelian.city.boundaries.service import areas
from peelian.city.quality.service import AskedAreas, findings
from peelian.domain.areas import Areas
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Ints, project
from peelian.governance.house import House
from peelian.governance.principals import Signer


def write_page(opened: House, path: Path, *, actor: Signer, purpose: str, layer: str | None) -> None:
    """Examine what is stored and write the page; `layer` names the areas as they are drawn today."""
    desk, settings = opened.desk(actor), opened.settings
    known = None if layer is None else areas(desk, purpose=purpose, layer=layer)
    today = opened.kit.clock.now().astimezone(ZoneInfo(settings.zone)).date()
    examination = findings(
        desk,
        purpose=purpose,
        zone=settings.zone,
        grid=settings.grid,
        areas=None if known is None else _asked(known.on(today), day=today, epsg=settings.epsg),
    )
    page = QualityPage(
        title=settings.name,
        made_at=opened.kit.clock.now(),
        examination=examination,
        areas_known=known is not None,
        synthetic=settings.synthetic,
    )
    try:
        write_quality_page(page, path)
    except OSError as error:
        raise BadInput(
            f"The page could not be written to {path} ({error.strerror}); name another place."
        ) from None


def _asked(known: Areas, *, day: date, epsg: int) -> AskedAreas:
    """Return the areas of one day, each of which has one version, as the examination asks for them."""

    def area_of(x_m: Floats, y_m: Floats) -> Ints:
        lon, lat = project(x_m, y_m, source=f"EPSG:{epsg}", target="EPSG:4326")
        return known.rows_of(lon, lat, np.datetime64(day))

    return AskedAreas(tuple(area.area_id for area in known.versions), area_of)
