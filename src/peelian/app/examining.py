"""The quality page: findings of everything stored, with areas looked at one by one where their outlines are known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from peelian.app.report.quality_page import QualityPage, write_quality_page
from peelian.city.boundaries.service import areas
from peelian.city.quality.service import findings
from peelian.domain.areas import Areas
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, project
from peelian.governance.house import House
from peelian.governance.principals import Signer

ELSEWHERE = ""


def write_page(opened: House, path: Path, *, actor: Signer, purpose: str, layer: str | None) -> None:
    """Examine what is stored and write the page; `layer` names the areas as they are drawn today."""
    desk, settings = opened.desk(actor), opened.settings
    known = None if layer is None else areas(desk, purpose=purpose, layer=layer)
    today = opened.kit.clock.now().date()

    def area_of(x_m: Floats, y_m: Floats) -> NDArray[np.str_]:
        assert known is not None
        return _ids(known, x_m, y_m, day=today, epsg=settings.epsg)

    examination = findings(
        desk,
        purpose=purpose,
        zone=settings.zone,
        grid=settings.grid,
        area_of=None if known is None else area_of,
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


def _ids(known: Areas, x_m: Floats, y_m: Floats, *, day: date, epsg: int) -> NDArray[np.str_]:
    lon, lat = project(x_m, y_m, source=f"EPSG:{epsg}", target="EPSG:4326")
    found = known.of(lon, lat, np.full(len(lon), np.datetime64(day)))
    return np.array([ELSEWHERE if each is None else each for each in found.tolist()])
