"""What a synthetic city is asked to be: everything that does not depend on the seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, project

LABEL = "SYNTHETIC"
"""Stands in every row that leaves this room."""


class LandUse(IntEnum):
    """What a cell is mostly used for; the number is the code in `City.land_use`."""

    RESIDENTIAL = 0
    SHOPPING = 1
    INDUSTRY = 2
    PARK = 3
    WATER = 4


@dataclass(frozen=True, kw_only=True)
class OffenceGroup:
    """How often, where and when incidents of one group happen in the synthetic city.

    Parameters
    ----------
    name : what the source calls it.
    weekly_rate : background incidents per week in the whole city, before near repeats.
    branching : mean number of near repeats one incident sets off, in [0, 1).
    by_land_use : weight of a metre of street by `LandUse`, in its order.
    attracted_by : kind of the risk sources that raise it.
    peak_hour : local hour around which it happens, 0 to 24.
    peak_sharpness : concentration of the von Mises distribution of the hour; 0 is all day alike.
    weekend_factor : rate on Friday, Saturday and Sunday over that of the other days.
    summer_swing : seasonal amplitude, peaking in mid-July; negative peaks in winter.
    interval_hours : median length of the span in which it must have happened; 0 where the moment is known.
    found_by_patrol : True where patrols find it instead of victims reporting it.
    """

    name: str
    weekly_rate: float
    branching: float
    by_land_use: tuple[float, float, float, float, float]
    attracted_by: str
    peak_hour: float
    peak_sharpness: float
    weekend_factor: float
    summer_swing: float
    interval_hours: float = 0.0
    found_by_patrol: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.branching < 1:
            raise BadInput(
                f"A branching ratio of {self.branching} for {self.name} would never stop repeating; "
                "give a number in [0, 1)."
            )


GROUPS = (
    OffenceGroup(
        name="burglary",
        weekly_rate=62.0,
        branching=0.25,
        by_land_use=(1.0, 0.7, 0.4, 0.0, 0.0),
        attracted_by="vacant houses",
        peak_hour=13.0,
        peak_sharpness=0.6,
        weekend_factor=0.9,
        summer_swing=0.1,
        interval_hours=7.0,
    ),
    OffenceGroup(
        name="vehicle theft",
        weekly_rate=85.0,
        branching=0.25,
        by_land_use=(1.0, 1.6, 0.9, 0.3, 0.0),
        attracted_by="car park",
        peak_hour=22.0,
        peak_sharpness=0.8,
        weekend_factor=1.1,
        summer_swing=0.15,
        interval_hours=4.0,
    ),
    OffenceGroup(
        name="robbery",
        weekly_rate=34.0,
        branching=0.25,
        by_land_use=(0.6, 2.2, 0.3, 0.5, 0.0),
        attracted_by="station",
        peak_hour=23.0,
        peak_sharpness=1.2,
        weekend_factor=1.5,
        summer_swing=0.1,
    ),
    OffenceGroup(
        name="drug possession",
        weekly_rate=34.0,
        branching=0.0,
        by_land_use=(0.5, 1.5, 0.3, 0.8, 0.0),
        attracted_by="patrol round",
        peak_hour=20.0,
        peak_sharpness=1.0,
        weekend_factor=1.3,
        summer_swing=0.0,
        found_by_patrol=True,
    ),
)
"""Four invented groups. Patrols find the last one where patrols already go, so leaving it out matters."""


@dataclass(frozen=True)
class CitySpec:
    """The parameters of a synthetic city.

    Parameters
    ----------
    name : what it is called; it must not sound like a real place.
    west_m, south_m, width_m, height_m : the rectangle, in metres of `epsg`; whole cells of `cell_m`.
    zone : IANA name of the zone its clocks follow, so that daylight saving time is met.
    start, days : first civil day and number of days of its history.
    block_m : mean distance between parallel streets.
    decay_days, spread_m : near repeats follow after an exponential delay of this mean and at a Gaussian
        offset of this standard deviation per axis (Mohler et al. 2011, JASA 106:100-108).
    """

    name: str = "Lakemere (synthetic)"
    west_m: float = 476_000.0
    south_m: float = 4_758_000.0
    width_m: float = 8_000.0
    height_m: float = 6_000.0
    epsg: int = 32616
    cell_m: float = 250.0
    zone: str = "America/Chicago"
    start: date = date(2023, 1, 2)
    days: int = 728
    block_m: float = 150.0
    decay_days: float = 10.0
    spread_m: float = 120.0
    groups: tuple[OffenceGroup, ...] = GROUPS

    def __post_init__(self) -> None:
        if any(edge % self.cell_m for edge in (self.west_m, self.south_m, self.width_m, self.height_m)):
            raise BadInput(
                f"{self.name} does not consist of whole {self.cell_m:g} m cells; "
                "give corner and size as multiples of the cell."
            )

    @property
    def grid(self) -> Grid:
        """Return the grid on which the truth is stated: the house's own, with its origin at (0, 0)."""
        return Grid(epsg=self.epsg, size_m=self.cell_m)

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in metres."""
        return self.west_m, self.south_m, self.west_m + self.width_m, self.south_m + self.height_m

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """Return the smallest west, south, east, north in degrees that hold the whole city."""
        west, south, east, north = self.bounds_m
        lon, lat = project(
            [west, east, east, west],
            [south, south, north, north],
            source=f"EPSG:{self.epsg}",
            target="EPSG:4326",
        )
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    def group(self, name: str) -> OffenceGroup:
        """Return the group called `name`; an unknown one is `BadInput` with the names there are."""
        for group in self.groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.groups)
        raise BadInput(f"{self.name} has no offence group {name!r}; it has {known}.")
