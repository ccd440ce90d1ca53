"""Commitments to results: equal tables commit equally however they are cut into chunks, others never."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TypeAlias

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.governance import commitment
from peelian.governance.commitment import commit_to, commitment_of

SALT = b"s" * 32
Rows: TypeAlias = list[tuple[int | None, str | None, bool | None]]
ROWS = st.lists(
    st.tuples(st.none() | st.integers(-9, 9), st.none() | st.text(max_size=3), st.none() | st.booleans()),
    max_size=60,
)


def table(rows: Rows) -> pa.Table:
    schema = pa.schema([("n", pa.int64()), ("word", pa.string()), ("flag", pa.bool_())])
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


@given(rows=ROWS, cuts=st.lists(st.integers(0, 60), max_size=5), batch=st.sampled_from([8, 16, 64]))
def test_the_cuts_of_a_table_do_not_matter(rows: Rows, cuts: list[int], batch: int) -> None:
    whole = table(rows)
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [whole.slice(start, end - start) for start, end in pairwise(ends)]
    cut = pa.concat_tables(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commitment, "BATCH_ROWS", batch)
        assert commitment_of(cut, salt=SALT) == commitment_of(whole, salt=SALT)


@given(rows=ROWS, other=ROWS)
def test_different_results_commit_differently(rows: Rows, other: Rows) -> None:
    same = commitment_of(table(rows), salt=SALT) == commitment_of(table(other), salt=SALT)
    assert same == (rows == other)
    assert commitment_of(table(rows), salt=SALT) != commitment_of(table(rows), salt=b"t" * 32)


@pytest.mark.parametrize(
    "kind",
    [
        *(
            pa.int8(),
            pa.int64(),
            pa.float32(),
            pa.float64(),
            pa.bool_(),
            pa.date32(),
            pa.timestamp("us", "UTC"),
        ),
        *(pa.string(), pa.large_string(), pa.binary(), pa.binary(16), pa.null()),
        *(pa.dictionary(pa.int32(), pa.string()), pa.list_(pa.float64()), pa.struct([("a", pa.int8())])),
    ],
    ids=str,
)
def test_every_kind_of_column_can_be_committed_to(kind: pa.DataType) -> None:
    three, two = pa.table({"x": pa.nulls(3, kind)}), pa.table({"x": pa.nulls(2, kind)})
    assert commitment_of(three, salt=SALT) == commitment_of(
        pa.concat_tables([two, three.slice(2)]), salt=SALT
    )
    assert commitment_of(three, salt=SALT) != commitment_of(two, salt=SALT)


def test_a_missing_value_is_not_a_zero_nor_a_blank() -> None:
    for given_value, kind in ((0, pa.int64()), ("", pa.string()), (False, pa.bool_())):
        one, other = (pa.table({"x": pa.array([value], kind)}) for value in (given_value, None))
        assert commitment_of(one, salt=SALT) != commitment_of(other, salt=SALT)


def test_the_commitment_to_a_known_table_is_what_it_always_was() -> None:
    """What stands in a ledger must be found again by a later version: every kind of column, given and missing."""
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    columns = {
        "whole": pa.array([1, None, -7], pa.int32()),
        "share": pa.array([0.1, None, float("inf")], pa.float64()),
        "flag": pa.array([True, None, False]),
        "day": pa.array([date(2026, 3, 2), None, date(1969, 12, 31)], pa.date32()),
        "at": pa.array([at, None, at], pa.timestamp("us", "UTC")),
        "word": pa.array(["\u017bo\u0142w", None, ""]),
        "long": pa.array(["a", None, "b"], pa.large_string()),
        "raw": pa.array([b"\x00", None, b""], pa.binary()),
        "hash": pa.array([b"0123", None, b"4567"], pa.binary(4)),
        "kind": pa.array(["x", None, "x"]).dictionary_encode(),
        "parts": pa.array([[0.5, None], None, []], pa.list_(pa.float64())),
        "when": pa.array([{"at": at, "n": 1}, None, {"at": None, "n": None}]),
        "none": pa.nulls(3),
    }
    found = commitment_of(pa.table(columns), salt=SALT)
    assert found == "fcaa368e07f9e4e4e4bc51f35326bb64254b95c893ce5d3e76a0b27c7f64f6b3"
    renamed = pa.table(list(columns.values()), names=[*list(columns)[:-1], "nothing"])
    assert commitment_of(renamed, salt=SALT) != found


def test_what_lies_beneath_a_missing_value_does_not_count() -> None:
    validity = pa.py_buffer(b"\x01")
    one, other = (
        pa.Array.from_buffers(pa.int64(), 2, [validity, pa.py_buffer(bytes(8) + beneath)])
        for beneath in (bytes(8), b"\xff" * 8)
    )
    assert len({commitment_of(pa.table({"x": column}), salt=SALT) for column in (one, other)}) == 1


def test_a_fresh_salt_is_given_with_each_commitment() -> None:
    drawn = iter([b"1" * 32, b"2" * 32])
    same = table([(1, "a", True)])
    lengths: list[int] = []

    def entropy(size: int) -> bytes:
        lengths.append(size)
        return next(drawn)

    (first, salt), (second, other) = (commit_to(same, entropy=entropy) for _ in range(2))
    assert (salt, other, lengths) == (b"1" * 32, b"2" * 32, [32, 32])
    assert (first, second) == tuple(commitment_of(same, salt=each) for each in (salt, other))
    assert first != second
