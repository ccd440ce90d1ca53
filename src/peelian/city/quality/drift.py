"""Drift between deliveries: half a delivery, old rows that come back changed, a mix that moved, columns left empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from peelian.city.quality.chance import ALPHA, Bursts, bursts, dispersion_of, lower_tail, upper_tail
from peelian.city.quality.finding import MATERIAL, Bars, Effect, Finding, Flags, Measure, Severity
from peelian.city.quality.profile import OLD_DAYS, RECENT_DAYS, Profile
from peelian.domain.place import Floats

FEWEST = 4
"""Deliveries of one source below which there is nothing to compare with."""

BESIDE_DAYS = 14
"""Days on each side of a delivery that say what it should have: near enough for the season to be the same."""

VOLUME = 0.25
"""A delivery's volume is told if it is off by a quarter: seasons move whole months by a fifth (Chicago, 2016-17)."""

RULE = (
    "by delivery against what is usual for the source; quasi-Poisson tail, Holm (1979) over deliveries, at "
    f"most {ALPHA} false alarms a source"
)


def drift(profiles: Iterable[Profile]) -> tuple[Finding, ...]:
    """Return what changed between the deliveries of each source, given in order."""
    sources: dict[str, list[Profile]] = {}
    for each in profiles:
        sources.setdefault(each.source, []).append(each)
    return tuple(
        finding
        for own in sources.values()
        if len(own) >= FEWEST
        for rule in (_volume, _revisions, _mix, _emptied)
        for finding in rule(own)
    )


def _volume(profiles: Sequence[Profile]) -> tuple[Finding, ...]:
    """Compare the rows on the days that each delivery adds with the weeks on both sides of them.

    The strangest delivery is taken out before its neighbours are judged, for half a delivery would make the
    next one look like one and a half.
    """
    days = np.array([_days_added(profiles, i) for i in range(len(profiles))], dtype=float)
    rows = np.array(
        [sum(p.recent[-int(d) :]) if d else 0 for p, d in zip(profiles, days, strict=True)], dtype=float
    )
    ending, beginning = _rates(profiles, days)
    judged = days > 0
    found: list[Finding] = []
    while judged.sum() >= FEWEST - 1:
        expected = days * _rate_beside(ending, beginning, judged)
        scatter = float(dispersion_of(rows[judged], expected[judged]))
        tails = (tail(rows, expected, dispersion=scatter) for tail in (lower_tail, upper_tail))
        p = np.where(judged & (np.abs(rows - expected) >= VOLUME * expected), np.minimum(*tails), 1.0)
        worst = int(np.argmin(p))
        if 2 * p[worst] * judged.sum() > ALPHA:
            break
        found.append(_off(profiles, worst, rows, expected, float(p[worst])))
        judged[worst] = False
    return tuple(found)


def _rates(profiles: Sequence[Profile], days: Floats) -> tuple[Floats, Floats]:
    """Return of each delivery the rows a day of the last BESIDE_DAYS that it adds, and of the first; 0 for no days."""
    added = [p.recent[len(p.recent) - int(d) :] for p, d in zip(profiles, days, strict=True)]
    rates = [
        [sum(part) / max(len(part), 1) for part in (each[-BESIDE_DAYS:], each[:BESIDE_DAYS])]
        for each in added
    ]
    ending, beginning = np.array(rates, dtype=float).T
    return ending, beginning


def _rate_beside(ending: Floats, beginning: Floats, judged: Flags) -> Floats:
    """Return for each delivery the rows a day beside the days that it adds, of the judged ones next to it."""
    n = len(judged)
    last = np.maximum.accumulate(np.where(judged, np.arange(n), -1))
    first = np.minimum.accumulate(np.where(judged, np.arange(n), n)[::-1])[::-1]
    before, after = np.append(-1, last[:-1]), np.append(first[1:], n)
    rows = np.where(before >= 0, ending[before], 0.0) + np.where(after < n, beginning[after % n], 0.0)
    beside: Floats = rows / np.maximum((before >= 0).astype(int) + (after < n), 1)
    return beside


def _days_added(profiles: Sequence[Profile], i: int) -> int:
    if i == 0:
        return RECENT_DAYS
    return int(np.clip((profiles[i].last_day - profiles[i - 1].last_day).days, 0, RECENT_DAYS))


