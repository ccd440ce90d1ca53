"""`evaluate` on the caller's own file: read, clean, count, compare; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.app.progress import progress_bar
from peelian.city.service import OwnIncidents, mapping_from_columns, read_boundary, read_own
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.domain.time import Clock, SystemClock
from peelian.forecast.service import EvaluationRow, evaluate_incidents
from peelian.governance.prohibition.households import check_cell

SEED = 1829
"""Of the bootstrap's draws; the same file and options give the same intervals."""


@dataclass(frozen=True)
class OwnFile:
    """The caller's file and what its columns mean; dates are civil days, `last` not used any more."""

    path: Path
    time: str
    zone: str
    lat: str | None = None
    lon: str | None = None
    x: str | None = None
    y: str | None = None
    crs: str | None = None
    offence: str | None = None
    first: date | None = None
    last: date | None = None
    boundary: Path | None = None


@dataclass(frozen=True)
class OwnEvaluation:
    """The rows of an evaluation and what they stand on."""

    rows: tuple[EvaluationRow, ...]
    read: int
    accepted: int
    rejected: tuple[tuple[str, int], ...]
    used: int
    grid: Grid
    last_day: date
    horizon_days: int

    def title(self) -> str:
        """Return the line above the table."""
        origins = self.rows[0].origins
        return (
            f"{origins} forecasts of {self.horizon_days} days up to {self.last_day}, {self.grid.size_m:g} m cells "
            f"(EPSG:{self.grid.epsg}, origin 0,0), beside plain counts of 365 days"
        )

    def document(self) -> Document:
        """Return the evaluation as a plain document."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "rejected": dict(self.rejected),
            "used": self.used,
            "grid": self.grid.document(),
            "last_day": str(self.last_day),
            "horizon_days": self.horizon_days,
            "rows": [row.document() for row in self.rows],
            "notes": [
                "Counts are of what occurred: reports that came late are in the past counts too.",
                "Recorded crime is not crime: reporting and enforcement bias is inside every file.",
            ],
        }


def evaluate_file(
    own: OwnFile,
    *,
    cell_m: float = 250.0,
    horizon_days: int = 7,
    origins: int = 13,
    coverages: tuple[float, ...] = (0.01, 0.05),
    models: tuple[str, ...] = (),
    jobs: int = -1,
    clock: Clock | None = None,
) -> OwnEvaluation:
    """Compare models with plain counts on the last `origins` periods of the caller's file.

    Raises
    ------
    BadInput : the file cannot be read, or is too short for that many periods.
    """
    mapping = mapping_from_columns(
        own.path,
        time=own.time,
        zone=own.zone,
        lat=own.lat,
        lon=own.lon,
        x=own.x,
        y=own.y,
        crs=own.crs,
        offence=own.offence,
    )
    with progress_bar("reading") as progress:
        found = read_own(
            own.path, mapping=mapping, today=(clock or SystemClock()).now().date(), progress=progress
        )
    incidents = _between(found, own)
    last_day = own.last - timedelta(days=1) if own.last else pc.max(incidents["local_date"]).as_py()
    check_cell(cell_m)
    grid = Grid(epsg=found.epsg, size_m=cell_m)
    boundary = own.boundary and read_boundary(own.boundary, crs=own.crs, epsg=found.epsg)
    with progress_bar("offences and models") as progress:
        rows = evaluate_incidents(
            incidents,
            grid=grid,
            zone=own.zone,
            last_day=last_day,
            horizon_days=horizon_days,
            origins=origins,
            coverages=coverages,
            models=models,
            boundary=boundary,
            rng=np.random.default_rng(SEED),
            jobs=jobs,
            progress=progress,
        )
    return OwnEvaluation(
        rows=rows,
        read=found.findings.read,
        accepted=found.findings.accepted,
        rejected=tuple((count.name, count.rows) for count in found.findings.rejected),
        used=incidents.num_rows,
        grid=grid,
        last_day=last_day,
        horizon_days=horizon_days,
    )


def _between(found: OwnIncidents, own: OwnFile) -> pa.Table:
    """Return the incidents from `first` up to, not including, `last`."""
    chosen = found.table.select(["local_date", "offence", "x_m", "y_m"])
    tests: tuple[tuple[Callable[..., pa.Array], date | None], ...] = (
        (pc.greater_equal, own.first),
        (pc.less, own.last),
    )
    for compare, day in tests:
        if day is not None:
            chosen = chosen.filter(compare(chosen["local_date"], pa.scalar(day, pa.date32())))
    if not chosen.num_rows:
        raise BadInput(
            f"{own.path.name} has no usable incident in the days asked for; check --from and --to."
        )
    return chosen
