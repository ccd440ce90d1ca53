"""Runs the command line in this process, as a person would type it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from peelian.app.cli import main


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """Run `peelian ARGUMENTS` and return what it said."""
    kept, sys.argv = sys.argv, ["peelian", *map(str, arguments)]
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    finally:
        sys.argv = kept
    said = capsys.readouterr()
    return Said(code, said.out, said.err)