def _off(profiles: Sequence[Profile], i: int, rows: Floats, expected: Floats, p: float) -> Finding:
    missing = expected[i] - rows[i]
    word = "too few" if missing > 0 else "too many"
    return Finding(
        name="volume-drift",
        severity=Severity.ALARM,
        measures=(Measure("rows missing", round(missing), "rows"),),
        sentence=f"Delivery {i + 1} of {len(profiles)} (to {profiles[i].last_day}) has {rows[i]:,.0f} rows on "
        f"the days it adds, where {expected[i]:,.0f} are usual: {abs(missing):,.0f} {word}.",
        rule=f"rows on the days added, {RULE}; and off by at least {VOLUME:.0%}",
        p=p,
        place=profiles[i].delivery,
        source=profiles[i].source,
        plot=_bars(
            profiles, i, rows, title="Rows on the days each delivery adds", unit="rows", expected=expected
        ),
        effect=Effect(
            "The days of this delivery look quieter, or busier, than they were, and no day is empty enough to show it.",
            abs(missing) / max(rows[i], expected[i]),
        ),
    )


def _revisions(profiles: Sequence[Profile]) -> tuple[Finding, ...]:
    corrected, old = (
        np.array([getattr(p, name) for p in profiles], float) for name in ("old_corrected", "old")
    )
    found = bursts(corrected, old)
    return tuple(_revised(profiles, int(i), found) for i in np.flatnonzero(found.flagged))


def _revised(profiles: Sequence[Profile], i: int, found: Bursts) -> Finding:
    changed = float(found.counts[i])
    return Finding(
        name="late-revisions",
        severity=Severity.ALARM,
        measures=(Measure("rows", changed, "rows"),),
        sentence=f"Delivery {i + 1} of {len(profiles)} (to {profiles[i].last_day}) changes {changed:,.0f} of "
        f"{found.totals[i]:,.0f} rows that are more than {OLD_DAYS} days old; {found.expected[i]:,.0f} are "
        "usual.",
        rule=f"changed old rows, {RULE}",
        p=float(found.p[i]),
        place=profiles[i].delivery,
        source=profiles[i].source,
        plot=_bars(profiles, i, found.counts, title="Old rows that came back changed", unit="rows"),
        effect=Effect(
            "What earlier forecasts were made from is no longer what is stored; their scores move.",
            changed / max(profiles[i].rows, 1),
        ),
    )


def _mix(profiles: Sequence[Profile]) -> tuple[Finding, ...]:
    names = sorted({name for p in profiles for name in p.offences})
    counts = {name: np.array([p.offences.get(name, 0) for p in profiles], dtype=float) for name in names}
    return _shares(profiles, counts, name="mix-drift", what="are {}", both_ways=True)


def _emptied(profiles: Sequence[Profile]) -> tuple[Finding, ...]:
    names = sorted({name for p in profiles for name in p.empty})
    counts = {name: np.array([p.empty.get(name, 0) for p in profiles], dtype=float) for name in names}
    return _shares(profiles, counts, name="column-emptied", what="have no {}", both_ways=False)


def _shares(
    profiles: Sequence[Profile], counts: dict[str, Floats], *, name: str, what: str, both_ways: bool
) -> tuple[Finding, ...]:
    """Compare shares of rows between deliveries; `both_ways` also where the share fell."""
    totals = np.array([p.rows for p in profiles], dtype=float)
    found = []
    for category, rows in counts.items():
        rose = bursts(rows, totals, smallest=MATERIAL)
        fell = bursts(totals - rows, totals, smallest=MATERIAL)
        flagged: Flags = rose.flagged | (fell.flagged & both_ways)
        p = np.minimum(rose.p, fell.p)
        found += [
            _share(profiles, int(i), rose, p=float(p[i]), name=name, what=what.format(category))
            for i in np.flatnonzero(flagged)
        ]
    return tuple(found)


def _share(profiles: Sequence[Profile], i: int, found: Bursts, *, p: float, name: str, what: str) -> Finding:
    rows, usual = float(found.counts[i]), float(found.expected[i])
    return Finding(
        name=name,
        severity=Severity.ALARM,
        measures=(Measure("rows", round(abs(rows - usual)), "rows off the usual"),),
        sentence=f"In delivery {i + 1} of {len(profiles)} (to {profiles[i].last_day}) {rows:,.0f} of "
        f"{profiles[i].rows:,} rows {what}; {usual:,.0f} are usual.",
        rule=f"share of rows, {RULE}; and at least {MATERIAL:.0%} of the delivery",
        p=p,
        place=profiles[i].delivery,
        source=profiles[i].source,
        plot=_bars(
            profiles, i, found.counts, title=f"Rows that {what}", unit="rows", expected=found.expected
        ),
        effect=Effect(
            "A forecast takes for a change outside what changed at the publisher's.",
            abs(rows - usual) / max(profiles[i].rows, 1),
        ),
    )


def _bars(
    profiles: Sequence[Profile],
    i: int,
    values: Floats,
    *,
    title: str,
    unit: str,
    expected: Floats | None = None,
) -> Bars:
    return Bars(
        title=title,
        unit=unit,
        labels=tuple(f"to {p.last_day}" for p in profiles),
        values=tuple(values.tolist()),
        marked=tuple(each == i for each in range(len(profiles))),
        expected=() if expected is None else tuple(expected.tolist()),
    )
