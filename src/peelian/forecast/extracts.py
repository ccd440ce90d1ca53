"""What may be asked of stored forecasts: the surfaces as they were committed."""

from __future__ import annotations

from peelian.forecast.surface_table import SCHEMA
from peelian.governance.extract import Extract

SURFACE = Extract(
    name="surface",
    version=1,
    kind="surface",
    columns=tuple(SCHEMA.names),
    schema=SCHEMA,
    charter_scope=False,
)
