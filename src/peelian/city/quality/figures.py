"""Figures about the data themselves, to be read before any map: what is there, what is missing, what looks wrong.

None of them is a verdict. A pile of incidents at one point may be a station; many at midnight may be a clerk's
habit. Each figure says of how many rows it speaks, and a place is named only where at least `SMALLEST` rows lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.civil_time import Moments, to_local
from peelian.city.findings import Reason
from peelian.city.quality.rows import numbered, square_metres
from peelian.domain.canonical import Document, Json
from peelian.domain.incident import TimeNote
from peelian.domain.place import Floats

SMALLEST = 10
"""Small numbers stay unsaid: no place with fewer rows is named, no quantile of fewer is given."""

PILES = 10
QUANTILES = (0.5, 0.9, 0.95, 0.99)
DELIVERED = "rows delivered, repeats included"

WEEKS_COMPARED = 8
WEEKS_BACK = 4

Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Share:
    """`n` of `of` rows; `rows` says which, where they are not the stored ones."""

    name: str
    label: str
    n: int
    of: int
    rows: str = "rows"

    @property
    def text(self) -> str:
        """Return the figure as it is shown."""
        return f"{self.n:,} ({self.n / self.of:.2%})" if self.of else "none"

    @property
    def of_text(self) -> str:
        """Return the denominator as it is shown."""
        return f"{self.of:,} {self.rows}"


@dataclass(frozen=True)
class Lag:
    """The `quantile` of the days from occurrence to record, over `of` rows; None where they are too few."""

    quantile: float
    days: float | None
    of: int

    @property
    def label(self) -> str:
        """Return what was measured."""
        return f"recorded within, {self.quantile:.0%} of rows"

    @property
    def text(self) -> str:
        """Return the figure as it is shown."""
        return "withheld, too few" if self.days is None else f"{self.days:.1f} days"

    @property
    def of_text(self) -> str:
        """Return the denominator as it is shown."""
        return f"{self.of:,} rows with a recorded time"


@dataclass(frozen=True)
class MonthCount:
    """Rows whose local date lies in the month that begins on `month`."""

    month: date
    rows: int


@dataclass(frozen=True)
class Pile:
    """A point at which `rows` incidents lie, to the metre, in the deployment's projected system."""

    x_m: int
    y_m: int
    rows: int


@dataclass(frozen=True)
class QualityFigures:
    """What can be said of the data as such.

    Parameters
    ----------
    incidents : current incidents the figures speak of.
    months : rows per month, months without rows included.
    offences : share of each offence group.
    rejected : rows turned away, by reason, of all rows ever read: a row that came four times counts four times.
    times, places, filled : shares as labelled.
    piles : the largest piles at one point, none of fewer than SMALLEST rows.
    lags : quantiles of the reporting lag.
    latest_complete_week : Monday of the last week that seems to be all there; a guess, see `_complete_week`.
    """

    incidents: int
    months: tuple[MonthCount, ...]
    offences: tuple[Share, ...]
    rejected: tuple[Share, ...]
    times: tuple[Share, ...]
    places: tuple[Share, ...]
    filled: tuple[Share, ...]
    piles: tuple[Pile, ...]
    lags: tuple[Lag, ...]
    latest_complete_week: date | None

    def lines(self) -> tuple[Share | Lag, ...]:
        """Return every figure that is one line: label, text and what it is a share of."""
        return (*self.rejected, *self.times, *self.places, *self.filled, *self.lags, *self.offences)

    def document(self) -> Document:
        """Return the figures as a plain document."""
        groups = ("offences", "rejected", "times", "places", "filled")
        week = self.latest_complete_week
        return {
            "incidents": self.incidents,
            "months": [{"month": f"{count.month:%Y-%m}", "rows": count.rows} for count in self.months],
            **{group: [dict(vars(share)) for share in getattr(self, group)] for group in groups},
            "piles": [dict(vars(pile)) for pile in self.piles],
            "piles_at_least": SMALLEST,
            "lags": [dict(vars(lag)) for lag in self.lags],
            "latest_complete_week": None if week is None else str(week),
        }


