"""The columns of the data kind `incident`: what one version of one incident looks like at rest.

There is no column for a name, a case number, an address or a narrative, and none may be added: a source's own
key is kept only as a keyed hash. A change of these columns is a new `VERSION` and a migration.
"""

from __future__ import annotations

import pyarrow as pa

VERSION = 1

INSTANT = pa.timestamp("us", tz="UTC")

KEYS = pa.schema(
    [
        pa.field("incident_id", pa.string(), nullable=False),  # UUIDv7
        pa.field("version", pa.int32(), nullable=False),  # from 1; a correction is the next
        pa.field("key_hmac", pa.string(), nullable=False),  # keyed hash of the source's key
        pa.field("content_hash", pa.string(), nullable=False),  # keyed hash of what the row says
    ]
)
"""What must be known of the stored incidents to tell new ones from corrections."""

CONTENT = pa.schema(
    [
        pa.field("occurred_start", INSTANT, nullable=False),
        pa.field("occurred_end", INSTANT),
        pa.field("reported", INSTANT),
        pa.field("recorded", INSTANT),
        pa.field(
            "local_date", pa.date32(), nullable=False
        ),  # civil date of occurred_start in the source's zone
        pa.field("local_hour", pa.int8()),  # null where the source tells the day only
        pa.field("time_note", pa.string(), nullable=False),  # domain.incident.TimeNote
        pa.field("lon", pa.float64(), nullable=False),  # WGS 84, degrees
        pa.field("lat", pa.float64(), nullable=False),
        pa.field("x_m", pa.float64(), nullable=False),  # in the deployment's projected system, metres
        pa.field("y_m", pa.float64(), nullable=False),
        pa.field("precision_m", pa.float32(), nullable=False),  # how exact the publisher's place is, metres
        pa.field("offence_published", pa.string(), nullable=False),  # the publisher's word or code
        pa.field("offence", pa.string(), nullable=False),  # the group it is counted in
        pa.field("origin", pa.string(), nullable=False),  # domain.incident.Origin
        pa.field("source", pa.string(), nullable=False),  # id of the mapping
        pa.field("withdrawn", pa.bool_(), nullable=False),
    ]
)

ACCEPTED = pa.schema([KEYS.field("key_hmac"), KEYS.field("content_hash"), *CONTENT])
"""A cleaned row before it has an id and a version."""

SCHEMA = pa.schema([*KEYS, *CONTENT])
"""One version of one incident."""

REJECTED = pa.schema(
    [
        pa.field("row_number", pa.int64(), nullable=False),  # from 1, blank lines and header not counted
        pa.field("reason", pa.string(), nullable=False),  # city.findings.Reason
        pa.field("raw_json", pa.string(), nullable=False),  # the mapped columns as published, nothing else
    ]
)
"""A row that was turned away. It may hold a source's key, so it belongs in the sealed records store."""
