"""How numbers, times and metrics are written, in one place so that a figure looks the same everywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from peelian.app.report.view import Figure, Unit
from peelian.domain.dwellings import LeftOut
from peelian.domain.plan import Limits
from peelian.domain.plural import plural
from peelian.domain.time import Period, utc
from peelian.governance.prohibition.households import LEAST_CELL_M, LEAST_DWELLINGS, RULE

MINUS = "\u2212"
THIN = "\u202f"  # narrow no-break space: a number never parts from its unit


def number(value: float, digits: int = 3) -> str:
    """Write `value` with `digits` significant digits, never in exponent notation."""
    if not math.isfinite(value):
        return "undefined"
    if abs(value) < 5e-7:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(places, 6)}f}".replace("-", MINUS)


def interval(lo: float, hi: float) -> str:
    """Write an interval; one of counts without decimals: "0 to 5"."""
    if not (math.isfinite(lo) and math.isfinite(hi)):
        return "no interval"
    whole = float(lo).is_integer() and float(hi).is_integer()
    return f"{count(lo)} to {count(hi)}" if whole else f"{number(lo, 2)} to {number(hi, 2)}"


def count(value: float) -> str:
    """Write a whole number with thousands separated."""
    return f"{round(value):,}".replace("-", MINUS)


def share(value: float) -> str:
    """Write a share in [0, 1] as per cent."""
    if not math.isfinite(value):
        return "undefined"
    return f"{value * 100:.1f}{THIN}%".replace("-", MINUS)


def coverage(value: float) -> str:
    """Write a share of the area: "1 %", "0.5 %"."""
    return f"{value * 100:g}{THIN}%"


def figure(item: Figure) -> str:
    """Write a figure about the data in its unit; a withheld one says so."""
    if item.value is None:
        return "withheld (too few)"
    if item.unit is Unit.SHARE:
        return share(item.value)
    if item.unit is Unit.DAYS:
        return f"{number(item.value)}{THIN}days"
    return count(item.value) if item.unit is Unit.COUNT else number(item.value)


def day(value: date) -> str:
    """Write a civil date: "3 Mar 2025"."""
    return f"{value.day} {value:%b %Y}"


def span(period: Period) -> str:
    """Write a period by its first and last day: "3 Mar 2025 to 9 Mar 2025"."""
    return f"{day(period.start)} to {day(period.end - timedelta(days=1))}"


def instant(value: datetime) -> str:
    """Write an instant in UTC to the minute."""
    moment = utc(value)
    return f"{day(moment)}, {moment:%H:%M} UTC"


def local(value: datetime, zone: str) -> str:
    """Write an instant as the clocks of `zone` show it, with the offset's name: "Mon 3 Mar, 14:05 CST"."""
    moment = utc(value).astimezone(ZoneInfo(zone))
    return f"{moment:%a} {moment.day} {moment:%b, %H:%M %Z}"


def position(lon_deg: float, lat_deg: float) -> str:
    """Write a position to four decimals, about 10 m: "40.7012 N, 89.6034 W"."""
    north = "N" if lat_deg >= 0 else "S"
    east = "E" if lon_deg >= 0 else "W"
    return f"{abs(lat_deg):.4f}{THIN}{north}, {abs(lon_deg):.4f}{THIN}{east}"


def house_defaults(limits: Limits, *, travel_kmh: float) -> str:
    """Write the numbers of a plan that no charter sets, so that nobody takes them for somebody's decision."""
    return (
        f"house defaults, not in the charter: {plural(limits.cars, 'car')}, a shift of {limits.shift_minutes} minutes, "
        f"{plural(limits.visits_per_place, 'visit')} to each place, travel at {travel_kmh:g} km/h in a straight line"
    )


def homes_sentence(left_out: LeftOut | None) -> str:
    """Write which places a forecast says nothing of because few live there, or that nobody counted dwellings."""
    if left_out is None:
        return (
            "How many dwellings its places have was not known at the cutoff: all that keeps one of them from being a "
            f"single household is its size, {number(LEAST_CELL_M)} m or more (rule {RULE})."
        )
    return (
        f"Nothing is said, by model or plain counts, of {_homes(left_out.places, least=left_out.least)}, as counted on "
        f"{day(left_out.as_of)} (rule {left_out.rule})."
    )


def judged_sentence(left_out: int | None) -> str:
    """Write that a comparison was made on the same places for all, and how many homes are not among them."""
    if left_out is None:
        return "No place was left out: how many dwellings each has was not known at the first of these dates."
    return f"All were judged on the same places, without {_homes(left_out, least=LEAST_DWELLINGS)}."


def _homes(places: int, *, least: int) -> str:
    return f"{plural(places, 'place')} with 1 to {least - 1} dwellings"


@dataclass(frozen=True)
class Metric:
    """A metric's name for people, which way is better, what it means and whether it is a share."""

    title: str
    better: Literal["higher", "lower", "nearer to 1", ""]
    meaning: str
    is_share: bool = False

    def write(self, value: float) -> str:
        """Write a value of this metric."""
        return share(value) if self.is_share else number(value)

    def write_interval(self, lo: float | None, hi: float | None) -> str:
        """Write an interval of this metric, or that there is none."""
        if lo is None or hi is None or not (math.isfinite(lo) and math.isfinite(hi)):
            return "no interval"
        return f"{self.write(lo)} to {self.write(hi)}"

    def write_difference(self, value: float) -> str:
        """Write a difference with its sign; the difference of two shares is in percentage points."""
        if not math.isfinite(value):
            return "undefined"
        text = number(value * 100, 2) + f"{THIN}pp" if self.is_share else number(value, 2)
        return f"+{text}" if value > 0 else text


METRICS = {
    "hit_rate": Metric(
        "Hit rate", "higher", "share of the recorded incidents that fell in the selected cells", is_share=True
    ),
    "pai": Metric("PAI", "higher", "hit rate divided by the share of the area selected"),
    "pei": Metric("PEI", "higher", "PAI divided by the best PAI that hindsight could reach"),
    "deviance": Metric(
        "Poisson deviance", "lower", "distance of the whole forecast from the counts, per cell"
    ),
    "calibration": Metric("Calibration", "nearer to 1", "expected incidents divided by recorded incidents"),
}


def metric(name: str) -> Metric:
    """Return how a metric is written; one this page has no words for keeps its own name."""
    return METRICS.get(name) or Metric(name.replace("_", " "), "", "")


def headline(name: str, covered: float | None) -> str:
    """Write a metric with the area it holds for: "Hit rate at 1 % of the area"."""
    title = metric(name).title
    return title if covered is None else f"{title} at {coverage(covered)} of the area"
