"""Months on another clock or calendar: hours that all lie n hours off, and days that changed places with months."""

from __future__ import annotations

import numpy as np

from peelian.city.quality.chance import ALPHA, counts_of, dispersion_of, holm, lower_tail, upper_tail
from peelian.city.quality.finding import Bars, Finding, Flags, MadeGood, Measure, Severity, Suspicion
from peelian.city.quality.rows import Rows
from peelian.city.quality.usual_day import usual_by_day
from peelian.domain.place import Floats

TWELVE = 12


def shifted_hours(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the months whose hours fit the other months' hours better when turned by n hours.

    The chance that n rows from the usual curve q fit a curve turned by k hours better than their own is at most the
    n-th power of their overlap, the sum over hours of sqrt(q[h] q[h-k]) (Chernoff 1952, Annals of Mathematical
    Statistics 23:493-507), whatever the curve is. n is divided by the dispersion; all months and turns are one family.
    """
    months = rows.month_count
    flat = counts_of((rows.month * 24 + rows.minute // 60)[rows.timed], size=months * 24)
    by_month = flat.reshape(months, 24)
    usual = by_month.sum(axis=0) - by_month + 0.5  # of the other months; no hour is impossible
    usual /= usual.sum(axis=1, keepdims=True)
    expected = usual * by_month.sum(axis=1, keepdims=True)
    scatter = float(dispersion_of(by_month.ravel(), expected.ravel()))
    found = []
    for month in range(months):
        turn, bound = _turn(by_month[month], usual[month], scatter=scatter)
        if turn and bound * 23 * months <= ALPHA:
            found.append(_shifted(rows, month, turn, by_month[month], p=bound, expected=expected[month]))
    return tuple(found)


def _turn(counts: Floats, usual: Floats, *, scatter: float) -> tuple[int, float]:
    """Return by how many hours the counts lie later than the usual course, and the bound on that being chance."""
    turned = np.stack([np.roll(usual, hours) for hours in range(24)])
    best = int(np.argmax(np.log(turned) @ counts))
    overlap = float(np.sqrt(usual * turned[best]).sum())
    return best if best <= 12 else best - 24, float(overlap ** (counts.sum() / scatter))


def _shifted(rows: Rows, month: int, turn: int, counts: Floats, *, p: float, expected: Floats) -> Suspicion:
    here = rows.timed & (rows.month == month)
    n = int(here.sum())
    # Rows that the turn carried over midnight lie on the day before or after their own.
    over = (rows.minute // 60 < turn) if turn > 0 else (rows.minute // 60 >= 24 + turn)
    carried = int((here & over).sum())
    finding = Finding(
        name="hours-shifted",
        severity=Severity.ALARM,
        measures=(
            Measure("rows", n, "rows"),
            Measure("hours", turn, "h later"),
            Measure("rows on another day", carried, "rows"),
        ),
        sentence=f"The hours of {rows.month_name(month)} ({n:,} rows) follow the usual course of the day "
        f"{abs(turn)} hours {'later' if turn > 0 else 'earlier'}; {carried:,} rows lie on another day than they "
        "should. A change of the exported time zone does this.",
        rule="likelihood of the month's hours under the other months' curve turned by 0 to 23 hours; "
        f"Chernoff's bound (1952) on a wrong turn, at most {ALPHA} false alarms a file",
        p=p,
        period=rows.month_period(month),
        plot=Bars(
            title=f"Rows by hour, {rows.month_name(month)}",
            unit="rows",
            labels=tuple(f"{hour:02d}" for hour in range(24)),
            values=tuple(counts.tolist()),
            marked=(True,) * 24,
            expected=tuple(expected.tolist()),
        ),
    )
    wrong = f"{carried / max(n, 1):.0%}"
    consequence = f"Days begin {abs(turn)} hours off: {wrong} of the month's rows count for a wrong day."
    return Suspicion(finding, here, consequence, MadeGood(here, 1.0))


def swapped_days(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the months of which rows dated up to the 12th lie under the exchanged date.

    The date 4 May read the other way is 5 April. A month so read is nearly empty on eleven of its first twelve
    days, and the fifth of the year's other months, if the month is May, has a second day's rows. Both must be there.
    """
    usual = usual_by_day(rows.daily, weekday=rows.weekday)
    dates = (rows.first_day + np.arange(rows.day_count)).astype("M8[D]")
    year, month = dates.astype("M8[Y]").astype(np.int64), dates.astype("M8[M]").astype(np.int64) % 12 + 1
    day = (dates - dates.astype("M8[M]").astype("M8[D]")).astype(np.int64) + 1
    scatter = float(dispersion_of(rows.daily, usual))
    seen: list[tuple[Flags, Flags, float]] = []
    for each in sorted(set(zip(year.tolist(), month.tolist(), strict=True))):
        from_days = (year == each[0]) & (month == each[1]) & (day <= TWELVE) & (day != each[1])
        to_days = (year == each[0]) & (month != each[1]) & (day == each[1])
        seen.append((from_days, to_days, _exchanged(rows.daily, usual, from_days, to_days, scatter)))
    flags = holm(np.array([p for _, _, p in seen]))
    return tuple(_swapped(rows, *exchange, usual) for exchange, flag in zip(seen, flags, strict=True) if flag)


def _exchanged(counts: Floats, usual: Floats, from_days: Flags, to_days: Flags, scatter: float) -> float:
    """Return the larger of the two chances: so few rows on the one set of days, so many on the other."""
    lost, gained = counts[from_days].sum(), counts[to_days].sum()
    due_lost, due_gained = usual[from_days].sum(), usual[to_days].sum()
    if lost >= due_lost / 2:
        return 1.0
    return max(
        float(lower_tail(lost, due_lost, dispersion=scatter)),
        float(upper_tail(gained, due_gained, dispersion=scatter)),
    )


def _swapped(rows: Rows, from_days: Flags, to_days: Flags, p: float, usual: Floats) -> Suspicion:
    first = int(np.flatnonzero(from_days)[0])
    month = int(((rows.first_day + first).astype("M8[M]") - rows.first_day.astype("M8[M]")).astype(np.int64))
    gone = float((usual - rows.daily)[from_days].sum())
    arrived = float((rows.daily - usual)[to_days].sum())
    finding = Finding(
        name="day-month-swapped",
        severity=Severity.ALARM,
        measures=(Measure("rows", round(gone), "rows"), Measure("rows elsewhere", round(arrived), "rows")),
        sentence=f"{rows.month_name(month)} lacks about {gone:,.0f} rows on its first twelve days, and "
        f"{arrived:,.0f} more than usual lie on the days that those dates become when day and month change "
        "places.",
        rule="too few rows on the one set of days and too many on the other, the larger of two quasi-Poisson "
        f"tails; Holm (1979) over months, at most {ALPHA} false alarms a file",
        p=p,
        period=rows.month_period(month),
        plot=_days_of_month(rows, month, from_days, usual),
    )
    here = np.isin(rows.day, np.flatnonzero(to_days))
    consequence = (
        "Eleven days seem empty and eleven others doubled; a recency model follows both the wrong way."
    )
    return Suspicion(finding, here, consequence, MadeGood(here, 1.0))


def _days_of_month(rows: Rows, month: int, from_days: Flags, usual: Floats) -> Bars:
    days = np.arange(rows.day_count)
    months = ((rows.first_day + days).astype("M8[M]") - rows.first_day.astype("M8[M]")).astype(np.int64)
    shown = np.flatnonzero(months == month)
    return Bars(
        title=f"Rows a day, {rows.month_name(month)}",
        unit="rows a day",
        labels=tuple(str(rows.first_day + day) for day in shown),
        values=tuple(rows.daily[shown].tolist()),
        marked=tuple(from_days[shown].tolist()),
        expected=tuple(usual[shown].tolist()),
    )
