"""Reports that reach the file later than they used to."""

from __future__ import annotations

import numpy as np

from peelian.city.quality.chance import ALPHA, Span, bursts, counts_of
from peelian.city.quality.finding import Bars, Finding, Flags, Measure, Severity, Suspicion
from peelian.city.quality.rows import Rows, runs

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
    months = range(rows.month_count)
    quantiles = [
        np.quantile(lag, SLOW) for m in months if len(lag := rows.lag_days[known & (rows.month == m)])
    ]
    slow = known & (rows.lag_days > float(np.median(quantiles)))
    found = bursts(
        *(counts_of(rows.month, size=rows.month_count, where=part) for part in (slow, known)), smallest=GROWN
    )
    return tuple(_grown(rows, span, slow, known, p=found.over(span).p) for span in runs(found.flagged))


def _grown(rows: Rows, span: Span, slow: Flags, known: Flags, *, p: float) -> Suspicion:
    first, last = span
    within = known & (rows.month >= first) & (rows.month <= last)
    after, before = (float(np.median(rows.lag_days[part])) for part in (within, known & (rows.month < first)))
    period = rows.month_period(first, last)
    medians = _medians(rows, known)
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


def _medians(rows: Rows, known: Flags) -> tuple[float, ...]:
    lags = [rows.lag_days[known & (rows.month == month)] for month in range(rows.month_count)]
    return tuple(float(np.median(lag)) if len(lag) else 0.0 for lag in lags)
