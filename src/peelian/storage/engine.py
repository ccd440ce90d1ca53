"""What every engine does with city data: pure expressions over parts, computed to the end, forgotten afterwards.

For: the contract (`Engine`) that the desk relies on, conditions, and the one order in which rows are prepared,
chosen and shown. Not for: deciding who may read (the desk does), nor for any one engine: DuckDB stands in
`embedded`, Apache Spark in `spark`, and one suite of tests runs over both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import Protocol, TypeAlias

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.expr.datatypes import DataType

from peelian.domain.canonical import Document, Json
from peelian.domain.errors import BadInput
from peelian.domain.time import iso

Scalar: TypeAlias = str | int | float | bool | date | datetime
Source: TypeAlias = pa.Table | Sequence[Path]
Expression: TypeAlias = Callable[[ir.Table], ir.Table]


class Operator(StrEnum):
    """How a condition compares."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    IS_NULL = "is_null"
    NOT_NULL = "not_null"


_COMPARISONS: dict[Operator, Callable[[ir.Column, Scalar | tuple[Scalar, ...] | None], ir.BooleanValue]] = {
    Operator.EQ: lambda column, value: column == value,
    Operator.NE: lambda column, value: column != value,
    Operator.LT: lambda column, value: column < value,
    Operator.LE: lambda column, value: column <= value,
    Operator.GT: lambda column, value: column > value,
    Operator.GE: lambda column, value: column >= value,
    Operator.IN: lambda column, value: column.isin(value),
    Operator.IS_NULL: lambda column, _: column.isnull(),
    Operator.NOT_NULL: lambda column, _: column.notnull(),
}
_VALUELESS = {Operator.IS_NULL, Operator.NOT_NULL}


@dataclass(frozen=True)
class Condition:
    """One comparison that a row must satisfy; several of them are joined by "and".

    Parameters
    ----------
    column : name of the column.
    op : the comparison.
    value : a scalar; a non-empty tuple for `in`; None for `is_null` and `not_null`, and only there.
    """

    column: str
    op: Operator
    value: Scalar | tuple[Scalar, ...] | None = None

    def __post_init__(self) -> None:
        if (self.op in _VALUELESS) != (self.value is None):
            raise BadInput(
                f"The condition {self.column} {self.op} does not go with the value {self.value!r}."
            )
        if (self.op is Operator.IN) != isinstance(self.value, tuple) or self.value == ():
            raise BadInput(
                f"The condition {self.column} {self.op} {self.value!r} is malformed; "
                "`in` takes a list of at least one value, every other comparison takes a single one."
            )

    def document(self) -> Document:
        """Return the condition as the plain document that a ledger entry carries."""
        value = self.value
        spelt = [_spell(each) for each in value] if isinstance(value, tuple) else _spell(value)
        return {"column": self.column, "op": self.op.value, "value": spelt}

    def holds(self, table: ir.Table) -> ir.BooleanValue:
        """Return the condition as an expression over `table`."""
        if self.column not in table.columns:
            raise BadInput(
                f"There is no column {self.column!r} to set a condition on; there are {list(table.columns)}."
            )
        return _COMPARISONS[self.op](table[self.column], self.value)


def _spell(value: Scalar | None) -> Json:
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value


class Engine(Protocol):
    """Computes pure expressions over an Arrow table or over Parquet parts that together are one table."""

    def run(
        self,
        source: Source,
        expression: Expression | None = None,
        *,
        schema: pa.Schema | None = None,
        prepare: Expression | None = None,
        where: Sequence[Condition] = (),
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return what `expression` makes of the rows of `source` that satisfy every condition of `where`.

        Columns of `schema` that files written earlier do not have are blank in their rows; without `schema` all files
        have the same. `prepare` sees all rows before any is chosen, `expression` only the chosen rows and the named
        `columns`. The result is computed to its end, nothing lazy survives, and its rows come in no order.

        Raises
        ------
        BadInput : the files or columns are not as expected, or the run needs more memory than allowed.
        """
        ...

    def close(self) -> None:
        """Let go of what was kept between runs."""
        ...


def shown(
    rows: ir.Table,
    expression: Expression | None,
    *,
    schema: pa.Schema | None,
    prepare: Expression | None,
    where: Sequence[Condition],
    columns: Sequence[str] | None,
) -> ir.Table:
    """Return the whole expression an engine has to compute: filled up, prepared, chosen, cut to columns, then asked."""
    full = rows if schema is None else _filled_up(rows, schema)
    prepared = full if prepare is None else prepare(full)
    chosen = reduce(lambda table, condition: table.filter(condition.holds(table)), where, prepared)
    cut = chosen if columns is None else chosen.select(*columns)
    return cut if expression is None else expression(cut)


def _filled_up(rows: ir.Table, schema: pa.Schema) -> ir.Table:
    """Return the rows with the columns that came after they were written, blank."""
    missing = [field for field in schema if field.name not in rows.columns]
    if wrong := [field.name for field in missing if not field.nullable]:
        raise BadInput(
            f"The stored rows have no column {wrong[0]!r}, which may not be blank; they were written by another "
            "version of this room, so load them again."
        )
    blank = {field.name: ibis.null(DataType.from_pyarrow(field.type)) for field in missing}
    return rows.mutate(**blank) if blank else rows


def require_files(files: Sequence[Path]) -> None:
    """Refuse to read nothing: an empty store is answered by an empty table, never by an engine."""
    if not files:
        raise BadInput("There is no file to read; hand over at least one Parquet part or an Arrow table.")
