"""What may be asked of the stored incidents and calls, the same that `card.yaml` shows to the public."""

from __future__ import annotations

from peelian.city import features
from peelian.city.intake.call_table import CALL
from peelian.city.intake.incident_table import INCIDENT
from peelian.city.intake.shape import handed_out
from peelian.governance.extract import Extract

COUNTS = Extract(
    name="incident-counts",
    version=2,
    kind="incident",
    columns=("local_date", "time_note", "recorded", "offence", "origin", "x_m", "y_m", "precision_m"),
    schema=handed_out(INCIDENT.schema),
    prepare=features.current,
)
"""Where and on which day, and how exactly, for counting by cell and day; what a forecast may ask for."""

KEYS = Extract(
    name="incident-keys",
    version=2,
    kind="incident",
    columns=tuple(INCIDENT.keys.names),
    schema=handed_out(INCIDENT.schema),
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
    schema=handed_out(INCIDENT.schema),
    prepare=features.current,
    charter_scope=False,
)
"""What the figures about the data themselves need."""

CALL_COUNTS = Extract(
    name="call-counts",
    version=1,
    kind="call",
    columns=(
        "received",
        "dispatched",
        "arrived",
        "cleared",
        "recorded",
        "local_date",
        "local_hour",
        "call_type",
        "priority",
        "disposition",
        "origin",
        "x_m",
        "y_m",
    ),
    schema=handed_out(CALL.schema),
    prepare=features.current_calls,
)
"""When, where and how urgent, for response cover and counting by cell; no caller is in it."""

CALL_KEYS = Extract(
    name="call-keys",
    version=2,
    kind="call",
    columns=tuple(CALL.keys.names),
    schema=handed_out(CALL.schema),
    charter_scope=False,
)
"""Which calls are already stored, to recognise a repeated or corrected one."""

KEYS_OF = {"incident": KEYS, "call": CALL_KEYS}
"""By data kind, which of its rows are already stored."""
