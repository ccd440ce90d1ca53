"""What one publisher's file means: which column says what, which codes exist, and how bad is too bad.

A mapping is data, not code: one YAML per publisher (`city.mapping_file` reads it), or the options of
`peelian evaluate` (`mapping_from_columns`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peelian.city.findings import Reason
from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin

WGS84 = "EPSG:4326"

DEFAULT_LIMIT = 0.05
"""Largest share of rows that may be turned away for one reason where the mapping does not say."""

Format = Literal["csv", "parquet"]
Kind = Literal["incident", "call"]
Resolution = Literal["second", "day"]


@dataclass(frozen=True)
class Columns:
    """Which column of the file plays which role; None where the file has none.

    Parameters
    ----------
    occurred_start, occurred_end, reported, recorded : times; the start is obligatory (`time` in the YAML).
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
    """Published code -> offence group. `groups` None: every code stands for itself, none is unknown.

    `everything` is the one group of a file without an offence column.
    """

    groups: Mapping[str, str] | None = None
    everything: str | None = None


@dataclass(frozen=True)
class Origins:
    """How incidents of a group came to light, where the file has no column for it."""

    default: Origin = Origin.VICTIM_REPORTED
    by_offence: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True)
class Bbox:
    """Where the source's incidents can be, in WGS 84 degrees, edges included."""

    west: float = -180.0
    south: float = -90.0
    east: float = 180.0
    north: float = 90.0


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
    """

    rows_min: int = 1
    rows_max: int = 100_000_000
    filled: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[Reason, float] = field(default_factory=dict)

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
class SourceMapping:
    """Everything needed to read, clean and judge one publisher's file.

    Parameters
    ----------
    id : name of the source; part of every incident's identity, so it never changes.
    publisher, licence, frequency : who publishes, on which terms, how often.
    kind : what a row is; of a call, `occurred_start` is when it was received, `offence` its nature.
    zone : IANA zone of the civil times in the file.
    time_format : `strptime` format; None for ISO 8601.
    time_resolution : "day" where the source knows the day only, whatever the column's type suggests.
    crs : reference system of `columns.x` and `columns.y`, e.g. "EPSG:2913" (feet).
    precision_m : how exact the published place is, in metres.
    """

    id: str
    publisher: str
    licence: str
    frequency: str
    format: Format
    zone: str
    columns: Columns
    offences: Offences
    precision_m: float
    kind: Kind = "incident"
    crs: str = WGS84
    encoding: str = "utf-8"
    time_format: str | None = None
    time_resolution: Resolution = "second"
    origins: Origins = Origins()
    bbox: Bbox = Bbox()
    dates: Dates = Dates()
    assertions: Assertions = Assertions()
    corrections: tuple[Correction, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", self.id):
            raise BadInput(f"The source id {self.id!r} must be lower-case letters, digits and hyphens.")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(f"{self.id}: {self.zone!r} is no IANA time zone such as Europe/Paris.") from None
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise BadInput(f"{self.id}: {self.encoding!r} is no text encoding such as utf-8.") from None
        if self.columns.offence is None and self.offences.everything is None:
            raise BadInput(f"{self.id}: name the offence column, or the one offence that every row is.")
        if strangers := set(self.assertions.filled) - set(self.columns.by_role()):
            raise BadInput(
                f"{self.id}: {min(strangers)} is asserted to be filled, but no column plays that role."
            )
        if self.kind != "call" and (wrong := OF_CALLS_ONLY & set(self.columns.by_role())):
            raise BadInput(f"{self.id}: only a call has {min(wrong)}; say `kind: call`, or take it out.")
        for correction in self.corrections:
            if correction.column not in self.columns.by_role().values():
                raise BadInput(f"{self.id}: a correction names {correction.column!r}, which no role reads.")

    def document(self) -> Document:
        """Return the mapping as a plain document, as the ledger entry of a load cites it."""
        plain = asdict(self)
        plain["dates"] = {k: str(v) if isinstance(v, date) else v for k, v in plain["dates"].items()}
        return plain

    def digest(self) -> str:
        """Return the SHA-256 of the mapping."""
        return digest(canonical(self.document()))


def mapping_from_columns(
    file: Path,
    *,
    time: str,
    zone: str,
    lon: str | None = None,
    lat: str | None = None,
    x: str | None = None,
    y: str | None = None,
    crs: str | None = None,
    offence: str | None = None,
    time_format: str | None = None,
    encoding: str = "utf-8",
    bbox: Bbox = Bbox(),
) -> SourceMapping:
    """Return the mapping that `peelian evaluate` reads a caller's own file with.

    It accepts whatever rows can be used and turns the others away by name; only a file of which nothing can
    be used, or with coordinates that must have changed places, is held back.
    """
    if lon and lat and not (x or y or crs):
        x, y, crs = lon, lat, WGS84
    elif not (x and y and crs) or lon or lat:
        raise BadInput(
            "Give the place either as --lat and --lon, or as --x, --y and --crs (such as EPSG:2913)."
        )
    return SourceMapping(
        id="own-file",
        publisher="the caller",
        licence="the caller's own",
        frequency="once",
        format="parquet" if file.suffix.lower() in {".parquet", ".pq"} else "csv",
        encoding=encoding,
        zone=zone,
        columns=Columns(occurred_start=time, x=x, y=y, offence=offence),
        crs=crs,
        time_format=time_format,
        offences=Offences(everything=None if offence else "all"),
        precision_m=0.0,
        bbox=bbox,
        assertions=Assertions(at_most={reason: 1.0 for reason in Reason if reason is not Reason.SWAPPED}),
    )