def quality_figures(
    incidents: pa.Table, *, loads: Sequence[Document] = (), zone: str = "UTC"
) -> QualityFigures:
    """Return the figures of the current `incidents` (columns of `features.figured`).

    Parameters
    ----------
    loads : the record of each load, of which `read` and `reasons` (rows by reason) are used.
    zone : of the incidents; only its minutes matter, so UTC does for every zone whole hours from it.
    """
    days = incidents["local_date"].to_numpy().astype("M8[D]")
    lag = _lag_days(incidents)
    known = lag[~np.isnan(lag)]
    return QualityFigures(
        incidents=incidents.num_rows,
        months=_months(days),
        offences=_offences(incidents),
        rejected=_rejected(loads),
        times=_times(incidents, days, lag, zone),
        places=(_repeated(incidents),),
        filled=tuple(_filled(incidents, column) for column in ("local_hour", "reported", "recorded")),
        piles=_piles(incidents),
        lags=tuple(_lag(known, quantile) for quantile in QUANTILES),
        latest_complete_week=_complete_week(incidents, days, lag),
    )


def _months(days: NDArray[np.datetime64]) -> tuple[MonthCount, ...]:
    if not len(days):
        return ()
    months = days.astype("M8[M]")
    counts = np.bincount((months - months.min()).astype(np.int64))
    first = np.arange(len(counts)) + months.min()
    return tuple(
        MonthCount(month, int(rows))
        for month, rows in zip(first.astype("M8[D]").tolist(), counts, strict=True)
    )


def _offences(incidents: pa.Table) -> tuple[Share, ...]:
    counts = {item["values"]: item["counts"] for item in incidents["offence"].value_counts().to_pylist()}
    return tuple(Share(f"offence-{name}", name, counts[name], incidents.num_rows) for name in sorted(counts))


def _rejected(loads: Iterable[Document]) -> tuple[Share, ...]:
    read, reasons = 0, dict.fromkeys((reason.value for reason in Reason), 0)
    for load in loads:
        read += _whole(load["read"])
        by_reason = load["reasons"]
        assert isinstance(by_reason, dict)
        for reason, rows in by_reason.items():
            reasons[reason] += _whole(rows)
    found = [
        Share(f"rejected-{name}", f"rejected: {name}", rows, read, DELIVERED)
        for name, rows in reasons.items()
        if rows
    ]
    return (Share("rejected", "rejected", sum(share.n for share in found), read, DELIVERED), *found)


def _whole(value: Json) -> int:
    assert isinstance(value, int)
    return value


def _times(incidents: pa.Table, days: NDArray[np.datetime64], lag: Floats, zone: str) -> tuple[Share, ...]:
    """Return what is strange about the times."""
    n = incidents.num_rows
    notes, hours = incidents["time_note"], incidents["local_hour"]
    local = to_local(_moments(incidents, "occurred_start"), zone=zone)
    on_the_hour = (local - local.astype("M8[h]")) == np.timedelta64(0, "us")
    at_midnight = on_the_hour & pc.fill_null(pc.equal(hours, 0), False).to_numpy()
    first = days == days.astype("M8[M]").astype("M8[D]")
    return (
        Share("ambiguous", "time happened twice that night", _count(notes, TimeNote.AMBIGUOUS), n),
        Share("gap", "time did not exist that night", _count(notes, TimeNote.GAP), n),
        Share(
            "midnight",
            "midnight exactly, perhaps for an unknown time",
            int(at_midnight.sum()),
            n - hours.null_count,
        ),
        Share("first-of-month", f"first of the month{_by_chance(days)}", int(first.sum()), n),
        Share(
            "recorded-early", "recorded before it occurred", int((lag < 0).sum()), int((~np.isnan(lag)).sum())
        ),
    )


