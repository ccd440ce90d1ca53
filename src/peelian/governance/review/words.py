"""What people write in review: words that must be words, and how often somebody writes the same again.

Whether a reason is a good one, the second reader and the auditor judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

from peelian.domain.errors import BadInput
from peelian.governance.prohibition.names import unmask
from peelian.governance.wording import blanks, check_reason

LONGEST = 2_000
"""Characters that a reason may have."""

ALIKE = 90.0
"""From this similarity on (rapidfuzz ratio, 0 to 100, case, blanks and numbers aside) two texts count as the same."""


def check_words(text: str, *, where: str) -> None:
    """Refuse a text that says nothing, cannot be shown, or is longer than anybody reads."""
    if len(text) > LONGEST or not text.isprintable():
        raise BadInput(f"{where}: write at most {LONGEST} characters on one line, all of them visible.")
    plain = unmask(text)
    if blanks({"words": plain}):
        raise BadInput(f"{where}: 'words' still holds a blank or a filler; write what is the case.")
    check_reason(plain, where=where, key="words")


def duplicates(texts: Sequence[str]) -> tuple[bool, ...]:
    """Return for each text, in order, whether its writer wrote the same, or nearly the same, before."""
    plain = [_plain(text) for text in texts]
    return tuple(
        any(ratio(text, earlier, score_cutoff=ALIKE) for earlier in plain[:place])
        for place, text in enumerate(plain)
    )


def _plain(text: str) -> str:
    letters = "".join(sign if sign.isalpha() else " " for sign in unmask(text).casefold())
    return " ".join(letters.split())
