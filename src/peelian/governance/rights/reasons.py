"""Reasons as a person is owed them: the facts, the rule, who decided, and what can be done about it.

After Directive (EU) 2016/680, Articles 12(1) and 15(3)-(4) (concise, intelligible, in plain language; reasons of a
refusal; the possibility of a complaint) and Regulation (EU) 2024/1689, Article 86 (the role of the system and the main
elements of the decision). That no answer goes out without all four is the house's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.governance.wording import blanks

LONGEST = 4_000
"""Characters of one part; what is longer is not plain language."""


@dataclass(frozen=True)
class Reasons:
    """The four parts, each a text for the person concerned; a part that says nothing is refused.

    Parameters
    ----------
    facts : what was found.
    rule : on which rule, charter or law it stands.
    decider : who decided, by role, and in which ledger entry.
    remedy : what can be done about it, and where.
    """

    facts: str
    rule: str
    decider: str
    remedy: str

    def __post_init__(self) -> None:
        parts = vars(self)
        empty = [name for name, text in parts.items() if len(text.split()) < 3 or len(text) > LONGEST]
        if bad := [*empty, *blanks(parts)]:
            raise BadInput(
                f"Reasons need facts, rule, decider and remedy, each in 3 words to {LONGEST:,} characters; "
                f"{bad[0]!r} does not say enough, or too much. Write it for the person concerned."
            )

    def document(self) -> Document:
        """Return the reasons as they are recorded."""
        return dict(vars(self))

    def lines(self) -> tuple[str, ...]:
        """Return the reasons as they are read."""
        return (
            f"What was found: {self.facts}",
            f"On which rule: {self.rule}",
            f"Who decided: {self.decider}",
            f"What you can do: {self.remedy}",
        )


def reasons_from(document: Mapping[str, str]) -> Reasons:
    """Return the reasons that `document` was made from."""
    return Reasons(**document)
