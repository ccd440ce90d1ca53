"""What commands print: a few lines for people, and the same as JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput

WIDTH = 110
"""Tables keep this many columns even where the terminal has fewer: a cut figure is worse than a wrapped line."""


def say(*lines: str, json_path: str | None) -> None:
    """Print lines, on standard error where standard output carries JSON."""
    stream = sys.stderr if json_path == "-" else sys.stdout
    for line in lines:
        print(line, file=stream)


def write_json(document: Document, json_path: str | None) -> None:
    """Write the command's result to PATH, or to standard output for "-"; without a path do nothing."""
    if json_path is None:
        return
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if json_path == "-":
        sys.stdout.write(text)
        return
    try:
        Path(json_path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"The result could not be written to {json_path} ({error.strerror}).") from error


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, json_path: str | None
) -> None:
    """Print a table; numbers stand to the right."""
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        drawn.add_column(column, justify="left" if index == 0 else "right", no_wrap=index > 0)
    for row in rows:
        drawn.add_row(*row)
    console = Console(stderr=json_path == "-", highlight=False)
    console.width = max(console.width, WIDTH)
    console.print(drawn)
