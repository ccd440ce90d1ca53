"""The door of the city room: load a delivery of incidents, and see its quality before any map is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.boundary import read_boundary
from peelian.city.clean import Cleaned, clean
from peelian.city.extracts import KEYS, QUALITY
from peelian.city.findings import Findings, LoadHeld
from peelian.city.mapping import WGS84, SourceMapping, mapping_from_columns
from peelian.city.mapping_file import mapping_named
from peelian.city.quality import Lag, QualityFigures, Share, quality_figures
from peelian.city.read import RawFile, read
from peelian.city.versions import Versions, plan_load
from peelian.domain.canonical import Document
from peelian.domain.place import project, utm_epsg
from peelian.governance.desk import Desk, NewRecord, NewRejection, NewTable, Sitting

__all__ = [
    "Lag",
    "LoadReport",
    "OwnIncidents",
    "Share",
    "StoredQuality",
    "load",
    "mapping_from_columns",
    "mapping_named",
    "quality",
    "read_boundary",
    "read_own",
    "rejected_rows",
]

CAPABILITY = "city.load"
MONTHS_IN_ONE_ENTRY = 60
DEFAULT_EPSG = 32631
"""For an own file whose places cannot be read as numbers at all; cleaning then says which rows and why."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class LoadReport:
    """What became of every row of one delivery: accepted + rejected = read, always."""

    load_id: str
    source: str
    file_sha256: str
    read: int
    new: int
    corrected: int
    unchanged: int
    rejected: int
    reasons: tuple[tuple[str, int], ...]
    entry_index: int

    @property
    def accepted(self) -> int:
        """Return how many rows were accepted, newly stored or not."""
        return self.new + self.corrected + self.unchanged


@dataclass(frozen=True)
class StoredQuality:
    """The figures of everything stored, and the sources it came from."""

    figures: QualityFigures
    sources: tuple[str, ...]


def load(
    desk: Desk,
    *,
    file: Path,
    mapping: SourceMapping,
    purpose: str,
    naming_key: bytes,
    epsg: int,
    progress: Progress,
) -> LoadReport:
    """Load one file: each row becomes a new incident, a correction, nothing new, or a kept rejection.

    A load that fails an assertion of its source is held back whole, and that too is kept on record.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        raw = read(file, mapping=mapping, progress=progress)
        load_id = sitting.new_id()
        try:
            cleaned = clean(raw, mapping=mapping, key=naming_key, epsg=epsg, loaded_on=sitting.now().date())
        except LoadHeld as held:
            _keep_held(sitting, load_id=load_id, raw=raw, mapping=mapping, why=str(held))
            raise
        versions = plan_load(cleaned.accepted, present=sitting.read(KEYS), new_id=sitting.new_id)
        return _store(sitting, load_id=load_id, raw=raw, mapping=mapping, cleaned=cleaned, versions=versions)


def quality(desk: Desk, *, purpose: str, zone: str) -> StoredQuality:
    """Return the quality figures of all stored incidents, with what past loads rejected."""
    with desk.open(purpose=purpose, capability="city.quality") as sitting:
        loads = [record.body for record in sitting.records("load")]
        figures = quality_figures(sitting.read(QUALITY), loads=loads, zone=zone)
        return StoredQuality(figures, sources=tuple(sorted({load["source"] for load in loads})))


def rejected_rows(desk: Desk, *, load_id: str, purpose: str) -> tuple[NewRejection, ...]:
    """Open the rows a load rejected, for the person who must mend the source."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return sitting.rejections(sitting.record("load", load_id))


@dataclass(frozen=True, eq=False)
class OwnIncidents:
    """A caller's own file, read and cleaned in memory: nothing of it is stored.

    `table` has the accepted rows; `epsg` is the UTM zone in which their metres are.
    """

    table: pa.Table
    epsg: int
    findings: Findings


