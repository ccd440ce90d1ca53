"""Commands for whoever keeps a witness: not the operator of the ledger, and on a machine of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from peelian.governance.ledger.cosigner import Cosigner

witness = typer.Typer(no_args_is_help=True, help="Keep a witness of somebody else's ledger.")

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
