"""Rows that are there twice: the same page again, or the same matter entered a second time with other words.

Several victims of one incident give several rows alike, and every real file has such rows. Judged is therefore not that
they exist but that a week has many more than usual, or that the whole file has a material share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.city.quality.chance import ALPHA, Bursts, Span, bursts, counts_of
from peelian.city.quality.finding import (
    MATERIAL,
    Bars,
    Finding,
    Flags,
    MadeGood,
    Measure,
    Suspicion,
    severity_of,
)
from peelian.city.quality.rows import Indices, Rows, numbered, runs
from peelian.domain.place import Floats

NEAR_M = 100.0
NEAR_MINUTES = 15
"""Two entries of one matter differ by a desk clock and a house number; further apart, chance pairs outnumber them."""

WEEK_SECONDS = 7 * 86_400


def equal_rows(rows: Rows, *, explained: Flags) -> tuple[Suspicion, ...]:
    """Return the weeks with many more rows than usual that equal an earlier one in moment, point and offence."""
    return _judge(
        rows,
        _equal(rows) & ~explained,
        _Kind(
            "equal-rows",
            "equal an earlier row in moment, place and offence",
            "A page delivered twice does this; so does one incident with many victims.",
        ),
    )


def near_duplicates(rows: Rows, *, explained: Flags) -> tuple[Suspicion, ...]:
    """Return the weeks with many more rows than usual that follow another of their offence within minutes and metres.

    As many rows of one place and offence follow each other by chance as lie a week and some minutes apart; for
    the whole file these are taken off.
    """
    if not rows.timed.any():
        return ()
    near = _twins(rows, after_seconds=0) & ~_equal(rows) & ~explained
    by_chance = int((_twins(rows, after_seconds=WEEK_SECONDS) & ~explained).sum())
    kind = _Kind(
        "near-duplicates",
        f"follow another row of their offence within {NEAR_MINUTES} minutes and {NEAR_M:.0f} m",
        "One matter entered twice does this; so does one incident with several victims.",
    )
    return _judge(rows, near, kind, by_chance=by_chance)


def _equal(rows: Rows) -> Flags:
    """Return which rows repeat an earlier one; where only days are told, the day stands for the moment."""
    moment = np.where(rows.timed, rows.local.astype("M8[s]").astype(np.int64), rows.days.astype(np.int64))
    what = rows.point * len(rows.offences) + rows.offence
    which = numbered(numbered(moment) * (int(what.max()) + 1) + what)
    # Numbers are given in the order of first appearance, so a first appearance is a new highest number.
    highest = np.maximum.accumulate(which)
    return np.concatenate([[False], which[1:] <= highest[:-1]])


def _twins(rows: Rows, *, after_seconds: int) -> Flags:
    """Return which rows lie within NEAR_M of one of their offence that long, and up to NEAR_MINUTES more, before."""
    twin = np.zeros(len(rows), dtype=bool)
    for offence in range(len(rows.offences)):
        mine = np.flatnonzero(rows.timed & (rows.offence == offence))
        second = rows.local[mine].astype("M8[s]").astype(np.int64)
        order = np.argsort(second, kind="stable")
        mine = mine[order]
        twin[mine] = _follows(second[order], rows.x_m[mine], rows.y_m[mine], after_seconds=after_seconds)
    return twin


def _follows(second: Indices, x_m: Floats, y_m: Floats, *, after_seconds: int) -> Flags:
    """Return which of the rows, in order of time, lie near one that is so much earlier."""
    later = np.searchsorted(second, second + after_seconds, side="left")
    end = np.searchsorted(second, second + after_seconds + 60 * NEAR_MINUTES, side="right")
    follows = np.zeros(len(second), dtype=bool)
    candidates = np.flatnonzero(later < end)
    step = 0
    while len(candidates):
        other = later[candidates] + step
        near = np.hypot(x_m[other] - x_m[candidates], y_m[other] - y_m[candidates]) <= NEAR_M
        follows[other[near & (other > candidates)]] = True
        step += 1
        candidates = candidates[later[candidates] + step < end[candidates]]
    return follows


@dataclass(frozen=True)
class _Kind:
    """How rows of one kind are spoken of."""

    name: str
    what: str
    cause: str


def _judge(rows: Rows, twice: Flags, kind: _Kind, *, by_chance: int = 0) -> tuple[Suspicion, ...]:
    """Return the weeks with too many, and the whole file where the share of it is material."""
    weeks = int(rows.week.max()) + 1
    found = bursts(
        *(counts_of(rows.week, size=weeks, where=part) for part in (twice, None)), smallest=MATERIAL
    )
    spans = [_weeks(rows, span, twice, found, kind=kind) for span in runs(found.flagged)]
    steady = twice & ~found.flagged[rows.week]
    if steady.sum() - by_chance < MATERIAL * len(rows):
        return tuple(spans)
    return (*spans, _whole(rows, steady, found, kind=kind, by_chance=by_chance))


def _weeks(rows: Rows, span: Span, twice: Flags, found: Bursts, *, kind: _Kind) -> Suspicion:
    first, last = span
    burst, period = found.over(span), rows.week_period(first, last)
    finding = Finding(
        name=kind.name,
        severity=severity_of(burst.excess / burst.total),
        measures=(Measure("rows", round(burst.excess), "rows above the usual"),),
        sentence=f"From {period.start} to {period.end} (not included) {burst.count:,.0f} of {burst.total:,.0f} "
        f"rows {kind.what}; {burst.expected:,.0f} are usual. {kind.cause}",
        rule="such rows by week against the usual share; quasi-Poisson tail, Holm (1979) over weeks, at most "
        f"{ALPHA} false alarms a file, and at least {MATERIAL:.0%} of the week's rows",
        p=burst.p,
        period=period,
        plot=_by_week(rows, found, span),
    )
    here = twice & (rows.week >= first) & (rows.week <= last)
    return Suspicion(finding, here, "The places of these weeks count double.", MadeGood(here, 0.0))


def _whole(rows: Rows, twice: Flags, found: Bursts, *, kind: _Kind, by_chance: int) -> Suspicion:
    excess = int(twice.sum()) - by_chance
    chance = f"{by_chance:,} would by chance. " if by_chance else ""
    finding = Finding(
        name=kind.name,
        severity=severity_of(excess / len(rows)),
        measures=(Measure("rows", excess, "rows"),),
        sentence=f"All through the file {twice.sum():,} of {len(rows):,} rows ({twice.mean():.1%}) {kind.what}. "
        f"{chance}{kind.cause}",
        rule=f"share of the whole file, told from {MATERIAL:.0%} of the rows on",
        p=0.0,
        plot=_by_week(rows, found, (0, len(found.counts) - 1)),
    )
    return Suspicion(finding, twice, "Their places count double.", MadeGood(twice, 0.0))


def _by_week(rows: Rows, found: Bursts, span: Span) -> Bars:
    weeks = range(len(found.counts))
    return Bars(
        title="Such rows by week",
        unit="rows a week",
        labels=tuple(str(rows.week_period(week, week).start) for week in weeks),
        values=tuple(found.counts.tolist()),
        marked=tuple(span[0] <= week <= span[1] for week in weeks),
        expected=tuple(found.expected.tolist()),
    )
