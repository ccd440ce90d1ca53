"""Windows of days whose data people have marked as unreliable: a unit under investigation, a change of system.

A mark removes nothing. It lets a forecast be made without those days as well, so that the difference can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

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
    areas : ids of the areas it concerns; none means the whole city.
    offences : offence groups it concerns; none means all.
    reason : why, in a sentence. It names no person.
    marked_by : id of the principal who marked it.
    """

    window_id: str
    period: Period
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
        areas=tuple(document["areas"]),
        offences=tuple(document["offences"]),
        reason=document["reason"],
        marked_by=document["marked_by"],
    )


def without(
    incidents: pa.Table, windows: Sequence[UnreliableWindow], *, area_of: NDArray[np.str_] | None = None
) -> pa.Table:
    """Return the incidents (columns `local_date`, `offence`) that lie in none of the windows.

    Parameters
    ----------
    area_of : (n,) id of the area of each row; needed where a window concerns areas.
    """
    if area_of is None and any(window.areas for window in windows):
        raise BadInput("A window concerns single areas, so give the area of each incident as `area_of`.")
    kept = np.ones(incidents.num_rows, dtype=bool)
    days = incidents["local_date"].to_numpy().astype("M8[D]")
    for window in windows:
        inside = (days >= np.datetime64(window.period.start)) & (days < np.datetime64(window.period.end))
        if window.offences:
            inside &= pc.is_in(incidents["offence"], pa.array(window.offences)).to_numpy()
        if window.areas:
            inside &= np.isin(np.asarray(area_of), window.areas)
        kept &= ~inside
    return incidents.filter(pa.array(kept))


def excluded_days(windows: Sequence[UnreliableWindow], *, offence: str) -> tuple[date, ...]:
    """Return, in order, the days that are unreliable in the whole city for an offence group.

    Windows of single areas are not among them: the other areas' days are good, and only `without` can part them.
    """
    days = {
        window.period.start + timedelta(days=day)
        for window in windows
        if window.concerns(offence) and not window.areas
        for day in range(window.period.days)
    }
    return tuple(sorted(days))
