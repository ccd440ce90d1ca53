"""How every benchmark takes its arguments and leaves its table: one JSON document, one table for the eye.

`read` takes the document up again, for the page.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peelian.domain.errors import BadInput

Row = Mapping[str, Any]


def parser(table: str, *, data: bool) -> argparse.ArgumentParser:
    """Return the arguments shared by all tables; `data` adds the folder the table is measured on."""
    arguments = argparse.ArgumentParser(prog=f"python -m benchmarks.{table}")
    arguments.add_argument("--json", metavar="PATH", help="where to write the table; - is standard output")
    arguments.add_argument("--quick", action="store_true", help="smaller sizes, for a first look")
    if data:
        arguments.add_argument("--data", metavar="DIR", type=Path, required=True, help="folder to measure on")
    return arguments


def write(table: str, rows: list[dict[str, Any]], *, notes: list[str], json_path: str | None) -> None:
    """Write `{table, machine, command, rows, notes}` to `json_path` and print the rows.

    With `-` standard output holds the JSON alone and the printed table goes to standard error.
    """
    document = {
        "table": table,
        "machine": machine(),
        "command": shlex.join(["python", "-m", f"benchmarks.{table}", *sys.argv[1:]]),
        "rows": rows,
        "notes": notes,
    }
    text = json.dumps(document, indent=1, allow_nan=False, default=_plain)
    if json_path == "-":
        sys.stdout.write(text + "\n")
    elif json_path:
        Path(json_path).write_text(text + "\n", encoding="utf-8")
    lines = [*_columns(rows), *(f"note: {note}" for note in notes)]
    print("\n".join(lines), file=sys.stderr if json_path == "-" else sys.stdout)


@dataclass(frozen=True)
class Table:
    """What one benchmark left: its rows in their order, and where and how they were measured."""

    name: str
    machine: str
    command: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def row(self, **named: object) -> Row:
        """Return the first row that holds every named value; rows beside it may come and go."""
        for row in self.rows:
            if named.items() <= row.items():
                return row
        told = ", ".join(f"{column} {value!r}" for column, value in named.items())
        raise BadInput(
            f"The results of {self.name} have no row with {told}, which the page needs; run "
            f"`python -m benchmarks.{self.name}` again, or name the row in the page as the results do."
        )


def read(path: Path) -> Table:
    """Return the table that `write` left at `path`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        machine = document["machine"]
        return Table(
            name=document["table"],
            machine=f"{machine['processor']}, {machine['system']}, {machine['cores']} cores",
            command=document["command"],
            rows=tuple(document["rows"]),
            notes=tuple(document["notes"]),
        )
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path.name} holds no results of a benchmark ({error}); take it out, or measure again."
        ) from error


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _plain(value: Any) -> Any:
    """Let NumPy scalars through; they know how to become plain numbers."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"A benchmark row holds a {type(value).__name__}; give numbers, text or lists.")


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_short(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def _short(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
