"""The engine reads what it is handed, computes to the end, and can reach nothing else."""

from datetime import UTC, date, datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.domain.errors import BadInput
from peelian.storage.embedded import EmbeddedEngine
from peelian.storage.engine import Condition, Operator

ENGINE = EmbeddedEngine(memory_limit="200MB", threads=1)
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
        EmbeddedEngine(memory_limit="20MB", threads=1).run(numbers, everything_pairwise_sorted)
