"""The ground of an act: what was there without the system, with its own number; never what the system itself said."""

from __future__ import annotations

import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.governance.review.grounds import (
    Ground,
    GroundKind,
    check_independent,
    ground_from_document,
    is_independent,
)

FINDING = "01985a00-0000-7000-8000-000000000001"
OWN = ("F-17", "clip 4711", FINDING)
WORDS = "The shopkeeper saw two men force the shutter of the bakery."


def ground(reference: str = "CAD-2291/26", words: str = WORDS) -> Ground:
    return Ground(GroundKind.WITNESS, reference, words)


@pytest.mark.requirement("H03")
@pytest.mark.parametrize(
    ("reference", "words", "independent"),
    [
        ("CAD-2291/26", WORDS, True),
        ("", WORDS, False),
        ("   ", WORDS, False),
        ("\N{ZERO WIDTH SPACE}", WORDS, False),
        ("F-17", WORDS, False),
        ("f-17", WORDS, False),
        ("see F-17.", WORDS, False),
        ("see clip 4711, second half", WORDS, False),
        ("\u0441lip 4711", WORDS, False),  # a Cyrillic c
        ("clip 47110", WORDS, True),
        ("CAD-1", "An \u0430lert came in for this place and the car was sent there at once.", False),
        ("CAD-1", "The algorithm rated this place as very likely to have been entered.", False),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER F}-17", WORDS, False),
        ("F-171", WORDS, True),  # another's number
        ("AF-17", WORDS, True),
        ("CAD-1", f"{WORDS} Compare F-17.", False),
        (FINDING, WORDS, False),
        (FINDING.upper(), WORDS, False),
        ("01985a00-0000-7000-8000-0000000000ff", WORDS, False),  # a UUIDv7 is how this house names things
        ("9b2ad1d6-8c1f-4b57-9a6e-1f9f8f2f6b11", WORDS, True),  # a UUIDv4 is not
        ("CAD-1", "The alert said that the shutter of the bakery was forced.", False),
        ("CAD-1", "Our SYSTEM said that the shutter of the bakery was forced.", False),
        ("CAD-1", "Peelian showed the shutter of the bakery as likely forced.", False),
        ("CAD-1", "It scored high, so the shutter of the bakery was forced.", False),
        ("AI", WORDS, False),
        ("CAD-1", "The aisle of the bakery was full of broken glass and coins.", True),  # no such word in it
        ("CAD-1", "A modelling agency next to the bakery reported broken glass.", True),
    ],
)
def test_which_grounds_are_none_of_the_system_s_own(reference: str, words: str, *, independent: bool) -> None:
    named = ground(reference, words)
    assert is_independent(named, own_outputs=OWN) == independent
    if independent:
        check_independent(named, own_outputs=OWN)
        return
    with pytest.raises(Refused, match="it is what the system itself said") as refusal:
        check_independent(named, own_outputs=OWN)
    assert refusal.value.rule == "independent-ground"
    assert "2016/680, Article 11(1)" in str(refusal.value.citation)
    assert "number it has outside" in str(refusal.value.remedy)


def test_where_there_is_no_output_of_its_own_nothing_is_circular() -> None:
    assert is_independent(ground("F-17"), own_outputs=())
    assert is_independent(ground("(?!)"), own_outputs=())
    assert not is_independent(ground("a+b"), own_outputs=("a+b",)), "a name is no pattern"
    assert is_independent(ground("aab"), own_outputs=("a+b",))


def test_a_ground_survives_the_record_and_nothing_else_is_read() -> None:
    for kind in GroundKind:
        kept = Ground(kind, "CAD-1", WORDS)
        assert kept.document() == {"kind": kind.value, "reference": "CAD-1", "words": WORDS}
        assert ground_from_document(kept.document()) == kept
    with pytest.raises(BadInput, match="the ground of an act: 'hunch' is not a known kind of ground"):
        ground_from_document({**ground().document(), "kind": "hunch"})
    with pytest.raises(BadInput, match="the ground of an act"):
        ground_from_document({**ground().document(), "more": "x"})
    with pytest.raises(BadInput, match="the ground of an act"):
        ground(words="hm")
