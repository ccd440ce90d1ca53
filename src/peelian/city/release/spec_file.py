"""What is to be released, as a YAML file, read strictly; its places are looked up by whoever has the areas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from peelian.city.release.lattice import Places, Step
from peelian.city.release.spec import ReleaseSpec
from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from peelian.domain.section import Section, schema_one
from peelian.domain.strict import read_yaml

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees, WGS 84."""

NEEDED = ("title", "licence", "url", "places", "step", "days", "offences")


@dataclass(frozen=True)
class AskedRelease:
    """A release as a file asks for it: either cells of `cell_m` over `bbox`, or the areas of a `layer`."""

    title: str
    licence: str
    url: str
    cell_m: float | None
    bbox: Box | None
    layer: str | None
    step: Step
    first: date
    end: date
    offences: tuple[str, ...]
    origins: tuple[Origin, ...]
    settle_days: int
    parquet: bool

    def spec(self, places: Places) -> ReleaseSpec:
        """Return the release, counted in `places`."""
        return ReleaseSpec(
            title=self.title,
            licence=self.licence,
            url=self.url,
            places=places,
            step=self.step,
            first=self.first,
            end=self.end,
            offences=self.offences,
            origins=self.origins,
            settle_days=self.settle_days,
            parquet=self.parquet,
        )


def parse_release(text: str, *, name: str) -> AskedRelease:
    """Return what the YAML `text` asks for; `name` is how sentences call it."""
    top = read_yaml(text, where=name)
    schema_one(top, needs=NEEDED)
    places, days = top.optional_section("places"), top.optional_section("days")
    asked = AskedRelease(
        title=top.take("title", str),
        licence=top.take("licence", str),
        url=top.take("url", str),
        cell_m=places.number("cell_m") if "cell_m" in places else None,
        bbox=_box(places.section("bbox")) if "bbox" in places else None,
        layer=places.take("layer", str, None),
        step=Step(top.one_of("step", tuple(Step))),
        first=days.take("first", date),
        end=days.take("end", date),
        offences=top.texts("offences", least=1),
        origins=tuple(map(Origin, top.texts("origins", least=1)))
        if "origins" in top
        else (Origin.VICTIM_REPORTED,),
        settle_days=top.take("settle_days", int, 60),
        parquet=top.take("parquet", bool, False),
    )
    for keys in (places, days, top):
        keys.finish()
    if (asked.cell_m is None) == (asked.layer is None) or (asked.cell_m is None) != (asked.bbox is None):
        raise BadInput(
            f"The release {name}: name as places either `cell_m` with `bbox`, or a `layer` of areas."
        )
    return asked


def _box(keys: Section) -> Box:
    west, south, east, north = (keys.number(edge) for edge in ("west", "south", "east", "north"))
    keys.finish()
    return west, south, east, north
