"""Commands for whoever adds a source: list, draft, check, look. They work on the caller's own file only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import JsonPath
from peelian.app.say import say, table, write_json

source = typer.Typer(
    no_args_is_help=True, help="Sources: what publishers' files mean. Nothing here is stored."
)

LONGEST = 46
"""Characters of a publisher's name in a table."""

Mapping = Annotated[str, typer.Argument(help="Path of a mapping YAML, or the id of an installed one.")]
File = Annotated[Path, typer.Argument(help="The delivery: CSV, Parquet or ZIP.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(source, name="source")


@source.command("list")
def list_sources(json_path: JsonPath = None) -> None:
    """Show the sources that come with the house."""
    from peelian.city.drafting.service import installed_mappings

    found = installed_mappings()
    rows = [
        [each.id, each.kind, each.frequency, f"{each.precision_m:g} m", _short(each.publisher)]
        for each in found
    ]
    table("Sources", ["id", "kind", "how often", "precision", "publisher"], rows, json_path=json_path)
    write_json({"sources": [each.document() for each in found]}, json_path)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


@source.command()
def draft(
    file: File,
    source_id: Annotated[
        str, typer.Option("--id", help="Name of the source: lower-case letters, digits, hyphens.")
    ],
    zone: Annotated[str, typer.Option(help="IANA zone of the times in the file, e.g. America/Chicago.")],
    publisher: Annotated[str, typer.Option(help="Who publishes it.")],
    licence: Annotated[str, typer.Option(help="On which terms.")],
    crs: Annotated[str | None, typer.Option(help="EPSG code of coordinates that are no degrees.")] = None,
) -> None:
    """Print a draft of the mapping of a file, with a question where the file does not tell."""
    from peelian.city.drafting.service import draft_mapping

    text = draft_mapping(file, id=source_id, publisher=publisher, licence=licence, zone=zone, crs=crs)
    typer.echo(text, nl=False)


@source.command()
def check(mapping: Mapping, file: File, json_path: JsonPath = None) -> None:
    """Say what a load of the file would do; nothing is stored."""
    from peelian.city.drafting.service import check_source, mapping_named

    found = check_source(mapping_named(mapping), file, today=datetime.now(UTC).date())
    say(*found.lines(), json_path=json_path)
    write_json({**found.findings.document(), "held": found.held}, json_path)
    if found.held:
        raise typer.Exit(1)


@source.command()
def page(mapping: Mapping, file: File) -> None:
    """Print the page that shows every code with its group, NIBRS offence and origin."""
    from peelian.city.drafting.service import mapping_named, source_page

    typer.echo(source_page(mapping_named(mapping), file, today=datetime.now(UTC).date()), nl=False)
