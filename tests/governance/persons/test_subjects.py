"""Persons at the desk: found without a trace of who they are, their records sealed, each look entered."""

from __future__ import annotations

import hmac
import re
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.time import SimulatedClock
from peelian.governance.card import SubjectCategory
from peelian.governance.desk import Kept, NewRecord
from peelian.governance.persons.asides import open_aside
from peelian.governance.persons.identifiers import Identifier, barred_name, name_of
from peelian.governance.persons.sealed_records import handed_on
from peelian.governance.service import hold_against_ledger
from peelian.governance.stated import Accuracy, Assertion, Source, Stated, Suspicion
from tests.governance.persons.made import (
    BODY,
    NAME,
    NEEDLES,
    OTHER_PLATE,
    PLATE,
    STATED,
    SUSPECT,
    VICTIM,
    WITNESS,
    FileHouse,
    found_files,
    renew,
)
from tests.governance.residue import residue

SECRET = bytes(range(32))
BASIS = "seen loading the stolen scooters on 3 March"
OTHER_BASIS = "seen again on 9 May, and named by a second source"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> FileHouse:
    return found_files(tmp_path_factory.mktemp("files"))


@pytest.fixture
def house(founded: FileHouse, tmp_path: Path) -> FileHouse:
    shutil.copytree(founded.home.parent, tmp_path, dirs_exist_ok=True)
    return FileHouse(tmp_path / "home", SimulatedClock(founded.clock.now()), tmp_path / "witness")


