"""Commands about what is known of the city's places: beats, shifts, streets, layers and conditions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who, civil_day
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Json

place = typer.Typer(
    no_args_is_help=True, help="Beats, shifts, streets, layers and conditions, each with its days."
)

AsOf = Annotated[
    datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Civil day the delivery speaks of.")
]
ValidFrom = Annotated[
    datetime | None,
    typer.Option("--valid-from", formats=["%Y-%m-%d"], help="First day it holds; always, if not given."),
]
Publisher = Annotated[str, typer.Option(help="Who publishes the file.")]
Licence = Annotated[str, typer.Option(help="On which terms.")]
Mapping = Annotated[Path, typer.Option(help="The YAML that says how to read the file.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(place, name="place")


@place.command()
def streets(
    file: Annotated[Path, typer.Argument(help="OSM .pbf, .graphml, .gpkg, or the edges of a CSV.")],
    who: Who,
    purpose: Purpose,
    as_of: AsOf,
    publisher: Publisher,
    licence: Licence,
    nodes: Annotated[Path | None, typer.Option(help="The nodes of a CSV.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="What a column is called, as role=name; role= if there is none; repeatable."),
    ] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take a street network in."""
    from peelian.app.places_in import Origin, take_streets

    origin = Origin(publisher, licence, as_of.date())
    done = take_streets(
        home, file, nodes=nodes, columns=column or [], who=who, purpose=purpose, origin=origin
    )
    say(*done.lines(), json_path=json_path)
    write_json(done.document(), json_path)


@place.command()
def boundaries(
    file: Annotated[Path, typer.Argument(help="GeoJSON (.gz too) or GeoPackage.")],
    layer: Annotated[str, typer.Option(help="Kind of area, such as beat or district.")],
    area_id: Annotated[str, typer.Option("--id", help="Column with the id of the area.")],
    who: Who,
    purpose: Purpose,
    as_of: AsOf,
    publisher: Publisher,
    licence: Licence,
    name: Annotated[str | None, typer.Option(help="Column with the name of the area.")] = None,
    valid_from: ValidFrom = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take a version of beats or other areas in; what held before stays on record."""
    from peelian.app.places_in import Origin, take_boundaries

    done = take_boundaries(
        home,
        file,
        layer=layer,
        area_id=area_id,
        name=name,
        valid_from=civil_day(valid_from),
        who=who,
        purpose=purpose,
        origin=Origin(publisher, licence, as_of.date()),
    )
    say(*done.lines(), json_path=json_path)
    write_json(done.document(), json_path)


@place.command()
def shifts(
    file: Annotated[Path, typer.Argument(help="YAML or CSV of the shifts.")],
    who: Who,
    purpose: Purpose,
    as_of: AsOf,
    publisher: Publisher,
    licence: Licence,
    valid_from: ValidFrom = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take the shifts in, as they are worked from a day on."""
    from peelian.app.places_in import Origin, take_shifts

    origin = Origin(publisher, licence, as_of.date())
    done = take_shifts(home, file, valid_from=civil_day(valid_from), who=who, purpose=purpose, origin=origin)
    say(*done.lines(), json_path=json_path)
    write_json(done.document(), json_path)


@place.command()
def layer(
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or GeoJSON, as the mapping says.")],
    mapping: Mapping,
    who: Who,
    purpose: Purpose,
    as_of: AsOf,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take a layer of features in: lights out, vacant buildings, stops, licensed premises, requests to 311."""
    from peelian.app.places_in import take_layer

    done = take_layer(home, file, mapping=mapping, as_of=as_of.date(), who=who, purpose=purpose)
    say(*done.lines(), json_path=json_path)
    write_json(done.document(), json_path)


@place.command()
def condition(
    mapping: Mapping,
    who: Who,
    purpose: Purpose,
    as_of: AsOf,
    file: Annotated[Path | None, typer.Option(help="CSV, Parquet, GeoJSON or iCalendar.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take a series of conditions in: weather, holidays, school terms, events, people present."""
    from peelian.app.places_in import take_condition

    done = take_condition(home, file, mapping=mapping, as_of=as_of.date(), who=who, purpose=purpose)
    say(*done.lines(), json_path=json_path)
    write_json(done.document(), json_path)


@place.command("list")
def list_sets(who: Who, purpose: Purpose, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show what was taken in of the city's places, and as of which day."""
    from peelian.app.wiring import house
    from peelian.city.environment.service import place_sets

    with house(home) as opened:
        found = place_sets(opened.desk(opened.signer(who)), purpose=purpose)
    rows = [
        [each.subject, str(each.as_of), each.provenance.publisher, str(each.entry_index)] for each in found
    ]
    table("Places", ["set", "as of", "publisher", "entry"], rows, json_path=json_path)
    told: list[Json] = [
        {
            "set": each.set_id,
            "subject": each.subject,
            "publisher": each.provenance.publisher,
            "licence": each.provenance.licence,
            "as_of": str(each.as_of),
            "entry": each.entry_index,
        }
        for each in found
    ]
    write_json({"sets": told}, json_path)


@place.command()
def page(
    path: Annotated[Path, typer.Argument(help="Where to write the page.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write a page of everything taken in of the city's places, each with its small map or series."""
    from peelian.app.showing import write_page
    from peelian.app.wiring import house

    with house(home) as opened:
        write_page(opened, path, actor=opened.signer(who), purpose=purpose)
    say(f"Places: {path}", json_path=json_path)
    write_json({"page": str(path)}, json_path)
