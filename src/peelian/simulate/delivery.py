"""Deliveries of the synthetic source: one CSV file that holds what it had on record at an instant."""

from __future__ import annotations

import csv
import os
from datetime import datetime
from pathlib import Path

import numpy as np

from peelian.domain.place import project
from peelian.domain.time import utc
from peelian.simulate.calendar import CivilClock, Seconds
from peelian.simulate.process import city_clock
from peelian.simulate.reporting import NEVER, SyntheticIncidents
from peelian.simulate.spec import LABEL

COLUMNS = (
    "incident_id", "occurred_start", "occurred_end", "reported", "recorded",
    "offence", "lon", "lat", "origin", "withdrawn", "label",
)  # fmt: skip
"""Times are civil ("YYYY-MM-DD HH:MM:SS") in the city's zone; lon and lat are degrees to 0.1 m."""


def write_csv(path: Path, incidents: SyntheticIncidents, *, recorded_before: datetime | None = None) -> int:
    """Write one delivery and return its number of rows.

    What was recorded before `recorded_before` is in it, as it stood then: a later delivery holds the same
    rows, with some reclassified or withdrawn meanwhile, and the new ones. None means everything, at its last.
    The file appears whole or not at all.
    """
    before_s = NEVER if recorded_before is None else int(utc(recorded_before).timestamp())
    part = path.with_name(path.name + ".part")
    rows = _rows(incidents, before_s)
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return len(rows)


def _rows(incidents: SyntheticIncidents, before_s: int) -> list[tuple[str, ...]]:
    """All rows of a delivery, as text."""
    city, truth = incidents.city, incidents.truth
    clock, known = city_clock(city), incidents.recorded_s < before_s
    lon, lat = project(*truth.points_m[known].T, source=f"EPSG:{city.spec.epsg}", target="EPSG:4326")
    names = np.array([group.name for group in city.spec.groups])
    return list(
        zip(
            incidents.incident_id[known].tolist(),
            _civil(truth.start_s[known], clock),
            _civil(incidents.end_s[known], clock),
            _civil(incidents.reported_s[known], clock),
            _civil(incidents.recorded_s[known], clock),
            names[incidents.group_at(before_s)[known]].tolist(),
            [f"{value:.6f}" for value in lon],
            [f"{value:.6f}" for value in lat],
            incidents.origin[known].tolist(),
            np.where(incidents.withdrawn_at(before_s)[known], "true", "false").tolist(),
            [LABEL] * int(known.sum()),
            strict=True,
        )
    )


def _civil(utc_s: Seconds, clock: CivilClock) -> list[str]:
    """Civil times as text; each is the reading of a clock at an instant, so each of them existed."""
    texts = np.datetime_as_string(clock.to_civil(utc_s).astype("datetime64[s]"), unit="s")
    return [str(text).replace("T", " ") for text in texts]
