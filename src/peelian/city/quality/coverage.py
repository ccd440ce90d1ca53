"""Days of the whole city, and weeks of one area, from which rows are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.city.quality.chance import ALPHA, Gap, counts_of, gaps
from peelian.city.quality.finding import Bars, Finding, Flags, MadeGood, Measure, Severity, Suspicion
from peelian.city.quality.rows import Indices, Rows
from peelian.city.quality.usual_day import usual_by_day
from peelian.domain.place import Floats

LONGEST_OUTAGE_DAYS = 28
LONGEST_HOLE_DAYS = 120
SHOWN_AROUND_DAYS = 28
RULE = (
    "fewer than half of the expected rows, by a scan over all spans of up to {} days (Kulldorff 1997) with "
    f"quasi-Poisson tails and Bonferroni's correction over all spans, at most {ALPHA} false alarms a file"
)


def days_without_data(rows: Rows, *, explained: Flags) -> tuple[Suspicion, ...]:
    """Return the spans of days on which the whole city has less than half of its usual rows.

    `explained` says, for each complete day, that another rule has already said why it is short.
    """
    usual = usual_by_day(rows.daily, weekday=rows.weekday)
    due = np.where(explained, 0.0, usual)
    counted = np.where(explained, 0.0, rows.daily)
    found = gaps(counted[None, :], due[None, :], longest=LONGEST_OUTAGE_DAYS)
    return tuple(_outage(rows, gap, usual) for gap in found)


def _outage(rows: Rows, gap: Gap, usual: Floats) -> Suspicion:
    period, days, missing = rows.period(gap.first, gap.end), gap.end - gap.first, gap.expected - gap.observed
    finding = Finding(
        name="days-without-data",
        severity=Severity.ALARM,
        measures=(_length(gap), Measure("rows missing", round(missing), "rows")),
        sentence=f"From {period.start} to {period.end} (not included) the file has {gap.observed:,.0f} rows "
        f"where about {gap.expected:,.0f} are usual: {_why(rows, gap)}.",
        rule=RULE.format(LONGEST_OUTAGE_DAYS),
        p=gap.p,
        period=period,
        plot=_daily(rows, rows.daily, usual, gap, title="Rows a day"),
    )
    seems = f"only {gap.observed:,.0f} of about {gap.expected:,.0f} incidents" if gap.observed else "nothing"
    consequence = (
        f"A model takes it that {seems} happened on {days} {_days(days)} in the whole city, and expects too little; "
        "most of all one that weighs the newest days most."
    )
    none: Flags = np.zeros(len(rows), dtype=bool)
    return Suspicion(finding, none, consequence, MadeGood(none, 1.0), missing=missing)


def _length(gap: Gap) -> Measure:
    days = gap.end - gap.first
    return Measure("days", days, _days(days))


def _days(number: int) -> str:
    return "day" if number == 1 else "days"


def _why(rows: Rows, gap: Gap) -> str:
    """Return what usually explains the gap: at the last day of the file, that the rest had not come yet."""
    if gap.end == int(rows.day.max()) + 1:
        return "the file ends there, and was probably cut off"
    return "nothing happened, or nothing arrived"


@dataclass(frozen=True, eq=False)
class Located:
    """In which area each row lies.

    Parameters
    ----------
    ids : of the areas.
    area : (n,) place in `ids` of the area of each row, -1 for none.
    """

    ids: tuple[str, ...]
    area: Indices


def coverage_holes(rows: Rows, *, located: Located) -> tuple[Suspicion, ...]:
    """Return the spans of days on which one area has less than half of its usual share of the city's rows."""
    days, areas = rows.day_count, len(located.ids) + 1  # what lies in none is one more, the first
    within = rows.day < days
    flat = counts_of(((located.area + 1) * days + rows.day)[within], size=areas * days)
    counts = flat.reshape(areas, days)
    city = counts.sum(axis=0)
    share = counts.sum(axis=1) / max(city.sum(), 1.0)
    found = gaps(counts, share[:, None] * city, longest=LONGEST_HOLE_DAYS)
    return tuple(
        _hole(
            rows,
            gap,
            counts[gap.series],
            city,
            area=located.ids[gap.series - 1],
            here=located.area == gap.series - 1,
        )
        for gap in found
        if gap.series
    )


def _hole(rows: Rows, gap: Gap, counts: Floats, city: Floats, *, area: str, here: Flags) -> Suspicion:
    outside = np.ones(rows.day_count, dtype=bool)
    outside[gap.first : gap.end] = False
    share = counts[outside].sum() / city[outside].sum()
    due = share * city
    missing = float(due[~outside].sum() - gap.observed)
    period = rows.period(gap.first, gap.end)
    finding = Finding(
        name="coverage-hole",
        severity=Severity.ALARM,
        measures=(
            _length(gap),
            Measure("rows missing", round(missing), "rows"),
        ),
        sentence=f"From {period.start} to {period.end} (not included) area {area} has {gap.observed:,.0f} rows "
        f"where its usual share of the city's is {due[~outside].sum():,.0f}; the rest of the city has its own.",
        rule=RULE.format(LONGEST_HOLE_DAYS) + "; expected is the area's share of each day's rows",
        p=gap.p,
        period=period,
        place=area,
        plot=_daily(rows, counts, due, gap, title=f"Rows a day in area {area}"),
    )
    whole = float(here.sum())
    made_good = MadeGood(here, (whole + missing) / whole)
    consequence = f"Area {area} looks quieter than it is, and its places lose visits to others."
    return Suspicion(finding, np.zeros(len(rows), dtype=bool), consequence, made_good, missing=missing)


def _daily(rows: Rows, counts: Floats, usual: Floats, gap: Gap, *, title: str) -> Bars:
    first = max(0, gap.first - SHOWN_AROUND_DAYS)
    end = min(len(counts), gap.end + SHOWN_AROUND_DAYS)
    return Bars(
        title=title,
        unit="rows a day",
        labels=tuple(str(rows.first_day + day) for day in range(first, end)),
        values=tuple(counts[first:end].tolist()),
        marked=tuple(gap.first <= day < gap.end for day in range(first, end)),
        expected=tuple(usual[first:end].tolist()),
    )
