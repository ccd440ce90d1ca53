"""Commands about witnesses: for whoever keeps one, on a machine of their own, and for a house that names its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peelian.app.cli.options import Approve, Home, JsonPath, Who
from peelian.app.places import DEFAULT_HOME
from peelian.app.say import say, write_json

if TYPE_CHECKING:
    from peelian.governance.ledger.cosigner import Cosigner

witness = typer.Typer(
    no_args_is_help=True, help="Witnesses: keep one of somebody else's ledger; set those of one's own."
)

Folder = Annotated[Path, typer.Option("--folder", help="The witness's own folder; made when first used.")]
Name = Annotated[str, typer.Option(help="Its key name, such as witness.example/w1; fixed when first used.")]
Logs = Annotated[
    list[str], typer.Option("--log", metavar="VKEY", help="The key of a ledger it watches; may be repeated.")
]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port; 0 takes a free one.")]


def attach(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(witness, name="witness")


@witness.command("key")
def key(folder: Folder, name: Name) -> None:
    """Print the witness's verifier key, which operators and auditors need."""
    print(_cosigner(folder, name, []).vkey)


@witness.command("serve")
def serve(folder: Folder, name: Name, log: Logs, host: Host = "127.0.0.1", port: Port = 7654) -> None:
    """Cosign heads of growing ledgers over HTTP (C2SP tlog-witness), until interrupted."""
    from peelian.app.witness_server import WitnessServer, serve_witness

    server = WitnessServer(_cosigner(folder, name, log), address=(host, port))
    serve_witness(server, announce=lambda line: print(line, flush=True))


@witness.command("set")
def set_witnesses(
    who: Who,
    file: Annotated[
        Path | None, typer.Argument(help="The witnesses and their quorum, as witnesses.toml has them.")
    ] = None,
    approve: Approve = False,
    home: Home = DEFAULT_HOME,
    json_path: JsonPath = None,
) -> None:
    """Put forward that the ledger have the witnesses of a file, or approve it as the second person (--approve)."""
    from peelian.app.wiring import approve_set, house, propose_set
    from peelian.domain.errors import BadInput

    if (file is None) == (not approve):
        raise BadInput("Give a file to put it forward, or --approve to approve what another put forward.")
    with house(home) as opened:
        actor = opened.signer(who)
        if file is not None:
            entry = propose_set(opened, actor=actor, file=file)
            said = "Put forward; another person approves it with `peelian witness set --approve --as NAME`."
        else:
            entry = approve_set(opened, actor=actor)
            said = "The ledger has these witnesses from now on; the ones before saw it last, if they could be asked."
    say(said, f"Ledger entry {entry.index}.", json_path=json_path)
    write_json({"entry": entry.index, "approved": approve}, json_path)


@witness.command("list")
def list_witnesses(home: Home = DEFAULT_HOME, json_path: JsonPath = None) -> None:
    """List the witnesses that the ledger has, with the quorum, and those that somebody put forward."""
    from peelian.app.wiring import house
    from peelian.governance.conduct.witness_set import last_entered, waiting

    with house(home) as opened:
        last, next_ = last_entered(opened.kit), waiting(opened.kit)
    for what, found in (("in force", None if last is None else last.set), ("put forward", next_)):
        if found is not None:
            say(f"{what}: {found.quorum} of {len(found.vkeys)} must have seen a head", json_path=json_path)
            say(*(f"  {key}" for key in found.vkeys), json_path=json_path)
    write_json(
        {
            "entry": None if last is None else last.entry_index,
            "in_force": None if last is None else last.set.document(),
            "put_forward": None if next_ is None else next_.document(),
        },
        json_path,
    )


def _cosigner(folder: Path, name: str, logs: list[str]) -> Cosigner:
    from peelian.domain.errors import BadInput
    from peelian.domain.time import SystemClock
    from peelian.governance.ledger.cosigner import Cosigner, check_time_is_shown
    from peelian.governance.ledger.verify import Unproven, Vkey

    check_time_is_shown(name, simulated=False)
    try:
        known = tuple(Vkey.parse(text) for text in logs)
    except Unproven as problem:
        raise BadInput(f"A key given with --log cannot be read. {problem}") from None
    return Cosigner(folder, name, known, SystemClock())
