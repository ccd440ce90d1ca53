"""The main line of work: incidents in, quality, forecast, plan, approval, report, score."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Purpose, Who, civil_day
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json

ForecastId = Annotated[str, typer.Option("--forecast", help="Id of a committed forecast.")]
Offence = Annotated[str, typer.Option("--offence", help="Offence group, as the charter names it.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    for command in (demo, ingest, quality, forecast, score, plan, approve, export, report, serve):
        app.command()(command)


def demo(
    home: Annotated[Path | None, typer.Option(help="A new folder; a temporary one if not given.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the synthetic city.")] = 1829,
    json_path: JsonPath = None,
) -> None:
    """Run the whole line of work, offline, on a synthetic city with a simulated clock and demo people."""
    from peelian.app.demo import run_demo

    write_json(run_demo(home=home, seed=seed, json_path=json_path), json_path)


def ingest(
    file: Annotated[Path, typer.Argument(help="The delivery: CSV, Parquet or ZIP.")],
    mapping: Annotated[str, typer.Option(help="Path of a mapping YAML, or the id of one that is installed.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Load a delivery of incidents: every row is accepted, or kept with the reason why it was not."""
    from peelian.app.loading import loader
    from peelian.app.progress import progress_bar
    from peelian.app.wiring import house
    from peelian.app.words import load_document, load_lines
    from peelian.city.service import mapping_named

    with house(home) as opened, progress_bar("reading") as progress:
        desk = opened.desk(opened.signer(who))
        source = mapping_named(mapping)
        done = loader(opened, desk, mapping=source, purpose=purpose, progress=progress)(file)
    say(*load_lines(done, name=file.name), json_path=json_path)
    write_json(load_document(done), json_path)


