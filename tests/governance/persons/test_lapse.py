"""Persons of whom nothing is kept any more: the house lets them go, key and names, and nothing brings them back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from peelian.domain.canonical import Document
from peelian.domain.errors import PeelianError, Tampered
from peelian.domain.time import SimulatedClock
from peelian.governance.act import carry_out_as_house
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.circumstances.own_records import new_record
from peelian.governance.dropped import LAPSED
from peelian.governance.keeping.certificate import certify
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import approve_hold, set_hold
from peelian.governance.persons.identifiers import name_of
from peelian.governance.persons.lapse import ENDED
from peelian.governance.persons.subject_erasure import BEYOND
from peelian.governance.persons.subjects import Subject
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights import states
from peelian.governance.rights.service import About, Proof, Restriction
from peelian.governance.service import enrol, hold_against_ledger
from peelian.storage.rows import Writes
from peelian.storage.store import Store
from peelian.storage.subject_keys import SubjectKeys
from tests.governance.persons.made import NAME, NEEDLES, OTHER_PLATE, PLATE, SUSPECT, FileHouse, found_files
from tests.governance.residue import residue

HALF_A_YEAR = timedelta(days=186)
TEN_YEARS = timedelta(days=3_651)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> FileHouse:
    """A house in which a person was sought, registered, and sought again; nothing was ever filed about them."""
    house = found_files(tmp_path_factory.mktemp("town"))
    with house.open() as opened:
        enrol(
            opened.kit,
            actor=opened.signer("Adm"),
            name="Ria",
            roles=[Role.RIGHTS_OFFICER],
            keys=opened.folder("keys"),
        )
    assert house.sought() is None
    house.register()
    assert house.sought() is not None
    return house


@pytest.fixture
def house(founded: FileHouse, tmp_path: Path) -> FileHouse:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    return FileHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")


def known_in(house: FileHouse) -> frozenset[str]:
    """Open the house, which sweeps it, and return who has a key there."""
    with house.open() as opened:
        return opened.kit.subject_keys.subjects()


def the_person(house: FileHouse) -> Subject:
    with house.open() as opened:
        ((row, _),) = opened.kit.store.subjects()
    return Subject(row.subject_id, SUSPECT)


@pytest.mark.requirement("R03", "S03")
def test_nobodys_key_outlives_what_it_sealed_and_every_proof_stands(house: FileHouse) -> None:
    with house.open() as opened:
        kit = opened.kit
        (subject_id,) = kit.subject_keys.subjects()
        body = {"mark": "set", "cause": "contested", "request": "r"}
        mark = new_record(kit, "restriction", subject=subject_id, body=body)
        writes = Writes(records=(mark,))
        carry_out_as_house(kit, "subject.restricted", rule="test", facts={}, writes=writes)
        gone = [
            *NEEDLES,
            kit.subject_keys.key(subject_id) or b"",
            *(name_of(each, secret=kit.identifiers_key) for each in (PLATE, NAME)),
        ]
        size = kit.ledger.size
        before = [kit.ledger.prove_inclusion(index, size) for index in range(size)]
    house.clock.advance(timedelta(days=150))
    assert known_in(house) == {subject_id}
    house.clock.advance(HALF_A_YEAR)
    assert known_in(house) == frozenset()
    assert residue(house.home.parent, gone) == []
    with house.open() as opened:
        ledger = opened.kit.ledger
        assert [ledger.prove_inclusion(index, size) for index in range(size)] == before
        hold_against_ledger(opened.kit)
        (lapse,) = (entry for entry in ledger.entries() if entry.kind == LAPSED)
        looks = [entry.index for entry in ledger.entries() if entry.kind == "subject.sought"]
        assert [ledger.blob(index) for index in looks] == [None, None]
        ((certificate, _),) = opened.kit.store.records("subject-erasure")
        assert json.loads(certificate.body) == {
            "erasure_id": certificate.record_id,
            "order_id": None,
            "subjects": [subject_id],
            "permanent": False,
            "records": 1,  # that they were restricted
            "side_blobs": looks,
            "beyond": BEYOND,
        }
        told: Document = {
            "kind": "subject",
            "count": 1,
            "law": opened.kit.register.data_kind("subject").legal_source,
            "erasure": certificate.record_id,
            "gone": [subject_id],
        }
        assert (lapse.actor, lapse.rule) == ("house", "retention-term")
        assert {name: lapse.facts[name] for name in told} == told
        assert len(lapse.facts["dropped"]) == 1  # type: ignore[arg-type]
        assert certify(opened.kit, actor=opened.signer("Abe"), erasure=str(lapse.index))


@pytest.mark.requirement("R03")
def test_a_person_goes_when_the_term_of_their_last_record_is_over(house: FileHouse) -> None:
    person = the_person(house)
    house.keep(person)
    house.clock.advance(timedelta(days=3_640))
    assert known_in(house) == {person.subject_id}
    house.clock.advance(timedelta(days=11))
    with house.open() as opened:
        assert [done.kind for done in opened.sweeper.swept] == ["sighting", "subject"]
        assert opened.kit.subject_keys.subjects() == frozenset()
        hold_against_ledger(opened.kit)


def _look(house: FileHouse) -> None:
    house.clock.advance(timedelta(days=150))
    house.sought()


def _hold(house: FileHouse) -> None:
    with house.open() as opened:
        hold = set_hold(
            opened.kit,
            actor=opened.signer("Ann"),
            scope=Scope(subject=next(iter(opened.kit.subject_keys.subjects()))),
            authority="District court, order 12/26",
            why="evidence in a trial",
            ends=opened.kit.clock.now() + timedelta(days=200),
        )
        approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=hold.hold_id)


def _order(house: FileHouse) -> None:
    house.order(the_person(house), permanent=True)


def _request(house: FileHouse) -> None:
    with house.desk("Ria") as desk:
        request_id = rights.ask(desk, about=About.PERSON, zone="America/Chicago").request.request_id
        rights.prove(desk, request_id=request_id, how=Proof.IN_PERSON, restricted=Restriction.OFFENCES)
        rights.answer_person(
            desk, request_id=request_id, identifiers=[PLATE], remedy="Write to the authority."
        )
        another = rights.ask(desk, about=About.PERSON, zone="America/Chicago").request.request_id
        rights.withdraw(desk, request_id=another)  # its end is not the end of the first


@pytest.mark.parametrize("keeping", [_look, _hold, _order, _request])
def test_what_still_names_a_person_keeps_them(house: FileHouse, keeping: Callable[[FileHouse], None]) -> None:
    keeping(house)
    house.clock.advance(timedelta(days=150) if keeping is _look else HALF_A_YEAR)
    assert len(known_in(house)) == 1
    if keeping in (_look, _hold):  # over by themselves
        house.clock.advance(HALF_A_YEAR)
        assert known_in(house) == frozenset()


def test_the_states_in_which_a_request_keeps_nobody_are_those_of_the_table() -> None:
    assert {state.value for state in states.ENDED} == ENDED


def test_subjects_that_are_one_person_go_together(house: FileHouse) -> None:
    first, other = the_person(house), house.register(SUSPECT, OTHER_PLATE)
    house.keep(other)
    with house.sit() as sitting:
        sitting.merge_subjects(other.subject_id, into=first.subject_id)
    house.clock.advance(HALF_A_YEAR)
    assert known_in(house) == {first.subject_id, other.subject_id}
    house.clock.advance(TEN_YEARS)
    assert known_in(house) == frozenset()
    with house.open() as opened:
        hold_against_ledger(opened.kit)


@pytest.mark.parametrize(("owner", "method"), [(Store, "write"), (SubjectKeys, "destroy")])
def test_cut_off_anywhere_a_person_is_there_or_wholly_gone(
    house: FileHouse, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    house.clock.advance(HALF_A_YEAR)
    work = getattr(owner, method)

    def struck(*arguments: object, **named: object) -> object:
        if method == "destroy" and not arguments[1]:
            return work(*arguments, **named)
        if method == "write" and named["kind"] != LAPSED:
            return work(*arguments, **named)
        raise PeelianError("the machine stopped")

    with monkeypatch.context() as patch:
        patch.setattr(owner, method, struck)
        with pytest.raises(PeelianError, match="the machine stopped"), house.open():
            pytest.fail("nobody is let in")
    assert known_in(house) == frozenset()
    assert residue(house.home.parent, NEEDLES) == []
    with house.open() as opened:
        hold_against_ledger(opened.kit)
    assert house.sought() is None
    assert house.register().subject_id


@pytest.mark.requirement("R03", "S07")
def test_a_restored_copy_does_not_bring_a_person_back(house: FileHouse, tmp_path: Path) -> None:
    person = the_person(house)
    house.keep(person)
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "backup")
        shutil.copytree(house.home / "keys", tmp_path / "old-keys")
    house.clock.advance(TEN_YEARS)
    assert known_in(house) == frozenset()
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=tmp_path / "erasures.json")
    copy = FileHouse(tmp_path / "restored", house.clock, tmp_path / "other-witness")
    restore_backup(tmp_path / "backup", copy.home, keys=tmp_path / "old-keys")
    with copy.open() as opened:
        bring_up_to_date(
            opened,
            erasures=tmp_path / "erasures.json",
            erasable=lambda body: pytest.fail("no rows were erased"),
        )
    assert known_in(copy) == frozenset()
    assert residue(copy.home, NEEDLES) == []
    with copy.open() as opened:
        hold_against_ledger(opened.kit)


@pytest.mark.parametrize("filed", [False, True])
def test_a_person_let_go_before_time_or_before_their_records_is_noticed(
    house: FileHouse, *, filed: bool
) -> None:
    person = the_person(house)
    if filed:
        house.keep(person)
        house.clock.advance(HALF_A_YEAR)
    with house.open() as opened:
        carry_out_as_house(
            opened.kit,
            LAPSED,
            rule="retention-term",
            facts={"kind": "subject", "count": 1},
            writes=Writes(gone=(person.subject_id,)),
        )
        says = "is filed under a person who is gone" if filed else "before their term was over"
        with pytest.raises(Tampered, match=says):
            hold_against_ledger(opened.kit)


def test_the_term_counts_from_the_last_look_not_from_the_machines_clock(house: FileHouse) -> None:
    """A clock put forward and back lets nobody go early: the house never goes back behind what it has entered."""
    began: datetime = house.clock.now()
    house.clock.advance(timedelta(days=100))
    house.sought()
    house.clock = SimulatedClock(began)
    house.clock.advance(timedelta(days=200))
    assert len(known_in(house)) == 1
