"""Looking up the addresses of one delivery, with an account of what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from peelian.city.geocode.found import Found
from peelian.city.geocode.geocoder import Geocoder, placed
from peelian.city.geocode.rate import GeocodingRate, geocoding_rate
from peelian.city.intake.placed import Placed


class Tally:
    """Looks up each different address of a delivery once, in however many blocks its rows come.

    It lives as long as the load: the addresses are in memory and nowhere else, the account is of counts.
    """

    def __init__(self, geocoder: Geocoder, *, source: str) -> None:
        self._geocoder = geocoder
        self._source = source
        self._found: dict[str, Found] = {}

    def place(self, addresses: Sequence[str]) -> Placed:
        """Return the places of the addresses as columns."""
        new = [address for address in dict.fromkeys(addresses) if address not in self._found]
        self._found.update(zip(new, self._geocoder.find(new), strict=True))
        return placed([self._found[address] for address in addresses])

    def rate(self) -> GeocodingRate:
        """Return what became of the different addresses looked up so far."""
        return geocoding_rate(tuple(self._found.values()), source=self._source)
