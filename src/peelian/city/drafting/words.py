"""How a draft writes YAML: text that nothing else can be meant by, and the sign for what is undecided."""

from __future__ import annotations

import json
import re
import unicodedata

from peelian.domain.strict import UNDECIDED

ASK = json.dumps(UNDECIDED)

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ /.()$'-]*")
_NOT_TEXT = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def scalar(text: str) -> str:
    """Return `text` as a YAML scalar, in quotation marks where YAML would read it otherwise."""
    plain = _PLAIN.fullmatch(text) and not text.endswith(" ") and text.lower() not in _NOT_TEXT
    return text if plain else json.dumps(text, ensure_ascii=False)


def plain_words(text: str) -> str:
    """Return the words of a name in small letters without accents or punctuation; letters of every script stay."""
    letters = (
        each for each in unicodedata.normalize("NFKD", text.casefold()) if not "\u0300" <= each <= "\u036f"
    )
    kept = "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in letters)
    return unicodedata.normalize("NFC", " ".join(kept.split()))
