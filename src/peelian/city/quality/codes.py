"""Offences that change their name: one falls and another rises by as much, while the two together stay what
they were."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from peelian.city.quality.chance import ALPHA, Burst, Bursts, Span, bursts, counts_of
from peelian.city.quality.finding import MATERIAL, Bars, Finding, MadeGood, Measure, Severity, Suspicion
from peelian.city.quality.rows import Rows, runs
from peelian.domain.place import Floats

STAYED = 0.5
"""The two together stayed what they were if their sum moved by less than half of what went from one to the other."""

Pair = tuple[int, int]
"""Places in `Rows.offences` of the name that falls and of the one that rises."""


def drifted_codes(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the spans of months in which rows of one offence are called another.

    For every pair, the second offence's share of the pair is set against its usual share. Within a pair season and
    weather cancel, which move like offences together; and an offence that really falls takes the pair down with it.
    """
    groups, months = len(rows.offences), rows.month_count
    flat = counts_of(rows.month * groups + rows.offence, size=months * groups)
    counts = flat.reshape(months, groups)
    pairs = tuple(permutations(range(groups), 2))
    found = []
    for pair in pairs:
        in_pair = bursts(
            counts[:, pair[1]], counts[:, pair].sum(axis=1), smallest=MATERIAL, families=len(pairs)
        )
        found += [
            _drift(rows, span, pair, in_pair)
            for span in runs(in_pair.flagged)
            if _stayed(counts, pair, span, in_pair.over(span))
        ]
    return tuple(found)


def _stayed(counts: Floats, pair: Pair, span: Span, burst: Burst) -> bool:
    """Return whether the pair's share of all rows moved by less than what went from one to the other."""
    totals, together = counts.sum(axis=1), counts[:, pair].sum(axis=1)
    within = np.zeros(len(counts), dtype=bool)
    within[span[0] : span[1] + 1] = True
    if within.all():
        return False
    usual = together[~within].sum() / totals[~within].sum()
    return bool(abs(together[within].sum() - usual * totals[within].sum()) < STAYED * burst.excess)


def _drift(rows: Rows, span: Span, pair: Pair, found: Bursts) -> Suspicion:
    first, last = span
    burst, period = found.over(span), rows.month_period(first, last)
    old, new = (rows.offences[each] for each in pair)
    finding = Finding(
        name="code-drift",
        severity=Severity.ALARM,
        measures=(Measure("rows", round(burst.excess), "rows"),),
        sentence=f"From {period.start} to {period.end} (not included) {new} is {burst.count / burst.total:.0%} "
        f"of {old} and {new} together where {burst.expected / burst.total:.0%} is usual, and the two together "
        f"are as many as ever: about {burst.excess:,.0f} rows that used to be {old} are now called {new}.",
        rule="share of one offence in each pair, by month against the usual share; quasi-Poisson tail, Holm "
        f"(1979) over months and pairs, at most {ALPHA} false alarms a file; and a sum that stayed",
        p=burst.p,
        period=period,
        place=f"{old} -> {new}",
        plot=Bars(
            title=f"Share of {new} in {old} and {new} together",
            unit="share of the pair's rows",
            labels=rows.month_names(),
            values=found.shares,
            marked=tuple(first <= month <= last for month in range(rows.month_count)),
            expected=found.usual_shares,
        ),
    )
    renamed = (rows.month >= first) & (rows.month <= last) & (rows.offence == pair[1])
    return Suspicion(
        finding,
        renamed,
        f"A forecast of {old} falls and one of {new} rises everywhere, while nothing changed outside.",
        MadeGood(renamed, burst.excess / burst.count, among=rows.offence == pair[0]),
    )
