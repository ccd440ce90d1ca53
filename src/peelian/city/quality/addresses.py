"""How well the addresses of each source's last delivery could be placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from peelian.city.findings import Reason
from peelian.city.geocode.rate import GeocodingRate, rate_of
from peelian.city.quality.finding import Bars, Effect, Finding, Measure, Severity

GOAL = 0.95
"""Share of different addresses placed below which the streets or the source ask for a decision."""


def addresses(loads: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return, for the last delivery of every source, what became of its addresses; `loads` are in their order."""
    last = {load["source"]: load for load in loads}
    kept = ((load, rate_of(load["geocoding"])) for load in last.values() if load.get("geocoding"))
    return tuple(_finding(rate, load=load) for load, rate in kept if rate.asked)


def _finding(rate: GeocodingRate, *, load: Mapping[str, Any]) -> Finding:
    share = rate.placed / rate.asked
    waiting = ", ".join(f"{count:,} {reason.value}" for reason, count in rate.by_reason)
    return Finding(
        name="addresses-looked-up",
        severity=Severity.NOTE if share >= GOAL else Severity.ALARM,
        measures=(
            Measure("waiting", rate.queued, "addresses"),
            Measure("placed", rate.placed, "addresses"),
            Measure("looked up", rate.asked, "addresses"),
        ),
        sentence=f"{rate.placed:,} of {rate.asked:,} different addresses ({share:.1%}) were placed on the city's "
        f"streets; {rate.queued:,} wait for a person{f' ({waiting})' if waiting else ''}.",
        rule=f"alarming where less than {GOAL:.0%} of a delivery's different addresses were placed",
        p=0.0,
        place=load["load_id"],
        source=rate.source,
        plot=_bars(rate) if rate.by_reason else None,
        effect=Effect(
            "Rows at addresses that wait are not counted, so the places where they happened look quieter than they "
            "were.",
            load["reasons"].get(Reason.PLACE_UNKNOWN, 0) / load["read"],
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
