"""The kinds of rows that publishers deliver, by the word a mapping calls them by."""

from __future__ import annotations

from peelian.city.intake.call_table import CALL
from peelian.city.intake.incident_table import INCIDENT
from peelian.city.intake.shape import Shape
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput

SHAPES = {shape.kind: shape for shape in (INCIDENT, CALL)}


def shape_of(mapping: SourceMapping) -> Shape:
    """Return the columns that rows of this source are stored in; a time they have no place for is `BadInput`."""
    shape = SHAPES[mapping.kind]
    of_others = {role for other in SHAPES.values() for role in other.times} - set(shape.times)
    if strange := of_others & set(mapping.columns.by_role()):
        raise BadInput(
            f"{mapping.id}: a {mapping.kind} has no {min(strange)}; its times are {', '.join(shape.times)}, so take "
            "that column out."
        )
    return shape
