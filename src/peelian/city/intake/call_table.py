"""The columns of the data kind `call`: what one version of one call for service looks like at rest.

No caller, no telephone number, no address and no narrative is in it, and none may be added. A change of these
columns is a new `VERSION` and a migration.
"""

from __future__ import annotations

import pyarrow as pa

from peelian.city.intake.shape import INSTANT, NAME, WORD, Shape

VERSION = 2
"""2: `revised`, blank in older parts."""

SCHEMA = pa.schema(
    [
        pa.field("call_id", NAME, nullable=False),  # UUIDv7
        pa.field("version", pa.int32(), nullable=False),  # from 1; a correction is the next
        pa.field("key_hmac", NAME, nullable=False),  # keyed hash of the source's key
        pa.field("content_hash", NAME, nullable=False),  # keyed hash of what the row says
        pa.field("received", INSTANT, nullable=False),
        pa.field("dispatched", INSTANT),  # a unit was sent
        pa.field("arrived", INSTANT),  # the first unit was there
        pa.field("cleared", INSTANT),  # the last unit was free again
        pa.field("recorded", INSTANT),
        pa.field("revised", INSTANT),  # since when the publisher says so; blank where it has never told
        pa.field("local_date", pa.date32(), nullable=False),  # civil date of received in the source's zone
        pa.field("local_hour", pa.int8()),  # null where the source tells the day only
        pa.field("time_note", WORD, nullable=False),  # domain.incident.TimeNote
        pa.field("lon", pa.float64(), nullable=False),  # WGS 84, degrees
        pa.field("lat", pa.float64(), nullable=False),
        pa.field("x_m", pa.float64(), nullable=False),  # in the deployment's projected system, metres
        pa.field("y_m", pa.float64(), nullable=False),
        pa.field("precision_m", pa.float32(), nullable=False),  # how exact the place is, metres
        pa.field("call_type_published", WORD, nullable=False),  # the publisher's word or code
        pa.field("call_type", WORD, nullable=False),  # the group it is counted in
        pa.field("priority", WORD),  # as published
        pa.field("disposition", WORD),  # as published
        pa.field("origin", WORD, nullable=False),  # domain.incident.Origin
        pa.field("source", WORD, nullable=False),  # id of the mapping
        pa.field("withdrawn", pa.bool_(), nullable=False),
    ]
)
"""One version of one call."""

CALL = Shape(
    kind="call",
    id="call_id",
    schema=SCHEMA,
    times={"occurred_start": "received"}
    | {role: role for role in ("dispatched", "arrived", "cleared", "recorded", "revised")},
    published="call_type_published",
    group="call_type",
    words=("priority", "disposition"),
    end="cleared",
)
