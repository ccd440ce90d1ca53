"""The workspace: one folder that holds everything a deployment has, mode 0700.

`peelian.toml charters/ ledger/ records/ warehouse/ keys/ staging/ reports/`
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid

FOLDERS = ("charters", "ledger", "records", "warehouse", "keys", "staging", "reports")
SCHEMA = 1


@dataclass(frozen=True)
class Settings:
    """What a deployment decides once.

    Parameters
    ----------
    name : the deployment's own name; also the origin line of its ledger.
    zone : IANA zone whose civil days count.
    epsg : projected working system, metres.
    cell_m : side of a cell in metres. The grid's origin is (0, 0) of the projected system, never chosen
        by result.
    synthetic : True where the data are invented; every page then says so.
    """

    name: str
    zone: str
    epsg: int
    cell_m: float = 250.0
    synthetic: bool = False

    @property
    def grid(self) -> Grid:
        """Return the deployment's grid."""
        return Grid(epsg=self.epsg, size_m=self.cell_m)


@dataclass(frozen=True)
class Workspace:
    """An existing workspace and its settings."""

    home: Path
    settings: Settings

    def folder(self, name: str) -> Path:
        """Return one of the workspace's folders."""
        if name not in FOLDERS:
            raise BadInput(f"A workspace has no folder {name!r}; it has {', '.join(FOLDERS)}.")
        return self.home / name

    @classmethod
    def create(cls, home: Path, settings: Settings) -> Workspace:
        """Make a workspace in an empty or absent folder."""
        if home.exists() and any(home.iterdir()):
            raise BadInput(f"{home} is not empty; a new workspace needs a folder of its own.")
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        for name in FOLDERS:
            (home / name).mkdir(mode=0o700)
        lines = [f"schema = {SCHEMA}"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in vars(settings).items()]
        (home / "peelian.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return cls(home, settings)

    @classmethod
    def open(cls, home: Path) -> Workspace:
        """Open a workspace; the sentence says what is missing or not understood."""
        path = home / "peelian.toml"
        if not path.is_file():
            raise BadInput(f"There is no workspace at {home}; make one with `peelian init --home {home}`.")
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"{path} cannot be read as TOML ({error}); restore it from a backup.") from error
        if raw.pop("schema", None) != SCHEMA:
            raise BadInput(f"{path} is not of schema {SCHEMA}; this version of peelian reads only that one.")
        known = {field.name for field in fields(Settings)}
        if unknown := sorted(set(raw) - known):
            raise BadInput(f"{path} has the unknown key {unknown[0]!r}; it knows {', '.join(sorted(known))}.")
        if missing := sorted({"name", "zone", "epsg"} - set(raw)):
            raise BadInput(f"{path} lacks {', '.join(missing)}; restore it from a backup.")
        return cls(home, Settings(**raw))
