"""Commands of the oversight body and those who answer to it: misuse, vague reasons, break-glass, breaches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document

audit = typer.Typer(
    no_args_is_help=True, help="Oversight: misuse of look-ups, vague reasons, what inputs tell of groups."
)
glass = typer.Typer(no_args_is_help=True, help="Break-glass: another role for hours, reviewed afterwards.")
breach = typer.Typer(no_args_is_help=True, help="Breaches: their record, their evidence, their clocks.")

Key = Annotated[
    Path, typer.Option("--key", help="The oversight body's own key file; made where there is none.")
]
Days = Annotated[int, typer.Option("--days", min=1, help="How many days back.")]
Instant = Annotated[datetime, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="UTC.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    for group, name in ((audit, "audit"), (glass, "break-glass"), (breach, "breach")):
        app.add_typer(group, name=name)


@audit.command("watch")
def audit_watch(
    name: Annotated[str, typer.Argument(help="Name of the list; NAME:OFFICER for one officer's look-ups.")],
    identifier: Annotated[list[str], typer.Option(help="KIND=TEXT, e.g. plate=AB12CDE; repeat.")],
    key: Key,
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Put people on a list whose look-up oversight wants to see; only keyed names are kept."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.oversight import keep_list
    from peelian.governance.conduct.watch_lists import watch_key
    from peelian.governance.persons.identifiers import Identifier
    from peelian.governance.service import person_named

    people = [Identifier(kind, text) for kind, _, text in (each.partition("=") for each in identifier)]
    with house(home) as opened:
        listed, _, officer = name.partition(":")
        full = f"{listed}:{person_named(opened.kit, officer).id}" if officer else listed
        actor = opened.signer(who)
        entry = keep_list(opened.kit, actor=actor, name=full, key=watch_key(key), identifiers=people)
    say(f"The list {listed} has {len(people)} names; ledger entry {entry.index}.", json_path=json_path)
    write_json({"list": listed, "names": len(people), "entry": entry.index}, json_path)


@audit.command("misuse")
def audit_misuse(
    key: Key, who: Who, days: Days = 28, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Look for misuse among the look-ups of the last days; flags are questions, never sanctions."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.oversight import look_for_misuse
    from peelian.governance.conduct.watch_lists import watch_key
    from peelian.governance.people import people

    with house(home) as opened:
        until = opened.kit.clock.now()
        found = look_for_misuse(
            opened.kit,
            actor=opened.signer(who),
            since=until - timedelta(days=days),
            until=until,
            key=watch_key(key),
        )
        names = {person.id: person.name for person in people(opened.kit)}
    for flag in found:
        rate = (
            "" if flag.false_alarm is None else f" (flags {flag.false_alarm:.1%} of honest officers at most)"
        )
        say(f"{names.get(flag.officer, flag.officer)}: {flag.rule}. {flag.says}{rate}", json_path=json_path)
    if not found:
        say("Nothing to ask about.", json_path=json_path)
    told: list[Document] = [
        {
            "rule": flag.rule,
            "officer": flag.officer,
            "entries": list(flag.entries),
            "says": flag.says,
            "false_alarm": flag.false_alarm,
        }
        for flag in found
    ]
    write_json({"flags": told}, json_path)


@audit.command("vague")
def audit_vague(who: Who, days: Days = 28, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show the share of vague reasons of each unit, with its 95 % interval."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.oversight import vague_shares

    with house(home) as opened:
        until = opened.kit.clock.now()
        since = until - timedelta(days=days)
        found = vague_shares(opened.kit, actor=opened.signer(who), since=since, until=until)
    rows = [
        [each.unit, str(each.looked), str(each.vague), f"{each.share.lo:.1%} to {each.share.hi:.1%}"]
        for each in found
    ]
    table("Vague reasons", ["unit", "look-ups", "vague", "share, 95 %"], rows, json_path=json_path)
    told: list[Document] = [
        {"unit": e.unit, "looked": e.looked, "vague": e.vague, "lo": e.share.lo, "hi": e.share.hi}
        for e in found
    ]
    write_json({"units": told}, json_path)


@glass.command("open")
def glass_open(
    role: Annotated[str, typer.Option(help="The role to hold.")],
    hours: Annotated[int, typer.Option(help="For how many hours, at most 4.")],
    reason: Annotated[str, typer.Option(help="A code of docs/reference/reasons.md.")],
    note: Annotated[str, typer.Option(help="What is the case, in plain words.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Hold another role for some hours; the oversight body is told at once and reviews it."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.break_glass import break_glass
    from peelian.governance.principals import role_named

    with house(home) as opened:
        actor = opened.signer(who)
        entry = break_glass(
            opened.kit, actor=actor, role=role_named(role), hours=hours, reason=reason, note=note
        )
    say(f"{who} is {role} for {hours} hours; oversight was told by entry {entry.index}.", json_path=json_path)
    say("It is reviewed within 72 hours; after that whoever used it is frozen.", json_path=json_path)
    write_json({"role": role, "hours": hours, "entry": entry.index}, json_path)


@glass.command("list")
def glass_list(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List every elevation and what its review found."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.break_glass import read_elevations
    from peelian.governance.people import people

    with house(home) as opened:
        found = read_elevations(opened.kit, actor=opened.signer(who))
        names = {person.id: person.name for person in people(opened.kit)}
    rows = [[each.elevation_id, names[each.person_id], each.role, each.outcome or "waits"] for each in found]
    table("Elevations", ["elevation", "who", "role", "review"], rows, json_path=json_path)
    told: list[Document] = [
        {
            "elevation": each.elevation_id,
            "who": names[each.person_id],
            "role": each.role,
            "reason": each.reason,
            "begun": each.begun.isoformat(),
            "ends": each.ends.isoformat(),
            "outcome": each.outcome,
            "escalated": each.escalated,
        }
        for each in found
    ]
    write_json({"elevations": told}, json_path)


@glass.command("review")
def glass_review(
    elevation_id: Annotated[str, typer.Argument(help="Id of the elevation.")],
    outcome: Annotated[str, typer.Option(help="justified or unjustified.")],
    note: Annotated[str, typer.Option(help="What was found, in plain words.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Say, as an auditor, whether an elevation was justified."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.break_glass import review_elevation

    with house(home) as opened:
        actor = opened.signer(who)
        entry = review_elevation(
            opened.kit, actor=actor, elevation_id=elevation_id, outcome=outcome, note=note
        )
    say(f"Reviewed: {outcome}; ledger entry {entry.index}.", json_path=json_path)
    write_json({"elevation": elevation_id, "outcome": outcome, "entry": entry.index}, json_path)


@breach.command("record")
def breach_record(
    known: Instant,
    what: Annotated[str, typer.Option(help="What happened.")],
    effects: Annotated[str, typer.Option(help="What may follow from it.")],
    measures: Annotated[str, typer.Option(help="What was done about it.")],
    concerned: Annotated[str, typer.Option(help="Whom it concerns, in categories.")],
    people: Annotated[int, typer.Option(help="About how many people.")],
    first: Annotated[int, typer.Option(help="First ledger entry that belongs to it.")],
    last: Annotated[int, typer.Option(help="Last ledger entry that belongs to it.")],
    who: Who,
    high_risk: Annotated[bool, typer.Option("--high-risk", help="People must be told as well.")] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Record a breach; the authority must be told within 72 hours of when it was known."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.breach import NewBreach, record_breach

    new = NewBreach(
        known.replace(tzinfo=UTC), what, effects, measures, concerned, people, high_risk, (first, last)
    )
    with house(home) as opened:
        made = record_breach(opened.kit, actor=opened.signer(who), new=new)
    say(
        f"Breach {made.breach_id} is on record; tell the authority by {made.due.isoformat()}.",
        json_path=json_path,
    )
    write_json({"breach": made.breach_id, "due": made.due.isoformat()}, json_path)


@breach.command("notify")
def breach_notify(
    breach_id: Annotated[str, typer.Argument(help="Id of the breach.")],
    whom: Annotated[str, typer.Option("--to", help="authority or people.")],
    reference: Annotated[str, typer.Option(help="Their reference; after 72 hours the reason for the delay.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Record that the authority, or the people concerned, were told just now."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.breach import record_notification

    with house(home) as opened:
        actor = opened.signer(who)
        record_notification(opened.kit, actor=actor, breach_id=breach_id, whom=whom, reference=reference)
    say(f"That the {whom} were told is on record.", json_path=json_path)
    write_json({"breach": breach_id, "told": whom}, json_path)


@breach.command("list")
def breach_list(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List the breaches, with what is due and what is overdue."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.breach import breaches

    with house(home) as opened:
        found, now = breaches(opened.kit, actor=opened.signer(who)), opened.kit.clock.now()
    rows = [
        [each.breach_id, each.due.isoformat(), "overdue" if each.overdue(at=now) else "in time"]
        for each in found
    ]
    table("Breaches", ["breach", "authority by", "clock"], rows, json_path=json_path)
    told: list[Document] = [
        {
            "breach": each.breach_id,
            "due": each.due.isoformat(),
            "overdue": each.overdue(at=now),
            "what": each.what,
        }
        for each in found
    ]
    write_json({"breaches": told}, json_path)


@breach.command("export")
def breach_export(
    breach_id: Annotated[str, typer.Argument(help="Id of the breach.")],
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    recipient: Annotated[str, typer.Option("--to", help="Who receives it.")],
    who: Who,
    file: Annotated[list[Path] | None, typer.Option(help="A file whose hash belongs to it; repeat.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write the evidence of a breach: the ledger with its verifier, proofs, the record, hashes of files."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.breach import export_breach

    with house(home) as opened:
        entry = export_breach(
            opened.kit,
            actor=opened.signer(who),
            breach_id=breach_id,
            recipient=recipient,
            files=file or (),
            folder=folder,
        )
    say(f"The evidence lies in {folder}; that it was handed out is entry {entry.index}.", json_path=json_path)
    write_json({"breach": breach_id, "folder": str(folder), "entry": entry.index}, json_path)
