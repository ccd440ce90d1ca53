"""What may be asked of stored layers and conditions, as `card.yaml` shows it to the public."""

from __future__ import annotations

from peelian.city.environment.tables import CONDITION, LAYER
from peelian.governance.extract import Extract

LAYER_FEATURES = Extract(
    name="layer-features",
    version=1,
    kind="layer",
    columns=("set_id", "layer", "category", "valid_from", "valid_to", "recorded", "x_m", "y_m", "value"),
    schema=LAYER,
)

CONDITION_SERIES = Extract(
    name="condition-series",
    version=1,
    kind="condition",
    columns=("set_id", "series", "area_id", "start", "end", "known", "value", "word"),
    schema=CONDITION,
)
