"""Parquet parts: invisible until the manifest names them, never changed, swept when nobody names them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pytest

from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.storage.parts import Part, located, settle, stage, sweep
from peelian.storage.workspace import Settings, Workspace

SETTINGS = Settings(name="test/parts", zone="America/Chicago", epsg=32616)
TABLE = pa.table({"x": [1, 2, 3]})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "home", SETTINGS)


def staged(workspace: Workspace, part_id: str = "p1") -> Part:
    return stage(
        TABLE, workspace=workspace, part_id=part_id, kind="incident", label="2026-01", keep_until="never"
    )


def test_a_staged_part_is_nowhere_to_be_read(workspace: Workspace) -> None:
    part = staged(workspace)
    assert not (workspace.folder("warehouse") / part.path).exists()
    with pytest.raises(Tampered, match="missing or was changed"):
        located((part,), workspace=workspace)


def test_a_settled_part_is_found_and_is_what_was_staged(workspace: Workspace) -> None:
    part = staged(workspace)
    settle((part,), workspace=workspace)
    (path,) = located((part,), workspace=workspace)
    assert pa.parquet.read_table(path).equals(TABLE)


def test_a_part_changed_on_disk_is_refused(workspace: Workspace) -> None:
    part = staged(workspace)
    settle((part,), workspace=workspace)
    path = workspace.folder("warehouse") / part.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Tampered, match="was changed"):
        located((part,), workspace=workspace)


@pytest.mark.fault
@pytest.mark.parametrize("left", [None, 0, 100])
def test_a_staged_part_that_the_disk_lost_is_noticed_before_anything_is_visible(
    workspace: Workspace, left: int | None
) -> None:
    part = staged(workspace)
    path = workspace.folder("staging") / f"{part.part_id}.parquet"
    path.unlink() if left is None else os.truncate(path, left)
    with pytest.raises(PeelianError, match="is not what was written; nothing was kept"):
        settle((part,), workspace=workspace)
    assert not list(workspace.folder("warehouse").rglob("*.parquet"))


def test_a_part_is_known_by_what_was_written(workspace: Workspace) -> None:
    part = staged(workspace)
    content = (workspace.folder("staging") / f"{part.part_id}.parquet").read_bytes()
    assert (part.sha256, part.bytes) == (hashlib.sha256(content).hexdigest(), len(content))


def test_sweeping_removes_what_no_row_names_and_nothing_else(workspace: Workspace) -> None:
    kept, orphan, left_in_staging = (staged(workspace, name) for name in ("kept", "orphan", "waiting"))
    settle((kept, orphan), workspace=workspace)
    assert sweep(frozenset({kept.path}), workspace=workspace) == ("orphan.parquet", "waiting.parquet")
    assert located((kept,), workspace=workspace)
    assert not (workspace.folder("staging") / f"{left_in_staging.part_id}.parquet").exists()


@pytest.mark.fault
def test_a_disk_that_fills_up_leaves_nothing_behind(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        (workspace.folder("staging") / "p1.parquet").write_bytes(b"half a")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(PeelianError, match="No space left on device"):
        staged(workspace)
    assert not list(workspace.folder("staging").iterdir())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("schema = 1\nname = 'x'\nzone = 'UTC'\nepsg = 32616\ncolour = 'red'\n", "unknown key 'colour'"),
        ("schema = 2\nname = 'x'\nzone = 'UTC'\nepsg = 32616\n", "not of schema 1"),
        ("schema = 1\nname = 'x'\n", "lacks epsg, zone"),
        ("schema = ", "cannot be read as TOML"),
    ],
)
def test_settings_are_read_strictly(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "peelian.toml").write_text(content)
    with pytest.raises(BadInput, match=sentence):
        Workspace.open(tmp_path)


def test_a_workspace_is_for_its_owner_alone_and_needs_an_empty_folder(workspace: Workspace) -> None:
    assert workspace.home.stat().st_mode & 0o777 == 0o700
    assert Workspace.open(workspace.home) == workspace
    with pytest.raises(BadInput, match="is not empty"):
        Workspace.create(workspace.home, SETTINGS)
    with pytest.raises(BadInput, match="There is no workspace"):
        Workspace.open(workspace.home / "elsewhere")
