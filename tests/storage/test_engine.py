"""The engine reads what it is handed, computes to the end, and can reach nothing else."""

from datetime import UTC, date, datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.domain.errors import BadInput
from peelian.storage.engine import Condition, Engine, Operator

ENGINE = Engine(memory_limit="200MB", threads=1)
INCIDENTS = pa.table(
    {
        "offence": ["theft", "theft", "arson", "theft"],
        "day": [date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 3), None],
        "recorded": pa.array(
            [datetime(2024, 3, d, tzinfo=UTC) for d in (2, 5, 4, 9)], pa.timestamp("us", "UTC")
        ),
        "n": [1, 2, 3, 4],
    }
)


def same(table):
    return table


def read(*where: Condition) -> list[int]:
    return sorted(ENGINE.run(INCIDENTS, same, where=where)["n"].to_pylist())


@pytest.mark.parametrize(
    ("column", "op", "value", "rows"),
    [
        ("offence", "eq", "theft", [1, 2, 4]),
        ("offence", "ne", "theft", [3]),
        ("offence", "in", ("arson", "fraud"), [3]),
        ("n", "lt", 3, [1, 2]),
        ("n", "le", 3, [1, 2, 3]),
        ("day", "gt", date(2024, 3, 2), [3]),
        ("day", "ge", date(2024, 3, 2), [2, 3]),
        ("recorded", "lt", datetime(2024, 3, 5, tzinfo=UTC), [1, 3]),
        ("day", "is_null", None, [4]),
        ("day", "not_null", None, [1, 2, 3]),
    ],
)
def test_a_condition_keeps_the_rows_that_satisfy_it(column, op, value, rows):
    assert read(Condition(column, Operator(op), value)) == rows


def test_conditions_are_joined_by_and():
    theft = Condition("offence", Operator.EQ, "theft")
    assert read(theft, Condition("n", Operator.GE, 2), Condition("day", Operator.NOT_NULL)) == [2]


@pytest.mark.parametrize(
    ("op", "value"),
    [("eq", None), ("is_null", 1), ("in", "theft"), ("in", ()), ("eq", ("theft",)), ("lt", None)],
)
def test_a_malformed_condition_is_refused_before_anything_is_read(op, value):
    with pytest.raises(BadInput, match="condition offence"):
        Condition("offence", Operator(op), value)


def test_a_condition_is_spelt_for_the_ledger():
    when = Condition("recorded", Operator.LT, datetime(2024, 3, 5, tzinfo=UTC))
    days = Condition("day", Operator.IN, (date(2024, 3, 1), date(2024, 3, 2)))
    assert when.document() == {"column": "recorded", "op": "lt", "value": "2024-03-05T00:00:00.000Z"}
    assert days.document() == {"column": "day", "op": "in", "value": ["2024-03-01", "2024-03-02"]}


def test_parquet_parts_are_one_table(tmp_path: Path):
    parts = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for part, rows in zip(parts, (INCIDENTS.slice(0, 1), INCIDENTS.slice(1)), strict=True):
        pq.write_table(rows, part)
    total = ENGINE.run(parts, lambda t: t.group_by("offence").agg(n=t.n.sum()))
    assert {row["offence"]: row["n"] for row in total.to_pylist()} == {"theft": 7, "arson": 3}


def test_the_result_is_an_arrow_table_even_of_no_rows():
    empty = ENGINE.run(INCIDENTS.slice(0, 0), lambda t: t.select("offence", "n"))
    assert isinstance(empty, pa.Table)
    assert (empty.num_rows, empty.column_names) == (0, ["offence", "n"])


def test_no_other_file_can_be_opened(tmp_path: Path):
    other = tmp_path / "other.parquet"
    pq.write_table(INCIDENTS, other)

    def reach_out(table):
        connection = table.get_backend()
        return connection.read_parquet(str(other))

    handed = tmp_path / "handed.parquet"
    pq.write_table(INCIDENTS, handed)
    with pytest.raises(BadInput, match="file system operations are disabled"):
        ENGINE.run([handed], reach_out)


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '{folder}/kept.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM 'https://example.org/a.parquet'",
        "ATTACH '{folder}/kept.duckdb'",
    ],
)
def test_nothing_can_be_written_loaded_or_unlocked(tmp_path: Path, statement: str):
    handed = tmp_path / "handed.parquet"
    pq.write_table(INCIDENTS, handed)

    def break_out(table):
        table.get_backend().raw_sql(statement.format(folder=tmp_path))
        return table

    with pytest.raises(BadInput, match="could not compute"):
        ENGINE.run([handed], break_out)
    assert [path.name for path in tmp_path.iterdir()] == ["handed.parquet"]


def test_too_little_memory_is_said_in_a_sentence():
    numbers = pa.table({"n": range(1_500_000)})

    def everything_pairwise_sorted(table):
        return table.mutate(text=table.n.cast("string")).order_by(ibis.desc("text"))

    with pytest.raises(BadInput, match="more than the 20MB"):
        Engine(memory_limit="20MB", threads=1).run(numbers, everything_pairwise_sorted)


def test_a_missing_column_or_no_file_is_said_in_a_sentence(tmp_path: Path):
    with pytest.raises(BadInput, match="no column 'zone'"):
        read(Condition("zone", Operator.EQ, 1))
    with pytest.raises(BadInput, match="zone"):
        ENGINE.run(INCIDENTS, lambda t: t.select(t.zone))
    with pytest.raises(BadInput, match="no file to read"):
        ENGINE.run([], same)
    with pytest.raises(BadInput, match=r"absent\.parquet"):
        ENGINE.run([tmp_path / "absent.parquet"], same)


def test_what_prepares_sees_every_row_and_what_computes_only_the_chosen_columns():
    """A newest version must be found among all of them, before a condition can hide some."""

    def number_of_rows_beside(table):
        return table.mutate(of=table.count())

    theft = Condition("offence", Operator.EQ, "theft")
    result = ENGINE.run(INCIDENTS, prepare=number_of_rows_beside, where=[theft], columns=["n", "of"])
    assert sorted(result["n"].to_pylist()) == [1, 2, 4]
    assert result["of"].to_pylist() == [4, 4, 4]
    with pytest.raises(BadInput, match="offence"):
        ENGINE.run(INCIDENTS, lambda t: t.select(t.offence), columns=["n"])
