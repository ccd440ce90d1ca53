"""The columns at rest of the data kinds `layer` and `condition`, as `card.yaml` shows them."""

from __future__ import annotations

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")

LAYER = pa.schema(
    [
        pa.field("set_id", pa.string(), nullable=False),
        pa.field("layer", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("valid_from", pa.date32()),  # null: unknown, counted as always there
        pa.field("valid_to", pa.date32()),  # first day it is gone; null: still there
        pa.field("recorded", INSTANT),  # null: known when the set's as-of day is over
        pa.field("lon", pa.float64(), nullable=False),
        pa.field("lat", pa.float64(), nullable=False),
        pa.field("x_m", pa.float64(), nullable=False),
        pa.field("y_m", pa.float64(), nullable=False),
        pa.field("value", pa.float64()),
    ]
)
"""One feature of one layer."""

CONDITION = pa.schema(
    [
        pa.field("set_id", pa.string(), nullable=False),
        pa.field("series", pa.string(), nullable=False),
        pa.field("area_id", pa.string()),  # null: the whole city
        pa.field("start", INSTANT, nullable=False),
        pa.field("end", INSTANT, nullable=False),
        pa.field("known", INSTANT, nullable=False),
        pa.field("value", pa.float64()),
        pa.field("word", pa.string()),
    ]
)
"""What held in one span of time; a number, a word, or both."""
