"""Reports that reach the file later than they used to."""

from __future__ import annotations

import numpy as np

from peelian.city.quality.chance import ALPHA, Span, bursts, counts_of
from peelian.city.quality.finding import Bars, Finding, Flags, Measure, Severity, Suspicion
from peelian.city.quality.rows import Rows, runs
from peelian.domain.place import Floats

SLOW = 0.9
GROWN = 0.05
"""Growth that matters: the share of slow reports exceeds the usual tenth by at least a twentieth of the
month's rows."""


def grown_lag(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the spans of months in which far more reports than usual are slow.

    Slow is what only a tenth of an ordinary month's reports is. Months are those of occurrence, so that a
    month which is still coming in looks quicker than it is and never slower.
    """
    known = ~np.isnan(rows.lag_days)
    if known.sum() < len(rows) / 2:
        return ()
    months = _by_month(rows, known)
    quantiles = [np.quantile(lags, SLOW) for lags in months if len(lags)]
    slow = known & (rows.lag_days > float(np.median(quantiles)))
    found = bursts(
        *(counts_of(rows.month, size=rows.month_count, where=part) for part in (slow, known)), smallest=GROWN
    )
    medians = tuple(float(np.median(lags)) if len(lags) else 0.0 for lags in months)
    return tuple(
        _grown(rows, span, slow, known, p=found.over(span).p, medians=medians) for span in runs(found.flagged)
    )


def _by_month(rows: Rows, known: Flags) -> list[Floats]:
    """Return the known lags of each month."""
    month, lags = rows.month[known], rows.lag_days[known]
    ends = np.cumsum(np.bincount(month, minlength=rows.month_count))
    return np.split(lags[np.argsort(month, kind="stable")], ends[:-1])


def _grown(
    rows: Rows, span: Span, slow: Flags, known: Flags, *, p: float, medians: tuple[float, ...]
) -> Suspicion:
    first, last = span
    within = known & (rows.month >= first) & (rows.month <= last)
    after, before = (float(np.median(rows.lag_days[part])) for part in (within, known & (rows.month < first)))
    period = rows.month_period(first, last)
    finding = Finding(
        name="lag-growth",
        severity=Severity.ALARM,
        measures=(
            Measure("days now", after, "days, median"),
            Measure("days before", before, "days, median"),
            Measure("rows", int((within & slow).sum()), "slow rows"),
        ),
        sentence=f"From {period.start} to {period.end} (not included) half of the reports took {after:.1f} days "
        f"or more to be recorded; before, {before:.1f}. A backlog or a new approval step does this.",
        rule="reports slower than nine of ten in an ordinary month, by month of occurrence against the usual "
        f"share; quasi-Poisson tail, Holm (1979) over months, at most {ALPHA} false alarms a file",
        p=p,
        period=period,
        plot=Bars(
            title="Median days from occurrence to record",
            unit="days",
            labels=rows.month_names(),
            values=medians,
            marked=tuple(first <= month <= last for month in range(rows.month_count)),
        ),
    )
    consequence = "The newest days, which weigh most in a forecast, are short of rows when it is made."
    return Suspicion(finding, within & slow, consequence)
