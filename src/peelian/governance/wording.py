"""Whether a text that is asked for was really written: not a blank left in the form, not filler.

For: the reasons a charter gives, and the words beside a reason for looking somebody up. Whether they are good
reasons, people must judge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from peelian.domain.errors import BadInput
from peelian.governance.prohibition.names import unmask

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


NOTE_LONGEST = 500
_NOTE_LETTERS, _NOTE_WORDS = 15, 4
_FILLER = """
a an and as asked at by case check checking crime do enquiry enquiries file for from general in info information
inquiry inv invest investigate investigating investigation investigative is it job law legal look lookup needed of
official on ongoing only other per police purpose purposes query reason reasons ref required requested routine search
see suspect the this to use various with work
"""
_SAYS_NOTHING = frozenset(_FILLER.split())
"""Words that say nothing by themselves: a note needs others besides them."""


def check_note(text: str, *, where: str, earlier: Iterable[str] = ()) -> None:
    """Refuse words beside a reason that say nothing, say it again, or hide what they say.

    Parameters
    ----------
    text : at most 500 characters on one line; letters, digits and common punctuation, no hidden or look-alike signs.
    earlier : notes given before; one that reads the same is boilerplate.
    """
    if len(text) > NOTE_LONGEST:
        raise BadInput(f"{where} has {len(text)} characters; say it in at most {NOTE_LONGEST}.")
    if hidden := sorted({unicodedata.name(sign, hex(ord(sign))) for sign in text if not _shown(sign)}):
        raise BadInput(
            f"{where} holds signs that do not show what they are ({hidden[0]}); write plain words."
        )
    if mixed := [word for word in re.findall(r"\w+", text) if _mixes_scripts(word)]:
        raise BadInput(f"{where} mixes alphabets within a word ({mixed[0]!r}); write it in one of them.")
    words = re.findall(r"\w+", text.casefold())
    telling = {word for word in words if word not in _SAYS_NOTHING and not word.isdigit()}
    if sum(map(len, words)) < _NOTE_LETTERS or len(words) < _NOTE_WORDS or len(telling) < 2:
        raise BadInput(f"{where} says too little; write in plain words what is the case.")
    if len(set(words)) < 0.6 * len(words) or re.search(r"(\w)\1{3}", text.casefold()):
        raise BadInput(f"{where} repeats itself; write in plain words what is the case.")
    if reading(text) in {reading(each) for each in earlier}:
        raise BadInput(f"{where} was given before in the same words; write what is the case this time.")


def reading(text: str) -> str:
    """Return a text as it is compared: disguises off, letters and digits only, case and spaces gone."""
    return "".join(sign for sign in unmask(text).casefold() if sign.isalnum())


def _shown(sign: str) -> bool:
    """Return whether a sign shows what it is: a letter, a digit, a space or punctuation, nothing else."""
    return sign == " " or unicodedata.category(sign)[0] in "LN" or unicodedata.category(sign) in _PUNCTUATION


_PUNCTUATION = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Mn", "Mc", "Sc"})


def _mixes_scripts(word: str) -> bool:
    """Return whether letters of a word come from several alphabets, as in a look-alike of another word."""
    scripts = {unicodedata.name(sign, "").split()[0] for sign in word if sign.isalpha()}
    return len(scripts - {"MODIFIER", "CJK", "HIRAGANA", "KATAKANA"}) > 1
