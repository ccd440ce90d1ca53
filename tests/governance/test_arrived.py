"""No part can say that more rows arrived by an entry than that entry brought, nor that they came after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.domain.canonical import Json
from peelian.domain.errors import Tampered
from peelian.governance.arrived import require_arrivals
from peelian.governance.ledger.entry import Draft
from peelian.governance.ledger.log import Ledger
from peelian.storage.arrivals import footer
from peelian.storage.parts import Part
from tests.ledger.begin import ledger

Said: TypeAlias = list[tuple[str, int, list[int]]]
"""Of each part its kind, the entry it stands on, and for each row the entry by which it arrived; a part as it was
loaded says nothing, which is written as its own entry for every row."""

BROUGHT: list[list[tuple[str, int]]] = [
    [("incident", 3), ("layer", 2)],
    [("incident", 1)],
    [],
    [("incident", 4)],
]
"""What each entry announced: parts of a kind, with their rows."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(tmp_path_factory.mktemp("log") / "ledger.db") as opened:
        for number, parts in enumerate(BROUGHT):
            listed: list[Json] = [[f"{kind}/{number}.parquet", "0" * 64, rows] for kind, rows in parts]
            opened.append(Draft("load.accepted", actor="ann", facts={"parts": listed}))
        opened.append(Draft("parts.merged", actor="house", facts={"parts": "none"}))
        yield opened


def require(log: Ledger, folder: Path, said: Said) -> None:
    """Write these parts and hold them against what the entries announced."""
    parts, files = [], []
    for number, (kind, entry, arrivals) in enumerate(said):
        as_loaded = arrivals == [entry] * len(arrivals)
        rows = pa.table({"n": range(len(arrivals))})
        if not as_loaded:
            rows = rows.replace_schema_metadata(footer(np.array(arrivals, dtype=np.int64)))
        file = folder / f"{number}.parquet"
        pq.write_table(rows, file)
        part = Part(f"p{number}", kind, "x", f"{kind}/{number}.parquet", "0" * 64, len(arrivals), 1, "z")
        parts.append((part, entry))
        files.append(file)
    require_arrivals(log, parts, files)


@pytest.mark.parametrize(
    "said",
    [
        [],
        [("incident", 0, [0, 0, 0]), ("layer", 0, [0, 0]), ("incident", 1, [1])],
        [("incident", 0, [0])],  # fewer: rows were erased since
        [("incident", 3, [0, 0, 0, 1, 3, 3, 3, 3])],
        [("incident", 3, [0, 0]), ("incident", 1, [0, 1])],
        [("layer", 4, [0, 0])],
    ],
)
def test_what_the_entries_brought_may_lie_in_parts_however_they_were_cut(
    log: Ledger, tmp_path: Path, said: Said
) -> None:
    require(log, tmp_path, said)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ([("incident", 0, [0] * 4)], "4 rows of incident arrived by ledger entry 0, which announced 3"),
        ([("incident", 3, [0, 0, 0, 0])], "4 rows of incident arrived by ledger entry 0, which announced 3"),
        ([("incident", 1, [0, 0]), ("incident", 3, [0, 0])], "4 rows of incident arrived by ledger entry 0"),
        ([("layer", 3, [0, 0, 1])], "1 rows of layer arrived by ledger entry 1, which announced 0"),
        ([("incident", 2, [2])], "1 rows of incident arrived by ledger entry 2, which announced 0"),
        ([("incident", 4, [4])], "1 rows of incident arrived by ledger entry 4, which announced 0"),
        ([("incident", 0, [0, 1])], "arrived after it was written"),
        ([("incident", 1, [3, 3])], "arrived after it was written"),
    ],
)
def test_more_than_an_entry_brought_and_what_came_after_it_are_refused(
    log: Ledger, tmp_path: Path, said: Said, says: str
) -> None:
    with pytest.raises(Tampered, match=says):
        require(log, tmp_path, said)


def test_a_part_without_rows_says_nothing(log: Ledger, tmp_path: Path) -> None:
    require(log, tmp_path, [("incident", 2, [])])
