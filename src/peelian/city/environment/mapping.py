"""What a file of features or of conditions means: one YAML per layer or series, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pyarrow as pa

from peelian.city.drafting.columns import look_at
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.section import Section, schema_one
from peelian.domain.strict import read_yaml

WGS84 = "EPSG:4326"

Format = Literal["csv", "parquet", "geojson", "icalendar", "public-holidays"]
PUBLISHED = ("publisher", "licence", "frequency", "format", "zone")
"""What every layer and every series must say of itself."""

TABULAR: tuple[Format, ...] = ("csv", "parquet", "geojson")
SPANS: tuple[Format, ...] = ("csv", "parquet", "icalendar", "public-holidays")

HOLDERS = re.compile(
    r"\b(owner|applicant|licen[cs]ee|holder|tenant|resident|occupant|complainant|caller)s?\b"
)
"""What files about places call the persons behind them, beside the words of every personal column."""


@dataclass(frozen=True)
class LayerMapping:
    """How to read one layer of features.

    Parameters
    ----------
    layer : its name, such as "street-lights-out"; `publisher`, `licence` and `frequency` as the publisher says.
    x, y, crs : columns of the place and their reference system; a GeoJSON file brings its own.
    category : column of the kind of feature; None where `layer` says it all.
    valid_from, valid_to, recorded, value : columns; None where the file has none.
    time_format : `strptime` format of the dates; None for ISO 8601.
    zone : IANA zone of civil times in `recorded`.
    keep : where the file holds more than the layer, column -> values of the rows that belong to it.
    rejected_max : largest share of rows that may be turned away.
    """

    layer: str
    publisher: str
    licence: str
    frequency: str
    format: Format
    zone: str
    x: str = "lon"
    y: str = "lat"
    crs: str = WGS84
    category: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    recorded: str | None = None
    value: str | None = None
    time_format: str | None = None
    keep: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rejected_max: float = 0.05

    def __post_init__(self) -> None:
        _refuse_persons(self.layer, category=self.category)

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the file that are read; no others are."""
        places = () if self.format == "geojson" else (self.x, self.y)
        told = (self.category, self.valid_from, self.valid_to, self.recorded, self.value)
        named = (*places, *(name for name in told if name), *(name for name, _ in self.keep))
        return tuple(dict.fromkeys(named))

    def document(self) -> Document:
        """Return the mapping as a plain document."""
        return {**vars(self), "keep": {name: list(values) for name, values in self.keep}}


@dataclass(frozen=True)
class ConditionMapping:
    """How to read one series of conditions.

    Parameters
    ----------
    series : its name with its unit, such as "temperature-c", "public-holiday", "event", "people-present".
    start, end : columns of the span; without an `end`, each span is `span_minutes` long.
    known : column of the instant at which it was known (a weather forecast's time of issue); without one,
        `known_after_minutes` after the span's end (an observation), or the end of the set's as-of day (a calendar).
    area, value, word : columns; None where the file has none.
    country, region, years : of the format `public-holidays`, which needs no file.
    """

    series: str
    publisher: str
    licence: str
    frequency: str
    format: Format
    zone: str
    start: str = "start"
    end: str | None = None
    span_minutes: int | None = None
    known: str | None = None
    known_after_minutes: int | None = None
    area: str | None = None
    value: str | None = None
    word: str | None = None
    time_format: str | None = None
    country: str | None = None
    region: str | None = None
    years: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _refuse_persons(self.series, area=self.area, word=self.word)
        if self.format in TABULAR and (self.end is None) == (self.span_minutes is None):
            raise BadInput(
                f"{self.series}: name the column `end` or the length `span_minutes`, one of the two."
            )
        if self.format in TABULAR and self.value is None and self.word is None:
            raise BadInput(f"{self.series}: name the column `value` or `word`; otherwise nothing is told.")
        if (self.format == "public-holidays") != (self.country is not None and self.years is not None):
            raise BadInput(
                f"{self.series}: `country` and `years` go with `format: public-holidays`, and only there."
            )

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the file that are read; no others are."""
        told = (self.start, self.end, self.known, self.area, self.value, self.word)
        return tuple(dict.fromkeys(name for name in told if name))

    def document(self) -> Document:
        """Return the mapping as a plain document."""
        return {**vars(self), "years": None if self.years is None else list(self.years)}


def parse_layer_mapping(text: str, *, name: str) -> LayerMapping:
    """Return the layer mapping written in `text`; `name` is how sentences call it."""
    top = _begun(text, name=name, what="layer")
    columns = top.optional_section("columns")
    crs = columns.take("crs", str, WGS84)
    x, y = ("lon", "lat") if crs == WGS84 else ("x", "y")
    keep = top.optional_section("keep")
    mapping = LayerMapping(
        layer=top.take("layer", str),
        **_published(top, formats=TABULAR),
        x=columns.take(x, str, x),
        y=columns.take(y, str, y),
        crs=crs,
        **{role: columns.take(role, str, None) for role in ("category", "valid_from", "valid_to")},
        **{role: columns.take(role, str, None) for role in ("recorded", "value")},
        keep=tuple(keep.rest(lambda column: keep.texts(column, least=1)).items()),
        rejected_max=top.share("rejected_max") if "rejected_max" in top else 0.05,
    )
    columns.finish()
    top.finish()
    return mapping


def parse_condition_mapping(text: str, *, name: str) -> ConditionMapping:
    """Return the condition mapping written in `text`; `name` is how sentences call it."""
    top = _begun(text, name=name, what="series")
    columns = top.optional_section("columns")
    years = top.section("years") if "years" in top else None
    mapping = ConditionMapping(
        series=top.take("series", str),
        **_published(top, formats=SPANS),
        start=columns.take("start", str, "start"),
        **{role: columns.take(role, str, None) for role in ("end", "known", "area", "value", "word")},
        span_minutes=top.take("span_minutes", int, None),
        known_after_minutes=top.take("known_after_minutes", int, None),
        country=top.take("country", str, None),
        region=top.take("region", str, None),
        years=None if years is None else (years.take("first", int), years.take("last", int)),
    )
    if years is not None:
        years.finish()
    columns.finish()
    top.finish()
    return mapping


def _refuse_persons(name: str, **columns: str | None) -> None:
    """Refuse columns of words whose names say that they are about persons; only their names are known yet."""
    for role, column in columns.items():
        if column is None:
            continue
        (seen,) = look_at(pa.table({column: pa.array([], pa.string())}))
        if seen.personal or HOLDERS.search(seen.plain):
            raise BadInput(
                f"{name}: the {role} is to be read from the column {column!r}, whose name says that it is about "
                "persons; layers and conditions tell of things and times only, so name another column, or none."
            )


def _begun(text: str, *, name: str, what: str) -> Section:
    top = read_yaml(text, where=name)
    schema_one(top, needs=(what, *PUBLISHED))
    return top


def _published(top: Section, *, formats: tuple[Format, ...]) -> dict[str, Any]:
    assert set(formats) <= set(get_args(Format))
    words = {key: top.take(key, str) for key in ("publisher", "licence", "frequency", "zone")}
    return {
        **words,
        "format": top.one_of("format", formats),
        "time_format": top.take("time_format", str, None),
    }
