"""Commands about leave to identify persons: asking for it, entering what the authority decided, and how each stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Who, Why
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document

if TYPE_CHECKING:
    from peelian.governance.authorisation import Authorisation

authorisation = typer.Typer(
    no_args_is_help=True,
    help="Authorisations: leave of a court or an authority to identify persons, and what ends without it.",
)
AuthorisationId = Annotated[str, typer.Argument(help="Id of the authorisation.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(authorisation, name="authorisation")


@authorisation.command("request")
def authorisation_request(
    route: Annotated[
        str, typer.Option(help="prior: nothing before the decision; following: 48 hours; urgent: 24 hours.")
    ],
    capability: Annotated[str, typer.Option(help="The capability that identifies persons.")],
    purpose: Annotated[str, typer.Option("--purpose", help="The purpose, as a charter in force names it.")],
    case: Annotated[str, typer.Option(help="Number of the open case at work.")],
    why: Why,
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Ask for leave to identify persons; but on the prior route the use begins, and so does its clock."""
    from peelian.app.wiring import house
    from peelian.domain.section import closed
    from peelian.governance.authorisation import Route
    from peelian.governance.conduct.authorisation_acts import NewRequest, request_authorisation

    chosen = Route(closed(route, Route, where="--route", what="route"))
    with house(home) as opened:
        new = NewRequest(chosen, capability, purpose, case, why)
        made = request_authorisation(opened.kit, actor=opened.signer(who), new=new)
    if made.due is None:
        said = "Nothing may be used under it before another person has entered that it was granted."
    else:
        said = f"Without a decision by {made.due:%Y-%m-%d %H:%M} UTC it lapses, and all that came of it is destroyed."
    say(f"Asked for: {made.authorisation_id}. {said}", json_path=json_path)
    write_json({"authorisation": made.authorisation_id, "due": _instant(made.due)}, json_path)


@authorisation.command("decide")
def authorisation_decide(
    authorisation_id: AuthorisationId,
    granted: Annotated[bool, typer.Option("--granted/--refused", help="What the authority decided.")],
    authority: Annotated[str, typer.Option(help="Which court or authority decided.")],
    reference: Annotated[str, typer.Option(help="The number of its decision.")],
    who: Who,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M"], help="UTC; from then on nobody is identified under it."),
    ] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Enter what the authority decided on another person's request; a refusal destroys what came of the use."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.authorisation_acts import Decided, decide_authorisation

    ends = None if until is None else until.replace(tzinfo=UTC)
    with house(home) as opened:
        decided = Decided(granted, authority, reference, ends)
        made = decide_authorisation(
            opened.kit, actor=opened.signer(who), authorisation_id=authorisation_id, decided=decided
        )
    if granted:
        said = f"Granted until {ends:%Y-%m-%d %H:%M} UTC."
    elif made.cleared is None:
        said = (
            "Refused: the use has stopped. A legal hold keeps some of what came of it, which nobody is shown."
        )
    else:
        said = "Refused: the use has stopped, and all that came of it is destroyed."
    say(said, json_path=json_path)
    write_json({"authorisation": authorisation_id, "cleared": _instant(made.cleared)}, json_path)


@authorisation.command("list")
def authorisation_list(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List every authorisation, how it stands, and how long there is left for the decision."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.authorisation_acts import read_authorisations, urgent_uses

    with house(home) as opened:
        now = opened.kit.clock.now()
        found = read_authorisations(opened.kit, actor=opened.signer(who))
    rows = [
        [each.authorisation_id, each.route, each.capability, each.state(at=now), _left(each, now)]
        for each in found
    ]
    headings = ["authorisation", "route", "capability", "state", "time left"]
    table("Authorisations", headings, rows, json_path=json_path)
    say(f"{urgent_uses(found)} of {len(found)} were urgent.", json_path=json_path)
    told: list[Document] = [_told(each, now) for each in found]
    write_json({"authorisations": told, "urgent": urgent_uses(found)}, json_path)


@authorisation.command("show")
def authorisation_show(
    authorisation_id: AuthorisationId, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Show one authorisation: who asked, why, what was decided by whom, and who entered it."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.authorisation_acts import read_authorisation
    from peelian.governance.people import people

    with house(home) as opened:
        now = opened.kit.clock.now()
        found = read_authorisation(opened.kit, actor=opened.signer(who), authorisation_id=authorisation_id)
        names = {person.id: person.name for person in people(opened.kit)}
    asked = names.get(found.requested_by, found.requested_by)
    say(
        f"{found.route} for {found.capability}, {found.purpose}, case {found.case}: {found.state(at=now)}.",
        f"Asked for by {asked} at {found.requested:%Y-%m-%d %H:%M} UTC: {found.why}",
        json_path=json_path,
    )
    if found.ruling is not None:
        entered = names.get(found.ruling.entered_by, found.ruling.entered_by)
        say(
            f"Decided by {found.ruling.authority}, {found.ruling.reference}; entered by {entered}.",
            json_path=json_path,
        )
    write_json({**_told(found, now), "asked_by": asked, "why": found.why, "case": found.case}, json_path)


def _told(found: Authorisation, now: datetime) -> Document:
    ruling = found.ruling
    return {
        "authorisation": found.authorisation_id,
        "route": found.route,
        "capability": found.capability,
        "purpose": found.purpose,
        "state": found.state(at=now),
        "due": _instant(found.due),
        "time_left": _left(found, now),
        "authority": None if ruling is None else ruling.authority,
        "reference": None if ruling is None else ruling.reference,
        "until": None if ruling is None else _instant(ruling.until),
        "cleared": _instant(found.cleared),
    }


def _left(found: Authorisation, now: datetime) -> str:
    """Return how long there is left for the decision, in hours and minutes; a dash where nothing runs."""
    if found.ruling is not None or found.due is None:
        return "-"
    left = max(found.due - now, timedelta())
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02d} min"


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
