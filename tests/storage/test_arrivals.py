"""By which entry a row arrived goes with the row, whatever becomes of its part."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import Tampered
from peelian.storage.arrivals import KEY, footer, noted
from peelian.storage.parts import Part, settle, stage
from peelian.storage.rewrite import read_arrivals, read_part
from peelian.storage.workspace import Settings, Workspace

SETTINGS = Settings(name="test/parts", zone="America/Chicago", epsg=32616)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "home", SETTINGS)


def settled(workspace: Workspace, arrivals: list[int] | None) -> Part:
    table = pa.table({"x": range(3)})
    told = None if arrivals is None else np.array(arrivals)
    part = stage(
        table, workspace=workspace, part_id="p", kind="call", label="2026", keep_until="never", arrivals=told
    )
    settle((part,), workspace=workspace)
    return part


@pytest.mark.parametrize(("arrivals", "told"), [(None, [9, 9, 9]), ([4, 4, 2], [4, 4, 2])])
def test_rows_arrived_by_the_entry_of_their_part_unless_it_tells_otherwise(
    workspace: Workspace, arrivals: list[int] | None, told: list[int]
) -> None:
    part = settled(workspace, arrivals)
    assert read_arrivals(part, entry_index=9, workspace=workspace).tolist() == told
    rows = read_part(part, workspace=workspace)
    assert rows == pa.table({"x": range(3)})
    assert not rows.schema.metadata, "what the footer says goes into no other part by itself"


def test_the_note_lists_entries_and_rows_for_whoever_opens_the_file(workspace: Workspace) -> None:
    part = settled(workspace, [4, 4, 2])
    metadata = pq.read_metadata(workspace.folder("warehouse") / part.path).metadata
    assert json.loads(metadata[b"peelian.arrivals"]) == [[4, 2], [2, 1]]


@settings(deadline=None)
@given(arrivals=st.lists(st.integers(0, 5), max_size=40))
def test_arrivals_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[int]
) -> None:
    path = tmp_path_factory.mktemp("part") / "part.parquet"
    table = pa.table({"x": np.arange(len(arrivals))})
    pq.write_table(table.replace_schema_metadata(footer(np.array(arrivals, dtype=np.int64))), path)
    told = noted(path)
    assert told is not None
    assert told.tolist() == arrivals


@pytest.mark.parametrize("note", ["[[1, 2]]", "[[1, 4]]", "[[1]]", "{", '[["a", 3]]', "[[1, -3]]"])
def test_a_note_that_does_not_fit_its_rows_is_refused(tmp_path: Path, note: str) -> None:
    path = tmp_path / "part.parquet"
    pq.write_table(pa.table({"x": range(3)}).replace_schema_metadata({KEY: note}), path)
    with pytest.raises(Tampered, match="does not tell by which entries"):
        noted(path)
