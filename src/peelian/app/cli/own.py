"""`peelian evaluate`: rolling-origin evaluation on the caller's own file. It stores nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import JsonPath, civil_day
from peelian.app.say import table, write_json

LISTS = ("--coverage", "--models")


def spread(arguments: list[str]) -> list[str]:
    """Return the arguments with `--coverage 0.01 0.05` written as the option repeated, which is how it is read."""
    spelt: list[str] = []
    option: str | None = None
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in LISTS else None
        elif option is not None and spelt[-1] != option:
            spelt.append(option)
        spelt.append(argument)
    return spelt


def attach(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(evaluate)


def evaluate(
    incidents: Annotated[Path, typer.Option(help="CSV or Parquet, one row per incident.")],
    time: Annotated[str, typer.Option(help="Column of the time; without zone it is local civil time.")],
    tz: Annotated[str, typer.Option(help="IANA zone of the city.")],
    lat: Annotated[str | None, typer.Option(help="Column of the latitude.")] = None,
    lon: Annotated[str | None, typer.Option(help="Column of the longitude.")] = None,
    x: Annotated[str | None, typer.Option(help="Column of the easting, with --y and --crs.")] = None,
    y: Annotated[str | None, typer.Option(help="Column of the northing.")] = None,
    crs: Annotated[str | None, typer.Option(help="Reference system of --x and --y, e.g. EPSG:2913.")] = None,
    offence: Annotated[str | None, typer.Option(help="Column of the offence; one group without it.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day used.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="First day not used any more.")
    ] = None,
    boundary: Annotated[
        Path | None, typer.Option(help="GeoJSON, or CSV with x,y in --crs; else cells with past incidents.")
    ] = None,
    cell: Annotated[float, typer.Option(help="Side of a cell, metres.")] = 250.0,
    horizon: Annotated[int, typer.Option(help="Days forecast at a time.")] = 7,
    origins: Annotated[int, typer.Option(help="Number of consecutive forecasts scored.")] = 13,
    coverage: Annotated[list[float] | None, typer.Option(help="Shares of the area; .01 and .05.")] = None,
    models: Annotated[list[str] | None, typer.Option(help="Models; all if not given.")] = None,
    json_path: JsonPath = None,
) -> None:
    """Compare models with plain counts on past weeks of your own file; nothing is stored."""
    from peelian.app.own_file import OwnFile, evaluate_file
    from peelian.app.words import COLUMNS, judged_rows

    own = OwnFile(
        path=incidents,
        time=time,
        zone=tz,
        lat=lat,
        lon=lon,
        x=x,
        y=y,
        crs=crs,
        offence=offence,
        first=civil_day(first),
        last=civil_day(last),
        boundary=boundary,
    )
    result = evaluate_file(
        own,
        cell_m=cell,
        horizon_days=horizon,
        origins=origins,
        coverages=tuple(coverage or (0.01, 0.05)),
        models=tuple(models or ()),
    )
    table(result.title(), COLUMNS, judged_rows(result.rows), json_path=json_path)
    write_json(result.document(), json_path)