# -- what tells who a person is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("plate", "QX19 ZZT", "qx-19 zzt"),
        ("plate", "QX19ZZT", "ＱＸ19 ZZT"),
        ("name+birth", "Ann O'Brien | 1980-02-29", "ANN OBRIEN|1980-02-29"),
        ("name+birth", "Zoë Ångström|1999-12-31", "zoe angstrom |1999-12-31"),
        ("phone", "+44 (0)20 7946 0018", "44 020 79460018"),
        ("email", "Ann@Example.org ", "ann@example.org"),
        ("document", "C01X-00T47", "c01x00t47"),
    ],
)
def test_a_person_is_found_however_the_identifier_was_typed(kind: str, one: str, other: str) -> None:
    names = {name_of(Identifier(kind, text), secret=SECRET) for text in (one, other)}
    assert len(names) == 1


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("plates", "QX19", "not a known kind of identifier"),
        ("plate", " - ", "says nothing"),
        ("plate", "Q" * 201, "more than 200 characters"),
        ("name+birth", "Ann Example", "a bar, and the day of birth"),
        ("name+birth", "Ann Example|1980-02-30", "a bar, and the day of birth"),
        ("name+birth", "|1980-02-29", "says nothing"),
    ],
)
def test_what_is_no_identifier_is_refused(kind: str, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Identifier(kind, text)


@given(
    st.text(alphabet="ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=2, max_size=8),
    st.binary(min_size=32, max_size=32),
)
@settings(deadline=None)
def test_names_depend_on_the_secret_and_what_is_barred_is_not_the_name(plate: str, secret: bytes) -> None:
    name = name_of(Identifier("plate", plate), secret=secret)
    assert name != name_of(Identifier("document", plate), secret=secret)
    assert (name == name_of(Identifier("plate", plate), secret=SECRET)) == (secret == SECRET)
    assert barred_name(name, secret=secret) not in (name.hex(), barred_name(name, secret=name))


# -- sealed ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("S03")
def test_nothing_that_tells_who_a_person_is_lies_in_any_file(house: FileHouse) -> None:
    subject = house.register()
    record_id = house.keep(subject)
    assert house.sought() == subject
    (kept,) = house.read(subject)
    assert (kept.record_id, kept.body, kept.stated) == (record_id, BODY, STATED)
    assert residue(house.home.parent, NEEDLES) == []
    with house.open() as opened:
        hold_against_ledger(opened.kit)
        key = opened.kit.subject_keys.key(subject.subject_id)
    assert key is not None
    assert {path for path, _ in residue(house.home.parent, [key])} == {"home/keys/subjects.db"}
    assert (house.home / "keys" / "subjects.db").stat().st_mode & 0o777 == 0o600


def test_the_residue_test_finds_what_lies_in_a_file_in_every_form(tmp_path: Path) -> None:
    for number, said in enumerate((b"..QX19 ZZT..", b"51583139205a5a54", "QX19 ZZT".encode("utf-16-le"))):
        (tmp_path / str(number)).write_bytes(said)
    import base64

    for shift in range(3):
        (tmp_path / f"b{shift}").write_bytes(base64.b64encode(b"x" * shift + b"QX19 ZZT and more"))
    assert {path for path, _ in residue(tmp_path, ["QX19 ZZT"])} == {"0", "1", "2", "b0", "b1", "b2"}


def test_a_body_that_was_moved_to_another_record_or_person_does_not_open(house: FileHouse) -> None:
    import sqlite3

    one, other = house.register(), house.register(SUSPECT, OTHER_PLATE)
    first, second = house.keep(one), house.keep(other)
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        (body,) = database.execute("SELECT body FROM records WHERE record_id = ?", (first,)).fetchone()
        database.execute("UPDATE records SET body = ? WHERE record_id = ?", (body, second))
    with pytest.raises(Tampered, match="is not the one that ledger entry"):
        house.read(other)


def test_an_older_workspace_is_given_the_secret_of_names_once_and_never_after(house: FileHouse) -> None:
    secret = house.home / "keys" / "identifiers.key"
    secret.unlink()
    with house.open() as opened:
        assert opened.kit.identifiers_key == secret.read_bytes()
    assert secret.stat().st_mode & 0o777 == 0o600
    house.register()
    secret.unlink()
    with pytest.raises(BadInput, match="missing or damaged"), house.open():
        pass


# -- each look is entered ---------------------------------------------------------------------------------


@pytest.mark.requirement("L05", "L08")
def test_a_look_is_entered_with_what_was_found_and_its_input_sealed_aside(house: FileHouse) -> None:
    subject = house.register()
    with house.sit() as sitting:
        ann = sitting.actor.principal.id
        assert sitting.find_subjects(PLATE, categories={SUSPECT, VICTIM}, verified_by=[ann]) == (subject,)
        assert sitting.find_subject(OTHER_PLATE) is None
    found, nothing = house.last(2)
    assert (found.kind, nothing.kind) == ("subject.sought", "subject.sought")
    assert found.facts == {
        "reason": "request-of-the-person",
        "case": None,
        "looked_up": "plate",
        "reference": "subject",
        "categories": ["suspect", "victim"],
        "began": found.facts["began"],
        "ended": found.facts["ended"],
        "verified_by": [ann],
        "found": 1,
    }
    assert nothing.facts["found"] == 0
    with house.open() as opened:
        seen = [open_aside(opened.kit, entry.index) for entry in (found, nothing)]
        blobs = [opened.kit.ledger.blob(entry.index) or b"" for entry in (found, nothing)]
        # worked by hand: what was sealed must open after every upgrade
        name = name_of(OTHER_PLATE, secret=opened.kit.identifiers_key)
        token = hmac.digest(opened.kit.identifiers_key, b"stranger\0" + name, "sha256")[:16]
        key = hmac.digest(opened.kit.sealing_key, b"stranger\0" + token, "sha256")
        tokens = (uuid.UUID(subject.subject_id).bytes, token)
        assert [blob[:33] for blob in blobs] == [b"\0peelian aside 1\0" + each for each in tokens]
        plain = AESGCM(key).decrypt(blobs[1][33:45], blobs[1][45:], blobs[1][:33])
        assert plain == b'{"kind":"plate","text":"AB 12 CDE"}'.ljust(1024)
    assert seen == [{"kind": "plate", "text": PLATE.text}, {"kind": "plate", "text": OTHER_PLATE.text}]
    assert len({len(blob) for blob in blobs}) == 1


@pytest.mark.requirement("L08")
def test_each_record_seen_has_an_entry_and_none_seen_too(house: FileHouse) -> None:
    subject = house.register()
    assert house.read(subject) == ()
    (entry,) = house.last()
    assert (entry.facts["record"], entry.facts["of_entry"]) == (None, None)
    kept = [house.keep(subject), house.keep(subject)]
    seen = house.read(subject)
    entries = house.last(2)
    assert [each.record_id for each in seen] == [entry.facts["record"] for entry in entries] == kept
    assert [each.entry_index for each in seen] == [entry.facts["of_entry"] for entry in entries]
    with house.open() as opened:
        assert open_aside(opened.kit, entries[0].index) == {"subject": subject.subject_id}


def test_nobody_is_looked_up_without_a_charter_but_who_asked_something_of_the_house(house: FileHouse) -> None:
    house.clock.advance(timedelta(days=400))
    with house.sit() as sitting, pytest.raises(Refused, match="persons-need-a-charter"):
        sitting.find_subject(PLATE)
    assert house.last()[0].kind == "request.refused"
    with house.sit(capability="governance.subjects") as sitting:
        asked = sitting.register_subject(category=SubjectCategory.OTHER, identifiers=[NAME])
        contact = NewRecord(sitting.new_id(), "contact", asked.subject_id, {"name": "W. Q."}, STATED)
        sitting.act("record.kept", action="collect", resource="contact", facts={}, records=[contact])
        (kept,) = sitting.records("contact", subject=asked.subject_id)
    assert kept.body == {"name": "W. Q."}


# -- whom records are about, and how sure they are ------------------------------------------------------------


@pytest.mark.requirement("D01")
def test_victims_and_witnesses_are_asked_for_by_name_or_not_at_all(house: FileHouse) -> None:
    victim = house.register(VICTIM)
    assert house.sought() is None
    suspect = house.register()
    assert house.sought() == suspect
    with house.sit() as sitting:
        assert sitting.find_subject(PLATE, categories={VICTIM}) == victim
        with pytest.raises(BadInput, match="known in several categories"):
            sitting.find_subject(PLATE, categories=set(SubjectCategory))
        assert set(sitting.find_subjects(PLATE, categories=set(SubjectCategory))) == {victim, suspect}
    for about in (victim, suspect):
        house.keep(about)
    with house.sit() as sitting:
        assert {kept.subject for kept in sitting.records("sighting")} == {suspect.subject_id}
        everybody = sitting.records("sighting", categories={SUSPECT, VICTIM})
        assert {kept.subject for kept in everybody} == {suspect.subject_id, victim.subject_id}
        with pytest.raises(BadInput, match="name the categories"):
            sitting.records("statement")
        assert sitting.records("statement", categories={WITNESS}) == ()
    entries = house.last(4)
    assert [entry.facts["categories"] for entry in entries] == [
        ["suspect"], ["suspect", "victim"], ["suspect", "victim"], ["witness"],
    ]  # fmt: skip


@pytest.mark.requirement("D01")
def test_a_subject_has_a_category_and_is_registered_once_in_it(house: FileHouse) -> None:
    with house.sit() as sitting:
        with pytest.raises(BadInput, match="with a category"):
            sitting.register_subject(category=SubjectCategory.NONE, identifiers=[PLATE])
        with pytest.raises(BadInput, match="at least one identifier"):
            sitting.register_subject(category=SUSPECT, identifiers=[])
    house.register()
    with pytest.raises(BadInput, match="already a subject of the category suspect"):
        house.register(SUSPECT, OTHER_PLATE, PLATE)
    with house.open() as opened:
        assert len(opened.kit.subject_keys.subjects()) == 1
        hold_against_ledger(opened.kit)


@pytest.mark.requirement("D02")
def test_a_record_says_how_sure_it_is_and_does_not_leave_without_it(house: FileHouse) -> None:
    subject = house.register()
    with house.sit() as sitting, pytest.raises(BadInput, match="a fact or an assessment"):
        bare = NewRecord(sitting.new_id(), "sighting", subject.subject_id, BODY)
        sitting.act("record.kept", action="collect", resource="sighting", facts={}, records=[bare])
    assessed = Stated(Assertion.ASSESSMENT, Source.C, Accuracy.HEARSAY)
    with house.sit() as sitting:
        said = NewRecord(sitting.new_id(), "sighting", subject.subject_id, BODY, assessed)
        sitting.act("record.kept", action="collect", resource="sighting", facts={}, records=[said])
        (kept,) = sitting.records("sighting", subject=subject.subject_id)
    assert handed_on(kept)["stated"] == {"assertion": "assessment", "source": "C", "accuracy": "4"}
    ungraded = Kept("r", "sighting", "s", BODY, 1, datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="grading-travels"):
        handed_on(ungraded)


# -- documented suspicion ---------------------------------------------------------------------------------------


@pytest.mark.requirement("R02")
@pytest.mark.parametrize("basis", [None, "", "suspicious        .", "x" * 19])
def test_a_suspicion_is_kept_only_with_the_basis_it_rests_on(house: FileHouse, basis: str | None) -> None:
    subject = house.register()
    with house.sit() as sitting, pytest.raises(Refused, match=re.escape("28 CFR 23.20(a)")):
        record = NewRecord(sitting.new_id(), "suspicion", subject.subject_id, BODY, STATED, basis)
        sitting.act("record.kept", action="collect", resource="suspicion", facts={}, records=[record])
    assert house.read(subject, "suspicion") == ()


@pytest.mark.requirement("R02")
def test_a_suspicion_that_nobody_examined_for_five_years_is_not_shown(house: FileHouse) -> None:
    subject = house.register()
    first = house.keep(subject, "suspicion", suspicion=BASIS)
    later(house, days=4 * 365)
    with house.sit() as sitting, pytest.raises(Refused, match="no-self-approval"):
        sitting.validate(sitting.record("suspicion", first), basis=OTHER_BASIS)
    with house.sit("Abe") as sitting:
        second = sitting.validate(sitting.record("suspicion", first), basis=OTHER_BASIS)
    later(house, days=2 * 365)
    (kept,) = house.read(subject, "suspicion")
    assert (kept.record_id, kept.body) == (second, BODY)
    assert kept.suspicion is not None
    assert kept.suspicion.basis == OTHER_BASIS
    with house.open() as opened:
        hold_against_ledger(opened.kit)
    later(house, days=4 * 365)
    assert house.read(subject, "suspicion") == ()
    assert residue(house.home, [BASIS, OTHER_BASIS]) == []


@pytest.mark.requirement("R02")
@pytest.mark.parametrize(
    ("at", "last"),
    [
        (datetime(2021, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 2, 6, tzinfo=UTC)),
        (datetime(2024, 2, 29, 23, 59, tzinfo=UTC), datetime(2029, 3, 1, 6, tzinfo=UTC)),
        (datetime(2019, 2, 28, tzinfo=UTC), datetime(2024, 2, 28, 6, tzinfo=UTC)),
    ],
)
def test_five_years_end_with_their_last_day_in_the_deployments_zone(at: datetime, last: datetime) -> None:
    suspicion = Suspicion(BASIS, "p", at)
    zone = "America/Chicago"
    assert suspicion.stands(last - timedelta(microseconds=1), zone=zone)
    assert not suspicion.stands(last, zone=zone)


def later(house: FileHouse, *, days: int) -> None:
    """Let time pass, with a new version of the charter."""
    house.clock.advance(timedelta(days=days))
    with house.open() as opened:
        version = len(opened.kit.store.charters()) + 1
    renew(house, version=version)
