"""The door of the city room: load a delivery of incidents or calls, and see its quality before any map is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.boundary import read_boundary
from peelian.city.erasure.names import ErasedForGood
from peelian.city.extracts import KEYS_OF, QUALITY
from peelian.city.features import figured, with_keys
from peelian.city.findings import Findings, LoadHeld
from peelian.city.geocode.rate import GeocodingRate
from peelian.city.intake.by_address import Place
from peelian.city.intake.clean import Cleaned, clean
from peelian.city.intake.delivery import FileFacts
from peelian.city.intake.months import by_month
from peelian.city.intake.read import RawFile, open_delivery, read
from peelian.city.intake.shape import handed_out
from peelian.city.intake.shapes import shape_of
from peelian.city.intake.versions import Versions, last_states, plan_load
from peelian.city.mapping.file import mapping_named
from peelian.city.mapping.grouping import grouping_of
from peelian.city.mapping.source import WGS84, SourceMapping, mapping_from_columns
from peelian.city.quality.figures import Lag, QualityFigures, Share, quality_figures
from peelian.city.quality.profile import profile
from peelian.city.quality.turned_away import of_incidents
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.place import project, utm_epsg
from peelian.governance.desk import Desk, NewRecord, NewRejection, NewTable, Sitting

__all__ = [
    "Lag",
    "LoadReport",
    "OwnIncidents",
    "Share",
    "SourceMapping",
    "StoredQuality",
    "begin_collection",
    "load",
    "mapping_from_columns",
    "mapping_named",
    "quality",
    "read_boundary",
    "read_own",
    "rejected_rows",
]

CAPABILITY = "city.load"
DEFAULT_EPSG = 32631
"""For an own file whose places cannot be read as numbers at all; cleaning then says which rows and why."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class LoadReport:
    """What became of every row of one delivery: accepted + rejected = read, always.

    `geocoding` is what became of its different addresses, where any were looked up.
    """

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
    geocoding: GeocodingRate | None = None

    @property
    def accepted(self) -> int:
        """Return how many rows were accepted, newly stored or not."""
        return self.new + self.corrected + self.unchanged


@dataclass(frozen=True)
class StoredQuality:
    """The figures of everything stored, and the sources it came from."""

    figures: QualityFigures
    sources: tuple[str, ...]


def begin_collection(desk: Desk, *, purpose: str, mapping: SourceMapping, database: str | None = None) -> int:
    """Enter that rows are about to be asked for, and return the entry's index; only after it may anybody be asked.

    Without a charter it is refused, and the refusal is entered.

    Parameters
    ----------
    database : what is asked in the place of the mapping's publisher, without user names, passwords and hosts.
    """
    address = database or (mapping.fetch.address.partition("?")[0] if mapping.fetch else None)
    if address is None:
        raise BadInput(
            f"The mapping {mapping.id} does not say where deliveries come from; add `fetch:` to it."
        )
    facts: Document = {"source": mapping.id, "mapping": mapping.digest(), "address": address}
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return sitting.disclose(
            "collection.begun", action="collect", resource=mapping.kind, facts=facts
        ).index


def load(
    desk: Desk,
    *,
    file: Path,
    mapping: SourceMapping,
    purpose: str,
    naming_key: bytes,
    epsg: int,
    progress: Progress,
    place: Place | None = None,
    rate: Callable[[], GeocodingRate] | None = None,
    sent_sha256: str | None = None,
) -> LoadReport:
    """Load one file: each row becomes a new incident or call, a correction, nothing new, or a kept rejection.

    A load that fails an assertion of its source is held back whole, and that too is kept on record. `place` looks up
    addresses of rows without coordinates; without it such rows are turned away. `rate` tells afterwards what became of
    them, which is kept with the load. `sent_sha256` is of what a sender sent, where the file is only the part of it
    that the mapping reads.
    """
    shape = shape_of(mapping)
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        delivery = open_delivery(file, mapping=mapping, progress=progress)
        load_id = sitting.new_id()
        names = sitting.erased_names(shape.kind)
        try:
            cleaned = clean(
                delivery,
                mapping=mapping,
                key=naming_key,
                epsg=epsg,
                loaded_on=sitting.now().date(),
                place=place,
                erased=ErasedForGood(names, shape.kind, mapping.publisher, naming_key) if names else None,
            )
        except LoadHeld as held:
            told = _Load(load_id, mapping, delivery.facts(), sent_sha256, rate() if rate else None)
            _keep_held(sitting, told, held)
            raise
        stored = sitting.read(KEYS_OF[shape.kind], expression=with_keys(cleaned.accepted["key_hmac"]))
        versions = plan_load(
            cleaned.accepted, present=stored, new_ids=sitting.new_ids, taken_in=sitting.now(), shape=shape
        )
        told = _Load(load_id, mapping, delivery.facts(), sent_sha256, rate() if rate else None)
        return _store(sitting, told, cleaned=cleaned, versions=versions)


