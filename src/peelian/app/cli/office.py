"""Commands about the house itself: the workspace, its people, its charters."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Approve, Home, JsonPath, Who
from peelian.app.places import DEFAULT_HOME, witness_home
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document

ONE_ACCOUNT = (
    "Caution: that lies beside the workspace. Whoever has this account holds both keys and could write another past; "
    "before the ledger is to prove anything to others, have somebody else keep the witness (PEELIAN_WITNESS)."
)

principal = typer.Typer(no_args_is_help=True, help="People: who is enrolled, with which role and key.")
charter = typer.Typer(no_args_is_help=True, help="Charters: nothing runs without one.")


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(init)
    app.add_typer(principal, name="principal")
    app.add_typer(charter, name="charter")


def init(
    name: Annotated[str, typer.Option(help="The deployment's name; the origin line of its ledger.")],
    zone: Annotated[str, typer.Option(help="IANA zone, e.g. America/Chicago.")],
    epsg: Annotated[int, typer.Option(help="Projected working system in metres, e.g. 32616.")],
    admin: Annotated[str, typer.Option(help="Name of the first administrator.")],
    cell: Annotated[float, typer.Option(help="Side of a cell, metres.")] = 250.0,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Make a workspace and enrol its first administrator."""
    from peelian.app.wiring import create

    signer = create(home, name=name, zone=zone, epsg=epsg, cell_m=cell, admin=admin)
    say(f"Workspace {home} made; {admin} is its administrator.", json_path=json_path)
    witness = witness_home(home)
    say(f"The witness will keep its own key and memory in {witness}.", json_path=json_path)
    if witness.resolve().parent == home.resolve().parent:
        say(ONE_ACCOUNT, json_path=json_path)
    write_json({"home": str(home), "administrator": signer.principal.id}, json_path)


