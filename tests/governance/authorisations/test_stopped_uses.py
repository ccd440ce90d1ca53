"""What came of a use that was refused, or not decided in time: gone from every file, and the ledger stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from peelian.domain.canonical import Document
from peelian.domain.errors import PeelianError, Refused, Tampered
from peelian.domain.finding import About
from peelian.governance.authorisation import Authorisation, Route
from peelian.governance.backups.backup import make_backup
from peelian.governance.conduct.authorisation_acts import read_authorisations
from peelian.governance.desk import Desk
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import approve_hold, set_hold
from peelian.governance.ledger.log import Ledger
from peelian.governance.persons.identifiers import Identifier, name_of
from peelian.governance.review.service import dispose, judge, open_finding, propose_finding, queue
from peelian.governance.service import hold_against_ledger
from peelian.storage.backup_keys import BackupKeys
from peelian.storage.store import Store
from peelian.storage.subject_keys import SubjectKeys
from tests.governance.authorisations.made import KEEP, TellingHouse, found_telling
from tests.governance.persons.made import NEEDLES, OTHER_PLATE, PLATE, SUSPECT
from tests.governance.residue import residue
from tests.governance.review.made import (
    CAPABILITY as REVIEW,
)
from tests.governance.review.made import (
    CONFIRMED,
    GROUND,
    REVIEWERS,
    finding,
    put_forward_at,
    staffed,
)
from tests.houses import PURPOSE


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> TellingHouse:
    return found_telling(tmp_path_factory.mktemp("town"))


@pytest.fixture
def house(founded: TellingHouse, tmp_path: Path) -> TellingHouse:
    return founded.copied(tmp_path)


def what_tells(house: TellingHouse, subject: str) -> list[str | bytes]:
    """Return all that must be gone: the person's key, keyed name, id, and what the records say."""
    with house.open() as opened:
        key = opened.kit.subject_keys.key(subject)
        name = name_of(PLATE, secret=opened.kit.identifiers_key)
    assert key is not None
    return [*NEEDLES, key, name]


def verified(house: TellingHouse) -> None:
    with house.open() as opened:
        hold_against_ledger(opened.kit)


@pytest.mark.requirement("P04", "R04")
def test_a_refusal_leaves_no_byte_of_it_and_all_else(house: TellingHouse) -> None:
    asked = house.ask()
    subject = house.tell(asked)
    with house.sit() as sitting:
        other = sitting.register_subject(category=SUSPECT, identifiers=[OTHER_PLATE])
    house.keep(other, body={"seen": "at the bakery"})
    gone = what_tells(house, subject)
    with house.open() as opened:
        size = opened.kit.ledger.size
        before = [opened.kit.ledger.prove_inclusion(index, size) for index in range(size)]
    refused = house.decide(asked, granted=False)
    assert refused.cleared is not None
    assert residue(house.home.parent, gone) == []
    verified(house)
    with house.open() as opened:
        assert [opened.kit.ledger.prove_inclusion(index, size) for index in range(size)] == before
        entries = tuple(opened.kit.ledger.entries())
        told = [e for e in entries if e.facts.get("authorisation") and e.blob is not None]
        assert told
        assert {opened.kit.ledger.blob(entry.index) for entry in told} == {None}
        done = [entry for entry in entries if entry.kind == "authorisation.cleared"]
    assert len(done) == 1
    facts = done[0].facts
    assert (facts["because"], facts["records_destroyed"], facts["persons"]) == ("refused", 2, 1)
    assert [kept.body for kept in house.seen(None)] == [{"seen": "at the bakery"}]
    with (
        house.under(asked.authorisation_id) as sitting,
        pytest.raises(Refused, match="authorisation-refused"),
    ):
        sitting.find_subject(PLATE)


@pytest.mark.requirement("P04", "R04")
@pytest.mark.parametrize(("route", "hours"), [(Route.FOLLOWING, 48), (Route.URGENT, 24)])
def test_one_that_nobody_decided_is_gone_when_its_term_is(
    house: TellingHouse, route: Route, hours: int
) -> None:
    asked = house.ask(route)
    gone = what_tells(house, house.tell(asked))
    house.clock.set(asked.requested + timedelta(hours=hours, minutes=-2))
    assert len(house.seen(asked.authorisation_id)) == 2
    with house.open() as opened:  # a minute later
        assert [swept.count for swept in opened.sweeper.swept] == [2]
    assert residue(house.home.parent, gone) == []
    verified(house)


def test_a_person_of_whom_more_is_kept_stays_with_that_and_nothing_else(house: TellingHouse) -> None:
    asked = house.ask()
    subject = house.tell(asked)
    with house.sit() as sitting:
        known = sitting.find_subject(PLATE)
        assert known is not None
    house.keep(known, body={"seen": "at the bakery"})
    house.decide(asked, granted=False)
    assert [(kept.subject, kept.body) for kept in house.seen(None)] == [(subject, {"seen": "at the bakery"})]
    assert residue(house.home.parent, ["blue ladder"]) == []
    verified(house)


