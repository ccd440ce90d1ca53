"""Commands that halt: the stop button and how it is lifted, and capabilities that suspend themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from peelian.app.cli.options import Approve, Home, JsonPath, Purpose, Who, Why
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document

capability = typer.Typer(no_args_is_help=True, help="Capabilities: in use, suspended, withdrawn.")
CapabilityId = Annotated[str, typer.Argument(help="Id of the capability, e.g. forecast.place.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(stop)
    app.command()(resume)
    app.add_typer(capability, name="capability")


def stop(who: Who, why: Why, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Stop everything that makes something new, at once and in every process; reading and rights go on."""
    from peelian.app.wiring import house
    from peelian.domain.errors import Busy
    from peelian.domain.time import SystemClock
    from peelian.governance.stopping.stop import press

    pressed = press(home, name=who, why=why, clock=SystemClock())
    say("Stopped: nothing new is made until two people lift it.", json_path=json_path)
    if not pressed.signed:
        say(f"It is not signed: no key of {who} could be read. It stops all the same.", json_path=json_path)
    try:
        with house(home):
            entered = True
        say("The stop stands in the ledger.", json_path=json_path)
    except Busy:
        entered = False
        say("Another process holds the house; it enters the stop at its next act.", json_path=json_path)
    write_json({"stop": pressed.digest, "signed": pressed.signed, "entered": entered}, json_path)


def resume(
    who: Who,
    why: Annotated[
        str | None, typer.Option("--why", help="Why it is safe to go on; it stays on record.")
    ] = None,
    approve: Approve = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Put forward that the stop be lifted (--why), or approve it as the second person (--approve)."""
    from peelian.app.wiring import house
    from peelian.domain.errors import BadInput
    from peelian.governance.stopping.stop import approve_resumption, propose_resumption, standing

    if (why is None) == (not approve):
        raise BadInput(
            "Give --why to put it forward, or --approve to approve what another person put forward."
        )
    with house(home) as opened:
        actor = opened.signer(who)
        if why is not None:
            entry = propose_resumption(opened.kit, actor=actor, why=why)
        else:
            entry = approve_resumption(opened.kit, actor=actor)
        left = len(standing(opened.kit))
    if why is not None:
        said = "Put forward; another person lifts the stop with `peelian resume --approve --as NAME`."
    else:
        said = (
            "The house goes on." if not left else f"{left} later stops still stand; they are lifted in turn."
        )
    say(said, f"Ledger entry {entry.index}.", json_path=json_path)
    write_json({"entry": entry.index, "stops_standing": left}, json_path)


@capability.command("list")
def capability_list(home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List every capability with its state; withdrawn ones stay, with their last day and the reason."""
    from peelian.app.wiring import house
    from peelian.governance.stopping.suspension import listed

    with house(home) as opened:
        found = listed(opened.kit)
    rows = [
        [row.capability, row.state, "" if row.since is None else row.since.date().isoformat()]
        for row in found
    ]
    table("Capabilities", ["capability", "state", "since"], rows, json_path=json_path)
    for row in found:
        if row.why:
            say(f"{row.capability}: {row.why}", json_path=json_path)
    told: list[Document] = [
        {
            "capability": row.capability,
            "title": row.title,
            "state": row.state,
            "since": None if row.since is None else row.since.isoformat(),
            "why": row.why,
        }
        for row in found
    ]
    write_json({"capabilities": told}, json_path)


@capability.command("review")
def capability_review(
    who: Who, purpose: Purpose, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Suspend every capability below plain counts, unreviewed for a year, unregistered or expired."""
    from peelian.app.sunset import review
    from peelian.app.wiring import house

    with house(home) as opened:
        entries = review(opened, actor=opened.signer(who), purpose=purpose)
    for entry in entries:
        say(f"{entry.facts['capability']} is suspended; ledger entry {entry.index}.", json_path=json_path)
    if not entries:
        say("No capability has a ground to be suspended.", json_path=json_path)
    told: list[Document] = [{"entry": entry.index, **entry.facts} for entry in entries]
    write_json({"suspended": told}, json_path)


@capability.command("restore")
def capability_restore(
    name: CapabilityId, who: Who, why: Why, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Put forward that a suspended capability be restored, saying what changed."""
    _propose(name, to="in-use", who=who, why=why, home=home, json_path=json_path)


@capability.command("withdraw")
def capability_withdraw(
    name: CapabilityId, who: Who, why: Why, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Put forward that a capability be withdrawn for good; it stays listed with its end."""
    _propose(name, to="withdrawn", who=who, why=why, home=home, json_path=json_path)


@capability.command("approve")
def capability_approve(
    name: CapabilityId, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Approve, as the second person, what another put forward about a capability."""
    from peelian.app.wiring import house
    from peelian.governance.stopping.suspension import approve_change

    with house(home) as opened:
        entry = approve_change(opened.kit, actor=opened.signer(who), capability=name)
    say(f"Approved by {who}; ledger entry {entry.index}.", json_path=json_path)
    write_json({"capability": name, "entry": entry.index}, json_path)


def _propose(name: str, *, to: str, who: str, why: str, home: Home, json_path: str | None) -> None:
    from peelian.app.wiring import house
    from peelian.governance.circumstances.suspended import State
    from peelian.governance.stopping.suspension import propose_change

    with house(home) as opened:
        entry = propose_change(opened.kit, actor=opened.signer(who), capability=name, to=State(to), why=why)
    say(
        f"Put forward; another person approves it with `peelian capability approve {name}`.",
        json_path=json_path,
    )
    write_json({"capability": name, "to": to, "entry": entry.index}, json_path)
