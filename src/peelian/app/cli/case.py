"""Commands about cases, to which look-ups of people belong."""

from __future__ import annotations

from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.domain.canonical import Document

case = typer.Typer(no_args_is_help=True, help="Cases: a look-up of a person belongs to one that is open.")
CaseId = Annotated[str, typer.Argument(help="Number of the case at work.")]
Officers = Annotated[list[str], typer.Option("--officer", help="Name of an officer who works in it; repeat.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(case, name="case")


@case.command("open")
def case_open(
    case_id: CaseId,
    purpose: Annotated[str, typer.Option("--purpose", help="A purpose of the register.")],
    unit: Annotated[str, typer.Option(help="The unit that answers for it.")],
    officer: Officers,
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Open a case, from today on, for one purpose and the officers named."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.case_acts import open_case
    from peelian.governance.service import person_named

    with house(home) as opened:
        officers = [person_named(opened.kit, name) for name in officer]
        actor = opened.signer(who)
        entry = open_case(
            opened.kit, actor=actor, case_id=case_id, purpose=purpose, unit=unit, officers=officers
        )
    say(
        f"Case {case_id} is open; ledger entry {entry.index}, in which its number does not stand.",
        json_path=json_path,
    )
    write_json({"case": case_id, "entry": entry.index}, json_path)


@case.command("assign")
def case_assign(
    case_id: CaseId, officer: Officers, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Say who works in an open case from now on."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.case_acts import assign
    from peelian.governance.service import person_named

    with house(home) as opened:
        officers = [person_named(opened.kit, name) for name in officer]
        entry = assign(opened.kit, actor=opened.signer(who), case_id=case_id, officers=officers)
    say(
        f"Case {case_id} is worked in by {', '.join(officer)}; ledger entry {entry.index}.",
        json_path=json_path,
    )
    write_json({"case": case_id, "entry": entry.index}, json_path)


@case.command("close")
def case_close(case_id: CaseId, who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Close a case: nothing is looked up in it any more."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.case_acts import close_case

    with house(home) as opened:
        entry = close_case(opened.kit, actor=opened.signer(who), case_id=case_id)
    say(f"Case {case_id} is closed; ledger entry {entry.index}.", json_path=json_path)
    write_json({"case": case_id, "entry": entry.index}, json_path)


@case.command("list")
def case_list(who: Who, home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List the cases and who works in them."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.case_acts import cases
    from peelian.governance.people import people

    with house(home) as opened:
        found = cases(opened.kit, actor=opened.signer(who))
        names = {person.id: person.name for person in people(opened.kit)}
    rows = [
        [
            each.case_id,
            each.purpose,
            each.unit,
            str(each.opened),
            "" if each.closed is None else str(each.closed),
        ]
        for each in found
    ]
    table("Cases", ["case", "purpose", "unit", "opened", "closed"], rows, json_path=json_path)
    told: list[Document] = [
        {
            "case": each.case_id,
            "purpose": each.purpose,
            "unit": each.unit,
            "opened": str(each.opened),
            "closed": None if each.closed is None else str(each.closed),
            "officers": sorted(names.get(officer, officer) for officer in each.officers),
        }
        for each in found
    ]
    write_json({"cases": told}, json_path)
