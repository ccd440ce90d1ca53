"""Times that people and programs put where they knew none: midnight, noon, the first of the month, the full hour.

Some heaping is a habit that every police file shows (people say "about noon"); it stands in every month alike and is
told as a note. What matters is that it is measured before hours or days are used.
"""

from __future__ import annotations

import numpy as np

from peelian.city.quality.chance import ALPHA, Bursts, Span, bursts, counts_of, dispersion_of, upper_tail
from peelian.city.quality.finding import Bars, Finding, Flags, MadeGood, Measure, Suspicion, severity_of
from peelian.city.quality.rows import Rows, runs
from peelian.city.quality.usual_day import usual_by_day
from peelian.domain.place import Floats

NAMES = {0: "midnight", 12: "noon"}
FEWEST = 100
"""Rows with a time below which nothing is said of hours."""


def heaped_hours(rows: Rows) -> tuple[Suspicion, ...]:
    """Return midnight and noon, where far more rows lie than at the full hours before and after.

    The first two minutes of an hour count as the hour: Chicago's clerks write 00:01 to say which of two days a midnight
    belongs to. Expected is the mean of the two full hours beside it; the dispersion is how far the other 22 full hours
    depart from theirs, so that a steep evening is no heap.
    """
    if rows.timed.sum() < FEWEST:
        return ()
    on_hour = rows.timed & (rows.minute % 60 <= 1)
    at = counts_of(rows.minute // 60, size=24, where=on_hour)
    beside = (np.roll(at, 1) + np.roll(at, -1)) / 2
    others = np.array([hour not in NAMES for hour in range(24)])
    scatter = float(dispersion_of(at[others], beside[others]))
    p = upper_tail(at, beside, dispersion=scatter)
    return tuple(
        _heaped(rows, on_hour, hour, at, beside=beside, p=float(p[hour]))
        for hour in NAMES
        if p[hour] * len(NAMES) <= ALPHA
    )


def _heaped(rows: Rows, on_hour: Flags, hour: int, at: Floats, *, beside: Floats, p: float) -> Suspicion:
    excess, of = float(at[hour] - beside[hour]), int(rows.timed.sum())
    finding = Finding(
        name=NAMES[hour],
        severity=severity_of(excess / of),
        measures=(Measure("rows", round(excess), "rows above the hours beside it"),),
        sentence=f"{at[hour]:,.0f} rows are told for {hour:02d}:00 or {hour:02d}:01 where the full hours before "
        f"and after have {beside[hour]:,.0f}: about {excess:,.0f} rows ({excess / of:.1%}) probably have an "
        "unknown time.",
        rule="rows in the first two minutes of the hour against the mean of the hours beside it; quasi-Poisson "
        f"tail, dispersion from the other 22 hours, at most {ALPHA} false alarms a file",
        p=p,
        plot=Bars(
            title="Rows at the full hour",
            unit="rows",
            labels=tuple(f"{each:02d}" for each in range(24)),
            values=tuple(at.tolist()),
            marked=tuple(each == hour for each in range(24)),
            # The hours beside a heap have the heap in their own mean, which tells nothing of them.
            expected=tuple(
                beside_it if each == hour else None for each, beside_it in enumerate(beside.tolist())
            ),
        ),
    )
    here = on_hour & (rows.minute // 60 == hour)
    consequence = "None on counts by day and cell; where hours are used, this one looks too busy."
    return Suspicion(finding, here, consequence, MadeGood(here, 1.0))


def first_of_month(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the first of the month, where far more rows lie on it than its weekday and season explain."""
    usual = usual_by_day(rows.daily, weekday=rows.weekday)
    dates = (rows.first_day + np.arange(rows.day_count)).astype("M8[D]")
    first = dates == dates.astype("M8[M]").astype("M8[D]")
    if not first.any() or first.all():
        return ()
    count, due = float(rows.daily[first].sum()), float(usual[first].sum())
    scatter = float(dispersion_of(rows.daily[~first], usual[~first]))
    p = float(upper_tail(count, due, dispersion=scatter))
    return (_first(rows, count, due, p, usual),) if p <= ALPHA else ()


def _first(rows: Rows, count: float, due: float, p: float, usual: Floats) -> Suspicion:
    excess = count - due
    day_of_month = (rows.days - rows.days.astype("M8[M]").astype("M8[D]")).astype(np.int64)
    dates = (rows.first_day + np.arange(rows.day_count)).astype("M8[D]")
    number = (dates - dates.astype("M8[M]").astype("M8[D]")).astype(np.int64)
    finding = Finding(
        name="first-of-month",
        severity=severity_of(excess / len(rows)),
        measures=(Measure("rows", round(excess), "rows above the days beside it"),),
        sentence=f"{count:,.0f} rows are dated the first of a month where {due:,.0f} are usual for such days: "
        f"about {excess:,.0f} rows ({excess / len(rows):.1%}) probably have an unknown day.",
        rule="rows on all firsts against the usual level of their weeks and weekdays; quasi-Poisson tail, "
        f"dispersion from all other days, at most {ALPHA} false alarms a file",
        p=p,
        plot=Bars(
            title="Rows by day of the month, over what is usual",
            unit="times the usual",
            labels=tuple(str(day) for day in range(1, 32)),
            values=tuple(
                float(rows.daily[number == day].sum() / max(usual[number == day].sum(), 1e-9))
                for day in range(31)
            ),
            marked=tuple(day == 0 for day in range(31)),
            expected=(1.0,) * 31,
        ),
    )
    here: Flags = day_of_month == 0
    consequence = "Counts of a week swing with the calendar; a week with a first looks busier."
    return Suspicion(finding, here, consequence, MadeGood(here, due / count))


def rounded_times(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the spans of months in which far more times than usual are full hours."""
    if rows.timed.sum() < FEWEST:
        return ()
    full = rows.timed & (rows.minute % 60 == 0)
    found = bursts(*(counts_of(rows.month, size=rows.month_count, where=part) for part in (full, rows.timed)))
    return tuple(_rounded(rows, span, full, found) for span in runs(found.flagged))


def _rounded(rows: Rows, span: Span, full: Flags, found: Bursts) -> Suspicion:
    first, last = span
    burst, period = found.over(span), rows.month_period(first, last)
    finding = Finding(
        name="rounded-times",
        severity=severity_of(burst.excess / burst.total),
        measures=(Measure("rows", round(burst.excess), "rows above the usual"),),
        sentence=f"From {period.start} to {period.end} (not included) {burst.count / burst.total:.0%} of the "
        f"times are full hours where {burst.expected / burst.total:.0%} are usual: about {burst.excess:,.0f} "
        "rows lost their minutes.",
        rule="times at minute 0, by month against the usual share; quasi-Poisson tail, Holm (1979) over "
        f"months, at most {ALPHA} false alarms a file",
        p=burst.p,
        period=period,
        plot=Bars(
            title="Times that are full hours",
            unit="share of rows",
            labels=rows.month_names(),
            values=found.shares,
            marked=tuple(first <= each <= last for each in range(rows.month_count)),
            expected=found.usual_shares,
        ),
    )
    here = full & (rows.month >= first) & (rows.month <= last)
    consequence = "None on counts by day and cell; anything finer than an hour is not to be trusted."
    return Suspicion(finding, here, consequence, MadeGood(here, 1.0))
