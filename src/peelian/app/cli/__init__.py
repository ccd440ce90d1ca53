"""The command line: thin, lazy, and with errors that say the way out.

Every command imports what it needs when it runs, so that `peelian --help` answers at once and loads no
science. No command has a rule of its own; rules live behind the services' doors.
"""

from __future__ import annotations

import sys

import typer

from peelian import __version__
from peelian.app.cli import (
    auditing,
    authorisation,
    backup,
    care,
    case,
    halt,
    keeping,
    ledger,
    office,
    oversight,
    own,
    person,
    places,
    review,
    rights,
    source,
    supervision,
    supply,
    witness,
    work,
)
from peelian.domain.errors import PeelianError


def application() -> typer.Typer:
    """Return the whole command line."""
    app = typer.Typer(
        name="peelian",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Forecasts places and times, never persons; plans prevention; proves what it read, said and did.",
    )
    app.callback(invoke_without_command=True)(_root)
    for commands in (
        work,
        source,
        supply,
        places,
        care,
        backup,
        own,
        office,
        ledger,
        witness,
        rights,
        keeping,
        halt,
        case,
        oversight,
        review,
        auditing,
        authorisation,
        person,
        supervision,
    ):
        commands.attach(app)
    return app


def main() -> None:
    """Run the command line; what a rule or an input refuses is one sentence on standard error and exit 1."""
    try:
        application()(own.spread(sys.argv[1:]))
    except PeelianError as error:
        print(f"peelian: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"peelian: {error.filename or 'a file'}: {error.strerror or error}.", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("peelian: stopped; nothing half-written is kept.", file=sys.stderr)
        sys.exit(130)


def _root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        typer.echo(f"peelian {__version__}")
        raise typer.Exit
