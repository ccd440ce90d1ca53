"""The engine beyond one machine: the same expressions on Apache Spark, in a session that is kept while it is used.

For: deployments whose incidents outgrow one machine. Needs `pip install 'peelian[spark]'` and Java 17 or newer.
Unlike DuckDB, Spark has no lock on what it may open; what it is handed is decided by the desk alone, and the
session listens on the loopback address only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.common.exceptions import IbisError

from peelian.domain.errors import BadInput
from peelian.storage.engine import Condition, Expression, Source, require_files, shown

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",  # instants are UTC everywhere in the house
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never a wrong number
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


@dataclass
class SparkEngine:
    """A Spark session that is begun with the first run and ended by `close`.

    Parameters
    ----------
    master : where Spark runs: `local[2]` for two threads here, `spark://...` or `yarn` for a cluster.
    memory : what the driver may use, e.g. "3g".
    partitions : into how many parts rows are spread between steps.
    """

    master: str = "local[*]"
    memory: str = "3g"
    partitions: int = 8
    _session: Any = field(default=None, init=False, repr=False)
    _ours: bool = field(default=False, init=False, repr=False)

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
        session = self._begun()
        from pyspark.errors import PySparkException  # noqa: PLC0415

        connection = _connected(session)
        try:
            rows = _rows(connection, source)
            asked = shown(rows, expression, schema=schema, prepare=prepare, where=where, columns=columns)
            connection._register_in_memory_tables(asked)
            found: pa.Table = session.sql(connection.compile(asked)).toArrow()
            return found.cast(asked.schema().to_pyarrow())
        except (PySparkException, IbisError, AttributeError) as error:
            raise BadInput(f"Spark could not compute this: {str(error).splitlines()[0]}") from error

    def close(self) -> None:
        """End the session, if this engine began one."""
        if self._ours:
            self._session.stop()
        self._session, self._ours = None, False

    def _begun(self) -> Any:
        if self._session is None:
            try:
                from pyspark.sql import SparkSession  # noqa: PLC0415  # an extra, and seconds to import
            except ImportError:
                raise BadInput(
                    "The Spark engine is not installed; run `pip install 'peelian[spark]'`, or unset PEELIAN_ENGINE."
                ) from None
            self._ours = SparkSession.getActiveSession() is None
            builder = SparkSession.builder.appName("peelian").master(self.master)
            for name, value in SETTINGS.items():
                builder = builder.config(name, value)
            builder = builder.config("spark.driver.memory", self.memory)
            self._session = builder.config("spark.sql.shuffle.partitions", self.partitions).getOrCreate()
            self._session.sparkContext.setLogLevel("ERROR")
        return self._session


def _connected(session: Any) -> Any:
    """Return Ibis's Spark backend, with small tables handed over as Arrow.

    Ibis hands them over, and takes results back, through pandas; PySpark 4.0 does not go with pandas 3, and Arrow
    keeps the exact types.
    """
    from ibis.backends.pyspark import Backend  # noqa: PLC0415  # needs the extra

    class ArrowBackend(Backend):  # type: ignore[misc]  # Ibis is not typed
        def _register_in_memory_table(self, op: Any) -> None:
            handed = op.data.to_pyarrow(op.schema)
            self._session.createDataFrame(handed).createOrReplaceTempView(op.name)

    connection = ArrowBackend()
    connection.register_options()
    connection.do_connect(session)
    return connection


def _rows(connection: Any, source: Source) -> ir.Table:
    if isinstance(source, pa.Table):
        return ibis.memtable(source)
    require_files(source)
    frame = connection._session.read.option("mergeSchema", "true").parquet(*map(str, source))
    name = ibis.util.gen_name("parts")
    frame.createOrReplaceTempView(name)
    rows: ir.Table = connection.table(name)
    return rows
