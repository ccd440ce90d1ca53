"""Taking in what is known of the city's places: a file, its origin, and which door it goes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from peelian.app.progress import progress_bar
from peelian.app.wiring import house, text_of
from peelian.city.boundaries import service as boundaries
from peelian.city.environment import service as environment
from peelian.city.streets import service as streets
from peelian.domain.canonical import Document, Json
from peelian.domain.errors import BadInput
from peelian.domain.plural import plural
from peelian.governance.desk import Desk
from peelian.governance.house import House

Reading = Callable[[int, int], None]


@dataclass(frozen=True)
class Origin:
    """Who publishes a file, on which terms, and of which day it speaks."""

    publisher: str
    licence: str
    as_of: date

    def provenance(self) -> boundaries.Provenance:
        """Return the same for a door."""
        return boundaries.Provenance(self.publisher, self.licence, self.as_of)


@dataclass(frozen=True)
class TakenPlaces:
    """What became of a delivery of places, as a command tells it."""

    report: boundaries.PlaceSetReport

    def lines(self) -> tuple[str, ...]:
        """Return what a person reads."""
        told = self.report.delivery
        stored = ", ".join(_counted(kind, rows) for kind, rows in told.counts)
        found = (line for name, value in told.findings.items() if value for line in _found_lines(name, value))
        return (
            f"{told.subject} as of {told.provenance.as_of}: {stored} stored, ledger entry {self.report.entry_index}",
            *found,
        )

    def document(self) -> Document:
        """Return what a machine reads."""
        return {**self.report.delivery.body(), "entry": self.report.entry_index}


NOUNS = {"boundary": ("boundary", "boundaries"), "layer": ("feature", None), "condition": ("span", None)}
"""What people call one row of a data kind, and many, where that is not the kind's own name and an s."""


def _counted(kind: str, rows: int) -> str:
    return plural(rows, *NOUNS.get(kind, (kind.replace("-", " "), None)))


def _found_lines(name: str, value: Json) -> list[str]:
    """Return what a reader's account says under one name: numbers by what they count, or what it lacks."""
    words = name.replace("_", " ")
    if name == "untold" and isinstance(value, list):
        return [streets.UNTOLD[str(role)] for role in value]
    if isinstance(value, dict):
        counts = (f"{rows:,} {reason.replace('-', ' ')}" for reason, rows in value.items())
        return [f"{words}: {', '.join(counts)}"]
    return [f"{words}: {value:,}" if isinstance(value, int) else f"{words}: {value}"]


def take_streets(
    home: Path,
    file: Path,
    *,
    nodes: Path | None,
    columns: Sequence[str],
    who: str,
    purpose: str,
    origin: Origin,
) -> TakenPlaces:
    """Take a street network in; a CSV has its nodes in a file of their own."""
    network: streets.StreetFile
    if nodes is None:
        network = streets.street_file(file, columns=_street_columns(columns, usual=streets.OSMNX))
    else:
        named = _street_columns(columns, usual=streets.StreetColumns())
        network = streets.CsvStreets(nodes, file, named)

    def take(opened: House, desk: Desk, progress: Reading) -> boundaries.PlaceSetReport:
        return streets.load_streets(
            desk,
            purpose=purpose,
            file=network,
            provenance=origin.provenance(),
            epsg=opened.settings.epsg,
            progress=progress,
        )

    return _taken(home, who, take)


def take_boundaries(
    home: Path,
    file: Path,
    *,
    layer: str,
    area_id: str,
    name: str | None,
    valid_from: date | None,
    who: str,
    purpose: str,
    origin: Origin,
) -> TakenPlaces:
    """Take a version of a layer of areas in."""

    def take(opened: House, desk: Desk, progress: Reading) -> boundaries.PlaceSetReport:
        return boundaries.load_boundaries(
            desk,
            purpose=purpose,
            file=boundaries.AreaFile(file, area_id=area_id, name=name),
            layer=layer,
            valid_from=valid_from,
            provenance=origin.provenance(),
            epsg=opened.settings.epsg,
            progress=progress,
        )

    return _taken(home, who, take)


def take_shifts(
    home: Path, file: Path, *, valid_from: date | None, who: str, purpose: str, origin: Origin
) -> TakenPlaces:
    """Take the shifts in, as worked from a day on."""

    def take(_: House, desk: Desk, progress: Reading) -> boundaries.PlaceSetReport:
        return boundaries.load_shifts(
            desk,
            purpose=purpose,
            file=file,
            valid_from=valid_from,
            provenance=origin.provenance(),
            progress=progress,
        )

    return _taken(home, who, take)


def take_layer(home: Path, file: Path, *, mapping: Path, as_of: date, who: str, purpose: str) -> TakenPlaces:
    """Take a layer of features in."""
    read = environment.parse_layer_mapping(text_of(mapping), name=mapping.name)

    def take(opened: House, desk: Desk, _: Reading) -> boundaries.PlaceSetReport:
        epsg = opened.settings.epsg
        return environment.load_layer(desk, purpose=purpose, file=file, mapping=read, as_of=as_of, epsg=epsg)

    return _taken(home, who, take)


def take_condition(
    home: Path, file: Path | None, *, mapping: Path, as_of: date, who: str, purpose: str
) -> TakenPlaces:
    """Take a series of conditions in."""
    read = environment.parse_condition_mapping(text_of(mapping), name=mapping.name)

    def take(_: House, desk: Desk, __: Reading) -> boundaries.PlaceSetReport:
        return environment.load_conditions(desk, purpose=purpose, file=file, mapping=read, as_of=as_of)

    return _taken(home, who, take)


def _taken(
    home: Path, who: str, take: Callable[[House, Desk, Reading], boundaries.PlaceSetReport]
) -> TakenPlaces:
    with house(home) as opened, progress_bar("reading") as progress:
        return TakenPlaces(take(opened, opened.desk(opened.signer(who)), progress))


def _street_columns(named: Sequence[str], *, usual: streets.StreetColumns) -> streets.StreetColumns:
    pairs = dict(each.partition("=")[::2] for each in named)
    known = set(vars(usual)) - {"speeds_are_assumed"}
    if strange := sorted(set(pairs) - known):
        raise BadInput(
            f"--column {strange[0]} names nothing that is read of streets; before the = stands one of "
            f"{', '.join(sorted(known))}."
        )
    return replace(usual, **pairs)  # type: ignore[arg-type]  # the words of a command line
