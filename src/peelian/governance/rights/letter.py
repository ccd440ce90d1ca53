"""What goes out: letters in plain language, each with facts, rule, decider and remedy.

The letter that neither confirms nor denies is a constant but for the request's number and the remedy: nothing that
was found, or was not, can reach it, because it is not handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.plan import LEGAL_EFFECT
from peelian.domain.plural import plural
from peelian.domain.statement import PlaceStatement
from peelian.domain.time import iso
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


@dataclass(frozen=True)
class Told:
    """The letter by which a person was told, and the record of it, whose end is the end of any file it is put in."""

    notice_id: str
    letter: Letter


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


@dataclass(frozen=True)
class Held:
    """One thing held on a person: its data kind, in which category they are in it, since when, and what it says.

    What is `restricted` stays, and nobody works with it.
    """

    kind: str
    category: str
    since: datetime
    says: str
    restricted: bool = False


def person_letter(request_id: str, *, held: Sequence[Held], remedy: str) -> Letter:
    """Return the answer to a person about data on them, all of it (Directive (EU) 2016/680, Article 14)."""
    told = [
        f"{each.kind}, as {each.category}, since {iso(each.since)}"
        f"{' (restricted: it stays, and nobody works with it)' if each.restricted else ''}: {each.says}"
        for each in held
    ]
    number = plural(len(held), "record")
    reasons = Reasons(
        facts=f"Held on you here, and shown above: {number}." if held else "No record on you is held here.",
        rule="Each kind is kept on the ground, and no longer than the time, that this house's public register names.",
        decider="A rights officer, by the ledger entry of this answer.",
        remedy=remedy,
    )
    return Letter(f"Answer to request {request_id}", (*told, ROLE_OF_THE_SYSTEM), reasons)


def lifting_letter(*, why: str, ends: datetime, cause: str, remedy: str) -> Letter:
    """Return the notice that a restriction is to end (Directive (EU) 2016/680, Article 16(3), last subparagraph)."""
    grounds = {"contested": "you contested that they are right", "evidence": "they were evidence"}
    reasons = Reasons(
        facts=f"Data on you are restricted here because {grounds[cause]}. What was found since: {why}",
        rule="Directive (EU) 2016/680, Article 16(3), as the law of this place applies it.",
        decider="A rights officer put this forward; another one decides.",
        remedy=remedy,
    )
    told = (
        f"The restriction may end on {iso(ends)}, and not before; until then nobody works with these data.",
    )
    return Letter("Notice that a restriction is to end", told, reasons)


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
