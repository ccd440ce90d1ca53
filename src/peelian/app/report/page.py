"""What every page has in common: nothing from anywhere, one style sheet by its hash, written whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

Function = Callable[..., object]


def style_sheet(*names: str) -> str:
    """Return the style sheets of these names as one."""
    folder = files("peelian.app.report")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def policy(style: str) -> str:
    """Return the content security policy: nothing from anywhere, this one style sheet by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def environment(*, filters: Mapping[str, Function], functions: Mapping[str, Function]) -> Environment:
    """Return what templates are rendered with; a name that a template misspells is an error."""
    made = Environment(
        loader=PackageLoader("peelian.app.report"),
        autoescape=True,  # always: the templates' double suffix would escape a guess by name
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= filters
    made.globals |= functions
    return made


def write_whole(text: str, path: Path) -> None:
    """Write a page to `path` whole or not at all; a reader never meets half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
