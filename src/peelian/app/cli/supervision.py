"""Commands of rights beyond the letter: restriction and its end, and what the supervisory authority opens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Who, Why
from peelian.app.cli.rights import Out, RequestId, Subject, rights
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json


def attach(app: typer.Typer) -> None:  # the commands below are filed under `rights`, added there
    """Add this file's commands."""


@rights.command("restrict")
def restrict(
    request_id: RequestId,
    identifiers: Annotated[Path, typer.Option(help="File with one identifier of the person in each line.")],
    cause: Annotated[str, typer.Option(help="contested or evidence.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Restrict what is kept on a person, as another officer ordered: it stays, and nobody works with it."""
    from peelian.app.rights import identifiers_in
    from peelian.app.wiring import house, text_of
    from peelian.domain.section import closed
    from peelian.governance.rights import service

    why = service.Cause(closed(cause, service.Cause, where="--cause", what="cause of a restriction"))
    named = identifiers_in(text_of(identifiers))
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        entries = service.restrict(desk, request_id=request_id, identifiers=named, cause=why)
    indices = [entry.index for entry in entries]
    told = f"Restricted; fulfil the request with entry {', '.join(map(str, indices))}."
    say(told if indices else "That person was restricted before.", json_path=json_path)
    write_json({"entries": indices}, json_path)


@rights.command("propose-lifting")
def propose_lifting(
    subject_id: Subject,
    why: Why,
    out: Out,
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Put forward that a restriction end, and write the notice that tells the person so."""
    from peelian.app.rights import propose_lifting as propose
    from peelian.app.wiring import house

    with house(home) as opened:
        propose(opened, actor=opened.signer(who), subject_id=subject_id, why=why, path=out)
    say(
        f"The notice is in {out}; another officer lifts the restriction when its day has come.",
        json_path=json_path,
    )
    write_json({"letter": str(out)}, json_path)


@rights.command("lift")
def lift(subject_id: Subject, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """End a restriction, as another officer put it forward and told the person."""
    from peelian.app.wiring import house
    from peelian.governance.rights import service

    with house(home) as opened:
        entry = service.approve_lifting(opened.desk(opened.signer(who)), subject_id=subject_id)
    say(f"Lifted; ledger entry {entry.index}.", json_path=json_path)
    write_json({"entry": entry.index}, json_path)


@rights.command("restrictions")
def restrictions(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show who is restricted, by ids that say nothing."""
    from peelian.app.wiring import house
    from peelian.governance.rights import service

    with house(home) as opened:
        found = service.restrictions(opened.desk(opened.signer(who)))
    told = [each.document() for each in found]
    rows = [[str(value or "") for value in each.values()] for each in told]
    table("Restricted", ["person", "cause", "since", "may end"], rows, json_path=json_path)
    write_json({"restricted": told}, json_path)


@rights.command("ask-to-open")
def ask_to_open(
    request_id: RequestId,
    reference: Annotated[str, typer.Option(help="The supervisory authority's own file number; no name.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """As the supervisory authority, ask to see what was sealed when a person was told neither yes nor no."""
    from peelian.app.wiring import house
    from peelian.governance.rights import service

    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        opening_id = service.ask_to_open(desk, request_id=request_id, reference=reference)
    say(f"Asked; another person of the authority opens {opening_id}.", json_path=json_path)
    write_json({"opening": opening_id}, json_path)


@rights.command("open")
def open_truth(
    opening_id: Annotated[str, typer.Argument(metavar="OPENING", help="Id under which it was asked for.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """As another person of the supervisory authority, see what was sealed; the letter stays as it was."""
    from peelian.app.wiring import house
    from peelian.governance.rights import service

    with house(home) as opened:
        entry, truths = service.open_truth(opened.desk(opened.signer(who)), opening_id=opening_id)
        opened.cosign()
    rows = [[str(each.entry_index), each.looked_up, _known(each.known), str(each.records)] for each in truths]
    table(
        f"Opened by entry {entry.index}",
        ["sealed in entry", "looked up by", "known", "records"],
        rows,
        json_path=json_path,
    )
    write_json({"entry": entry.index, "sealed": [vars(each) for each in truths]}, json_path)


def _known(known: bool | None) -> str:
    return "destroyed since" if known is None else "yes" if known else "no"
