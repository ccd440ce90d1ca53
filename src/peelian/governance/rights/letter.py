"""What goes out: letters in plain language, each with facts, rule, decider and remedy.

The letter that neither confirms nor denies is a constant but for the request's number and the remedy: nothing that
was found, or was not, can reach it, because it is not handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peelian.domain.plan import LEGAL_EFFECT
from peelian.domain.statement import PlaceStatement
from peelian.governance.rights.reasons import Reasons
from peelian.governance.rights.request import Point

ROLE_OF_THE_SYSTEM = (
    "A computation ranks places by what was recorded there before; it says nothing about any person. People propose, "
    "check and approve each plan, and may set its result aside."
)
"""After Regulation (EU) 2024/1689, Article 86(1): the role of the AI system in the decision."""

_LINES = 78


@dataclass(frozen=True)
class Letter:
    """One letter: its heading, its paragraphs, and the reasons without which there is none."""

    heading: str
    paragraphs: tuple[str, ...]
    reasons: Reasons

    def text(self) -> str:
        """Return the letter as plain text."""
        parts = (self.heading, "=" * min(len(self.heading), _LINES), *self.paragraphs, *self.reasons.lines())
        return "\n\n".join(parts) + "\n"


def place_letter(
    request_id: str, *, point: Point, statements: Sequence[PlaceStatement], reasons: Reasons
) -> Letter:
    """Return the answer about a place: what was said and decided there, oldest first."""
    told = [
        f"{each.work} {each.work_id}, ledger entry {each.entry_index}, for {each.period}: {each.says} {each.grounds}"
        for each in statements
    ]
    nothing = "Nothing that is kept was forecast, planned or decided for this place."
    heading = f"Answer to request {request_id}: longitude {point.lon_deg}, latitude {point.lat_deg}"
    return Letter(heading, (*(told or [nothing]), ROLE_OF_THE_SYSTEM, LEGAL_EFFECT), reasons)


def place_reasons(
    statements: Sequence[PlaceStatement], *, charters: Sequence[str], decider: str, remedy: str
) -> Reasons:
    """Return the reasons that follow from what was said about a place."""
    works = sorted({each.work for each in statements})
    found = f"{len(statements)} statements about the place are kept ({', '.join(works)}); each stands above."
    nothing = "No statement about the place is kept."
    stands = (
        f"They stand on the charters {', '.join(charters)}, which others approved and which the ledger names."
    )
    none = "Nothing is done here without a charter; none was used for this place."
    return Reasons(
        facts=found if statements else nothing,
        rule=stands if charters else none,
        decider=decider,
        remedy=remedy,
    )


def neither_letter(request_id: str, *, remedy: str) -> Letter:
    """Return the letter that neither confirms nor denies that anything is held about a person.

    After Directive (EU) 2016/680, Articles 15(3), 16(4) and 17: reasons may be left out where giving them would
    undermine what the restriction is for; the person is told of the way through the authority and of complaint.
    """
    reasons = Reasons(
        facts="Whether anything is held about you is neither confirmed nor denied; that is said to everybody who asks.",
        rule="Directive (EU) 2016/680, Articles 15(3) and 16(4), as the law of this place applies them.",
        decider="An officer who had no part in anything that may be held; the ledger names the entry of this answer.",
        remedy=remedy,
    )
    told = (
        "Your request was received, your identity was established, and all that could be held was searched. "
        "You can have the supervisory authority exercise your rights in your place; it will tell you at least that "
        "all necessary verifications have taken place (Article 17(3)).",
    )
    return Letter(f"Answer to request {request_id}", told, reasons)
