"""Whether a text a charter asks for was really written: not a blank left in the form, not filler.

For: the reasons a charter gives. Whether they are good reasons, the person who approves it must judge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from peelian.domain.errors import BadInput

_BLANK = re.compile(
    r"<[^>]*>|\b(todo|tbd|tbc|xxx+|fill in|lorem ipsum)\b|^(n/?a|none|-+|\.+)$", re.IGNORECASE
)
_MIN_LETTERS = 40
_MIN_WORDS = 8


def blanks(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys whose text is still the form's own `<...>`, or a word that puts the answer off."""
    return tuple(key for key, text in texts.items() if _BLANK.search(text))


def check_reason(text: str, *, where: str, key: str) -> None:
    """Refuse a reason that says nothing: under 40 letters or 8 words, or the same words or letters repeated."""
    words = re.findall(r"\w+", text.casefold())
    if sum(map(len, words)) < _MIN_LETTERS or len(words) < _MIN_WORDS:
        raise BadInput(
            f"{where}: {key!r} is too short to be a reason; write at least {_MIN_LETTERS} letters and "
            f"{_MIN_WORDS} words that say why."
        )
    repeated = len(set(words)) < 0.5 * len(words) or len(set(words)) < _MIN_WORDS
    if repeated or re.search(r"(\w)\1{3}", text.casefold()):
        raise BadInput(f"{where}: {key!r} repeats itself instead of giving a reason; write what is the case.")
