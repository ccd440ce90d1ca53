"""Commands for those who distrust: what the inputs of forecasts tell, and what the prohibited list says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who
from peelian.app.cli.oversight import audit
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Json

prohibited = typer.Typer(no_args_is_help=True, help="What no charter can allow, and the duties of a day.")


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(prohibited, name="prohibited")


@audit.command("proxies")
def audit_proxies(
    groups: Annotated[
        Path, typer.Option("--groups", help="CSV: lon, lat of an area's centre, and a share for each group.")
    ],
    who: Who,
    purpose: Purpose,
    seed: Annotated[int, typer.Option(help="Seed of the folds and resamples.")] = 0,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Measure how well groups' shares are told by the forecast's inputs, and what each input changes."""
    import numpy as np

    from peelian.app.wiring import house
    from peelian.domain.place import Grid
    from peelian.forecast.auditing.service import measure_proxies, read_groups

    with house(home) as opened:
        settings = opened.settings
        grid = Grid(settings.epsg, settings.cell_m)
        found = measure_proxies(
            opened.desk(opened.signer(who)),
            purpose=purpose,
            grid=grid,
            zone=settings.zone,
            areas=read_groups(groups, grid=grid),
            rng=np.random.default_rng(seed),
        )
    told = [
        (
            each.offence,
            each.group,
            str(each.areas),
            *(f"{figure.value:.2f} ({figure.lo:.2f} to {figure.hi:.2f})" for figure in (each.r2, each.auc)),
            f"{each.r2_apart.value:.2f} ({each.r2_apart.lo:.2f} to {each.r2_apart.hi:.2f})",
            f"{each.r2_chance:.2f}",
            f"{each.r2_neighbours.value:.2f}",
            f"{each.auc_neighbours.value:.2f}",
        )
        for each in found.told
    ]
    columns = (
        "offence",
        "group",
        "areas",
        "R2",
        "AUC",
        "R2, districts apart",
        "by chance",
        "R2 of neighbours",
        "AUC of neighbours",
    )
    table("How well the inputs tell a group's share", columns, told, json_path=json_path)
    lost = [
        (
            each.offence,
            each.left_out,
            f"{each.changed:.0%}",
            f"{each.hit_rate:.3f}",
            f"{each.hit_rate_with:.3f}",
        )
        for each in found.without
    ]
    changes = ("offence", "without", "cells changed", "hit rate", "hit rate with it")
    table("The forecast without each input", changes, lost, json_path=json_path)
    say(
        f"Audit {found.audit_id}, ledger entry {found.entry_index}. An R2 near 0 shows that this regression found "
        "nothing, not that nothing is told.",
        json_path=json_path,
    )
    write_json(
        {
            "audit": found.audit_id,
            "told": [each.document() for each in found.told],
            "without": [each.document() for each in found.without],
        },
        json_path,
    )


@prohibited.command("try")
def prohibited_try(
    text: Annotated[str, typer.Argument(help="What it is for, in sentences.")] = "",
    capability: Annotated[str, typer.Option(help="What it would be called.")] = "",
    target: Annotated[str, typer.Option(help="What it would be about.")] = "",
    inputs: Annotated[list[str] | None, typer.Option("--input", help="An input or a column.")] = None,
    endpoints: Annotated[list[str] | None, typer.Option("--endpoint", help="A command or a route.")] = None,
    models: Annotated[list[str] | None, typer.Option("--model", help="A model.")] = None,
    cell: Annotated[float | None, typer.Option(help="Side of its cells in metres.")] = None,
    json_path: JsonPath = None,
) -> None:
    """Hold a proposal against the prohibited list; a refusal names the rule, its source and the way out."""
    from peelian.governance.prohibition.proposal import Proposal, examine

    examine(
        Proposal(
            capability=capability,
            target=target,
            inputs=tuple(inputs or ()),
            endpoints=tuple(endpoints or ()),
            models=tuple(models or ()),
            text=text,
            cell_m=cell,
        )
    )
    say(
        "The prohibited list has nothing against it. It still needs a card, a charter, a role and a purpose.",
        json_path=json_path,
    )
    write_json({"prohibited": False}, json_path)


@prohibited.command("duties")
def prohibited_duties(
    day: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day asked about.")],
    json_path: JsonPath = None,
) -> None:
    """List the duties of law in force on a day, and how surely the day each begins is known."""
    from peelian.governance.duties import duties_on

    found = duties_on(day.date())
    rows = [(each.says, str(each.since), each.jurisdiction, each.citation, str(each.seen)) for each in found]
    columns = ("duty", "since", "where", "citation", "date seen")
    table(f"In force on {day.date()}", columns, rows, json_path=json_path)
    listed: list[Json] = [{"id": each.id, "since": str(each.since), "seen": str(each.seen)} for each in found]
    write_json({"duties": listed}, json_path)
