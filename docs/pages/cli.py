"""Every command of `peelian`, its arguments and its options."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from docs.pages.markdown import table
from peelian.app import cli

INTRODUCTION = """# Commands

`--json PATH` writes a command's result as JSON too; `-` is standard output. What a rule or an input refuses is one
sentence on standard error, with exit code 1.
"""


def page() -> str:
    app = typer.Typer(name="peelian")
    for module in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
        attach = getattr(importlib.import_module(module.name), "attach", None)
        if attach:
            attach(app)
    parts = [_command(name, command) for name, command in sorted(_leaves("peelian", get_command(app)))]
    return INTRODUCTION + "\n" + "\n\n".join(parts) + "\n"


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its full name."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield name, command
        return
    for part, below in inner.items():
        yield from _leaves(f"{name} {part}", below)


def _command(name: str, command: Any) -> str:
    rows = [_row(parameter) for parameter in command.params if "--help" not in parameter.opts]
    rows.sort(key=lambda row: row[1] != "required")
    text = f"## `{name}`\n\n{' '.join((command.help or '').split())}"
    return f"{text}\n\n{table(('option', 'default', 'meaning'), rows)}" if rows else text


def _row(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        spelt = f"`{parameter.name.upper()}`"
    else:
        spelt = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
    default = (
        "required" if parameter.required else "" if parameter.default is None else f"`{parameter.default}`"
    )
    variable = f" (else `{parameter.envvar}`)" if getattr(parameter, "envvar", None) else ""
    return spelt, default, (getattr(parameter, "help", "") or "") + variable