def quality(desk: Desk, *, purpose: str, zone: str) -> StoredQuality:
    """Return the quality figures of all stored incidents, with what past loads rejected."""
    with desk.open(purpose=purpose, capability="city.quality") as sitting:
        loads = of_incidents(record.body for record in sitting.records("load"))
        figures = quality_figures(sitting.read(QUALITY, expression=figured), loads=loads, zone=zone)
        sources = {load["source"] for load in loads if load["new"]}
        return StoredQuality(figures, sources=tuple(sorted(sources)))


def rejected_rows(desk: Desk, *, load_id: str, purpose: str) -> tuple[NewRejection, ...]:
    """Open the rows a load rejected, for the person who must mend the source."""
    with desk.open(purpose=purpose, capability=CAPABILITY, reason="source-repair") as sitting:
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
    return OwnIncidents(cleaned.accepted.cast(handed_out(cleaned.accepted.schema)), epsg, cleaned.findings)


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


@dataclass(frozen=True)
class _Load:
    """One load: its id, its mapping, the facts of its file and of what that is a part; what became of its addresses."""

    load_id: str
    mapping: SourceMapping
    facts: FileFacts
    sent_sha256: str | None
    geocoding: GeocodingRate | None = None

    def document(self, rows: int) -> Document:
        """Return what identifies the load."""
        file: Document = {"sha256": self.facts.sha256, "bytes": self.facts.size_bytes, "rows": rows}
        sent: Document = {} if self.sent_sha256 is None else {"sent_sha256": self.sent_sha256}
        return {"load_id": self.load_id, "source": self.mapping.id, "file": {**file, **sent}}

    def geocoded(self) -> Document:
        """Return what became of the addresses, where any were looked up."""
        return {} if self.geocoding is None else {"geocoding": self.geocoding.document()}


def _store(sitting: Sitting, load: _Load, *, cleaned: Cleaned, versions: Versions) -> LoadReport:
    reasons, findings, kind = _reasons(cleaned.rejected), cleaned.findings, load.mapping.kind
    new, corrected = versions.new.num_rows, versions.corrections.num_rows
    told: Document = {
        **load.document(findings.read),
        "read": findings.read,
        "new": new,
        "corrected": corrected,
        "unchanged": versions.unchanged,
    }
    body: Document = {
        **told,
        "kind": kind,
        "rejected": cleaned.rejected.num_rows,
        "reasons": dict(reasons),
        **({"grouping": grouping_of(load.mapping)} if kind == "incident" else {}),
        "findings": findings.document(),
        **load.geocoded(),
        **_profile(cleaned, versions, kind=kind),
    }
    filed = by_month(pa.concat_tables([versions.new, versions.corrections]))
    entry = sitting.act(
        "load.accepted",
        action="collect",
        resource=kind,
        facts=told,
        tables=(NewTable(kind, each.label, each.rows) for each in filed),
        records=[NewRecord(load.load_id, "load", load.mapping.id, body)],
        rejected=_rejections(cleaned.rejected),
    )
    return LoadReport(
        load_id=load.load_id,
        source=load.mapping.id,
        file_sha256=load.facts.sha256,
        read=findings.read,
        new=new,
        corrected=corrected,
        unchanged=versions.unchanged,
        rejected=cleaned.rejected.num_rows,
        reasons=reasons,
        entry_index=entry.index,
        geocoding=load.geocoding,
    )


def _profile(cleaned: Cleaned, versions: Versions, *, kind: str) -> Document:
    """Return what later deliveries of incidents are held against, to see that the source has drifted."""
    if kind != "incident" or not cleaned.accepted.num_rows:
        return {}
    corrections = last_states(versions.corrections)
    return {"profile": profile(last_states(cleaned.accepted), corrections=corrections)}


def _keep_held(sitting: Sitting, load: _Load, held: LoadHeld) -> None:
    facts = load.document(held.findings.read)
    body: Document = {**facts, "held": str(held), **load.geocoded()}
    sitting.act(
        "load.held",
        action="collect",
        resource=load.mapping.kind,
        facts=facts,
        records=[NewRecord(load.load_id, "load-held", load.mapping.id, body)],
    )


def _rejections(rejected: pa.Table) -> tuple[NewRejection, ...]:
    columns = (rejected[name].to_pylist() for name in ("row_number", "reason", "raw_json"))
    return tuple(map(NewRejection, *columns))


def _reasons(rejected: pa.Table) -> tuple[tuple[str, int], ...]:
    counted = pc.value_counts(rejected["reason"]).to_pylist()
    return tuple(sorted((item["values"], item["counts"]) for item in counted))
