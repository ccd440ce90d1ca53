"""The fixture that the tests of commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.line import Line


@pytest.fixture
def line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Line:
    made = Line(tmp_path, capsys)
    made.ask("init", "--name", "test/line", "--zone", "America/Chicago", "--epsg", 32616, "--admin", "Adm")
    for name, role in (("Ann", "analyst"), ("Abe", "approver"), ("Aud", "auditor")):
        made.ask("principal", "new", name, "--role", role, who="Adm")
    return made
