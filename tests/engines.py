"""Every engine the house can run on, as one fixture; Spark is skipped where it is not installed (`.ci/run` has it)."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec

import pytest

from peelian.storage.embedded import EmbeddedEngine
from peelian.storage.engine import Engine
from peelian.storage.spark import SparkEngine

needs_spark = pytest.mark.skipif(
    find_spec("pyspark") is None, reason="pyspark absent: pip install 'peelian[spark]'"
)

leaves_sockets = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""PySpark leaves the closing of its sockets to the garbage collector."""

EMBEDDED = EmbeddedEngine(memory_limit="500MB", threads=1)


@lru_cache(maxsize=1)
def spark() -> SparkEngine:
    """Return the one Spark session of the test run: beginning one takes seconds."""
    return SparkEngine(master="local[2]", memory="2g", partitions=2)


@pytest.fixture(params=["embedded", pytest.param("spark", marks=[needs_spark, leaves_sockets])])
def each_engine(request: pytest.FixtureRequest) -> Engine:
    return EMBEDDED if request.param == "embedded" else spark()
