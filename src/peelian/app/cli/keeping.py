"""Commands about terms: what falls due and is destroyed, proof of it, what an authority has ordered to be kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.care import erasure
from peelian.app.cli.options import Home, JsonPath, Who, Why, civil_day
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document

hold = typer.Typer(
    no_args_is_help=True, help="Legal holds: what an authority has ordered to be kept for a time."
)

LIST_ANEW = "Export the list beside the backups anew, so that a restored copy knows of it (`peelian backup erasures`)."

HoldId = Annotated[str, typer.Argument(help="Id of the hold.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(keep)
    app.add_typer(hold, name="hold")


def keep(
    who: Annotated[
        str | None, typer.Option("--as", envvar="PEELIAN_AS", help="Your name, to see what falls due next.")
    ] = None,
    days: Annotated[int, typer.Option(help="Show what falls due within so many days.")] = 30,
    files: Annotated[
        bool,
        typer.Option("--files", help="Destroy also what was written elsewhere, is over and lies unchanged."),
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and look again every half minute.")] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Destroy what has fallen due, as every command does, and show what will, and which files out there are over."""
    from peelian.app.keeping import destroy_files
    from peelian.app.keeping import keep as keep_terms
    from peelian.app.wiring import house
    from peelian.governance.keeping.due import falls_due, files_over

    with house(home) as opened:
        swept, within = opened.sweeper.swept, timedelta(days=days)
        gone = destroy_files(opened) if files else ()
        coming = falls_due(opened.kit, actor=opened.signer(who), within=within) if who else ()
        over = files_over(opened.kit, actor=opened.signer(who)) if who else ()
    say(*[done.sentence() for done in swept] or ["Nothing had fallen due."], json_path=json_path)
    say(*[f"Destroyed {file.path}, whose term was over." for file in gone], json_path=json_path)
    say(*[f"Within {days} days: {each.sentence()}" for each in coming], json_path=json_path)
    say(*[file.sentence() for file in over], json_path=json_path)
    destroyed: list[Document] = [dict(vars(done)) for done in swept]
    falling: list[Document] = [dict(vars(due)) for due in coming]
    left: list[Document] = [{"path": str(f.path), "kind": f.kind, "found": f.found()} for f in over]
    told: Document = {"destroyed": destroyed, "falls_due": falling, "files_over": left}
    write_json({**told, "files_destroyed": [str(file.path) for file in gone]}, json_path)
    if watch:
        keep_terms(home, announce=lambda sentence: say(sentence, json_path=json_path))


@erasure.command("certificate")
def erasure_certificate(
    which: Annotated[
        str, typer.Argument(help="Id of an order, or the index of the ledger entry that erased.")
    ],
    out: Annotated[Path, typer.Option(help="Where to write the certificate; it is never overwritten.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write a certificate of an erasure that names nobody and that anybody can check with the verifier alone."""
    from peelian.app.keeping import write_certificate

    entries = write_certificate(home, which=which, who=who, path=out)
    say(
        f"The certificate of {which} is in {out}. Whoever has it checks it with the verifier of an exported ledger:",
        f"  python verify.py certificate {out.name} --log VKEY --witness VKEY",
        json_path=json_path,
    )
    write_json({"certificate": str(out), "entries": list(entries)}, json_path)


@hold.command("set")
def hold_set(
    authority: Annotated[
        str, typer.Option(help="Who ordered it, and the number of the order; no name of a person.")
    ],
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="First day on which it no longer holds.")
    ],
    why: Why,
    who: Who,
    kind: Annotated[str | None, typer.Option(help="A data kind; every kind without one.")] = None,
    record: Annotated[str | None, typer.Option(help="One record, by its id.")] = None,
    subject: Annotated[str | None, typer.Option(help="Records about one subject, by its id.")] = None,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(help="Rows within west, south, east, north (WGS 84)."),
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the rows.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="First day after them.")
    ] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Keep what an authority ordered to be kept; another person approves it within three days, or it lapses."""
    from peelian.app.wiring import house
    from peelian.domain.time import local_midnight
    from peelian.governance.keeping.hold_scope import Scope
    from peelian.governance.keeping.holds import set_hold

    scope = Scope(kind, record, subject, bbox, civil_day(first), civil_day(end))
    with house(home) as opened:
        done = set_hold(
            opened.kit,
            actor=opened.signer(who),
            scope=scope,
            authority=authority,
            why=why,
            ends=local_midnight(until.date(), opened.settings.zone),
        )
    say(f"Held: {done.scope.words()}. Another person approves it:", json_path=json_path)
    say(f"  peelian hold approve {done.hold_id} --as NAME", LIST_ANEW, json_path=json_path)
    write_json({"hold": done.hold_id, "entry": done.entry_index}, json_path)


@hold.command("approve")
def hold_approve(hold_id: HoldId, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Approve a hold that another person set."""
    from peelian.app.wiring import house
    from peelian.governance.keeping.holds import approve_hold

    with house(home) as opened:
        entry = approve_hold(opened.kit, actor=opened.signer(who), hold_id=hold_id)
    say(f"Approved by {who}; ledger entry {entry.index}.", LIST_ANEW, json_path=json_path)
    write_json({"hold": hold_id, "entry": entry.index}, json_path)


@hold.command("lift")
def hold_lift(
    hold_id: HoldId, why: Why, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Lift a hold that another person set; what it kept and is over is destroyed at the next sweep."""
    from peelian.app.wiring import house
    from peelian.governance.keeping.holds import lift_hold

    with house(home) as opened:
        entry = lift_hold(opened.kit, actor=opened.signer(who), hold_id=hold_id, why=why)
    say(f"Lifted by {who}; ledger entry {entry.index}.", LIST_ANEW, json_path=json_path)
    write_json({"hold": hold_id, "entry": entry.index}, json_path)


@hold.command("list")
def hold_list(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show every hold on record and how it stands."""
    from peelian.app.wiring import house
    from peelian.domain.time import iso
    from peelian.governance.keeping.holds import list_holds

    with house(home) as opened:
        found, now = list_holds(opened.kit, actor=opened.signer(who)), opened.kit.clock.now()
    rows = [
        (each.hold_id, each.scope.words(), each.authority, f"{each.ends:%Y-%m-%d %H:%M}", each.state(at=now))
        for each in found
    ]
    table("Legal holds", ["hold", "keeps", "by order of", "ends (UTC)", "state"], rows, json_path=json_path)
    told: list[Document] = [
        {"hold": h.hold_id, "scope": h.scope.document(), "ends": iso(h.ends), "state": h.state(at=now)}
        for h in found
    ]
    write_json({"holds": told}, json_path)
