"""How far the times of change in a page reach: never beyond now, whatever a publisher's clock or a slip of a pen says.

A fetch that began at a time in the future would find nothing until that time came, and nobody would be told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime


def reach(changes: Iterable[str], *, now: datetime) -> tuple[str | None, tuple[str, ...]]:
    """Return the latest time of change that is not after `now`, and a note on those that are, or are no times."""
    told = list(changes)
    past = [change for change in told if is_past(change, now=now)]
    strange = [change for change in told if not is_past(change, now=now)]
    if not strange:
        return max(past, default=None), ()
    note = (
        f"{len(strange):,} rows say that they change later than now, or at no readable time (such as "
        f"{max(strange)}); they were taken, and the next fetch does not begin there"
    )
    return max(past, default=None), (note,)


def is_past(change: str, *, now: datetime) -> bool:
    """Return whether `change` is a time in ISO 8601, in UTC where it tells no zone, that is not after `now`."""
    try:
        instant = datetime.fromisoformat(change)
    except ValueError:
        return False
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) <= now