def read_own(file: Path, *, mapping: SourceMapping, today: date, progress: Progress) -> OwnIncidents:
    """Read and clean the caller's own file, in the UTM zone of its median place; nothing is later than today."""
    raw = read(file, mapping=mapping, progress=progress)
    epsg = _utm_of(raw, mapping=mapping)
    # Identities matter only where something is stored, so the key may be known to everybody.
    cleaned = clean(raw, mapping=mapping, key=b"own file", epsg=epsg, loaded_on=today)
    return OwnIncidents(cleaned.accepted, epsg, cleaned.findings)


def _utm_of(raw: RawFile, *, mapping: SourceMapping) -> int:
    """Return the UTM zone of the median place; columns that hold no numbers are told apart by `clean`."""
    try:
        x, y = (
            np.nanmedian(pc.cast(raw.table[column], pa.float64()).to_numpy(zero_copy_only=False))
            for column in (mapping.columns.x, mapping.columns.y)
        )
    except pa.ArrowInvalid:
        return DEFAULT_EPSG
    lon, lat = project([x], [y], source=mapping.crs, target=WGS84)
    return utm_epsg(float(lon[0]), float(lat[0])) if np.isfinite(lon[0]) else DEFAULT_EPSG


def _store(
    sitting: Sitting,
    *,
    load_id: str,
    raw: RawFile,
    mapping: SourceMapping,
    cleaned: Cleaned,
    versions: Versions,
) -> LoadReport:
    reasons = _reasons(cleaned.rejected)
    body: Document = {
        "load_id": load_id,
        "source": mapping.id,
        "file": {"sha256": raw.sha256, "bytes": raw.size_bytes, "rows": raw.rows},
        "read": raw.rows,
        "new": versions.new.num_rows,
        "corrected": versions.corrections.num_rows,
        "unchanged": versions.unchanged,
        "rejected": cleaned.rejected.num_rows,
        "reasons": dict(reasons),
        "findings": cleaned.findings.document(),
    }
    entry = sitting.act(
        "load.accepted",
        action="collect",
        resource="incident",
        facts={
            key: body[key] for key in ("load_id", "source", "file", "read", "new", "corrected", "unchanged")
        },
        tables=_by_month(pa.concat_tables([versions.new, versions.corrections])),
        records=[NewRecord(load_id, "load", mapping.id, body)],
        rejected=_rejections(cleaned.rejected),
    )
    return LoadReport(
        load_id=load_id,
        source=mapping.id,
        file_sha256=raw.sha256,
        read=raw.rows,
        new=versions.new.num_rows,
        corrected=versions.corrections.num_rows,
        unchanged=versions.unchanged,
        rejected=cleaned.rejected.num_rows,
        reasons=reasons,
        entry_index=entry.index,
    )


def _keep_held(sitting: Sitting, *, load_id: str, raw: RawFile, mapping: SourceMapping, why: str) -> None:
    body: Document = {
        "load_id": load_id,
        "source": mapping.id,
        "file": {"sha256": raw.sha256, "bytes": raw.size_bytes, "rows": raw.rows},
        "held": why,
    }
    sitting.act(
        "load.held",
        action="collect",
        resource="incident",
        facts={"load_id": load_id, "source": mapping.id, "file": body["file"]},
        records=[NewRecord(load_id, "load-held", mapping.id, body)],
    )


def _by_month(rows: pa.Table) -> tuple[NewTable, ...]:
    """File rows by month; by year where they span more months than one ledger entry can name."""
    labels = pc.strftime(rows["local_date"], format="%Y-%m")
    if len(pc.unique(labels)) > MONTHS_IN_ONE_ENTRY:
        labels = pc.strftime(rows["local_date"], format="%Y")
    return tuple(
        NewTable("incident", label, rows.filter(pc.equal(labels, label)))
        for label in sorted(pc.unique(labels).to_pylist())
    )


def _rejections(rejected: pa.Table) -> tuple[NewRejection, ...]:
    return tuple(
        NewRejection(row["row_number"], row["reason"], row["raw_json"]) for row in rejected.to_pylist()
    )


def _reasons(rejected: pa.Table) -> tuple[tuple[str, int], ...]:
    counted = pc.value_counts(rejected["reason"]).to_pylist()
    return tuple(sorted((item["values"], item["counts"]) for item in counted))
