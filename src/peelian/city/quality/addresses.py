"""How well the addresses of each source's last deliveries could be placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from peelian.city.findings import Reason
from peelian.city.geocode.rate import GeocodingRate, all_together, rate_of
from peelian.city.quality.finding import Bars, Effect, Finding, Measure, Severity
from peelian.domain.plural import plural

GOAL = 0.95
"""Share of different addresses placed below which the streets or the source ask for a decision."""

ENOUGH = 500
"""So many addresses, of so many last deliveries as it takes: a feed's last delivery alone has a handful."""

TOO_FEW = 30
"""Fewer addresses than this tell nothing that could alarm."""


def addresses(loads: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return, for every source, what became of the addresses of its last deliveries; `loads` are in their order."""
    by_source: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for load in loads:
        if load.get("geocoding"):
            by_source[load["source"]].append(load)
    found = (_finding(_last(each)) for each in by_source.values())
    return tuple(one for one in found if one is not None)


def _last(loads: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return as many of the last loads as bring enough addresses together."""
    asked = 0
    for at in range(len(loads) - 1, -1, -1):
        asked += loads[at]["geocoding"]["asked"]
        if asked >= ENOUGH:
            return loads[at:]
    return loads


def _finding(loads: Sequence[Mapping[str, Any]]) -> Finding | None:
    rate = all_together([rate_of(load["geocoding"]) for load in loads])
    if not rate.asked:
        return None
    looked_at = plural(len(loads), "delivery", "deliveries")
    unknown = sum(load["reasons"].get(Reason.PLACE_UNKNOWN, 0) for load in loads)
    share = rate.placed / rate.asked
    reasons = ", ".join(f"{count:,} {reason.value}" for reason, count in rate.by_reason)
    waiting = f" ({reasons})" if reasons else ""
    return Finding(
        name="addresses-looked-up",
        severity=Severity.ALARM if share < GOAL and rate.asked >= TOO_FEW else Severity.NOTE,
        measures=(
            Measure("waiting", rate.queued, "addresses"),
            Measure("placed", rate.placed, "addresses"),
            Measure("looked up", rate.asked, "addresses"),
        ),
        sentence=f"Of {plural(rate.asked, 'address', 'addresses')} in the last {looked_at}, {rate.placed:,} "
        f"({share:.1%}) were placed on the city's streets; {rate.queued:,} wait for a person{waiting}.",
        rule=f"alarming where less than {GOAL:.0%} of at least {TOO_FEW} addresses were placed, over as many of the "
        f"last deliveries as bring {ENOUGH} together; one that stands in two of them counts twice",
        p=0.0,
        place=loads[-1]["load_id"],
        source=rate.source,
        plot=_bars(rate) if rate.by_reason else None,
        effect=Effect(
            "Rows at addresses that wait are not counted, so the places where they happened look quieter than they "
            "were.",
            unknown / sum(load["read"] for load in loads),
        ),
    )


def _bars(rate: GeocodingRate) -> Bars:
    return Bars(
        title="Why addresses wait",
        unit="addresses",
        labels=tuple(reason.value for reason, _ in rate.by_reason),
        values=tuple(float(count) for _, count in rate.by_reason),
        marked=tuple(True for _ in rate.by_reason),
    )
