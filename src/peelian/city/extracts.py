"""What may be asked of the stored incidents: three extracts, the same that `card.yaml` shows to the public."""

from __future__ import annotations

from peelian.city import features
from peelian.city.incident_table import SCHEMA
from peelian.governance.extract import Extract

COUNTS = Extract(
    name="incident-counts",
    version=1,
    kind="incident",
    columns=("local_date", "recorded", "offence", "origin", "x_m", "y_m"),
    schema=SCHEMA,
    prepare=features.current,
)
"""Where and on which day, for counting by cell and day; what a forecast may ask for."""

KEYS = Extract(
    name="incident-keys",
    version=1,
    kind="incident",
    columns=("incident_id", "version", "key_hmac", "content_hash"),
    schema=SCHEMA,
    charter_scope=False,
)
"""Which rows are already stored, to recognise a repeated or corrected one."""

QUALITY = Extract(
    name="incident-quality",
    version=1,
    kind="incident",
    columns=(
        "local_date",
        "local_hour",
        "time_note",
        "occurred_start",
        "reported",
        "recorded",
        "x_m",
        "y_m",
        "offence",
        "origin",
        "source",
    ),
    schema=SCHEMA,
    prepare=features.current,
    charter_scope=False,
)
"""What the figures about the data themselves need."""
