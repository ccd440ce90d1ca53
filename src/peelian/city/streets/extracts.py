"""What may be asked of the stored streets, the same that `card.yaml` shows to the public."""

from __future__ import annotations

from peelian.city.streets.tables import EDGES, NODES
from peelian.governance.extract import Extract

STREET_NODES = Extract(
    name="street-nodes",
    version=1,
    kind="street-node",
    columns=tuple(NODES.names),
    schema=NODES,
    charter_scope=False,
)
"""The nodes of a street network."""

STREET_EDGES = Extract(
    name="street-edges",
    version=1,
    kind="street-edge",
    columns=tuple(EDGES.names),
    schema=EDGES,
    charter_scope=False,
)
"""The edges of a street network, for routing and for placing addresses."""
