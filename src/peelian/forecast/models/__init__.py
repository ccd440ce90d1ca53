"""The catalogue of forecasters: ours and those of installed plug-ins, found and loaded the same way.

For: naming a model in a charter or on a command line and getting it.
Not for: deciding which model may be used (the charter does) or which is best (`evaluate` shows).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from peelian.domain.errors import BadInput

if TYPE_CHECKING:
    from peelian.forecast.models.base import Forecaster

GROUP = "peelian.forecasters"
"""The entry-point group in which a package offers forecasters: `name = "module:factory"`."""

_OWN = {
    "plain-counts": "peelian.forecast.models.counts:PlainCounts",
    "historical-mean": "peelian.forecast.models.historical_mean:HistoricalMean",
    "recency": "peelian.forecast.models.recency:Recency",
    "kernel-density": "peelian.forecast.models.kde:KernelDensity",
    "boosted-trees": "peelian.forecast.models.boosted:BoostedTrees",
}


def catalogue() -> dict[str, Callable[[], Forecaster]]:
    """Return a factory for every forecaster by name; nothing is imported until a factory is called.

    Raises
    ------
    BadInput : two installed packages offer the same name, or one offers a name of ours.
    """
    offers = [EntryPoint(name, value, GROUP) for name, value in _OWN.items()]
    offers += sorted(entry_points(group=GROUP))
    found: dict[str, Callable[[], Forecaster]] = {}
    for offer in offers:
        if offer.name in found:
            raise BadInput(
                f"The forecaster {offer.name!r} is offered twice, the second time by {offer.value}; "
                "uninstall one of the packages or ask its author for another name."
            )
        found[offer.name] = _factory(offer)
    return found


def _factory(offer: EntryPoint) -> Callable[[], Forecaster]:
    def make() -> Forecaster:
        forecaster: Forecaster = offer.load()()
        return forecaster

    return make
