"""What a person reads when places were taken in: words and numbers, never the names of a program."""

from __future__ import annotations

from datetime import date

from peelian.app.places_in import TakenPlaces
from peelian.city.boundaries.service import PlaceSetReport, Provenance
from peelian.city.place_set import Delivery
from peelian.domain.canonical import Document


def lines(subject: str, counts: dict[str, int], findings: Document) -> tuple[str, ...]:
    delivery = Delivery(
        set_id="x",
        subject=subject,
        provenance=Provenance("City", "CC0", date(2026, 3, 2)),
        files=(),
        valid_from=None,
        counts=tuple(counts.items()),
        findings=findings,
    )
    return TakenPlaces(PlaceSetReport(delivery, 12)).lines()


def test_rows_are_counted_in_the_words_of_what_they_are() -> None:
    told = {
        "1 boundary stored": ("boundary beat", {"boundary": 1}),
        "9 boundaries stored": ("boundary beat", {"boundary": 9}),
        "1,120 features stored": ("layer lights", {"layer": 1_120}),
        "1 span stored": ("condition derby", {"condition": 1}),
        "20,930 street nodes, 29,834 street edges stored": (
            "street",
            {"street-node": 20_930, "street-edge": 29_834},
        ),
    }
    for said, (subject, counts) in told.items():
        assert lines(subject, counts, {}) == (f"{subject} as of 2026-03-02: {said}, ledger entry 12",)


def test_an_account_is_said_with_its_numbers_and_what_it_lacks() -> None:
    found: Document = {
        "nodes_read": 20_930,
        "refused": {"no-length": 102},
        "notes": {},
        "untold": ["name", "oneway"],
    }
    assert lines("street", {"street-edge": 1}, found)[1:] == (
        "nodes read: 20,930",
        "refused: 102 no length",
        "no street has a name: no address can be placed",
        "nothing is said of one-way: every street is open both ways",
    )
