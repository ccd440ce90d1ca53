"""The engine of one machine: DuckDB in memory, driven by Ibis expressions, forgotten after each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.common.exceptions import IbisError

from peelian.domain.errors import BadInput
from peelian.storage.engine import Condition, Expression, Source, require_files, shown


@dataclass(frozen=True)
class EmbeddedEngine:
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
        schema: pa.Schema | None = None,
        prepare: Expression | None = None,
        where: Sequence[Condition] = (),
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Compute, as `engine.Engine` says."""
        connection = self._connect(() if isinstance(source, pa.Table) else source)
        try:
            rows = _rows(connection, source)
            asked = shown(rows, expression, schema=schema, prepare=prepare, where=where, columns=columns)
            result: pa.Table = connection.to_pyarrow(asked)
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

    def close(self) -> None:
        """Do nothing: each run has let go of everything."""

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


def _rows(connection: Backend, source: Source) -> ir.Table:
    if isinstance(source, pa.Table):
        return ibis.memtable(source)
    require_files(source)
    return connection.read_parquet([str(path) for path in source], union_by_name=True)