def test_what_left_the_house_is_named_so_that_people_call_it_back(house: TellingHouse) -> None:
    asked = house.ask()
    house.tell(asked)
    with house.under(asked.authorisation_id, capability=KEEP) as sitting:
        sitting.records("sighting")
    with house.under(asked.authorisation_id, capability="report.publish") as sitting:
        out = sitting.disclose("report.published", action="publish", resource="report", facts={"report": "r"})
    house.decide(asked, granted=False)
    (done,) = (entry for entry in house.last(3) if entry.kind == "authorisation.cleared")
    assert (done.facts["disclosed"], done.facts["disclosed_by"]) == (1, [out.index])


def test_no_backup_opens_it_either(house: TellingHouse, tmp_path: Path) -> None:
    asked = house.ask()
    house.tell(asked)
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "backup")
        days = {name for name in opened.kit.backup_keys.all() if name.startswith(("records:", "blobs:"))}
        ((record, _), *_) = opened.kit.store.records("sighting")
        mine = f"records:{record.keep_until[:10]}"
    assert mine in days
    house.decide(asked, granted=False)
    with house.open() as opened:
        assert mine not in opened.kit.backup_keys.all()


@pytest.mark.requirement("R04", "H02")
def test_a_finding_made_under_it_is_read_and_acted_on_under_it_and_goes_with_all_that_was_said(
    house: TellingHouse,
) -> None:
    asked = house.ask()
    told = "The car of the third burglary stands in the yard of a locksmith."
    with house.open() as opened:
        staffed(opened)

        def desk(name: str) -> Desk:
            return opened.desk(opened.signer(name))

        with desk("Ann").open(purpose=PURPOSE, capability=REVIEW) as sitting:
            made = finding(finding_id=sitting.new_id(), about=About.VEHICLE, says=told, made_at=sitting.now())
        propose_finding(desk("Ann"), purpose=PURPOSE, finding=made, authorisation=asked.authorisation_id)
        other = put_forward_at(desk("Ann"))
        for reader in REVIEWERS:
            open_finding(desk(reader), purpose=PURPOSE, finding_id=made.finding_id)
            judge(desk(reader), purpose=PURPOSE, finding_id=made.finding_id, opinion=CONFIRMED)
        dispose(desk("Col"), purpose=PURPOSE, finding_id=made.finding_id, ground=GROUND, announce=print)
        with desk("Rea").open(purpose=PURPOSE, capability=REVIEW, reason="review-of-findings") as sitting:
            assert sitting.records("sealed-finding") == ()
    house.decide(asked, granted=False)
    assert residue(house.home.parent, [told, "locksmith"]) == []
    verified(house)
    with house.open() as opened:
        left = {record.subject for record, _ in opened.kit.store.records()}
        assert made.finding_id not in left
        assert other in left
        queue(opened.desk(opened.signer("Rea")), purpose=PURPOSE)


class Struck(BaseException):
    """The machine stops here."""


BLOWS = [
    (owner, method, after)
    for owner, method in (
        (BackupKeys, "destroy"),
        (Ledger, "append"),
        (Store, "write"),
        (Store, "forget"),
        (Ledger, "destroy_blobs"),
        (SubjectKeys, "destroy"),
    )
    for after in (False, True)
]


@pytest.mark.fault
@pytest.mark.requirement("R04")
@pytest.mark.parametrize(("owner", "method", "after"), BLOWS)
def test_cut_off_anywhere_after_the_refusal_the_next_opening_finishes(
    house: TellingHouse, monkeypatch: pytest.MonkeyPatch, owner: type, method: str, after: bool
) -> None:
    asked = house.ask()
    gone = what_tells(house, house.tell(asked))
    work: Callable[..., object] = getattr(owner, method)
    write, ruled = Store.write, []

    def noting(store: Store, *arguments: Any, kind: str, **named: Any) -> None:
        write(store, *arguments, kind=kind, **named)
        if kind == "authorisation.ruled":
            ruled.append(kind)

    def struck(*arguments: Any, **named: Any) -> object:
        if not ruled:
            return noting(*arguments, **named) if method == "write" else work(*arguments, **named)
        if after:
            work(*arguments, **named)
        raise Struck

    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", noting)
        patch.setattr(owner, method, struck)
        with pytest.raises(Struck):
            house.decide(asked, granted=False)
    with house.open() as opened:
        (now,) = read_authorisations(opened.kit, actor=opened.signer("Aud"))
        assert now.cleared is not None
        hold_against_ledger(opened.kit)
    assert residue(house.home.parent, gone) == []


