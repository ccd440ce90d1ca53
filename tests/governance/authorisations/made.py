"""A house that identifies persons by a card of its own: no room of the product does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

from peelian.domain.time import SimulatedClock
from peelian.governance.authorisation import Authorisation, Route
from peelian.governance.charter import example_text
from peelian.governance.conduct.authorisation_acts import (
    Decided,
    NewRequest,
    decide_authorisation,
    request_authorisation,
)
from peelian.governance.conduct.case_acts import open_case
from peelian.governance.desk import Kept, NewRecord, Sitting
from peelian.governance.house import House
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.policy import Policy
from peelian.governance.register import Register, load_register
from peelian.governance.rules import FILES, installed_text
from tests.governance.made import installed_cards
from tests.governance.persons.made import BODY, CARD, PERMIT, PLATE, STATED, SUSPECT, FileHouse
from tests.houses import PURPOSE, charter, civil_day, found

KEEP, TELL = "file.keep", "file.tell"
CASE = "C-7/26"
COURT, NUMBER = "District court of Testville", "Gs 114/26"
WHY = "A car fled from the third burglary in one street and two witnesses read parts of its plate."

TELLING = CARD.replace(
    "data_kinds:\n",
    """  - id: file.tell
    title: Tell whose a plate is
    risk_class: minimal
    annex: none
    citation: a test
    mark: house
    target: data
    identifies: true
    actions: [collect, read]
    uses: [subject, sighting]
data_kinds:
""",
)


@cache
def that_tells() -> tuple[Register, Policy]:
    """Return register and policy of a house with the card above."""
    register = load_register({**installed_cards(), "file": TELLING})
    return register, Policy.load(installed_text(*FILES) + PERMIT, register=register)


@contextmanager
def with_the_card() -> Iterator[None]:
    """Let every house that is opened have it."""
    register, policy = that_tells()
    with (
        patch("peelian.governance.house.installed_register", return_value=register),
        patch("peelian.governance.house.Policy.load", return_value=policy),
    ):
        yield


@dataclass
class TellingHouse(FileHouse):
    """A house in which plates can be told, under an authorisation."""

    __test__ = False

    @contextmanager
    def open(self) -> Iterator[House]:
        """Open the house with the card."""
        with patch("tests.governance.persons.made.with_files", that_tells), super().open() as house:
            yield house

    @contextmanager
    def under(
        self, authorisation: str | None, *, name: str = "Ann", capability: str = TELL, purpose: str = PURPOSE
    ) -> Iterator[Sitting]:
        """Sit down under an authorisation."""
        with (
            self.desk(name) as desk,
            desk.open(
                purpose=purpose,
                capability=capability,
                reason="request-of-the-person",
                authorisation=authorisation,
            ) as sitting,
        ):
            yield sitting

    def copied(self, folder: Path) -> TellingHouse:
        """Return a copy of the house in another folder, with a clock of its own."""
        shutil.copytree(self.home.parent, folder, dirs_exist_ok=True)
        return TellingHouse(folder / "home", SimulatedClock(self.clock.now()), folder / "witness")

    def ask(self, route: Route = Route.FOLLOWING, *, why: str = WHY, name: str = "Ann") -> Authorisation:
        """Ask for leave to tell plates."""
        with self.open() as opened:
            new = NewRequest(route, TELL, PURPOSE, CASE, why)
            return request_authorisation(opened.kit, actor=opened.signer(name), new=new)

    def decide(
        self, asked: Authorisation, *, granted: bool, name: str = "Abe", days: int = 30
    ) -> Authorisation:
        """Enter what the court decided."""
        with self.open() as opened:
            until = opened.kit.clock.now() + timedelta(days=days) if granted else None
            decided = Decided(granted, COURT, NUMBER, until)
            return decide_authorisation(
                opened.kit,
                actor=opened.signer(name),
                authorisation_id=asked.authorisation_id,
                decided=decided,
            )

    def tell(self, asked: Authorisation, plate: Identifier = PLATE, *, records: int = 2) -> str:
        """Identify a person under it and keep records; return the id of the person."""
        with self.under(asked.authorisation_id) as sitting:
            known = sitting.find_subject(plate)
            subject = known or sitting.register_subject(category=SUSPECT, identifiers=[plate])
            news = [
                NewRecord(sitting.new_id(), "sighting", subject.subject_id, BODY, STATED)
                for _ in range(records)
            ]
            sitting.act("record.kept", action="collect", resource="sighting", facts={}, records=news)
            return subject.subject_id

    def seen(self, authorisation: str | None, *, capability: str = KEEP) -> tuple[Kept, ...]:
        """Return the sightings that somebody is shown under an authorisation, or without one."""
        with self.under(authorisation, capability=capability) as sitting:
            return sitting.records("sighting")


def found_telling(folder: Path) -> TellingHouse:
    """Found such a house, with a charter in force that names all of it and an open case."""
    founded = found(folder)
    house = TellingHouse(founded.home, founded.clock, founded.witness_home)
    charter(house, text=charter_text(house))
    with house.open() as opened:
        officers = [opened.signer("Ann").principal]
        open_case(
            opened.kit,
            actor=opened.signer("Col"),
            case_id=CASE,
            purpose=PURPOSE,
            unit="North",
            officers=officers,
        )
    return house


def charter_text(house: TellingHouse) -> str:
    """Return a charter that names keeping records about persons, and telling plates."""
    first = civil_day(house.clock.now())
    text = example_text(valid_from=first, expires=first + timedelta(days=366))
    text = text.replace('"report.publish"]', '"report.publish", "file.keep", "file.tell"]')
    kinds = ("sighting", "suspicion", "statement")
    named = ", ".join(f'"{kind}"' for kind in kinds)
    text = text.replace('"plan", "report"]', f'"plan", "report", {named}]')
    days = "\n".join(f"{kind} = 1000" for kind in kinds)
    return text.replace("report = 1095", f"report = 1095\n{days}")
