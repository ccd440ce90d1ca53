"""The engine that reads city data: DuckDB in memory, driven by Ibis expressions, forgotten after each run.

For: turning Parquet parts or an Arrow table into one immutable Arrow table by a pure expression.
Not for: deciding who may read (the desk does), keeping anything, answering SQL, fetching from a network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import TypeAlias

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.common.exceptions import IbisError

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


@dataclass(frozen=True)
class Engine:
    """An embedded DuckDB that exists for the length of one run.

    It can open the files it is handed and nothing else: extensions, other paths and every network scheme
    are locked away before the expression is looked at, and nothing is spilled to disk.

    Parameters
    ----------
    memory_limit : what DuckDB may use, e.g. "3GB"; the result is held beside it.
    threads : how many; None for one per core.
    """

    memory_limit: str = "3GB"
    threads: int | None = None

    def run(
        self,
        source: Source,
        expression: Expression | None = None,
        *,
        prepare: Expression | None = None,
        where: Sequence[Condition] = (),
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return what `expression` makes of the rows of `source` that satisfy every condition of `where`.

        `source` is an Arrow table or the Parquet files that together are one table. `prepare` sees all of it
        before any row is chosen, `expression` only the chosen rows and the named `columns`. The result is
        computed to its end: no lazy table and no connection survives it. Its rows come in no particular order.

        Raises
        ------
        BadInput : the files or columns are not as expected, or the run needs more memory than allowed.
        """
        connection = self._connect(() if isinstance(source, pa.Table) else source)
        try:
            rows = (prepare or _as_it_is)(_rows(connection, source))
            chosen = reduce(lambda table, condition: table.filter(condition.holds(table)), where, rows)
            shown = chosen if columns is None else chosen.select(*columns)
            result: pa.Table = connection.to_pyarrow((expression or _as_it_is)(shown))
            return result
        except duckdb.OutOfMemoryException as error:
            raise BadInput(
                f"This run needs more than the {self.memory_limit} of memory it is allowed; "
                "raise the limit or ask for fewer days or cells."
            ) from error
        except (duckdb.Error, IbisError, AttributeError) as error:
            raise BadInput(f"The engine could not compute this: {str(error).splitlines()[0]}") from error
        finally:
            connection.disconnect()

    def _connect(self, files: Sequence[Path]) -> Backend:
        connection = ibis.duckdb.connect(
            ":memory:",
            memory_limit=self.memory_limit,
            **({"threads": self.threads} if self.threads else {}),
            temp_directory="",
            preserve_insertion_order=False,
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        connection.con.execute("SET allowed_paths = ?", [[str(path) for path in files]])
        connection.con.execute("SET enable_external_access = false")
        connection.con.execute("SET lock_configuration = true")
        return connection


def _as_it_is(table: ir.Table) -> ir.Table:
    return table


def _rows(connection: Backend, source: Source) -> ir.Table:
    if isinstance(source, pa.Table):
        return ibis.memtable(source)
    if not source:
        raise BadInput("There is no file to read; hand over at least one Parquet part or an Arrow table.")
    return connection.read_parquet([str(path) for path in source])
