"""The parts of a mapping: columns and their roles, codes, places and days, what a load must look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Literal

from peelian.city.findings import Reason

WGS84 = "EPSG:4326"

DEFAULT_LIMIT = 0.05
"""Largest share of rows that may be turned away for one reason where the mapping does not say."""

Format = Literal["csv", "parquet"]
Kind = Literal["incident", "call"]
Resolution = Literal["second", "day", "month"]


@dataclass(frozen=True)
class Columns:
    """Which column of the file plays which role; None where the file has none.

    Parameters
    ----------
    occurred_start, occurred_end, reported, recorded : times; the start is obligatory (`time` in the YAML).
    revised : when the publisher last changed the row. With it several states of one key may come, in any order: the
        one revised last stands. Leave it out where rows are republished in bulk: each would be a new version.
    x, y : coordinates in `SourceMapping.crs` (`lon` and `lat` in the YAML when that is WGS 84).
    offence : the published code; needless where every row is of one offence.
    key : the source's own key, unique within a file. Without one, equal rows are incidents of their own.
    origin : how the incident came to light, in the words of `domain.incident.Origin`.
    withdrawn : whether the publisher took the incident back, as true/false, yes/no, 1/0 or blank.
    dispatched, arrived, cleared, priority, disposition : of calls for service only; times, and words as published.
    address : where coordinates are blank, the text to look up on the city's own streets; never stored as such.
    """

    occurred_start: str
    x: str
    y: str
    occurred_end: str | None = None
    reported: str | None = None
    recorded: str | None = None
    revised: str | None = None
    offence: str | None = None
    key: str | None = None
    origin: str | None = None
    withdrawn: str | None = None
    dispatched: str | None = None
    arrived: str | None = None
    cleared: str | None = None
    priority: str | None = None
    disposition: str | None = None
    address: str | None = None

    @classmethod
    def roles(cls) -> tuple[str, ...]:
        """Return every role a column can play."""
        return tuple(field.name for field in fields(cls))

    def by_role(self) -> dict[str, str]:
        """Return column by role, for the roles the file has."""
        return {role: column for role, column in vars(self).items() if column is not None}


OF_CALLS_ONLY = frozenset({"dispatched", "arrived", "cleared", "priority", "disposition"})
"""Roles that an incident does not have."""


@dataclass(frozen=True)
class Offences:
    """What the published codes mean.

    Parameters
    ----------
    groups : published code -> the agency's own group; None where every code stands for itself and none is unknown.
    everything : the one group of a file without an offence column.
    nibrs : published code -> NIBRS code, for the codes that have one.
    """

    groups: Mapping[str, str] | None = None
    everything: str | None = None
    nibrs: Mapping[str, str] = field(default_factory=dict)

    def group(self, code: str) -> str | None:
        """Return the group that the published `code` counts in; None where it is unknown."""
        return (self.everything or code) if self.groups is None else self.groups.get(code)

    def nibrs_code(self, code: str) -> str | None:
        """Return the NIBRS code of the published `code`; None where none is known."""
        return self.nibrs.get(self.everything or code)


@dataclass(frozen=True)
class Bbox:
    """Where the source's incidents can be, in WGS 84 degrees, edges included."""

    west: float = -180.0
    south: float = -90.0
    east: float = 180.0
    north: float = 90.0


EVERYWHERE = Bbox()
"""The box that turns nothing away."""


@dataclass(frozen=True)
class Dates:
    """When the source's incidents can have happened, as civil dates, both included.

    `latest` None: up to `latest_days_after_load` days after the day of the load.
    """

    earliest: date = date(1900, 1, 1)
    latest: date | None = None
    latest_days_after_load: int = 1


@dataclass(frozen=True)
class Assertions:
    """What a load of this source must look like; otherwise it is held back as a whole.

    Parameters
    ----------
    rows_min, rows_max : rows in the file, both included.
    filled : by role, the least share of rows in which the column is not blank.
    at_most : by reason, the largest share of rows that may be turned away for it (else `DEFAULT_LIMIT`,
        and none for SWAPPED: one such row says that the columns were mistaken for each other).
        For a file without keys DUPLICATE limits the share of rows that equal an earlier one: such rows are
        incidents, but a file pasted twice is not.
    shares : by offence group, least and greatest share of the rows with a known offence: a guard against codes that
        change their meaning between loads.
    """

    rows_min: int = 1
    rows_max: int = 100_000_000
    filled: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[Reason, float] = field(default_factory=dict)
    shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def limit(self, reason: Reason) -> float:
        """Return the largest share of rows that may be turned away for `reason`."""
        return self.at_most.get(reason, 0.0 if reason is Reason.SWAPPED else DEFAULT_LIMIT)


@dataclass(frozen=True)
class Correction:
    """A correction made by hand: in `column`, the published value `old` means `new`; `reason` says who knows."""

    column: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class Join:
    """Columns brought over from another table of the same archive; joins are done in their order.

    Parameters
    ----------
    members : glob over the paths in the archive of the files that make up the other table.
    on : column of the rows read so far, also one that an earlier join brought (`by` in the YAML, where a bare `on`
        means true).
    take : columns of the other table to bring over; no others are read from it.
    equals : column of the other table that has the same value, unique there; None where it is called as `on`.
    """

    members: str
    on: str
    take: tuple[str, ...]
    equals: str | None = None

    @property
    def key(self) -> str:
        """Return the column of the other table that rows are matched by."""
        return self.equals or self.on
