"""Destroyed files: overwritten before they are unlinked, so that another name of the same bytes shows zeros."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.storage.destroy import BLOCK_BYTES, destroy
from peelian.storage.rewrite import without


def test_a_destroyed_file_is_zeros_under_any_other_name_it_has(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"secret" * BLOCK_BYTES)
    os.link(path, other)
    destroy([path])
    assert not path.exists()
    assert other.stat().st_size == 6 * BLOCK_BYTES
    assert not any(other.read_bytes())


def test_what_is_gone_already_can_be_destroyed_again(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for _ in range(2):
        destroy([tmp_path / "a", tmp_path / "no-folder" / "b"])
    assert not list(tmp_path.iterdir())


WORDS = st.one_of(st.none(), st.text("abc", min_size=1, max_size=3))


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.integers(0, 9), st.booleans()), max_size=30))
def test_taking_rows_out_leaves_the_others_as_they_were_and_no_word_of_the_taken(
    rows: list[tuple[str | None, int, bool]],
) -> None:
    words = pa.array([word for word, _, _ in rows], pa.string())
    table = pa.table(
        {
            "word": words.dictionary_encode().cast(pa.dictionary(pa.int32(), pa.string())),
            "number": pa.array([number for _, number, _ in rows], pa.int8()),
            "name": pa.array([b"%16d" % n for n in range(len(rows))], pa.binary(16)),
        }
    )
    gone = np.flatnonzero([taken for _, _, taken in rows])
    left = without(table, gone)
    assert left.schema == table.schema
    assert left.to_pylist() == [row for n, row in enumerate(table.to_pylist()) if n not in gone]
    sink = pa.BufferOutputStream()
    pq.write_table(left, sink)
    back = pq.read_table(pa.BufferReader(sink.getvalue()))["word"]
    known = {word for chunk in back.chunks for word in chunk.dictionary.to_pylist()}
    assert known == {word for word, _, taken in rows if not taken and word is not None}
