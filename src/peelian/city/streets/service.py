"""The door of the streets: take a network in, and hand out the one that holds on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from peelian.city.place_set import (
    Delivery,
    PlaceSet,
    PlaceSetReport,
    Progress,
    Provenance,
    SourceFile,
    check_unchanged,
    newest,
    place_set_of,
    source_files,
)
from peelian.city.streets.assemble import Assembled, assemble
from peelian.city.streets.csv_file import CsvStreets
from peelian.city.streets.extracts import STREET_EDGES, STREET_NODES
from peelian.city.streets.findings import UNTOLD
from peelian.city.streets.geopackage import GeopackageStreets
from peelian.city.streets.graphml import GraphmlStreets
from peelian.city.streets.osm import OsmStreets
from peelian.city.streets.published import OSMNX, StreetColumns, StreetFile
from peelian.city.streets.tables import StreetTables, network_of, tables_of
from peelian.domain.errors import BadInput
from peelian.domain.streets import StreetNetwork
from peelian.governance.desk import Condition, Desk, NewRecord, NewTable, Operator, Sitting

__all__ = [
    "OSMNX",
    "UNTOLD",
    "CsvStreets",
    "GeopackageStreets",
    "GraphmlStreets",
    "OsmStreets",
    "PlaceSetReport",
    "Provenance",
    "StreetColumns",
    "StreetFile",
    "load_streets",
    "street_file",
    "streets",
]

CAPABILITY = "city.places"
SUBJECT = "street"


def street_file(path: Path, *, columns: StreetColumns = OSMNX) -> StreetFile:
    """Return the reader that the ending of a file calls for; CSV needs `CsvStreets`, for it has two files.

    OpenStreetMap's own files have no columns, so `columns` says nothing of them.
    """
    if path.suffixes[-2:] == [".osm", ".pbf"] or path.suffix in {".pbf", ".osm"}:
        return OsmStreets(path)
    if path.suffix == ".graphml":
        return GraphmlStreets(path, columns=columns)
    if path.suffix == ".gpkg":
        return GeopackageStreets(path, columns=columns)
    raise BadInput(
        f"{path.name} is none of .osm.pbf, .graphml and .gpkg; for a CSV of streets give its nodes as well (--nodes)."
    )


def load_streets(
    desk: Desk,
    *,
    purpose: str,
    file: StreetFile,
    provenance: Provenance,
    epsg: int,
    progress: Progress,
) -> PlaceSetReport:
    """Take in one network as a new place set; earlier sets stay as they are.

    `epsg` is the deployment's projected system: a file from another part of the world is refused.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        delivered = source_files(file.files, progress=progress)
        name = ", ".join(each.name for each in delivered)
        assembled = assemble(file.read(), epsg=epsg, name=name)
        check_unchanged(delivered, file.files)
        return _store(sitting, assembled, files=delivered, provenance=provenance)


def streets(desk: Desk, *, purpose: str, as_of: date | None = None) -> StreetNetwork:
    """Return the network of the newest set as of a day not later than `as_of` (of all sets if None)."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        chosen = newest(_sets(sitting), as_of=as_of)
        if chosen is None:
            when = "" if as_of is None else f" that holds on {as_of}"
            raise BadInput(f"No street network{when} has been taken in; load one first.")
        of_set = (Condition("set_id", Operator.EQ, chosen.set_id),)
        return network_of(
            StreetTables(sitting.read(STREET_NODES, where=of_set), sitting.read(STREET_EDGES, where=of_set))
        )


def _sets(sitting: Sitting) -> list[PlaceSet]:
    return [
        place_set_of(kept.body, subject=kept.subject, entry_index=kept.entry_index)
        for kept in sitting.records("place-set", subject=SUBJECT)
    ]


def _store(
    sitting: Sitting, assembled: Assembled, *, files: tuple[SourceFile, ...], provenance: Provenance
) -> PlaceSetReport:
    set_id, label = sitting.new_id(), str(provenance.as_of)
    tables = tables_of(assembled.network, set_id=set_id)
    delivery = Delivery(
        set_id=set_id,
        subject=SUBJECT,
        provenance=provenance,
        files=files,
        valid_from=provenance.as_of,
        counts=(("street-node", tables.nodes.num_rows), ("street-edge", tables.edges.num_rows)),
        findings={**assembled.findings.document(), "network": assembled.network.digest()},
    )
    entry = sitting.act(
        "places.loaded",
        action="collect",
        resource="street-edge",
        facts=delivery.facts(),
        tables=[
            NewTable("street-node", label, tables.nodes),
            NewTable("street-edge", label, tables.edges),
        ],
        records=[NewRecord(set_id, "place-set", SUBJECT, delivery.body())],
    )
    return PlaceSetReport(delivery, entry.index)
