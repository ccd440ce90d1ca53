"""Reasons for looking at a record about a person: a closed vocabulary, and words beside it that must say something.

Source: UK Data Protection Act 2018, section 62(2) and (3): the logs of consultation and disclosure must make it
possible to establish "the justification for" them; Directive (EU) 2016/680, Article 25(1). That the vocabulary
is closed is the house's own answer to logs full of "inv" and "." (requirement H05).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from peelian.domain.errors import BadInput
from peelian.domain.section import Section, closed, schema_one
from peelian.domain.strict import read_yaml
from peelian.governance.card import DataKind, SubjectCategory, slug

ANY_KIND = "*"
_NOBODY_OUTSIDE = frozenset({SubjectCategory.NONE, SubjectCategory.STAFF})


@dataclass(frozen=True)
class Reason:
    """One reason of the vocabulary.

    Parameters
    ----------
    code, says : what is typed, and what it means in a sentence.
    needs_case : whether it holds only inside an open case of the person who asks.
    vague : whether it says little by itself: then a note is asked for, and it is counted.
    kinds : the data kinds it can be given for, or "*".
    """

    code: str
    says: str
    needs_case: bool
    vague: bool
    kinds: tuple[str, ...]

    def fits(self, kind: str) -> bool:
        """Return whether this reason can be given for a data kind."""
        return ANY_KIND in self.kinds or kind in self.kinds


@cache
def vocabulary() -> dict[str, Reason]:
    """Return every reason that can be given, by code."""
    text = (resources.files("peelian.governance") / "reasons.yaml").read_text("utf-8")
    with read_yaml(text, where="reasons.yaml") as top:
        schema_one(top)
        found = tuple(_reason(part) for part in top.sections("reasons"))
    if len({reason.code for reason in found}) < len(found):
        raise BadInput("reasons.yaml gives one code twice; each reason has its own.")
    return {reason.code: reason for reason in found}


def reason_named(code: str) -> Reason:
    """Return the reason of that code; another word is refused with the list."""
    known = vocabulary()
    return known[closed(code, known, where="the reason for this look-up", what="reason")]


def needs_reason(kind: DataKind) -> bool:
    """Return whether each look at a record of this kind needs a reason: it may be about a person who is not staff."""
    return kind.about_people and kind.subject_category not in _NOBODY_OUTSIDE


def vague_codes(reasons: Iterable[Reason] | None = None) -> frozenset[str]:
    """Return the codes that say little by themselves."""
    return frozenset(r.code for r in (vocabulary().values() if reasons is None else reasons) if r.vague)


def _reason(section: Section) -> Reason:
    with section:
        return Reason(
            code=slug(section.text("code"), where=section.where),
            says=section.text("says"),
            needs_case=section.flag("needs_case"),
            vague=section.flag("vague"),
            kinds=section.texts("kinds"),
        )
