"""Shares of groups by area, as an auditor brings them in a CSV file; they are measured with, and not stored."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, project
from peelian.forecast.proxies import AreaShares


def read_groups(path: Path, *, grid: Grid) -> AreaShares:
    """Read a CSV with the columns lon and lat (an area's centre, WGS 84 degrees), and one column of shares in [0, 1]
    for each group. A row with anything missing, or out of bounds, is refused by its number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as CSV in UTF-8 ({error}); check the file.") from error
    header = [name.strip() for name in rows[0]] if rows else []
    groups = tuple(name for name in header if name not in ("lon", "lat"))
    if not {"lon", "lat"} <= set(header) or not groups or len(set(header)) != len(header) or "" in header:
        raise BadInput(f"{path} needs the columns lon, lat and one for each group, each named once.")
    values = np.array([_numbers(row, header, path=path, number=k) for k, row in enumerate(rows[1:], 2)])
    if not len(values):
        raise BadInput(f"{path} has no areas; give one row for each.")
    at = [header.index(name) for name in ("lon", "lat", *groups)]
    lon, lat, shares = values[:, at[0]], values[:, at[1]], values[:, at[2:]]
    if not ((shares >= 0) & (shares <= 1)).all():
        raise BadInput(
            f"{path} has a share that is not between 0 and 1; give shares, not counts or per cents."
        )
    centres = np.stack(project(lon, lat, source="EPSG:4326", target=f"EPSG:{grid.epsg}"), axis=-1)
    if not np.isfinite(centres).all():
        raise BadInput(
            f"{path} has a centre that is no place on this city's map; give lon and lat in degrees."
        )
    return AreaShares(centres, groups, shares)


def _numbers(row: list[str], header: list[str], *, path: Path, number: int) -> list[float]:
    try:
        numbers = [float(text) for text in row]
    except ValueError as error:
        raise BadInput(f"{path}, row {number}: {error}; give a number in every column.") from error
    if len(numbers) != len(header) or not np.isfinite(numbers).all():
        raise BadInput(f"{path}, row {number}: give one finite number in each of {len(header)} columns.")
    return numbers
