"""How much must be written, to the letter: what one sign less makes of a reason or a note."""

from __future__ import annotations

import pytest

from peelian.domain.errors import BadInput
from peelian.governance.wording import blanks, check_note, check_reason, reading

EIGHT = "alpha bravo delta gamma sigma theta omega lamb"  # 8 words, 39 letters


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (EIGHT + "s", None),  # 40 letters in 8 words
        (EIGHT, "'why' is too short to be a reason"),
        ("alphas bravos deltas gammas sigmas thetas omegas", "'why' is too short"),  # 42 letters, 7 words
        ("alphas bravos deltas gammas sigmas thetas omegas Alphas", "'why' repeats itself"),  # 7 different
        (" ".join(f"{EIGHT}s".split() * 2), None),  # half of the words are different
        (" ".join([*f"{EIGHT}s".split() * 2, "alpha"]), "'why' repeats itself"),  # fewer than half
        (f"{EIGHT} hmmm", None),  # three of a letter
        (f"{EIGHT} hmmmm", "'why' repeats itself"),  # four
        (f"{EIGHT} hmMmM", "'why' repeats itself"),
    ],
)
def test_where_a_reason_begins(text: str, says: str | None) -> None:
    if says is None:
        check_reason(text, where="the charter", key="why")
        return
    with pytest.raises(BadInput, match=rf"^the charter: {says}.*\.$"):
        check_reason(text, where="the charter", key="why")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("van seen near lane", None),  # 15 letters, 4 words
        ("van seen near lan", "says too little"),  # 14 letters
        ("vehicle standing outside", "says too little"),  # 3 words
        ("police search for van", "says too little"),  # one word that tells something
        ("police search for van lane", None),  # two
        ("van 2026 123456789012 77", "says too little"),  # a number tells nothing
        ("van lane van lane van", "repeats itself"),  # 2 of 5 different
        ("van lane van lane mill", None),  # 3 of 5
        ("van seen near the mill laaane", None),  # three of a letter, then four
        ("van seen near the mill laaaane", "repeats itself"),
        ("x" * 484 + " van seen lane", "repeats itself"),
    ],
)
def test_where_a_note_begins(text: str, says: str | None) -> None:
    if says is None:
        check_note(text, where="the note")
        return
    with pytest.raises(BadInput, match=rf"^the note {says}.*\.$"):
        check_note(text, where="the note")


def test_a_note_may_have_five_hundred_signs_and_not_one_more() -> None:
    text = " ".join(f"w{number}rd" for number in range(10_000))
    check_note(text[:500], where="the note")
    with pytest.raises(BadInput, match="501 characters; say it in at most 500"):
        check_note(text[:501], where="the note")


@pytest.mark.parametrize("sign", [chr(0x00), "\t", "\n", "\x7f", "\N{SOFT HYPHEN}", "+", "\ue000"])
def test_a_sign_that_does_not_show_what_it_is_is_named(sign: str) -> None:
    with pytest.raises(BadInput, match="holds signs that do not show what they are"):
        check_note(f"van seen{sign}near the lane", where="the note")


@pytest.mark.parametrize(
    "text", ["see (the) [old] mill-lane, no. 4: £20!", "«rue du Four», près du café là-bas"]
)
def test_common_punctuation_is_plain(text: str) -> None:
    check_note(text, where="the note")


def test_a_blank_left_in_the_form_is_found() -> None:
    texts = {
        "a": "<why>",
        "b": "To do: todo later",
        "c": "n/a",
        "d": "N/A",
        "e": "---",
        "f": "...",
        "g": "none",
        "h": "none of them",
        "i": "xxxx",
        "j": "lorem ipsum dolor",
        "k": "Fill in",
        "l": "a < b",
        "m": "na",
        "n": "a.",
    }
    assert "".join(blanks(texts)) == "abcdefgijkm"


def test_texts_that_differ_in_dress_alone_read_the_same() -> None:
    assert (
        reading("The  VAN, near Mill-Lane 4!") == reading("the van near mill lane 4") == "thevannearmilllane4"
    )
    assert reading("v\N{CYRILLIC SMALL LETTER A}n") == "van"