@pytest.mark.requirement("R05")
def test_a_hold_keeps_it_from_destruction_and_from_nothing_else(house: TellingHouse) -> None:
    asked = house.ask()
    subject = house.tell(asked)
    gone = what_tells(house, subject)
    with house.open() as opened:
        hold = set_hold(
            opened.kit,
            actor=opened.signer("Ann"),
            scope=Scope(subject=subject),
            authority="District court, order 12/26",
            why="evidence in a trial",
            ends=opened.kit.clock.now() + timedelta(days=20),
        )
        approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=hold.hold_id)
    assert house.decide(asked, granted=False).cleared is None
    assert house.seen(None) == ()
    with (
        house.under(asked.authorisation_id) as sitting,
        pytest.raises(Refused, match="authorisation-refused"),
    ):
        sitting.records("sighting")
    verified(house)
    house.clock.advance(timedelta(days=21))
    verified(house)
    assert residue(house.home.parent, gone) == []


@pytest.mark.requirement("R05")
def test_a_person_of_whom_nothing_is_kept_goes_but_one_who_was_merged_or_is_held(house: TellingHouse) -> None:
    asked = house.ask()
    plates = [Identifier("plate", f"AA{number} AAA") for number in range(4)]
    with house.under(asked.authorisation_id) as sitting:
        _, held, one, other = persons = [
            sitting.register_subject(category=SUSPECT, identifiers=[plate]).subject_id for plate in plates
        ]
    with house.sit() as sitting:
        sitting.merge_subjects(one, into=other)
    with house.open() as opened:
        hold = set_hold(
            opened.kit,
            actor=opened.signer("Ann"),
            scope=Scope(subject=held),
            authority="District court, order 12/26",
            why="evidence in a trial",
            ends=opened.kit.clock.now() + timedelta(days=20),
        )
        approve_hold(opened.kit, actor=opened.signer("Abe"), hold_id=hold.hold_id)
        assert opened.kit.subject_keys.subjects() == set(persons)
    assert house.decide(asked, granted=False).cleared is None, "the hold keeps one of them"
    with house.open() as opened:
        assert opened.kit.subject_keys.subjects() == {held, one, other}
    house.clock.advance(timedelta(days=21))
    with house.open() as opened:
        assert opened.kit.subject_keys.subjects() == {one, other}
        done = [entry.facts for entry in opened.kit.ledger.entries() if entry.kind == "authorisation.cleared"]
        told: Document = {
            "about": asked.authorisation_id,
            "because": "refused",
            "records_destroyed": 0,
            "persons": 2,
            "side_blobs": 0,
            "disclosed": 0,
            "disclosed_by": [],
        }
        assert [{name: facts[name] for name in told} for facts in done] == [told]
        hold_against_ledger(opened.kit)


# -- what is destroyed as unauthorised was so, or is noticed ---------------------------------------------


def forge(house: TellingHouse, asked: Authorisation, **otherwise: object) -> None:
    """Take a record as if a use had been refused."""
    from peelian.governance.act import carry_out_as_house
    from peelian.governance.committed import located
    from peelian.storage.rows import Writes

    with house.open() as opened:
        ((record, index), *_) = opened.kit.store.records("sighting")
        facts = {"about": asked.authorisation_id, "because": "refused", **otherwise}
        carry_out_as_house(
            opened.kit,
            "authorisation.rejected",
            rule="authorisation-refused",
            facts=facts,  # type: ignore[arg-type]
            writes=Writes(dropped=(located(opened.kit, record, index),)),
        )


def test_evidence_cannot_be_destroyed_by_calling_it_unauthorised(house: TellingHouse) -> None:
    asked = house.ask()
    house.tell(asked)
    forge(house, asked)
    with house.open() as opened, pytest.raises(Tampered, match="unauthorised, which no entry"):
        hold_against_ledger(opened.kit)


def test_nor_can_what_was_not_stored_under_it(house: TellingHouse) -> None:
    asked = house.ask()
    with house.sit() as sitting:
        other = sitting.register_subject(category=SUSPECT, identifiers=[OTHER_PLATE])
    house.keep(other)
    house.decide(asked, granted=False)
    verified(house)
    forge(house, asked)
    with house.open() as opened, pytest.raises(Tampered, match="unauthorised, which no entry"):
        hold_against_ledger(opened.kit)


def test_a_record_that_is_back_past_the_desk_is_noticed(house: TellingHouse) -> None:
    asked = house.ask()
    house.tell(asked)
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        row = database.execute("SELECT * FROM records WHERE kind = 'sighting'").fetchone()
    house.decide(asked, granted=False)
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute(f"INSERT INTO records VALUES ({', '.join('?' * len(row))})", row)
    with house.open() as opened, pytest.raises(PeelianError, match="past the desk"):
        hold_against_ledger(opened.kit)
