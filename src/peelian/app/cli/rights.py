"""Commands for those who answer people: requests about places and persons, from asking to the certificate."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json

if TYPE_CHECKING:
    from peelian.governance.rights.service import RightsCase

rights = typer.Typer(
    no_args_is_help=True, help="Requests about places and persons: asked, answered, decided."
)
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")]
Out = Annotated[Path, typer.Option("--out", help="The new file to write.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(rights, name="rights")


@rights.command("request")
def request(
    who: Who,
    about: Annotated[str, typer.Option(help="place or person.")] = "place",
    asks: Annotated[str, typer.Option(help="access, correction, erasure or restriction.")] = "access",
    lon: Annotated[float | None, typer.Option(help="Longitude of the place, degrees WGS 84.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude of the place, degrees WGS 84.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Take in a request; the clock starts now. About a place anybody may ask, without a name."""
    from peelian.app.rights import ask
    from peelian.app.wiring import house
    from peelian.domain.section import closed
    from peelian.governance.rights import service

    with house(home) as opened:
        case = ask(
            opened,
            actor=opened.signer(who),
            about=service.About(closed(about, service.About, where="--about", what="subject of a request")),
            asks=service.Asks(closed(asks, service.Asks, where="--asks", what="thing that can be asked for")),
            point=None if lon is None or lat is None else service.Point(lon, lat),
        )
    _tell(case, json_path)


@rights.command("prove")
def prove(
    request_id: RequestId,
    how: Annotated[str, typer.Option(help="in-person, electronic or authority.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Record that it was shown who asks about a person; no copy of the paper is kept."""
    from peelian.app.wiring import house
    from peelian.domain.section import closed
    from peelian.governance.rights import service

    proof = service.Proof(closed(how, service.Proof, where="--how", what="proof of identity"))
    with house(home) as opened:
        case = service.prove(opened.desk(opened.signer(who)), request_id=request_id, how=proof)
    _tell(case, json_path)


@rights.command("answer")
def answer(
    request_id: RequestId, out: Out, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Answer a request about a place and write the letter: facts, rule, decider and remedy."""
    from peelian.app.rights import answer_place
    from peelian.app.wiring import house

    with house(home) as opened:
        case, _ = answer_place(opened, actor=opened.signer(who), request_id=request_id, path=out)
    say(f"The letter is in {out}.", json_path=json_path)
    _tell(case, json_path)


@rights.command("decide")
def decide(
    request_id: RequestId,
    outcome: Annotated[str, typer.Option(help="correct, erase, restrict, answered or refused.")],
    facts: Annotated[str, typer.Option(help="What was found, in plain language.")],
    rule: Annotated[str, typer.Option(help="On which rule, charter or law.")],
    decider: Annotated[str, typer.Option(help="Who decides, by role.")],
    remedy: Annotated[str, typer.Option(help="What can be done about it, and where.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Decide about an answered request as somebody who had no part in it."""
    from peelian.app.wiring import house
    from peelian.domain.section import closed
    from peelian.governance.rights import service

    decided = service.Outcome(closed(outcome, service.Outcome, where="--outcome", what="outcome"))
    reasons = service.Reasons(facts=facts, rule=rule, decider=decider, remedy=remedy)
    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        case = service.decide(desk, request_id=request_id, outcome=decided, reasons=reasons)
    _tell(case, json_path)


@rights.command("fulfil")
def fulfil(
    request_id: RequestId,
    entry: Annotated[list[int], typer.Option(help="A ledger entry by which the order was carried out.")],
    who: Who,
    forecast: Annotated[str | None, typer.Option(help="Id of the forecast made anew after it.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Record what was done of what was ordered, and the forecast that was made anew from it."""
    from peelian.app.rights import fulfil as fulfil_order
    from peelian.app.wiring import house

    with house(home) as opened:
        actor = opened.signer(who)
        case = fulfil_order(opened, actor=actor, request_id=request_id, entries=entry, forecast=forecast)
    _tell(case, json_path)


@rights.command("close")
def close(
    request_id: RequestId, out: Out, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Close a request and write its certificate, with the proof of its last entry."""
    from peelian.app.rights import close as close_request
    from peelian.app.wiring import house

    with house(home) as opened:
        certificate = close_request(opened, actor=opened.signer(who), request_id=request_id, path=out)
    say(f"Closed; the certificate is in {out}.", json_path=json_path)
    write_json(certificate.document, json_path)


@rights.command("contest")
def contest(request_id: RequestId, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Take in that a decision is not accepted; others answer and decide anew, on a new clock."""
    from peelian.app.wiring import house
    from peelian.governance.rights import service

    with house(home) as opened:
        desk = opened.desk(opened.signer(who))
        case = service.contest(desk, request_id=request_id, zone=opened.settings.zone)
    _tell(case, json_path)


@rights.command("withdraw")
def withdraw(request_id: RequestId, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Take in that a request was taken back by whoever made it."""
    from peelian.app.wiring import house
    from peelian.governance.rights import service

    with house(home) as opened:
        case = service.withdraw(opened.desk(opened.signer(who)), request_id=request_id)
    _tell(case, json_path)


@rights.command("status")
def status(request_id: RequestId, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Show one request, and what became of it."""
    from peelian.app.wiring import house
    from peelian.governance.rights import service

    with house(home) as opened:
        case = service.case_of(opened.desk(opened.signer(who)), request_id=request_id)
    _tell(case, json_path)


@rights.command("list")
def list_requests(
    who: Who,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose answer is late.")] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Show the requests, the one due first on top."""
    from peelian.app.wiring import house
    from peelian.domain.time import iso
    from peelian.governance.rights import service

    with house(home) as opened:
        found, now = service.cases(opened.desk(opened.signer(who))), opened.kit.clock.now()
    late = {case.request.request_id for case in found if case.overdue(now)}
    shown = [case for case in found if not overdue or case.request.request_id in late]
    rows = (
        [
            c.request.request_id,
            c.request.about,
            c.state,
            iso(c.due),
            "LATE" if c.request.request_id in late else "",
        ]
        for c in shown
    )
    table("Requests", ["request", "about", "stands at", "late from", ""], _texts(rows), json_path=json_path)
    write_json({"requests": [case.document() for case in shown], "late": sorted(late)}, json_path)


def _tell(case: RightsCase, json_path: str | None) -> None:
    from peelian.domain.time import iso

    entry = case.steps[-1].entry_index if case.steps else case.first_entry
    say(
        f"Request {case.request.request_id} is {case.state}; ledger entry {entry}; late from {iso(case.due)}.",
        json_path=json_path,
    )
    write_json(case.document(), json_path)


def _texts(rows: Iterable[Iterable[object]]) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in rows]
