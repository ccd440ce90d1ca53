"""The columns of the data kind `incident`: what one version of one incident looks like at rest.

There is no column for a name, a case number, an address or a narrative, and none may be added: a source's own
key is kept only as a keyed hash. A change of these columns is a new `VERSION` and a migration.
"""

from __future__ import annotations

import pyarrow as pa

from peelian.city.intake.shape import INSTANT, NAME, WORD, Shape

VERSION = 3
"""2: ids and keyed hashes are 16 bytes, where version 1 had their hexadecimal text.
3: `revised`, blank in older parts.
"""

SCHEMA = pa.schema(
    [
        pa.field("incident_id", NAME, nullable=False),  # UUIDv7
        pa.field("version", pa.int32(), nullable=False),  # from 1; a correction is the next
        pa.field("key_hmac", NAME, nullable=False),  # keyed hash of the source's key
        pa.field("content_hash", NAME, nullable=False),  # keyed hash of what the row says
        pa.field("occurred_start", INSTANT, nullable=False),
        pa.field("occurred_end", INSTANT),
        pa.field("reported", INSTANT),
        pa.field("recorded", INSTANT),
        pa.field("revised", INSTANT),  # since when the publisher says so; blank where it has never told
        pa.field(
            "local_date", pa.date32(), nullable=False
        ),  # civil date of occurred_start in the source's zone
        pa.field("local_hour", pa.int8()),  # null where the source tells the day only
        pa.field("time_note", WORD, nullable=False),  # domain.incident.TimeNote
        pa.field("lon", pa.float64(), nullable=False),  # WGS 84, degrees
        pa.field("lat", pa.float64(), nullable=False),
        pa.field("x_m", pa.float64(), nullable=False),  # in the deployment's projected system, metres
        pa.field("y_m", pa.float64(), nullable=False),
        pa.field("precision_m", pa.float32(), nullable=False),  # how exact the place is, metres
        pa.field("offence_published", WORD, nullable=False),  # the publisher's word or code
        pa.field("offence", WORD, nullable=False),  # the group it is counted in
        pa.field("origin", WORD, nullable=False),  # domain.incident.Origin
        pa.field("source", WORD, nullable=False),  # id of the mapping
        pa.field("withdrawn", pa.bool_(), nullable=False),
    ]
)
"""One version of one incident."""

INCIDENT = Shape(
    kind="incident",
    id="incident_id",
    schema=SCHEMA,
    times={role: role for role in ("occurred_start", "occurred_end", "reported", "recorded", "revised")},
    published="offence_published",
    group="offence",
    words=(),
    end="occurred_end",
)

KEYS = INCIDENT.keys
"""What must be known of the stored incidents to tell new ones from corrections."""

ACCEPTED = INCIDENT.accepted
"""A cleaned row before it has an id and a version."""

REJECTED = pa.schema(
    [
        pa.field("row_number", pa.int64(), nullable=False),  # from 1, blank lines and header not counted
        pa.field("reason", pa.string(), nullable=False),  # city.findings.Reason
        pa.field("raw_json", pa.string(), nullable=False),  # the mapped columns as published, nothing else
    ]
)
"""A row that was turned away. It may hold a source's key, so it belongs in the sealed records store."""