@principal.command("new")
def principal_new(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[list[str], typer.Option(help="administrator, analyst, commander, approver or auditor.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Enrol a person with a fresh signing key."""
    from peelian.app.wiring import house
    from peelian.governance.principals import role_named
    from peelian.governance.service import enrol

    with house(home) as open_house:
        signer = enrol(
            open_house.kit,
            actor=open_house.signer(who),
            name=name,
            roles=[role_named(item) for item in role],
            keys=open_house.folder("keys"),
        )
    say(
        f"{name} is enrolled as {', '.join(role)}; the key lies in keys/{signer.principal.id}.pem.",
        json_path=json_path,
    )
    write_json(signer.principal.document(), json_path)


@principal.command("list")
def principal_list(home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List everybody enrolled, and whose enrolment ends or has ended, until they are erased."""
    from peelian.app.wiring import house
    from peelian.governance.circumstances.departures import departures
    from peelian.governance.people import people

    with house(home) as open_house:
        found, ends = people(open_house.kit), departures(open_house.kit)
    until = [str(ends[person.id]) if person.id in ends else "" for person in found]
    rows = [
        [person.name, ", ".join(sorted(person.roles)), end, person.id]
        for person, end in zip(found, until, strict=True)
    ]
    table("People", ["name", "roles", "ends", "id"], rows, json_path=json_path)
    told: list[Document] = [
        {**person.document(), "ends": end or None} for person, end in zip(found, until, strict=True)
    ]
    write_json({"principals": told}, json_path)


@principal.command("train")
def principal_train(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[str, typer.Option(help="The role they were trained for.")],
    course: Annotated[str, typer.Option(help="Which course, so that its record can be found.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day it no longer counts.")],
    who: Who,
    beside: Annotated[
        str | None,
        typer.Option("--with", help="A third person, who signs too: asked where your own role has run out."),
    ] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Record that somebody was trained; a role whose training has run out is inactive."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.staffing import record_training
    from peelian.governance.principals import role_named
    from peelian.governance.service import person_named

    with house(home) as opened:
        entry = record_training(
            opened.kit,
            actor=opened.signer(who),
            person=person_named(opened.kit, name),
            role=role_named(role),
            course=course,
            until=until.date(),
            beside=None if beside is None else opened.signer(beside),
        )
    say(f"{name} is trained as {role} until {until.date()}; ledger entry {entry.index}.", json_path=json_path)
    write_json({"name": name, "role": role, "until": str(until.date()), "entry": entry.index}, json_path)


@principal.command("post")
def principal_post(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    unit: Annotated[str, typer.Option(help="The unit they belong to from now on.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Post somebody to a unit; they look people up in that unit's cases only."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.staffing import post
    from peelian.governance.service import person_named

    with house(home) as opened:
        person = person_named(opened.kit, name)
        entry = post(opened.kit, actor=opened.signer(who), person=person, unit=unit)
    say(f"{name} belongs to {unit}; ledger entry {entry.index}.", json_path=json_path)
    write_json({"name": name, "unit": unit, "entry": entry.index}, json_path)


@principal.command("end")
def principal_end(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    who: Who,
    because: Annotated[
        str | None, typer.Option(help="left, moved, term-over, enrolled-in-error or died.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day they are enrolled no more; else today."),
    ] = None,
    approve: Approve = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Put forward that somebody's enrolment end (--because), or approve it as the second person (--approve)."""
    from peelian.app.wiring import house
    from peelian.domain.errors import BadInput
    from peelian.governance.chartered import local_day
    from peelian.governance.conduct.departing import approve_departure, propose_departure, reason_to_end
    from peelian.governance.service import person_named

    if (because is None) == (not approve):
        raise BadInput("Give --because to put it forward, or --approve to approve what another put forward.")
    with house(home) as opened:
        actor, person = opened.signer(who), person_named(opened.kit, name)
        if because is not None:
            first = local_day(opened.kit) if day is None else day.date()
            entry = propose_departure(
                opened.kit, actor=actor, person=person, because=reason_to_end(because), day=first
            )
            said = f"Put forward; another person approves it with `peelian principal end {name!r} --approve`."
        else:
            entry = approve_departure(opened.kit, actor=actor, person=person)
            said = f"The enrolment of {name} ends on {entry.facts['day']}."
    say(said, f"Ledger entry {entry.index}.", json_path=json_path)
    write_json({"principal": person.id, "day": entry.facts["day"], "entry": entry.index}, json_path)


@charter.command("new")
def charter_new(
    path: Annotated[Path, typer.Argument(help="Where to write the file to fill in.")],
    json_path: JsonPath = None,
) -> None:
    """Write a charter to fill in; it is refused until every question is answered."""
    from peelian.app.wiring import charter_template
    from peelian.domain.errors import BadInput

    if path.exists():
        raise BadInput(f"{path} exists already; name another file.")
    path.write_text(charter_template(), encoding="utf-8")
    say(f"Fill in {path}, then `peelian charter check {path}`.", json_path=json_path)
    write_json({"path": str(path)}, json_path)


@charter.command("check")
def charter_check(path: Path, json_path: JsonPath = None) -> None:
    """Say whether a charter is complete and lawful in form, without submitting it."""
    from peelian.app.wiring import charter_from

    read = charter_from(path)
    say(f"{path} is complete: {read.id} version {read.version}, digest {read.digest}.", json_path=json_path)
    write_json({"charter": read.id, "version": read.version, "digest": read.digest}, json_path)


@charter.command("submit")
def charter_submit(path: Path, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Submit a charter; another person must approve it."""
    from peelian.app.wiring import house, text_of
    from peelian.governance.service import submit_charter

    with house(home) as open_house:
        read = submit_charter(open_house.kit, actor=open_house.signer(who), text=text_of(path))
    say(f"Submitted {read.id} version {read.version}; another person approves it with", json_path=json_path)
    say(f"  peelian charter approve {read.digest} --as NAME", json_path=json_path)
    write_json({"charter": read.id, "version": read.version, "digest": read.digest}, json_path)


@charter.command("approve")
def charter_approve(digest: str, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Approve a submitted charter with your signature; its author cannot."""
    from peelian.app.wiring import house
    from peelian.governance.service import approve_charter

    with house(home) as open_house:
        entry = approve_charter(open_house.kit, actor=open_house.signer(who), charter_digest=digest)
    say(f"Approved by {who}; ledger entry {entry.index}.", json_path=json_path)
    write_json({"digest": digest, "entry": entry.index}, json_path)


@charter.command("list")
def charter_list(home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List submitted charters, who approved them and until when they hold."""
    from peelian.app.wiring import house
    from peelian.governance.service import charters, charters_in_force

    with house(home) as open_house:
        found = charters(open_house.kit)
        standing = {charter.digest for charter in charters_in_force(open_house.kit)}
    if not found:
        say("No charter was submitted yet.", json_path=json_path)
    for item in found:
        state = "in force" if item.charter.digest in standing else "not in force"
        approved = ", ".join(approval.person.name for approval in item.approvals) or "nobody yet"
        say(
            f"{item.charter}: {state}, {item.charter.valid_from} to {item.charter.expires}",
            f"  submitted by {item.author.name}, approved by {approved}",
            f"  {item.charter.digest}",
            json_path=json_path,
        )
    listed: list[Document] = [
        {
            "charter": item.charter.id,
            "version": item.charter.version,
            "digest": item.charter.digest,
            "in_force": item.charter.digest in standing,
            "author": item.author.name,
            "approved_by": [approval.person.name for approval in item.approvals],
            "valid_from": str(item.charter.valid_from),
            "expires": str(item.charter.expires),
        }
        for item in found
    ]
    write_json({"charters": listed}, json_path)
