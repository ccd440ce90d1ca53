"""How well the addresses of a source could be placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peelian.city.geocode.found import Found, Queued, Rule
from peelian.domain.canonical import Document


@dataclass(frozen=True)
class GeocodingRate:
    """What became of the different addresses of one source; `asked == placed + queued`, always.

    Parameters
    ----------
    source : id of the mapping they came through.
    by_rule : how many were placed by each rule, rules without any left out.
    by_reason : how many wait for a person for each reason, likewise.
    by_library : how many needed the statistical parser.
    """

    source: str
    asked: int
    placed: int
    queued: int
    by_rule: tuple[tuple[Rule, int], ...]
    by_reason: tuple[tuple[Queued, int], ...]
    by_library: int

    @property
    def share(self) -> float | None:
        """Return the share placed, in [0, 1]; None where nothing was asked."""
        return self.placed / self.asked if self.asked else None

    def document(self) -> Document:
        """Return the rate as a plain document."""
        return {
            "source": self.source,
            "asked": self.asked,
            "placed": self.placed,
            "queued": self.queued,
            "by_rule": {rule.value: count for rule, count in self.by_rule},
            "by_reason": {reason.value: count for reason, count in self.by_reason},
            "by_library": self.by_library,
        }


def rate_of(document: Mapping[str, Any]) -> GeocodingRate:
    """Return the rate that was kept as a document."""
    rules, reasons = document["by_rule"], document["by_reason"]
    return GeocodingRate(
        source=document["source"],
        asked=document["asked"],
        placed=document["placed"],
        queued=document["queued"],
        by_rule=tuple((rule, rules[rule]) for rule in Rule if rule in rules),
        by_reason=tuple((reason, reasons[reason]) for reason in Queued if reason in reasons),
        by_library=document["by_library"],
    )


def all_together(rates: Sequence[GeocodingRate]) -> GeocodingRate:
    """Return the rate of several deliveries of one source; an address that stands in two of them counts twice."""
    rules, reasons = Counter[Rule](), Counter[Queued]()
    for rate in rates:
        rules.update(dict(rate.by_rule))
        reasons.update(dict(rate.by_reason))
    return GeocodingRate(
        source=rates[0].source,
        asked=sum(rate.asked for rate in rates),
        placed=sum(rate.placed for rate in rates),
        queued=sum(rate.queued for rate in rates),
        by_rule=tuple((rule, rules[rule]) for rule in Rule if rules[rule]),
        by_reason=tuple((reason, reasons[reason]) for reason in Queued if reasons[reason]),
        by_library=sum(rate.by_library for rate in rates),
    )


def geocoding_rate(found: Sequence[Found], *, source: str) -> GeocodingRate:
    """Count the answers for the addresses of one source."""
    rules = Counter(one.rule for one in found)
    reasons = Counter(one.queued for one in found)
    placed = sum(one.point is not None for one in found)
    return GeocodingRate(
        source=source,
        asked=len(found),
        placed=placed,
        queued=len(found) - placed,
        by_rule=tuple((rule, rules[rule]) for rule in Rule if rules[rule]),
        by_reason=tuple((reason, reasons[reason]) for reason in Queued if reasons[reason]),
        by_library=sum(one.by_library for one in found),
    )
