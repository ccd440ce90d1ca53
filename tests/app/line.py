"""A workspace and the commands typed in it: for tests of the whole line of work (the fixture `line` is in conftest)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peelian.governance.charter import example_text
from tests.app.commands import Said, run
from tests.houses import MAPPING, PURPOSE, week_of_incidents


class Line:
    """A workspace and the commands typed in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.capsys = capsys

    def type(self, *arguments: object, who: str | None = None, purpose: bool = False) -> Said:
        more = [*(("--as", who) if who else ()), *(("--purpose", PURPOSE) if purpose else ())]
        return run(self.capsys, *arguments, *more, "--home", self.home)

    def ask(self, *arguments: object, who: str | None = None, purpose: bool = False) -> dict:
        said = self.type(*arguments, "--json", "-", who=who, purpose=purpose)
        assert said.code == 0, said.err
        return json.loads(said.out)

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def chartered(line: Line) -> None:
    today = datetime.now(UTC).date() - timedelta(days=1)  # it begins at local midnight
    text = example_text(valid_from=today, expires=today + timedelta(days=30))
    submitted = line.ask("charter", "submit", line.file("charter.toml", text), who="Ann")
    line.ask("charter", "approve", submitted["digest"], who="Abe")


def loaded(line: Line) -> dict:
    rows = week_of_incidents(first=datetime.now(UTC).date() - timedelta(days=29))
    lines = ["id,when,recorded,lon,lat,offence", *(row.replace("|", ",") for row in rows)]
    delivery = line.file("delivery.csv", "\n".join(lines) + "\n")
    mapping = line.file("mapping.yaml", MAPPING)
    return line.ask("ingest", delivery, "--mapping", mapping, who="Ann", purpose=True)
