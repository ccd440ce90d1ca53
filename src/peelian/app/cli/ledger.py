"""Commands about the ledger: look at it, verify it, prove an entry, export it, have its head witnessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from peelian.app.cli.options import Home, JsonPath, LogFor, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, table, write_json
from peelian.governance.examine.purposes import LogPurpose

ledger = typer.Typer(no_args_is_help=True, help="The ledger: what was read, said and done, and its proofs.")


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(ledger, name="ledger")


Index = Annotated[int, typer.Argument(help="Number of the entry.")]


@ledger.command("list")
def list_(
    who: Who,
    purpose: LogFor,
    start: Annotated[int, typer.Option("--from", help="The first entry.")] = 0,
    stop: Annotated[int | None, typer.Option("--to", help="The entry after the last.")] = None,
    kind: Annotated[str | None, typer.Option(help="One kind of entry only.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """List entries of the ledger, at most a thousand at once; the look is entered first."""
    from peelian.app.wiring import house
    from peelian.domain.time import iso
    from peelian.governance.examine.service import list_entries

    with house(home) as open_house:
        actor = open_house.signer(who)
        look = list_entries(open_house.kit, actor=actor, purpose=purpose, start=start, stop=stop, kind=kind)
    rows = [(e.kind, str(e.index), iso(e.time), e.actor, e.purpose or "", e.rule or "") for e in look.entries]
    columns = ("kind", "entry", "time", "actor", "purpose", "rule")
    table(f"{len(rows)} entries; this look is entry {look.entry.index}.", columns, rows, json_path=json_path)
    entries = [json.loads(entry.envelope) for entry in look.entries]
    write_json({"entry": look.entry.index, "entries": entries}, json_path)


@ledger.command("show")
def show(
    index: Index, who: Who, purpose: LogFor, home: Home = DEFAULT_HOME, json_path: JsonPath = None
) -> None:
    """Show one entry, proven against the newest signed head; the look is entered first."""
    from peelian.app.wiring import house
    from peelian.governance.examine.service import show_entry

    with house(home) as open_house:
        actor = open_house.signer(who)
        look = show_entry(open_house.kit, actor=actor, purpose=purpose, index=index)
    envelope = json.loads(look.entries[0].envelope)
    say(json.dumps(envelope, indent=1, ensure_ascii=False), json_path=json_path)
    say(f"That it was shown is entry {look.entry.index}.", json_path=json_path)
    write_json({"entry": look.entry.index, "shown": envelope}, json_path)


@ledger.command("verify")
def verify(
    who: Annotated[
        str | None, typer.Option("--as", help="Your name, as enrolled; without it the house checks itself.")
    ] = None,
    purpose: LogFor = LogPurpose.INTEGRITY,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Recompute every hash and signature of the ledger, and hold every stored row and file against it."""
    from peelian.app.wiring import house
    from peelian.governance.examine.service import verify_ledger

    with house(home) as open_house:
        actor = None if who is None else open_house.signer(who)
        found = verify_ledger(open_house.kit, actor=actor, purpose=purpose)
    say(
        f"{found.entries} entries recomputed; the root is {found.root}; every stored head agrees.",
        f"{found.acts} acts, {found.parts} parts, {found.records} records and {found.people} people agree with them.",
        "To trust this without trusting this machine, compare the root with the witness's.",
        json_path=json_path,
    )
    write_json(vars(found), json_path)


@ledger.command("prove")
def prove(
    index: Index,
    who: Who,
    purpose: LogFor = LogPurpose.INTEGRITY,
    out: Annotated[Path | None, typer.Option(help="Write the receipt here.")] = None,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Give the receipt of an entry: a proof that a witnessed head of the ledger holds it."""
    from peelian.app.wiring import house
    from peelian.governance.examine.service import prove_entry

    with house(home) as open_house:
        actor = open_house.signer(who)
        receipt = prove_entry(open_house.kit, actor=actor, purpose=purpose, index=index)
    if out is not None:
        out.write_text(receipt, encoding="utf-8")
    say(receipt if out is None else f"The receipt of entry {index} lies in {out}.", json_path=json_path)
    write_json({"index": index, "receipt": receipt}, json_path)


@ledger.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="An empty or absent folder; with --tiles, or one of tiles.")],
    who: Who,
    purpose: LogFor = LogPurpose.INTEGRITY,
    tiles: Annotated[
        bool, typer.Option("--tiles", help="As C2SP tiles for a web server; again writes what is new.")
    ] = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Write the bundle with which an outsider checks the ledger, verifier included."""
    from peelian.app.wiring import house
    from peelian.governance.examine.service import export_ledger

    with house(home) as open_house:
        actor = open_house.signer(who)
        entry = export_ledger(open_house.kit, actor=actor, purpose=purpose, folder=folder, tiles=tiles)
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
