"""Commands about the ledger: verify it, prove an entry, export it, have its head witnessed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, write_json

ledger = typer.Typer(no_args_is_help=True, help="The ledger: what was read, said and done, and its proofs.")


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(ledger, name="ledger")


@ledger.command("verify")
def verify(home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Recompute every hash and signature of the ledger, and hold every stored row and file against it."""
    from peelian.app.wiring import house
    from peelian.governance.service import hold_against_ledger

    with house(home) as open_house:
        found = hold_against_ledger(open_house.kit)
    say(
        f"{found.entries} entries recomputed; the root is {found.root}; every stored head agrees.",
        f"{found.acts} acts, {found.parts} parts, {found.records} records and {found.people} people agree with them.",
        "To trust this without trusting this machine, compare the root with the witness's.",
        json_path=json_path,
    )
    write_json(vars(found), json_path)


@ledger.command("prove")
def prove(
    index: Annotated[int, typer.Argument(help="Number of the entry.")],
    who: Who,
    out: Annotated[Path | None, typer.Option(help="Write the receipt here.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Give the receipt of an entry: a proof that a witnessed head of the ledger holds it."""
    from peelian.app.wiring import house
    from peelian.governance.service import prove_entry

    with house(home) as open_house:
        receipt = prove_entry(open_house.kit, actor=open_house.signer(who), index=index)
    if out is not None:
        out.write_text(receipt, encoding="utf-8")
    say(receipt if out is None else f"The receipt of entry {index} lies in {out}.", json_path=json_path)
    write_json({"index": index, "receipt": receipt}, json_path)


@ledger.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="An empty or absent folder.")],
    who: Who,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write the bundle with which an outsider checks the ledger, verifier included."""
    from peelian.app.wiring import house
    from peelian.governance.service import export_ledger

    with house(home) as open_house:
        entry = export_ledger(open_house.kit, actor=open_house.signer(who), folder=folder)
    say(f"Exported to {folder}; that it was exported is entry {entry.index}.", json_path=json_path)
    say(
        f"Anybody checks it with: python {folder / 'verify.py'} {folder} --log ... --witness ...",
        json_path=json_path,
    )
    write_json({"folder": str(folder), "entry": entry.index}, json_path)


@ledger.command("witness")
def witness(home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """Have the present head cosigned by the witnesses; fails where fewer than their quorum do."""
    from peelian.app.wiring import house

    with house(home) as open_house:
        head = open_house.cosign()
    say(f"Size {head.size} witnessed at {head.time.isoformat()}:", head.note, json_path=json_path)
    say(*(f"The quorum was met without one: {sentence}" for sentence in head.missing), json_path=json_path)
    write_json(
        {
            "size": head.size,
            "time": head.time.isoformat(),
            "note": head.note,
            "missing": list(head.missing),
        },
        json_path,
    )