def quality(
    who: Who,
    purpose: Purpose,
    page: Annotated[
        Path | None, typer.Option(help="Write every finding, with its picture, as a page.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Stored areas to look at one by one, such as beat.")
    ] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Show the quality of what is stored, before any map is drawn."""
    from peelian.app.examining import write_page
    from peelian.app.wiring import house
    from peelian.city import service as city

    with house(home) as opened:
        actor, zone = opened.signer(who), opened.settings.zone
        figures = city.quality(opened.desk(actor), purpose=purpose, zone=zone).figures
        if page is not None:
            write_page(opened, page, actor=actor, purpose=purpose, layer=layer)
            say(f"Findings: {page}", json_path=json_path)
    rows = [[figure.label, figure.text, figure.of_text] for figure in figures.lines()]
    table("Quality of the stored incidents", ["figure", "value", "of"], rows, json_path=json_path)
    write_json(figures.document(), json_path)


def forecast(
    who: Who,
    purpose: Purpose,
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; tomorrow if not given.")
    ] = None,
    days: Annotated[int, typer.Option(help="Length of the period in days.")] = 7,
    offence: Annotated[list[str] | None, typer.Option(help="Offence groups; all of the charter's.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Forecast a coming period beside its baselines, commit it to the ledger and have that witnessed."""
    from peelian.app.journey import without_marked
    from peelian.app.wiring import house
    from peelian.app.words import forecast_lines, without_marked_lines
    from peelian.city.quality.service import windows
    from peelian.forecast import service as forecasting

    with house(home) as opened:
        actor = opened.signer(who)
        kept = forecasting.commit(
            opened.desk(actor),
            purpose=purpose,
            grid=opened.settings.grid,
            zone=opened.settings.zone,
            start=civil_day(start),
            days=days,
            offences=tuple(offence or ()),
        )
        marks = windows(opened.desk(actor), purpose=purpose)
        marked = without_marked(opened, actor=actor, purpose=purpose, forecast=kept, marks=marks)
    say(*forecast_lines(kept), *without_marked_lines(marked), json_path=json_path)
    write_json({**kept.document(), "without_marked_days": [each.document() for each in marked]}, json_path)


def score(
    who: Who,
    purpose: Purpose,
    forecast_id: ForecastId,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Score a committed forecast against what was recorded since; late or changed forecasts are found out."""
    from peelian.app.wiring import house
    from peelian.app.words import COLUMNS, judged_rows, score_sentence
    from peelian.forecast import service as forecasting

    with house(home) as opened:
        kept = forecasting.score(opened.desk(opened.signer(who)), purpose=purpose, forecast_id=forecast_id)
    table(f"Score of {kept.period}", COLUMNS, judged_rows(kept.rows), json_path=json_path)
    say(score_sentence(kept), json_path=json_path)
    write_json(kept.document(), json_path)


def plan(
    who: Who,
    purpose: Purpose,
    forecast_id: ForecastId,
    offence: Offence,
    shift_start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="Local civil time the shift begins.")
    ],
    places: Annotated[int, typer.Option(help="Number of places.")] = 8,
    seed: Annotated[int | None, typer.Option(help="Seed of the random order; drawn if not given.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Propose a patrol plan from a committed forecast, within the charter's limits."""
    from peelian.app.journey import prices, propose
    from peelian.app.wiring import house
    from peelian.app.words import plan_lines, price_lines

    with house(home) as opened:
        actor = opened.signer(who)
        cost = prices(
            opened, actor=actor, purpose=purpose, forecast_id=forecast_id, offence=offence, places=places
        )
        kept = propose(
            opened,
            actor=actor,
            purpose=purpose,
            forecast_id=forecast_id,
            offence=offence,
            shift_start=shift_start,
            places=places,
            seed=seed,
        )
    say(*plan_lines(kept), *price_lines(cost), json_path=json_path)
    write_json({"plan": kept.plan.document(), "entry": kept.entry_index}, json_path)


def approve(
    plan_id: Annotated[str, typer.Argument(help="Id of a proposed plan.")],
    who: Who,
    purpose: Purpose,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Approve a plan with your signature; whoever proposed it cannot."""
    from peelian.app.journey import approve as approve_plan
    from peelian.app.wiring import house

    with house(home) as opened:
        kept = approve_plan(opened, actor=opened.signer(who), purpose=purpose, plan_id=plan_id)
    entry = kept.approvals[-1].entry_index
    say(f"Plan {plan_id} approved by {who}; ledger entry {entry}.", json_path=json_path)
    write_json({"plan": plan_id, "approved_by": [a.name for a in kept.approvals], "entry": entry}, json_path)


def export(
    plan_id: Annotated[str, typer.Argument(help="Id of an approved plan.")],
    path: Annotated[Path, typer.Argument(help="Where to write the GeoJSON.")],
    who: Who,
    purpose: Purpose,
    to: Annotated[str, typer.Option("--to", help="Who receives it, as the charter names them.")],
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write an approved plan as GeoJSON for a named recipient; an unapproved one does not leave the house."""
    from peelian.app.journey import export as export_plan
    from peelian.app.wiring import house
    from peelian.domain.plural import plural

    with house(home) as opened:
        kept = export_plan(
            opened, actor=opened.signer(who), purpose=purpose, plan_id=plan_id, path=path, recipient=to
        )
    say(f"Plan {plan_id} ({plural(len(kept.plan.stops), 'visit')}) written to {path}.", json_path=json_path)
    write_json({"plan": plan_id, "path": str(path)}, json_path)


def report(
    who: Who,
    purpose: Purpose,
    forecast_id: ForecastId,
    offence: Offence,
    plan_id: Annotated[str | None, typer.Option("--plan", help="Id of the plan to show.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write the self-contained HTML report, which opens from disk without a network."""
    from peelian.app.compose import publish
    from peelian.app.wiring import house

    with house(home) as opened:
        path = publish(
            opened,
            actor=opened.signer(who),
            purpose=purpose,
            forecast_id=forecast_id,
            offence=offence,
            plan_id=plan_id,
        )
    say(f"Report: {path}", json_path=json_path)
    write_json({"report": str(path)}, json_path)


def serve(
    who: Who,
    purpose: Purpose,
    port: Annotated[int, typer.Option(help="Port on the loopback address; 0 takes a free one.")] = 8400,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Show the reports in a browser on this machine; each opening has its ledger entry first."""
    from peelian.app.journey import serve_reports

    def announce(sentence: str, address: str | None) -> None:
        say(sentence, json_path=json_path)
        if address is not None:
            write_json({"address": address}, json_path)

    serve_reports(home, who=who, purpose=purpose, port=port, announce=announce)
