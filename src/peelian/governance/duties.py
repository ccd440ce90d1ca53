"""Which duties of law are in force on which day: rule packs by date, read from `policies/duties.yaml`.

For: saying what binds a capability today and from when on the rest will. The house keeps the strictest of them already;
dates say what a deployment could be held to.
Not for: the prohibited list, which applies whatever the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from peelian.domain.errors import BadInput
from peelian.domain.section import Section, closed, schema_one
from peelian.domain.strict import read_yaml
from peelian.governance.card import RiskClass
from peelian.governance.prohibition.prohibited import JURISDICTIONS


class Seen(StrEnum):
    """Whether the text of a date was read itself, or read of."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@dataclass(frozen=True)
class Duty:
    """One duty of law: what it asks, of which risk classes, where, since when, and how surely its date is known."""

    id: str
    says: str
    citation: str
    binds: frozenset[RiskClass]
    jurisdiction: str
    since: date
    seen: Seen


def duties_on(
    day: date, *, risk_class: RiskClass | None = None, jurisdiction: str | None = None
) -> tuple[Duty, ...]:
    """Return the duties in force on `day`, in order of their first day; of one risk class or jurisdiction if asked."""
    return tuple(
        duty
        for duty in installed_duties()
        if duty.since <= day
        and (risk_class is None or risk_class in duty.binds)
        and (jurisdiction is None or jurisdiction == duty.jurisdiction)
    )


@cache
def installed_duties() -> tuple[Duty, ...]:
    """Return every duty that ships with this version, in order of first day and id."""
    return read_duties(
        (resources.files("peelian.governance") / "policies" / "duties.yaml").read_text("utf-8")
    )


def read_duties(text: str) -> tuple[Duty, ...]:
    """Read duties; anything unknown, missing or doubled in them is refused."""
    with read_yaml(text, where="duties.yaml") as top:
        schema_one(top)
        duties = tuple(_read(section) for section in top.sections("duties"))
    ids = [duty.id for duty in duties]
    if len(set(ids)) != len(ids):
        raise BadInput("duties.yaml gives two duties one id; give every duty its own.")
    return tuple(sorted(duties, key=lambda duty: (duty.since, duty.id)))


def _read(section: Section) -> Duty:
    with section:
        where = section.where
        return Duty(
            id=section.text("id"),
            says=section.text("says"),
            citation=section.text("citation"),
            binds=frozenset(
                RiskClass(closed(name, RiskClass, where=where, what="risk class"))
                for name in section.texts("binds", least=1)
            ),
            jurisdiction=closed(
                section.text("jurisdiction"), JURISDICTIONS, where=where, what="jurisdiction"
            ),
            since=section.day("since"),
            seen=Seen(closed(section.text("seen"), Seen, where=where, what="way of knowing a date")),
        )
