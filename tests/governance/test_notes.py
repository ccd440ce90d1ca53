"""Sealed notes: one length whatever they say, bound to what they speak about, and opened with one key only."""

from __future__ import annotations

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Tampered
from peelian.governance.notes import NOTE_BYTES, Notes

NOTES = Notes(b"k" * 32, os.urandom)
LETTERS = st.characters(exclude_categories=["Cs", "Z"])


@given(
    text=st.text(LETTERS).filter(lambda text: len(text.encode()) <= NOTE_BYTES and not text.endswith("\x1f"))
)
@example(text="x" * NOTE_BYTES)
@settings(deadline=None)
def test_a_note_says_what_was_sealed_and_its_length_says_nothing(text: str) -> None:
    sealed = NOTES.seal(text, about="item 1")
    assert NOTES.open(sealed, about="item 1") == text.rstrip()
    assert len(bytes.fromhex(sealed)) == 12 + 32 + 16  # nonce, note, tag


@pytest.mark.parametrize(("note", "length"), [("x" * 33, 33), ("é" * 17, 34)])
def test_a_longer_note_is_refused(note: str, length: int) -> None:
    with pytest.raises(BadInput, match=f"^A note of {length} bytes is longer than 32; say less\\.$"):
        NOTES.seal(note, about="item 1")


def test_the_same_note_is_sealed_differently_each_time() -> None:
    assert NOTES.seal("decoy", about="item 1") != NOTES.seal("decoy", about="item 1")


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda sealed: "00" + sealed[2:] if sealed[:2] != "00" else "01" + sealed[2:],
        lambda sealed: sealed[:-2] + ("00" if sealed[-2:] != "00" else "01"),
        lambda sealed: sealed[:-2],
        lambda sealed: sealed[:8],
        lambda sealed: "",
        lambda sealed: "no hex",
    ],
    ids=["its nonce", "its tag", "cut short", "hardly anything", "empty", "not hex"],
)
def test_a_note_that_was_changed_is_refused(spoiled: object) -> None:
    sealed = NOTES.seal("decoy", about="item 1")
    with pytest.raises(
        Tampered, match=r"^The sealed note about item 1 is not the one it was stored with; tell"
    ):
        NOTES.open(spoiled(sealed), about="item 1")  # type: ignore[operator]


def test_a_note_cannot_be_moved_to_another_thing_or_opened_with_another_key() -> None:
    sealed = NOTES.seal("decoy", about="item 1")
    for notes, about in ((NOTES, "item 2"), (Notes(b"j" * 32, os.urandom), "item 1")):
        with pytest.raises(Tampered, match=f"about {about} is not"):
            notes.open(sealed, about=about)


def test_neither_key_nor_source_of_nonces_is_shown() -> None:
    assert repr(NOTES) == "Notes()"
