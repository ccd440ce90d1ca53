"""The geocoder: many addresses in, an answer for each out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from peelian.city.geocode.address import Address, Form
from peelian.city.geocode.along import Point
from peelian.city.geocode.candidates import candidates
from peelian.city.geocode.decide import decide
from peelian.city.geocode.evidence import EVIDENCE, Evidence
from peelian.city.geocode.found import Found, Queued, Rule, queued
from peelian.city.geocode.index import StreetIndex
from peelian.city.geocode.learned import NOTHING_LEARNED, KnownAddress, Learned, NamedPlace
from peelian.city.geocode.likeness import Likeness, Near
from peelian.city.geocode.parse import parse
from peelian.city.geocode.possibilities import Scales
from peelian.city.geocode.street_name import StreetName, street_name
from peelian.city.geocode.unlisted import measure_unlisted
from peelian.city.geocode.wording import Wording
from peelian.city.geocode.words import words_of
from peelian.city.intake.placed import Placed

Fingerprint = Callable[[str], str]
"""Turns a normalised address into the keyed hash under which answers given by hand are kept."""

BEYOND = 1
"""Names with two edits more than the nearest are not weighed: they would never outweigh it."""
NONE_NEAR: Mapping[str, tuple[Near, ...]] = {}


@dataclass(frozen=True, eq=False)
class Geocoder:
    """Places addresses on one city's streets.

    Parameters
    ----------
    index : the streets.
    tables : how addresses are worded.
    fingerprint : keyed hash of a normalised address.
    learned : what people have answered before.
    places : names of places that stand for an address.
    evidence : how the differences between words and names are weighed.
    """

    index: StreetIndex
    tables: Wording
    fingerprint: Fingerprint
    learned: Learned = NOTHING_LEARNED
    places: tuple[NamedPlace, ...] = ()
    evidence: Evidence = EVIDENCE

    def find(self, addresses: Sequence[str]) -> tuple[Found, ...]:
        """Return the answer for each address, in their order; equal addresses are looked up once."""
        with _collector_resting():
            return self._find(addresses)

    def _find(self, addresses: Sequence[str]) -> tuple[Found, ...]:
        found: dict[str, Found] = {}
        open_ones: dict[str, Address] = {}
        for text in dict.fromkeys(addresses):
            address = parse(text, tables=self.tables)
            known = self._known(text, address)
            if known is None:
                address = self._with_aliases(address)
                known = self._spelled_right(address)
            if known is None:
                open_ones[text] = address
            else:
                found[text] = known
        found |= self._by_likeness(open_ones)
        return tuple(found[text] for text in addresses)

    def place(self, addresses: Sequence[str]) -> Placed:
        """Return the places of the addresses as columns."""
        return placed(self.find(addresses))

    def _known(self, text: str, address: Address) -> Found | None:
        """Return the answer that needs no search: given by hand, a named place, or no address at all."""
        if self._by_hand:
            answer = self._by_hand.get(self.fingerprint(normal_text(text, address, tables=self.tables)))
            if answer is not None:
                return Found(answer.point, answer.precision_m, 1.0, Rule.BY_HAND, None)
        if self._named and (place := self._named.get(_plain(text, self.tables))):
            return Found(place.point, place.precision_m, 1.0, Rule.NAMED_PLACE, None, place.name)
        return queued(Queued.UNREADABLE) if address.form is Form.UNREADABLE else None

    def _spelled_right(self, address: Address) -> Found | None:
        """Return the answer for an address of which every street is in the file just as it is written."""
        found = [candidates(readings, index=self.index, near=NONE_NEAR) for readings in address.streets]
        if not all(any(candidate.difference.none for candidate in street) for street in found):
            return None
        return decide(address, found, scales=self._scales)

    def _by_likeness(self, addresses: Mapping[str, Address]) -> dict[str, Found]:
        asked = (readings for address in addresses.values() for readings in address.streets)
        keys = dict.fromkeys(reading.key for readings in asked for reading in readings if reading.key)
        near = self._likeness.near(tuple(keys), beyond=BEYOND)
        found = {}
        for text, address in addresses.items():
            streets = [candidates(readings, index=self.index, near=near) for readings in address.streets]
            found[text] = decide(address, streets, scales=self._scales)
        return found

    def _with_aliases(self, address: Address) -> Address:
        """Return the address with every street that a person named another put in its place."""
        if not self._aliases:
            return address
        streets = tuple(
            tuple(self._aliases.get(str(reading), reading) for reading in readings)
            for readings in address.streets
        )
        return replace(address, streets=streets)

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness(self.index.entries, self.tables)

    @cached_property
    def _scales(self) -> Scales:
        return Scales(self.index, self.evidence, measure_unlisted(self.index, self._likeness))

    @cached_property
    def _by_hand(self) -> Mapping[str, KnownAddress]:
        return {known.fingerprint: known for known in self.learned.addresses}

    @cached_property
    def _aliases(self) -> Mapping[str, StreetName]:
        return {
            alias.said: street_name(words_of(alias.meant, tables=self.tables), tables=self.tables)
            for alias in self.learned.streets
        }

    @cached_property
    def _named(self) -> Mapping[str, NamedPlace]:
        return {_plain(place.name, self.tables): place for place in self.places}


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the collector of cyclic garbage away: a search makes none, and each of its rounds walks the whole index."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def placed(found: Sequence[Found]) -> Placed:
    """Return the places of answers as columns."""
    points = [one.point or _NOWHERE for one in found]
    return Placed(
        lon=np.array([point.lon for point in points], dtype=np.float64),
        lat=np.array([point.lat for point in points], dtype=np.float64),
        precision_m=np.array([one.precision_m for one in found], dtype=np.float64),
        found=np.array([one.point is not None for one in found], dtype=np.bool_),
    )


def normal_text(text: str, address: Address, *, tables: Wording) -> str:
    """Return the one spelling of an address under which answers are kept; of what is unreadable, its words."""
    return str(address) or _plain(text, tables)


def _plain(text: str, tables: Wording) -> str:
    return " ".join(word for word in words_of(text, tables=tables) if word.isalnum())


_NOWHERE = Point(float("nan"), float("nan"))
