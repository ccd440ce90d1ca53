"""A house that keeps records about persons: a card of its own with sealed kinds, and what people do at its desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

from peelian.domain.canonical import Document
from peelian.governance.card import SubjectCategory
from peelian.governance.charter import example_text
from peelian.governance.desk import Kept, NewRecord, Sitting
from peelian.governance.house import House
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.subject_erasure import Ground
from peelian.governance.persons.subjects import Subject
from peelian.governance.policy import Policy
from peelian.governance.register import Register, load_register
from peelian.governance.rules import FILES, installed_text
from peelian.governance.stated import Accuracy, Assertion, Source, Stated
from tests.governance.made import installed_cards
from tests.houses import PURPOSE, TestHouse, charter, found

PLATE = Identifier("plate", "QX19 ZZT")
OTHER_PLATE = Identifier("plate", "AB 12 CDE")
NAME = Identifier("name+birth", "Wilhelmina Quartermaine|1980-02-29")
BODY = {"seen": "near the harbour with a blue ladder"}
NEEDLES = ("QX19 ZZT", "QX19ZZT", "qx19zzt", "Quartermaine", "quartermaine", "blue ladder")
STATED = Stated(Assertion.FACT, Source.B, Accuracy.OWN)
SUSPECT, VICTIM, WITNESS = SubjectCategory.SUSPECT, SubjectCategory.VICTIM, SubjectCategory.WITNESS

CARD = (
    """
schema: 1
room: file
summary: For tests; no room of the product keeps records about persons yet.
capabilities:
  - id: file.keep
    title: Keep records about persons
    risk_class: minimal
    annex: none
    citation: a test
    mark: house
    target: data
    actions: [collect, read, merge, approve]
    uses: [subject, sighting, suspicion, statement]
data_kinds:
"""
    + "".join(
        f"""
  - id: {kind}
    title: {kind}
    columns: {{body: {{meaning: sealed, personal: true}}}}
    retention_days_max: 3653
    clock_starts: recorded
    legal_source: a test
    subject_category: {category}
    store: records
    sealed: true
    chartered: true
    suspicion_required: {suspicion}
"""
        for kind, category, suspicion in (
            ("sighting", "suspect", "false"),
            ("suspicion", "suspect", "true"),
            ("statement", "witness", "false"),
        )
    )
    + "extracts: []\ninputs: []\nconsole_pages: []\n"
)

PERMIT = """
@id("analyst-keeps-files")
@says("An analyst may keep records about persons.")
@citation("a test")
@mark("house")
permit (principal in Role::"analyst", action in [Action::"collect", Action::"read"], resource)
when { [Kind::"sighting", Kind::"suspicion", Kind::"statement"].contains(resource) };

@id("approver-validates-files")
@says("An approver may read a suspicion and examine it again.")
@citation("a test")
@mark("house")
permit (principal in Role::"approver", action in [Action::"approve", Action::"read"], resource == Kind::"suspicion");

@id("rights-officer-answers-from-files")
@says("A rights officer may read records about the person who asks.")
@citation("a test")
@mark("house")
permit (principal in Role::"rights-officer", action == Action::"read", resource)
when { [Kind::"sighting", Kind::"suspicion", Kind::"statement"].contains(resource) };
"""


@cache
def with_files() -> tuple[Register, Policy]:
    """Return register and policy of a house with the card above."""
    register = load_register({**installed_cards(), "file": CARD})
    return register, Policy.load(installed_text(*FILES) + PERMIT, register=register)


@dataclass
class FileHouse(TestHouse):
    """A house whose register and policy have the card above."""

    __test__ = False

    @contextmanager
    def open(self) -> Iterator[House]:
        """Open the house with them."""
        register, policy = with_files()
        with (
            patch("peelian.governance.house.installed_register", return_value=register),
            patch("peelian.governance.house.Policy.load", return_value=policy),
            super().open() as house,
        ):
            yield house

    @contextmanager
    def sit(self, name: str = "Ann", capability: str = "file.keep") -> Iterator[Sitting]:
        """Sit down at the desk."""
        with (
            self.desk(name) as desk,
            desk.open(purpose=PURPOSE, capability=capability, reason="request-of-the-person") as sitting,
        ):
            yield sitting

    def register(self, category: SubjectCategory = SUSPECT, *identifiers: Identifier) -> Subject:
        """Register a person, by default with plate and name."""
        with self.sit() as sitting:
            return sitting.register_subject(category=category, identifiers=identifiers or (PLATE, NAME))

    def keep(self, subject: Subject, kind: str = "sighting", body: Document = BODY, **more: str) -> str:
        """Keep a record about a person, and return its id."""
        with self.sit() as sitting:
            record_id = sitting.new_id()
            record = NewRecord(record_id, kind, subject.subject_id, body, STATED, **more)
            sitting.act("record.kept", action="collect", resource=kind, facts={}, records=[record])
        return record_id

    def order(self, subject: Subject, *, permanent: bool = False) -> str:
        """Have Ann order that a person be erased."""
        with self.sit(capability="governance.subjects") as sitting:
            return sitting.order_subject_erasure(
                subject.subject_id, ground=Ground.ASKED_FOR, permanent=permanent
            )

    def erase(self, order_id: str, name: str = "Abe") -> tuple[Entry, ...]:
        """Have Abe carry an order out."""
        with self.sit(name, capability="governance.subjects") as sitting:
            return sitting.erase_subject(order_id)

    def sought(self, identifier: Identifier = PLATE) -> Subject | None:
        """Look for a person, as Ann."""
        with self.sit() as sitting:
            return sitting.find_subject(identifier)

    def read(self, subject: Subject, kind: str = "sighting") -> tuple[Kept, ...]:
        """Read what is kept about a person, as Ann."""
        with self.sit() as sitting:
            return sitting.records(kind, subject=subject.subject_id)

    def last(self, count: int = 1) -> tuple[Entry, ...]:
        """Return the last entries of the ledger."""
        with self.open() as house:
            return tuple(house.kit.ledger.entries())[-count:]


def found_files(folder: Path) -> FileHouse:
    """Found such a house, with a charter in force that names all of it."""
    founded = found(folder)
    house = FileHouse(founded.home, founded.clock, founded.witness_home)
    renew(house, version=1)
    return house


def renew(house: FileHouse, *, version: int) -> None:
    """Have a version of the charter approved that holds from today for a year."""
    first = house.clock.now().date()
    text = example_text(valid_from=first, expires=first + timedelta(days=366))
    text = text.replace("version = 1", f"version = {version}")
    text = text.replace('"report.publish"]', '"report.publish", "file.keep"]')
    text = text.replace('"plan", "report"]', '"plan", "report", "sighting", "suspicion", "statement"]')
    text = text.replace("report = 1095", "report = 1095\nsighting = 3650\nsuspicion = 3650\nstatement = 3650")
    charter(house, text=text)
