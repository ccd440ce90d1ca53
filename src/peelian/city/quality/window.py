"""Windows of days whose data people have marked as unreliable: a unit under investigation, a change of system.

A mark removes nothing. It lets a forecast be made as well as if those days had not been observed there, so that the
difference can be shown (`forecast.sensitivity`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.time import Period, period_from_document

SHORTEST_REASON = 12
"""Characters: a reason that fits in less says nothing to whoever reads the mark in a year."""


@dataclass(frozen=True)
class UnreliableWindow:
    """Days, in places and offences, that are not to be relied on.

    Parameters
    ----------
    window_id : UUIDv7.
    period : the days, the end not included.
    layer : kind of area that `areas` are of, e.g. "beat"; "" for the whole city.
    areas : ids of the areas it concerns; none means the whole city.
    offences : offence groups it concerns; none means all.
    reason : why, in a sentence. It names no person.
    marked_by : id of the principal who marked it.
    """

    window_id: str
    period: Period
    layer: str
    areas: tuple[str, ...]
    offences: tuple[str, ...]
    reason: str
    marked_by: str

    def __post_init__(self) -> None:
        if len(self.reason.strip()) < SHORTEST_REASON:
            raise BadInput(
                f"The reason {self.reason!r} for marking {self.period} as unreliable is too short; say in a "
                "sentence what happened, without naming a person."
            )

    def document(self) -> Document:
        """Return the window as a plain document."""
        return {
            "window_id": self.window_id,
            "period": self.period.document(),
            "layer": self.layer,
            "areas": list(self.areas),
            "offences": list(self.offences),
            "reason": self.reason,
            "marked_by": self.marked_by,
        }

    def concerns(self, offence: str) -> bool:
        """Return whether the window is about this offence group."""
        return not self.offences or offence in self.offences


def window_from_document(document: Mapping[str, Any]) -> UnreliableWindow:
    """Return the window that `document` was made from."""
    return UnreliableWindow(
        window_id=document["window_id"],
        period=period_from_document(document["period"]),
        layer=document.get("layer", ""),  # older marks named none
        areas=tuple(document["areas"]),
        offences=tuple(document["offences"]),
        reason=document["reason"],
        marked_by=document["marked_by"],
    )
