"""The catalogue of requirements: what others ask of this system, and for what the unanswered rows wait.

For: the page that names the test of each row, and whoever wants to know what is not shown yet.
Not for: showing anything; a test does that, and says so with its mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from peelian.domain.errors import BadInput
from peelian.domain.section import Section, closed, schema_one
from peelian.domain.strict import read_yaml


class Seen(StrEnum):
    """How the source of a requirement is known here."""

    TEXT = "text"
    SECONDARY = "secondary"
    MEMORY = "memory"


@dataclass(frozen=True)
class Requirement:
    """One row: what is asked, by which source, and what shows it here.

    Parameters
    ----------
    seen : whether the source itself was read.
    proof : the part of the system that answers it.
    waits : what has to be built before a test can show it; empty where one does.
    """

    id: str
    area: str
    says: str
    source: str
    seen: Seen
    proof: str
    waits: str


@cache
def installed_requirements() -> tuple[Requirement, ...]:
    """Return the catalogue that ships with this version, in its own order."""
    source = resources.files("peelian.governance") / "requirements.yaml"
    return read_requirements(source.read_text("utf-8"))


def read_requirements(text: str) -> tuple[Requirement, ...]:
    """Read a catalogue; anything unknown, missing or doubled in it is refused."""
    with read_yaml(text, where="requirements.yaml") as top:
        schema_one(top)
        found = tuple(_requirement(section) for section in top.sections("requirements"))
    ids = [requirement.id for requirement in found]
    if len(set(ids)) != len(ids):
        raise BadInput("requirements.yaml gives two rows one id; give every row its own.")
    return found


def _requirement(section: Section) -> Requirement:
    with section:
        return Requirement(
            id=section.text("id"),
            area=section.text("area"),
            says=section.text("says"),
            source=section.text("source"),
            seen=Seen(
                closed(section.text("seen"), Seen, where=section.where, what="way of knowing a source")
            ),
            proof=section.text("proof"),
            waits=section.optional_text("waits"),
        )
