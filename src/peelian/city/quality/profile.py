"""What is remembered of a delivery, so that the next can be compared with it: some dozens of numbers, no row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.domain.canonical import Document

RECENT_DAYS = 35
OLD_DAYS = 90
"""A row is old once it happened this many days before the last day of its delivery."""

MAY_BE_EMPTY = ("occurred_end", "reported", "recorded", "local_hour")


@dataclass(frozen=True)
class Profile:
    """One delivery in numbers.

    Parameters
    ----------
    delivery, source : ids of the load and of the mapping.
    rows : accepted rows.
    last_day : latest civil date in it.
    recent : rows on each of the RECENT_DAYS days that end with the last day.
    offences, empty : rows by offence group, and rows by column in which it is empty.
    old, old_corrected : rows older than OLD_DAYS, and how many of them say something else than what was stored.
    """

    delivery: str
    source: str
    rows: int
    last_day: date
    recent: tuple[int, ...]
    offences: Mapping[str, int]
    empty: Mapping[str, int]
    old: int
    old_corrected: int


def profile(accepted: pa.Table, *, corrections: pa.Table | None = None) -> Document:
    """Return the profile of a delivery's accepted rows, as the document that its load keeps.

    `corrections` are those of its rows that become a new version of a stored one.
    """
    days = accepted["local_date"].to_numpy().astype("M8[D]")
    last = days.max() if len(days) else np.datetime64("1970-01-01", "D")
    ago = (last - days).astype(np.int64)
    recent = np.bincount(ago[ago < RECENT_DAYS], minlength=RECENT_DAYS)[::-1]
    corrected = [] if corrections is None else corrections["local_date"].to_numpy().astype("M8[D]")
    return {
        "rows": accepted.num_rows,
        "last_day": str(last),
        "recent": recent.tolist(),
        "offences": _by_value(accepted["offence"]),
        "hours": _by_value(accepted["local_hour"]),
        "weekdays": np.bincount((days.astype(np.int64) + 3) % 7, minlength=7).tolist(),
        "empty": {name: accepted[name].null_count for name in MAY_BE_EMPTY},
        "old": int((ago > OLD_DAYS).sum()),
        "old_corrected": int(sum(last - day > np.timedelta64(OLD_DAYS, "D") for day in corrected)),
    }


def _by_value(column: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(column.drop_null()).to_pylist()
    return {str(item["values"]): item["counts"] for item in sorted(counted, key=lambda item: item["values"])}


def profile_of_load(body: Mapping[str, Any]) -> Profile | None:
    """Return the profile that the body of a load's record holds, or None for loads from before there were any."""
    kept = body.get("profile")
    if kept is None or not kept["rows"]:
        return None
    return Profile(
        delivery=body["load_id"],
        source=body["source"],
        rows=kept["rows"],
        last_day=date.fromisoformat(kept["last_day"]),
        recent=tuple(kept["recent"]),
        offences=dict(kept["offences"]),
        empty=dict(kept["empty"]),
        old=kept["old"],
        old_corrected=kept["old_corrected"],
    )