def _by_chance(days: NDArray[np.datetime64]) -> str:
    """Return the share of firsts among the days from the first to the last, in words: a short file has no 12 in 365."""
    if not len(days):
        return ""
    dates = np.arange(days.min(), days.max() + 1)
    firsts = int((dates == dates.astype("M8[M]").astype("M8[D]")).sum())
    return f" (as are {firsts / len(dates):.1%} of the days)"


def _count(column: pa.ChunkedArray, value: str) -> int:
    return int(pc.sum(pc.equal(column, value)).as_py() or 0)


def _moments(incidents: pa.Table, column: str) -> Moments:
    """Return the instants of a column, NaT where it is null."""
    moments: Moments = incidents[column].cast(pa.timestamp("us", tz="UTC")).to_numpy().astype("M8[us]")
    return moments


def _repeated(incidents: pa.Table) -> Share:
    """Return the rows that equal another in moment, point and offence: in small squares some must."""
    n = incidents.num_rows
    which = np.zeros(n, dtype=np.int64)
    for column in ("occurred_start", "x_m", "y_m", "offence") if n else ():
        told = numbered(incidents[column])
        which = numbered(which * (int(told.max()) + 1) + told)
    different = int(which.max()) + 1 if n else 0
    return Share("equal-rows", "equal to an earlier row", n - different, n)


def _filled(incidents: pa.Table, column: str) -> Share:
    n = incidents.num_rows
    return Share(f"filled-{column}", f"{column.replace('_', ' ')} known", n - incidents[column].null_count, n)


def _piles(incidents: pa.Table) -> tuple[Pile, ...]:
    x_m, y_m = incidents["x_m"].to_numpy(), incidents["y_m"].to_numpy()
    _, first, rows = np.unique(square_metres(x_m, y_m), return_index=True, return_counts=True)
    largest = np.argsort(-rows, kind="stable")[:PILES]
    at = (first[i] for i in largest)
    piles = (
        Pile(int(np.rint(x_m[i])), int(np.rint(y_m[i])), int(n))
        for i, n in zip(at, rows[largest], strict=True)
    )
    return tuple(pile for pile in piles if pile.rows >= SMALLEST)


def _lag_days(incidents: pa.Table) -> Floats:
    """Return the days from occurrence to record, NaN where the record's time is unknown."""
    lag = _moments(incidents, "recorded") - _moments(incidents, "occurred_start")
    return np.where(np.isnat(lag), np.nan, lag / np.timedelta64(1, "D"))


def _lag(known: Floats, quantile: float) -> Lag:
    days = float(np.quantile(known, quantile)) if len(known) >= SMALLEST else None
    return Lag(quantile, days, len(known))


def _complete_week(incidents: pa.Table, days: NDArray[np.datetime64], lag: Floats) -> date | None:
    """Return the Monday of the last week that seems to be all there, or None.

    A week counts if it ended early enough for 95 % of its rows to have been recorded by the latest record (where
    nothing is known of records: by the latest incident), and holds at least half the median of the eight weeks
    before it. A guess for the eye, never an input of a forecast.
    """
    if not len(days):
        return None
    last = days.max()
    if (~np.isnan(lag)).sum() >= SMALLEST:
        delay = np.timedelta64(int(np.ceil(max(0.0, float(np.nanquantile(lag, 0.95))))), "D")
        last = np.nanmax(_moments(incidents, "recorded")).astype("M8[D]") - delay
    weeks = (days - np.datetime64("1970-01-05", "D")).astype(np.int64) // 7  # Mondays
    newest = (last + 1 - np.datetime64("1970-01-05", "D")).astype(int) // 7 - 1
    for week in range(newest, newest - WEEKS_BACK, -1):
        counts = [int((weeks == week - back).sum()) for back in range(WEEKS_COMPARED + 1)]
        if counts[0] > 0 and counts[0] >= np.median(counts[1:]) / 2:
            return date(1970, 1, 5) + timedelta(weeks=week)
    return None
