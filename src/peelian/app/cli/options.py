"""Options that many commands share, declared once."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from peelian.governance.examine.purposes import LogPurpose

Home = Annotated[
    Path, typer.Option("--home", envvar="PEELIAN_HOME", help="The workspace's folder.", show_default=True)
]
Who = Annotated[str, typer.Option("--as", envvar="PEELIAN_AS", help="Your name, as enrolled.")]
Purpose = Annotated[str, typer.Option("--purpose", help="The purpose, as a charter in force names it.")]
Why = Annotated[str, typer.Option("--why", help="The reason, in a sentence; it stays on record.")]
Approve = Annotated[bool, typer.Option("--approve", help="Approve what another person put forward.")]
JsonPath = Annotated[
    str | None,
    typer.Option("--json", metavar="PATH", help="Write the result as JSON too; - is standard output."),
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
LogFor = Annotated[
    LogPurpose, typer.Option("--for", help="For which of the four purposes for which a ledger may be read.")
]


def civil_day(value: datetime | None) -> date | None:
    """Return the civil day a --from or --to option names."""
    return None if value is None else value.date()
