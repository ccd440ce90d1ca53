"""What somebody asks, about what, and how they came to ask: values, and what is recorded of them in the clear.

Who asks, and about whom, never stands here: a request's records can be read by everybody who oversees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.time import iso


class About(StrEnum):
    """What a request is about."""

    PLACE = "place"
    PERSON = "person"


class Asks(StrEnum):
    """What is asked for, with the articles of Directive (EU) 2016/680 that give persons the right."""

    ACCESS = "access"  # Article 14: what is held, what was decided
    CORRECTION = "correction"  # Article 16(1)
    ERASURE = "erasure"  # Article 16(2)
    RESTRICTION = "restriction"  # Article 16(3)


class Proof(StrEnum):
    """How it was shown who asks; no copy of any paper is kept."""

    IN_PERSON = "in-person"  # a paper with a picture was seen, in the presence of whoever asks
    ELECTRONIC = "electronic"  # a national or qualified electronic identity
    AUTHORITY = (
        "authority"  # the supervisory authority asks for the person: Directive (EU) 2016/680, Article 17
    )


class Outcome(StrEnum):
    """What somebody independent decided; the first three order something to be done."""

    CORRECT = "correct"
    ERASE = "erase"
    RESTRICT = "restrict"
    ANSWERED = "answered"  # access was given in full, nothing else was asked or found
    REFUSED = "refused"  # with reasons, and where to complain

    @property
    def orders(self) -> bool:
        """Return whether something must now be done."""
        return self in (Outcome.CORRECT, Outcome.ERASE, Outcome.RESTRICT)


FULFILLING: Mapping[Outcome, frozenset[str]] = {
    Outcome.CORRECT: frozenset({"load.accepted", "address.fixed", "record.corrected"}),
    Outcome.ERASE: frozenset({"rows.erased", "subject.erased"}),
    Outcome.RESTRICT: frozenset({"window.marked", "subject.restricted"}),
}
"""Which acts, by their ledger entries, do what was ordered."""


@dataclass(frozen=True)
class Point:
    """Where a place is: degrees WGS 84. Whoever answers takes the cell that holds it."""

    lon_deg: float
    lat_deg: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon_deg <= 180 and -90 <= self.lat_deg <= 90):
            raise BadInput(
                f"{self.lon_deg}, {self.lat_deg} is no place on Earth; give longitude, then latitude."
            )

    def document(self) -> Document:
        """Return the point as it is recorded."""
        return dict(vars(self))


@dataclass(frozen=True)
class RightsRequest:
    """One request as it is recorded.

    Parameters
    ----------
    request_id : UUIDv7.
    about, asks : about what, and for what.
    point : the place, where it is about one.
    received : when the clock started.
    due : the first instant at which an answer is late.
    """

    request_id: str
    about: About
    asks: Asks
    point: Point | None
    received: datetime
    due: datetime

    def __post_init__(self) -> None:
        if (self.about is About.PLACE) != (self.point is not None):
            raise BadInput("A request about a place names its point, and one about a person names none.")

    def document(self) -> Document:
        """Return the request as it is recorded."""
        return {
            "request_id": self.request_id,
            "about": self.about.value,
            "asks": self.asks.value,
            "point": None if self.point is None else self.point.document(),
            "received": iso(self.received),
            "due": iso(self.due),
        }


def request_from(document: Mapping[str, Any]) -> RightsRequest:
    """Return the request that `document` was made from."""
    return RightsRequest(
        request_id=document["request_id"],
        about=About(document["about"]),
        asks=Asks(document["asks"]),
        point=None if document["point"] is None else Point(**document["point"]),
        received=datetime.fromisoformat(document["received"]),
        due=datetime.fromisoformat(document["due"]),
    )
