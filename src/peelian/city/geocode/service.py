"""The door of the geocoder: open it on the stored streets, answer for what it could not place, see what waits."""

from __future__ import annotations

import hmac
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from peelian.city.findings import Reason
from peelian.city.geocode.address import Form
from peelian.city.geocode.along import Point
from peelian.city.geocode.found import Found, Queued, Rule
from peelian.city.geocode.geocoder import Fingerprint, Geocoder, normal_text
from peelian.city.geocode.index import build_index
from peelian.city.geocode.learned import KnownAddress, Learned, NamedPlace, StreetAlias, read_named_places
from peelian.city.geocode.parse import parse
from peelian.city.geocode.rate import GeocodingRate
from peelian.city.geocode.segments import AddressPoints
from peelian.city.geocode.street_name import StreetName, street_name
from peelian.city.geocode.tables import address_points, address_points_of, segments_of
from peelian.city.geocode.tally import Tally
from peelian.city.geocode.wording import wording
from peelian.city.geocode.words import words_of
from peelian.city.place_set import newest, place_set_of
from peelian.city.streets.extracts import STREET_EDGES, STREET_NODES
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.governance.desk import Condition, Desk, Kept, NewRecord, Operator, Sitting
from peelian.governance.ledger.entry import Entry

__all__ = [
    "AddressPoints",
    "Found",
    "GeocodingRate",
    "NamedPlace",
    "Queued",
    "Rule",
    "Tally",
    "Waiting",
    "address_points",
    "address_points_of",
    "fix_address",
    "fix_street",
    "open_geocoder",
    "read_named_places",
    "waiting",
]

CAPABILITY = "city.geocode"
MENDING = "city.load"
"""Sealed rows are opened to mend a load, and under no other capability."""
KIND = "address-fix"
STREETS = "street"
"""Subject of the place sets that hold street networks."""
BY_HAND_M = 10.0
"""Radius of a place that a person pointed out on a map."""


@dataclass(frozen=True)
class Waiting:
    """One address that nothing could place, with its row in the delivery."""

    row_number: int
    address: str


def open_geocoder(
    desk: Desk,
    *,
    purpose: str,
    naming_key: bytes,
    as_of: date | None = None,
    points: AddressPoints | None = None,
    places: Sequence[NamedPlace] = (),
) -> Geocoder:
    """Return the geocoder on the newest streets as of a day not later than `as_of`, with all answers by hand.

    `points` is the city's address file, `places` its named places; both are the caller's and are not stored.
    """
    tables = wording()
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        of_set = (Condition("set_id", Operator.EQ, _newest_streets(sitting, as_of=as_of)),)
        nodes = sitting.read(STREET_NODES, where=of_set)
        edges = sitting.read(STREET_EDGES, where=of_set)
        learned = _learned(sitting.records(KIND))
    index = build_index(segments_of(nodes, edges), tables=tables, points=points)
    return Geocoder(index, tables, _fingerprint(naming_key), learned, places=tuple(places))


def fix_address(
    desk: Desk, *, purpose: str, naming_key: bytes, address: str, lon: float, lat: float, why: str
) -> Entry:
    """Keep where an address lies, from now on, because a person says so.

    The address is kept as a keyed hash of its normal form only. `lon` and `lat` are degrees WGS 84.
    """
    _check_why(why)
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise BadInput(f"({lon}, {lat}) is no place in degrees; give the longitude, then the latitude.")
    tables = wording()
    text = normal_text(address, parse(address, tables=tables), tables=tables)
    if not text:
        raise BadInput("The address is blank; give the words as they stand in the delivery.")
    answer: Document = {
        "address_hmac": _fingerprint(naming_key)(text),
        "lon": lon,
        "lat": lat,
        "precision_m": BY_HAND_M,
        "why": why,
    }
    return _keep(desk, purpose=purpose, subject="address", answer=answer)


def fix_street(desk: Desk, *, purpose: str, said: str, meant: str, why: str) -> Entry:
    """Keep that a whole street name means another one, from now on, because a person says so.

    The name of a street is about no person and is kept as text; a house number with it is refused.
    """
    _check_why(why)
    names = {"said": str(_only_street(said)), "meant": str(_only_street(meant))}
    if names["said"] == names["meant"]:
        raise BadInput(f"{said!r} and {meant!r} are one name already; nothing needs to be taught.")
    return _keep(desk, purpose=purpose, subject="street", answer={**names, "why": why})


def waiting(desk: Desk, *, purpose: str, load_id: str, address_column: str) -> tuple[Waiting, ...]:
    """Open the addresses of a load that nothing could place; `address_column` as it is named in the delivery."""
    with desk.open(purpose=purpose, capability=MENDING, reason="source-repair") as sitting:
        rows = sitting.rejections(sitting.record("load", load_id))
    unplaced = (
        (row.row_number, json.loads(row.content)) for row in rows if row.reason == Reason.PLACE_UNKNOWN
    )
    return tuple(Waiting(number, content.get(address_column) or "") for number, content in unplaced)


def _newest_streets(sitting: Sitting, *, as_of: date | None) -> str:
    sets = (
        place_set_of(kept.body, subject=kept.subject, entry_index=kept.entry_index)
        for kept in sitting.records("place-set", subject=STREETS)
    )
    if (chosen := newest(sets, as_of=as_of)) is None:
        raise BadInput("There are no streets to place addresses on; take a street network in first.")
    return chosen.set_id


def _learned(kept: Sequence[Kept]) -> Learned:
    """Return the answers given by hand, oldest first."""
    answers = sorted(kept, key=lambda one: one.entry_index)
    addresses = (one.body for one in answers if one.subject == "address")
    streets = (one.body for one in answers if one.subject == "street")
    return Learned(
        tuple(
            KnownAddress(body["address_hmac"], Point(body["lon"], body["lat"]), body["precision_m"])
            for body in addresses
        ),
        tuple(StreetAlias(body["said"], body["meant"]) for body in streets),
    )


def _keep(desk: Desk, *, purpose: str, subject: str, answer: Document) -> Entry:
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        record_id = sitting.new_id()
        return sitting.act(
            "address.fixed",
            action="submit",
            resource=KIND,
            facts={"fix": record_id, "subject": subject},
            records=[NewRecord(record_id, KIND, subject, answer)],
        )


def _check_why(why: str) -> None:
    if not why.strip():
        raise BadInput("An answer given by hand needs its reason; say how you know where this is.")


def _only_street(text: str) -> StreetName:
    tables = wording()
    address = parse(text, tables=tables)
    name = street_name(words_of(text, tables=tables), tables=tables)
    if address.form is not Form.STREET or not name.key:
        raise BadInput(f"{text!r} is not the name of one street; leave house numbers and crossings out.")
    return name


def _fingerprint(naming_key: bytes) -> Fingerprint:
    """Return HMAC-SHA256 (FIPS 198-1) of a normalised address under the house's naming key."""

    def fingerprint(text: str) -> str:
        return hmac.new(naming_key, f"peelian/address/v1\n{text}".encode(), "sha256").hexdigest()

    return fingerprint
