"""Findings about persons: sealed under that person's key, told to them, rested with them, and gone with them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.domain.finding import About
from peelian.domain.time import SimulatedClock
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.card import SubjectCategory
from peelian.governance.desk import Kept, NewRecord
from peelian.governance.people import people
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.subject_erasure import Ground as Because
from peelian.governance.persons.subjects import Subject
from peelian.governance.principals import Role
from peelian.governance.review import service as review
from peelian.governance.review.filing import STATED, Concerned, Filed, Told, filed_from
from peelian.governance.review.holding import WITHHELD
from peelian.governance.rights import service as rights
from peelian.governance.rights.service import About as Whom
from peelian.governance.rights.service import Asks, Cause, Outcome, Proof
from peelian.governance.service import enrol, hold_against_ledger
from peelian.governance.stated import Accuracy, Assertion, Source
from tests.governance.persons.made import NAME, OTHER_PLATE, PLATE
from tests.governance.residue import residue
from tests.governance.review.made import (
    CAPABILITY,
    CONFIRMED,
    GROUND,
    UNFOUNDED,
    decoy,
    place_decoy,
    put_forward,
    put_forward_at,
    reviewing,
)
from tests.governance.rights.made import REASONS, REMEDY, ZONE
from tests.houses import PURPOSE, START, TestHouse

KEEPER = Concerned(SubjectCategory.OTHER, (PLATE, NAME))
CLAIM = "The grey van of the quarry stands at the north gate."
NEEDLES = (
    "grey van",
    "quarry",
    "figure climbing",
    "neighbour rang",
    "CAD 2026-118",
    "QX19ZZT",
    "Quartermaine",
)
"""Of the claim, of what a reader said, of the ground, and of who it is."""


@dataclass
class SealingHouse(TestHouse):
    """A house with two reviewers and two rights officers."""

    __test__ = False

    def read(
        self, finding_id: str, opinion: review.Opinion = CONFIRMED, name: str = "Rea"
    ) -> review.FullView:
        """Have somebody open a finding and judge it."""
        with self.desk(name) as desk:
            review.open_finding(desk, purpose=PURPOSE, finding_id=finding_id)
            return review.judge(desk, purpose=PURPOSE, finding_id=finding_id, opinion=opinion)

    def act(self, finding_id: str) -> None:
        """Have Col act on it."""
        with self.desk("Col") as desk:
            review.dispose(desk, purpose=PURPOSE, finding_id=finding_id, ground=GROUND, announce=print)

    def queue(self) -> list[str]:
        """Return what waits for a reader, and what for an act."""
        with self.desk("Rea") as desk:
            found = review.queue(desk, purpose=PURPOSE)
            return [item.finding_id for item in (*found.waiting, *found.confirmed)]

    def figures(self) -> review.ReviewFigures:
        """Return the figures about readers."""
        with self.desk("Aud") as desk:
            return review.figures(desk, purpose=PURPOSE, rng=np.random.default_rng(1))

    def known(self, identifier: Identifier = PLATE) -> Subject | None:
        """Return whoever has this identifier."""
        with (
            self.desk("Ann") as desk,
            desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=review.REASON) as sitting,
        ):
            return sitting.find_subject(identifier)

    def erase(self, identifier: Identifier = PLATE) -> None:
        """Have Ann order, and Abe carry out, that whoever has this identifier be erased."""
        person = self.known(identifier)
        assert person is not None
        given = {"purpose": PURPOSE, "capability": "governance.subjects", "reason": "erasure-or-correction"}
        with self.desk("Ann") as desk, desk.open(**given) as sitting:
            order = sitting.order_subject_erasure(
                person.subject_id, ground=Because.ASKED_FOR, permanent=False
            )
        with self.desk("Abe") as desk, desk.open(**given) as sitting:
            assert sitting.erase_subject(order)

    def asked(self, identifier: Identifier = PLATE, *, asks: Asks = Asks.ACCESS) -> tuple[str, str]:
        """Have Ria answer whoever has this identifier; return the request and the letter."""
        with self.desk("Ria") as desk:
            request_id = rights.ask(desk, about=Whom.PERSON, asks=asks, zone=ZONE).request.request_id
            rights.prove(desk, request_id=request_id, how=Proof.IN_PERSON)
            _, letter = rights.answer_person(
                desk,
                request_id=request_id,
                identifiers=[identifier],
                remedy=REMEDY,
                rooms=(review.HOLDING,),
            )
        return request_id, letter.text()

    def restrict(self) -> None:
        """Have the person restricted."""
        request_id, _ = self.asked(asks=Asks.RESTRICTION)
        with self.desk("Rob") as desk:
            rights.decide(desk, request_id=request_id, outcome=Outcome.RESTRICT, reasons=REASONS)
        with self.desk("Ria") as desk:
            rights.restrict(desk, request_id=request_id, identifiers=[PLATE], cause=Cause.CONTESTED)

    def about(self, told: Told) -> set[str]:
        """Return under which persons records of a kind are filed."""
        with self.open() as opened:
            return {record.subject for record, _ in opened.kit.store.records(Filed("somebody").kind(told))}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> SealingHouse:
    made = reviewing(tmp_path_factory.mktemp("town"))
    with made.open() as opened:
        admin, keys = opened.signer("Adm"), opened.folder("keys")
        for name in ("Ria", "Rob"):
            enrol(opened.kit, actor=admin, name=name, roles=[Role.RIGHTS_OFFICER], keys=keys)
    return SealingHouse(made.home, made.clock, made.witness_home)


@pytest.fixture
def house(founded: SealingHouse, tmp_path: Path) -> SealingHouse:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    return SealingHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")


def acted_on(house: SealingHouse) -> str:
    """Return a finding about the keeper of a van, read by two and acted on."""
    finding_id = put_forward(house, about=About.VEHICLE, says=CLAIM, concerned=KEEPER)
    house.read(finding_id)
    house.read(finding_id, name="Ruth")
    house.act(finding_id)
    return finding_id


def test_what_is_said_of_somebody_is_sealed_under_them_and_nowhere_in_the_clear(house: SealingHouse) -> None:
    finding_id = acted_on(house)
    assert residue(house.home.parent, NEEDLES) == []
    person = house.known()
    assert person is not None
    for told in Told:
        assert house.about(told) == {person.subject_id}
    with house.open() as opened:
        said = [e for e in opened.kit.ledger.entries() if e.facts.get("finding") == finding_id]
        assert len(said) == 6
        assert {e.facts["digest"] for e in said} == {None}, "what is guessed right would be told by it"
        hold_against_ledger(opened.kit)
    with house.desk("Rea") as desk:
        view = review.read_finding(desk, purpose=PURPOSE, finding_id=finding_id)
    assert [(vote.reader, vote.opinion) for vote in view.votes] == [("Rea", CONFIRMED), ("Ruth", CONFIRMED)]


def test_how_sure_each_is_travels_with_it() -> None:
    assert {told: (s.assertion, s.source, s.accuracy) for told, s in STATED.items()} == {
        Told.FINDING: (Assertion.ASSESSMENT, Source.X, Accuracy.HEARSAY),
        Told.JUDGEMENT: (Assertion.ASSESSMENT, Source.A, Accuracy.OWN),
        Told.DISPOSITION: (Assertion.FACT, Source.A, Accuracy.CERTAIN),
    }
    assert [Filed().kind(told) for told in Told] == ["finding", "judgement", "disposition"]


@pytest.mark.parametrize("restricted", [True, False])
def test_what_is_sealed_is_filed_under_its_person_and_rests_as_they_do(*, restricted: bool) -> None:
    sealed = Kept("r", "sealed-finding", "somebody", {}, 7, START, restricted=restricted)
    filed = filed_from(sealed)
    assert filed == Filed("somebody", restricted=restricted)
    assert filed_from(replace(sealed, kind="finding")) == Filed(None, restricted=False)
    for told in Told:
        assert filed.record(told, "r", {"is": "said"}, about="f") == NewRecord(
            "r", f"sealed-{told}", "somebody", {"is": "said"}, stated=STATED[told]
        )
        assert Filed().record(told, "r", {"is": "said"}, about="f") == NewRecord(
            "r", told.value, "f", {"is": "said"}
        )


@pytest.mark.requirement("T05")
def test_whoever_is_restricted_is_told_of_each_finding_that_it_rests(house: SealingHouse) -> None:
    """One finding is about them, and one about somebody else."""
    other = Concerned(SubjectCategory.OTHER, (OTHER_PLATE,))
    finding_id, elsewhere = (
        put_forward(house, about=About.PERSON, concerned=each) for each in (KEEPER, other)
    )
    house.restrict()
    (told,) = [line for line in house.asked()[1].split("\n\n") if finding_id in line]
    rests = r" \(restricted: it stays, and nobody works with it\)"
    at = r"sealed-finding, as other, since 2026-03-02T09:[0-9]{2}:00\.000Z"
    assert re.match(rf"{at}{rests}: Finding {finding_id}, proposed\. ", told)
    (told,) = [line for line in house.asked(OTHER_PLATE)[1].split("\n\n") if elsewhere in line]
    assert re.match(rf"{at}: Finding {elsewhere}, proposed\. ", told)


@pytest.mark.requirement("R01", "R03")
def test_erased_it_leaves_no_byte_and_no_mark_and_the_figures_stay(house: SealingHouse) -> None:
    gone = acted_on(house)
    waits = put_forward(house, about=About.PERSON, says=CLAIM, concerned=KEEPER)
    house.read(waits, UNFOUNDED)
    stays = put_forward(house)
    other = put_forward(
        house, about=About.VEHICLE, concerned=Concerned(SubjectCategory.OTHER, (OTHER_PLATE,))
    )
    for name, opinion in (("Rea", CONFIRMED), ("Ruth", UNFOUNDED)):
        house.read(other, opinion, name)
    with house.open() as opened:
        ruth = next(person for person in people(opened.kit) if person.name == "Ruth")
    with house.desk("Rea") as desk:
        note = "The camera at the north gate was cleaned at noon; its earlier pictures are blurred."
        handed = review.hand_over(desk, purpose=PURPOSE, to=ruth, note=note)
    assert [item.finding_id for item in handed.waiting] == [waits, stays]
    before, person = house.figures(), house.known()
    assert person is not None
    with house.open() as opened:
        bodies = [record.body for record, _ in opened.kit.store.records(subject=person.subject_id)]
        key = opened.kit.subject_keys.key(person.subject_id)
    assert len(bodies) == 6
    assert key is not None

    house.erase()

    assert residue(house.home.parent, (*NEEDLES, *bodies, key)) == []
    assert house.queue() == [stays]
    assert house.figures() == before
    assert before.kappa.of == 2
    with house.desk("Ruth") as desk:
        (shown,) = review.handovers(desk, purpose=PURPOSE)
    assert [item.finding_id for item in shown.waiting] == [stays]
    never = f"{waits[:-4]}0000"
    for finding_id in (gone, waits, never, person.subject_id):
        with house.desk("Ruth") as desk, pytest.raises(BadInput) as told:
            review.open_finding(desk, purpose=PURPOSE, finding_id=finding_id)
        assert str(told.value) == f"There is no finding with the id {finding_id}; check the id in the report."
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        opened.kit.ledger.verify_all()


@pytest.mark.requirement("R03", "S07")
def test_a_restored_copy_has_it_erased_too(house: SealingHouse, tmp_path: Path) -> None:
    finding_id = acted_on(house)
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "backup")
    shutil.copytree(house.home / "keys", tmp_path / "old-keys")
    house.erase()
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=tmp_path / "list.json")
    restore_backup(tmp_path / "backup", tmp_path / "copy", keys=tmp_path / "old-keys")
    shutil.rmtree(tmp_path / "old-keys")
    copy = SealingHouse(tmp_path / "copy", house.clock, tmp_path / "copy-witness")
    with copy.open() as opened:
        bring_up_to_date(
            opened, erasures=tmp_path / "list.json", erasable=lambda body: pytest.fail("no rows")
        )
        hold_against_ledger(opened.kit)
    assert residue(copy.home, NEEDLES) == []
    assert copy.about(Told.FINDING) == set()
    with copy.desk("Rea") as desk, pytest.raises(BadInput, match="There is no finding"):
        review.read_finding(desk, purpose=PURPOSE, finding_id=finding_id)


@pytest.mark.requirement("T05", "H06")
def test_whoever_it_is_about_is_told_what_was_found_how_it_was_read_and_what_was_done(
    house: SealingHouse,
) -> None:
    finding_id = acted_on(house)
    _, letter = house.asked()
    assert "shown above: 4 records." in letter
    for told in (
        "sealed-finding, as other, since 2026-03-02T09:",
        f"Finding {finding_id}, acted on. An assessment, not a fact: {CLAIM} The sound fits breaking glass",
        "By glass 1.2, which gave the claim 0.87 of 1. It rested on: A pane breaks and somebody climbs in. (fact, "
        "graded B2);",
        "Legal effect: not by itself a ground for stop, search, arrest or detention.",
        f"A reader of finding {finding_id}: confirmed, because the evidence shows it. Both clips show",
        f"Finding {finding_id} was acted on; the ground was: call; {WITHHELD}.",
    ):
        assert told in letter
    for kept_back in ("Rea", "Ruth", "neighbour", "CAD 2026-118", "clip 4711", "restricted"):
        assert kept_back not in letter
    _, nothing = house.asked(OTHER_PLATE)
    assert "No record on you is held here." in nothing


@pytest.mark.parametrize("kept", [False, True])
def test_where_no_charter_lets_findings_be_looked_at_an_answer_is_given_if_there_are_none(
    house: SealingHouse, kept: bool
) -> None:
    house.clock.advance(timedelta(days=10))
    if kept:
        put_forward(house, about=About.PERSON, concerned=KEEPER)
    house.clock.advance(timedelta(days=356))
    if kept:
        with pytest.raises(BadInput, match="so findings cannot be looked at for this person"):
            house.asked()
    else:
        assert "No record on you is held here." in house.asked()[1]


def test_an_answer_tells_when_one_acted_at_once_and_where_it_stands(house: SealingHouse) -> None:
    finding_id = put_forward(
        house, about=About.PERSON, severity=review.Severity.LIFE_AT_RISK, concerned=KEEPER
    )
    _, letter = house.asked()
    assert f"Finding {finding_id}, proposed. " in letter
    house.read(finding_id)
    with house.desk("Col") as desk:
        review.dispose(
            desk,
            purpose=PURPOSE,
            finding_id=finding_id,
            ground=GROUND,
            urgent=True,
            announce=lambda said: None,
        )
    _, letter = house.asked()
    assert f"Finding {finding_id}, acted on urgently. " in letter
    assert f"Finding {finding_id} was acted on, urgently, on one reading; the ground was: call;" in letter


@pytest.mark.requirement("T05")
def test_a_restricted_person_s_finding_rests(house: SealingHouse) -> None:
    confirmed = put_forward(house, about=About.VEHICLE, concerned=KEEPER)
    house.read(confirmed)
    house.read(confirmed, name="Ruth")
    waits = put_forward(house, about=About.PERSON, concerned=KEEPER)
    other = put_forward(house, about=About.PERSON)
    assert house.queue() == [waits, other, confirmed]
    house.restrict()
    assert house.queue() == [other]
    tries: list[Callable[[], object]] = [
        lambda: house.act(confirmed),
        lambda: house.read(waits),
        lambda: put_forward(house, about=About.VEHICLE, concerned=KEEPER),
    ]
    for tried in tries:
        with pytest.raises(Refused, match="restricted-records"):
            tried()
    assert "(restricted: it stays, and nobody works with it)" in house.asked()[1]
    person = house.known()
    assert person is not None
    with house.desk("Ria") as desk:
        why = "Two people looked at the pictures again and read the plate as you do."
        rights.propose_lifting(desk, subject_id=person.subject_id, why=why, remedy=REMEDY)
    house.clock.advance(timedelta(days=14))
    with house.desk("Rob") as desk:
        rights.approve_lifting(desk, subject_id=person.subject_id)
    assert house.queue() == [waits, other], "what was confirmed is too old to be acted on now"


def test_an_unknown_person_and_a_decoy_are_filed_alike_until_somebody_knows_who_it_is(
    house: SealingHouse,
) -> None:
    unknown = put_forward(house, about=About.VEHICLE, says=CLAIM)
    with house.desk("Ann") as desk:
        placed = place_decoy(desk, decoy(about=About.VEHICLE))
    with house.open() as opened:
        kit = opened.kit
        acts = [e for e in kit.ledger.entries() if e.kind in ("subject.registered", "finding.proposed")]
        shapes = [(e.kind, e.actor, e.rule, tuple(e.facts), len(e.envelope), e.blob is None) for e in acts]
        filed = {record.record_id: record.subject for record, _ in kit.store.records("sealed-finding")}
        named = {each: len(kit.subject_keys.names(each)) for each in filed.values()}
    assert shapes[:2] == shapes[2:]
    assert list(named.values()) == [1, 1]
    assert len(set(filed.values())) == 2
    house.read(placed)
    assert house.read(placed, name="Ruth").nature is not None

    known = put_forward(house, about=About.VEHICLE, concerned=Concerned(SubjectCategory.OTHER, (PLATE,)))
    person = house.known()
    assert person is not None
    given = {"purpose": PURPOSE, "capability": "governance.subjects", "reason": "erasure-or-correction"}
    with house.desk("Ann") as desk, desk.open(**given) as sitting:
        sitting.merge_subjects(filed[unknown], into=person.subject_id)
    _, letter = house.asked()
    assert unknown in letter
    assert known in letter
    house.erase()
    assert residue(house.home.parent, (CLAIM,)) == []


def test_one_person_is_one_however_often_they_are_found_and_two_are_not_made_one(house: SealingHouse) -> None:
    for plate in (PLATE, PLATE, OTHER_PLATE):
        put_forward(house, about=About.VEHICLE, concerned=Concerned(SubjectCategory.OTHER, (plate,)))
    assert len(house.about(Told.FINDING)) == 2
    with pytest.raises(BadInput, match="several persons known here"):
        put_forward(
            house, about=About.VEHICLE, concerned=Concerned(SubjectCategory.OTHER, (PLATE, OTHER_PLATE))
        )
    put_forward(house, about=About.PERSON, concerned=Concerned(SubjectCategory.VICTIM, (PLATE,)))
    assert len(house.about(Told.FINDING)) == 3, "a victim here is nobody who is sought there"


SPOILT = [
    (lambda: Concerned(SubjectCategory.NONE, (PLATE,)), "category of person"),
    (lambda: Concerned(SubjectCategory.OTHER, ()), "at least one identifier"),
]


@pytest.mark.parametrize(("made", "says"), SPOILT)
def test_whom_it_is_about_is_said_whole_or_not_at_all(made: Callable[[], object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        made()


@pytest.mark.parametrize("about", [About.PLACE, About.SCENE])
def test_what_names_somebody_is_not_about_a_place(house: SealingHouse, about: About) -> None:
    with pytest.raises(BadInput, match=f"says it is about a {about};"):
        put_forward(house, about=about, concerned=KEEPER)
    assert house.known() is None


def test_nobody_is_registered_for_a_finding_that_is_not_put_forward(house: SealingHouse) -> None:
    with house.open() as opened:
        before = len(opened.kit.store.subjects())
    with pytest.raises(BadInput, match="shorten its explanation"):
        put_forward(house, about=About.PERSON, explanation="x" * 9_000)
    with house.desk("Rea") as desk, pytest.raises(Refused, match="default-deny"):
        put_forward_at(desk, about=About.PERSON)
    with house.open() as opened:
        assert len(opened.kit.store.subjects()) == before
