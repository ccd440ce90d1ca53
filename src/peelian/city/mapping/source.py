"""What one publisher's file means: which column says what, which codes exist, and how bad is too bad.

A mapping is data, not code: one YAML per publisher (`city.mapping.file` reads it), or the options of
`peelian evaluate` (`mapping_from_columns`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peelian.city.findings import Reason
from peelian.city.mapping.fetch_spec import FetchSpec
from peelian.city.mapping.nibrs import nibrs_offence
from peelian.city.mapping.origin_rules import Because, Origins, origin_of
from peelian.city.mapping.parts import (
    DEFAULT_LIMIT,
    EVERYWHERE,
    OF_CALLS_ONLY,
    WGS84,
    Assertions,
    Bbox,
    Columns,
    Correction,
    Dates,
    Format,
    Join,
    Kind,
    Offences,
    Resolution,
)
from peelian.city.mapping.precision import Snapped, refuse_cell, smallest_cell_m
from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput

__all__ = [
    "DEFAULT_LIMIT",
    "WGS84",
    "Assertions",
    "Bbox",
    "Columns",
    "Correction",
    "Dates",
    "Format",
    "Join",
    "Kind",
    "Offences",
    "Origins",
    "Resolution",
    "Snapped",
    "SourceMapping",
    "mapping_from_columns",
]

LONGEST_MONTH_DAYS = 31


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
    time_resolution : "day" where the source knows the day only, whatever the column's type suggests; "month" where
        it knows the month, whose first day then stands for it.
    crs : reference system of `columns.x` and `columns.y`, e.g. "EPSG:2913" (feet).
    precision_m : how exact the published place is, in metres.
    snapped : where the publisher moves places to anonymised points, which; None where it does not.
    members : where the file is a ZIP archive, glob over the paths in it of the files that hold the rows.
    joins : columns brought over from other files of that archive.
    combine : new column -> the columns whose texts make it up, parted by a blank (`city.intake.combine`): for a date
        and a time of day that are published apart. Roles name the new column.
    time_formats : by role, where a time is written otherwise than `time_format` says.
    fetch : how a delivery is fetched from the publisher; None where people deliver it.
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
    origins: Origins = field(default_factory=Origins)
    bbox: Bbox = EVERYWHERE
    dates: Dates = field(default_factory=Dates)
    assertions: Assertions = field(default_factory=Assertions)
    corrections: tuple[Correction, ...] = ()
    snapped: Snapped | None = None
    members: str | None = None
    joins: tuple[Join, ...] = ()
    combine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    time_formats: Mapping[str, str] = field(default_factory=dict)
    fetch: FetchSpec | None = None

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
        self._check_columns()
        self._check_words()

    def _check_columns(self) -> None:
        roles = self.columns.by_role()
        if self.columns.offence is None and self.offences.everything is None:
            raise BadInput(f"{self.id}: name the offence column, or the one offence that every row is.")
        if strangers := set(self.assertions.filled) - set(roles):
            raise BadInput(
                f"{self.id}: {min(strangers)} is asserted to be filled, but no column plays that role."
            )
        if self.columns.revised is not None and self.columns.key is None:
            raise BadInput(
                f"{self.id}: a row without a key of its own cannot be revised; name the key, or take `revised` out."
            )
        if self.kind != "call" and (wrong := OF_CALLS_ONLY & set(roles)):
            raise BadInput(f"{self.id}: only a call has {min(wrong)}; say `kind: call`, or take it out.")
        for correction in self.corrections:
            if correction.column not in self.columns_used():
                raise BadInput(
                    f"{self.id}: a correction names {correction.column!r}, which no role and no origin rule reads."
                )
        if strangers := set(self.time_formats) - set(roles):
            raise BadInput(f"{self.id}: {min(strangers)} has a time format, but no column plays that role.")
        if strangers := set(self.combine) - set(self.columns_used()):
            raise BadInput(
                f"{self.id}: {min(strangers)!r} is combined from others, but no role and no origin rule reads it."
            )
        if self.joins and self.members is None:
            raise BadInput(
                f"{self.id}: joins bring columns over from other files of an archive; say by `members` which files "
                "of it hold the rows."
            )

    def _check_words(self) -> None:
        """Refuse NIBRS codes that there are not, and groups that no code counts in: nothing would heed them."""
        for code in self.offences.nibrs.values():
            nibrs_offence(code)
        if self.offences.groups is None:
            return
        groups = set(self.offences.groups.values())
        for where, named in (("origin", self.origins.by_offence), ("shares", self.assertions.shares)):
            if strangers := set(named) - groups:
                raise BadInput(
                    f"{self.id}: {where} speaks of {min(strangers)!r}, but no published code counts in that group."
                )

    def columns_read(self) -> tuple[str, ...]:
        """Return every column that is taken out of the file: those with a role, and those an origin rule looks at."""
        parts = [part for column in self.columns_used() for part in self.combine.get(column, (column,))]
        return tuple(dict.fromkeys(parts))

    def columns_used(self) -> tuple[str, ...]:
        """Return every column with a role or in an origin rule, as it is called after `combine`."""
        return tuple(dict.fromkeys((*self.columns.by_role().values(), *self.origins.columns())))

    def format_of(self, role: str) -> str | None:
        """Return the `strptime` format of the times in `role`; None for ISO 8601."""
        return self.time_formats.get(role, self.time_format)

    def origin_of(self, code: str) -> Because:
        """Return the origin of rows with the published `code`, as far as no rule of the source speaks of the row."""
        group = self.offences.group(code) or code
        return origin_of(group, nibrs=self.offences.nibrs_code(code), origins=self.origins)

    def refuse_period(self, days: int) -> str | None:
        """Return why this source's times carry no claim on periods of `days` days; None where they do."""
        if self.time_resolution == "month" and days < LONGEST_MONTH_DAYS:
            return (
                f"{self.id} tells the month of an incident and not the day, which carries no claim on periods of "
                f"{days} days: take months."
            )
        return None

    @property
    def smallest_cell_m(self) -> int:
        """Return the smallest cell, in metres, that this source's places carry a claim on."""
        return smallest_cell_m(self.precision_m, self.snapped)

    def refuse_cell(self, cell_m: float) -> str | None:
        """Return why this source's places carry no claim on cells of `cell_m` metres; None where they do."""
        return refuse_cell(self.id, precision_m=self.precision_m, snapped=self.snapped, cell_m=cell_m)

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
    bbox: Bbox = EVERYWHERE,
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
