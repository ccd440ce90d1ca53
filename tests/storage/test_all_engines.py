"""One suite over every engine: the same question gets the same answer from DuckDB and from Spark."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.domain.errors import BadInput
from peelian.storage.engine import Condition, Engine, Operator
from tests.engines import each_engine

engine = each_engine

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


def read(engine: Engine, *where: Condition) -> list[int]:
    return sorted(engine.run(INCIDENTS, same, where=where)["n"].to_pylist())


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
def test_a_condition_keeps_the_rows_that_satisfy_it(engine: Engine, column, op, value, rows):
    assert read(engine, Condition(column, Operator(op), value)) == rows


def test_conditions_are_joined_by_and(engine: Engine):
    theft = Condition("offence", Operator.EQ, "theft")
    assert read(engine, theft, Condition("n", Operator.GE, 2), Condition("day", Operator.NOT_NULL)) == [2]


def test_parquet_parts_are_one_table(engine: Engine, tmp_path: Path):
    parts = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for part, rows in zip(parts, (INCIDENTS.slice(0, 1), INCIDENTS.slice(1)), strict=True):
        pq.write_table(rows, part)
    total = engine.run(parts, lambda t: t.group_by("offence").agg(n=t.n.sum()))
    assert {row["offence"]: row["n"] for row in total.to_pylist()} == {"theft": 7, "arson": 3}


def test_a_part_written_before_a_column_existed_is_blank_in_it(engine: Engine, tmp_path: Path):
    older, newer = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(INCIDENTS.drop_columns("recorded"), older)
    pq.write_table(INCIDENTS.slice(0, 1), newer)
    told = {}
    for parts in ([older, newer], [older]):
        counted = engine.run(
            parts, lambda t: t.agg(n=t.count(), told=t.recorded.count()), schema=INCIDENTS.schema
        )
        told[len(parts)] = counted.to_pylist()
    assert told == {2: [{"n": 5, "told": 1}], 1: [{"n": 4, "told": 0}]}


def test_a_column_that_may_not_be_blank_must_be_there(engine: Engine, tmp_path: Path):
    part = tmp_path / "a.parquet"
    pq.write_table(INCIDENTS.drop_columns("n"), part)
    kept = pa.schema([field.with_nullable(field.name != "n") for field in INCIDENTS.schema])
    with pytest.raises(BadInput, match=r"no column 'n', which may not be blank; .*load them again"):
        engine.run([part], same, schema=kept)


def test_the_result_is_an_arrow_table_even_of_no_rows(engine: Engine):
    empty = engine.run(INCIDENTS.slice(0, 0), lambda t: t.select("offence", "n"))
    assert isinstance(empty, pa.Table)
    assert (empty.num_rows, empty.column_names) == (0, ["offence", "n"])


def test_a_missing_column_or_no_file_is_said_in_a_sentence(engine: Engine, tmp_path: Path):
    with pytest.raises(BadInput, match="no column 'zone'"):
        read(engine, Condition("zone", Operator.EQ, 1))
    with pytest.raises(BadInput, match="zone"):
        engine.run(INCIDENTS, lambda t: t.select(t.zone))
    with pytest.raises(BadInput, match="no file to read"):
        engine.run([], same)
    with pytest.raises(BadInput, match=r"absent\.parquet"):
        engine.run([tmp_path / "absent.parquet"], same)


def test_what_prepares_sees_every_row_and_what_computes_only_the_chosen_columns(engine: Engine):
    """A newest version must be found among all of them, before a condition can hide some."""

    def number_of_rows_beside(table):
        return table.mutate(of=table.count())

    theft = Condition("offence", Operator.EQ, "theft")
    result = engine.run(INCIDENTS, prepare=number_of_rows_beside, where=[theft], columns=["n", "of"])
    assert sorted(result["n"].to_pylist()) == [1, 2, 4]
    assert result["of"].to_pylist() == [4, 4, 4]
    with pytest.raises(BadInput, match="offence"):
        engine.run(INCIDENTS, lambda t: t.select(t.offence), columns=["n"])
