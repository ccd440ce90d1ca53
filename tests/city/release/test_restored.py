"""A house rebuilt from a backup: what the public has since is told back to it by two people, or nothing is released."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.city.erasure.service import erasable
from peelian.city.release.service import StatedReleases, approve_releases, state_releases, stated_releases
from peelian.domain.errors import BadInput, Refused
from peelian.governance.backups.backup import bring_up_to_date, export_erasures, make_backup, restore_backup
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.note import sign_checkpoint
from peelian.governance.ledger.verify import Checkpoint, Receipt
from peelian.governance.service import hold_against_ledger
from tests.city.release.test_memory import BEFORE, BOTH, BURGLARIES, OF_OLD, THEFTS, deliver, publish, said
from tests.houses import PURPOSE, TestHouse, charter, found

WHY = "the page of releases lists these and no others"


@dataclass
class Rebuilt:
    """A house that released after its backup, and the copy from that backup, with the rows delivered again."""

    house: TestHouse
    copy: TestHouse

    def published(self, name: str) -> str:
        """Return what the public can read of the edition in this folder of the house."""
        return (self.house.home.parent / name / "edition.json").read_text("utf-8")

    def state(self, *editions: str, who: str = "Ann", why: str = WHY) -> str:
        with self.copy.desk(who) as desk:
            return state_releases(desk, purpose=PURPOSE, editions=editions, why=why)

    def shown(self, statement_id: str, *, who: str = "Abe") -> StatedReleases:
        """Return what who approves it is shown of a statement."""
        with self.copy.desk(who) as desk:
            found = {each.statement_id: each for each in stated_releases(desk, purpose=PURPOSE)}
            return found[statement_id]

    def approve(self, statement_id: str, *, who: str = "Abe") -> int:
        shown = self.shown(statement_id)
        with self.copy.desk(who) as desk:
            return approve_releases(desk, purpose=PURPOSE, statement_digest=shown.digest)


@pytest.fixture
def rebuilt(tmp_path: Path) -> Rebuilt:
    """25 burglaries in the backup; 28 when the house released them; 31 delivered to the copy."""
    (tmp_path / "live").mkdir()
    house = found(tmp_path / "live")
    charter(house)
    deliver(house, OF_OLD[:25], BEFORE)
    house.clock.advance(timedelta(days=70))
    copy = restored(house, tmp_path, after=lambda: released(house))
    deliver(copy, OF_OLD[:31], BEFORE)
    return Rebuilt(house, copy)


def released(house: TestHouse) -> None:
    deliver(house, OF_OLD[:28], BEFORE)
    assert said(publish(house, "one", BURGLARIES)) == [("burglary", 28)]
    publish(house, "two", THEFTS)


def restored(house: TestHouse, folder: Path, *, after) -> TestHouse:  # type: ignore[no-untyped-def]
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=folder / "backup")
    after()
    with house.open() as opened:
        export_erasures(opened, actor=opened.signer("Adm"), path=folder / "list")
    copy = TestHouse(folder / "restored" / "home", house.clock, folder / "other-witness")
    restore_backup(folder / "backup", copy.home, keys=house.home / "keys")
    with copy.open() as opened:
        bring_up_to_date(opened, erasures=folder / "list", erasable=erasable(opened.naming_key))
    return copy


def refused(rebuilt: Rebuilt) -> None:
    with pytest.raises(Refused, match="later editions may be missing") as no:
        publish(rebuilt.copy, "refused", BURGLARIES)
    assert no.value.rule == "releases-are-remembered"
    assert "release.published" not in rebuilt.copy.entries()


def test_nothing_is_released_until_two_people_have_said_what_the_public_has(rebuilt: Rebuilt) -> None:
    refused(rebuilt)
    statement = rebuilt.state(rebuilt.published("one"), rebuilt.published("two"))
    refused(rebuilt)
    with pytest.raises(Refused, match="one person"):
        rebuilt.approve(statement, who="Ann")
    refused(rebuilt)
    entry = rebuilt.approve(statement)
    kept = publish(rebuilt.copy, "three", BURGLARIES)
    assert (kept.edition, entry < kept.entry_index) == (3, True)
    with rebuilt.copy.open() as opened:
        hold_against_ledger(opened.kit)


def test_who_subtracts_the_copys_table_from_the_houses_finds_none_or_ten_and_more(rebuilt: Rebuilt) -> None:
    rebuilt.approve(rebuilt.state(rebuilt.published("one"), rebuilt.published("two")))
    known = dict(said(publish(rebuilt.house, "four", BURGLARIES)))["burglary"]
    differences = []
    for delivered in (31, 37, 38, 40):
        deliver(rebuilt.copy, OF_OLD[:delivered], BEFORE)
        told = dict(said(publish(rebuilt.copy, f"of {delivered}", BURGLARIES)))["burglary"]
        assert told is not None
        assert known is not None
        differences.append(told - known)
    assert differences == [0, 0, 10, 10]


def test_to_say_falsely_that_there_were_none_gives_three_away_and_stands_under_two_names(
    rebuilt: Rebuilt,
) -> None:
    """What no program can prevent: why it takes two people, a reason and an entry of each."""
    rebuilt.approve(rebuilt.state())
    assert said(publish(rebuilt.copy, "one", BURGLARIES)) == [("burglary", 31)]
    with rebuilt.copy.open() as opened:
        entries = {entry.kind: entry for entry in opened.kit.ledger.entries()}
        names = [opened.signer(name).principal.id for name in ("Ann", "Abe")]
    assert [entries[kind].actor for kind in ("statement.made", "statement.approved")] == names
    assert entries["statement.made"].facts["editions"] == []


def test_the_order_of_slices_first_said_is_remembered_too(rebuilt: Rebuilt) -> None:
    """The house said of thefts "fewer than 10"; in the copy they have become 12, and are told as one run."""
    rebuilt.approve(rebuilt.state(rebuilt.published("two"), rebuilt.published("one")))
    deliver(rebuilt.copy, [(f"T{key}", "VT") for key in range(12)], BEFORE)
    assert said(publish(rebuilt.copy, "both", BOTH)) == [("burglary", 28), ("vehicle theft", 12)]


NOT_SO = "not the edition.json of a release"


def altered(rebuilt: Rebuilt, **changes: str) -> str:
    """Return the first edition with another spec, as who can write to the web page would leave it."""
    edition = json.loads(rebuilt.published("one"))
    edition["spec"] |= changes
    return json.dumps(edition)


def forged(rebuilt: Rebuilt, proof_of: str | None) -> str:
    """Return the first edition with the proof of another, or with none."""
    edition = json.loads(rebuilt.published("one"))
    proof = edition.pop("proof")
    if proof_of is not None:
        edition["proof"] = json.loads(rebuilt.published(proof_of))["proof"] | {"receipt": proof["receipt"]}
    return json.dumps(edition)


def of_another_house(rebuilt: Rebuilt) -> str:
    """Return the first edition with a proof that another key has signed."""
    edition = json.loads(rebuilt.published("one"))
    entry = Entry.read(edition["proof"]["entry"].encode())
    with rebuilt.copy.open() as opened:
        head = Checkpoint(opened.kit.ledger.vkey.name, 1, entry.leaf_hash)
    note = sign_checkpoint(head, key=Ed25519PrivateKey.generate())
    edition["proof"]["receipt"] = Receipt(0, (), note).text()
    return json.dumps(edition)


@pytest.mark.parametrize(
    ("editions", "sentence"),
    [
        (lambda r: [r.published("two")], "An earlier release is missing"),
        (lambda r: [r.published("one"), r.published("one")], "An earlier release is missing"),
        (lambda r: [r.published("one").replace("28", "18")], "not the edition.json of a release"),
        (lambda r: ["[]"], "not the edition.json of a release"),
        (lambda r: [json.dumps({"news": []})], "not the edition.json of a release"),
        (
            lambda r: [
                altered(r, lattice="0" * 64, first="2001-01-01", end="2001-01-08"),
                r.published("two"),
            ],
            NOT_SO,
        ),
        (lambda r: [altered(r, title="Another"), r.published("two")], NOT_SO),
        (lambda r: [forged(r, "two"), r.published("two")], NOT_SO),
        (lambda r: [forged(r, None), r.published("two")], NOT_SO),
        (lambda r: [of_another_house(r), r.published("two")], NOT_SO),
    ],
)
def test_a_statement_that_cannot_be_true_is_refused(rebuilt: Rebuilt, editions, sentence: str) -> None:  # type: ignore[no-untyped-def]
    told: Sequence[str] = editions(rebuilt)
    with pytest.raises((BadInput, Refused), match=sentence):
        rebuilt.state(*told)
    assert "statement.made" not in rebuilt.copy.entries()
    refused(rebuilt)


def test_it_is_said_once_with_a_reason_by_those_whose_office_it_is(rebuilt: Rebuilt) -> None:
    editions = [rebuilt.published("one"), rebuilt.published("two")]
    with pytest.raises(BadInput, match="Say in 10 to 500"):
        rebuilt.state(*editions, why="no")
    with pytest.raises(Refused):
        rebuilt.state(*editions, who="Abe")
    first, second = rebuilt.state(*editions), rebuilt.state()
    other = rebuilt.shown(second).digest
    with pytest.raises(Refused):
        rebuilt.approve(first, who="Col")
    rebuilt.approve(first)
    with (
        rebuilt.copy.desk("Abe") as desk,
        pytest.raises(BadInput, match="No statement about releases that waits"),
    ):
        approve_releases(desk, purpose=PURPOSE, statement_digest=other)
    with pytest.raises(BadInput, match="none is asked"):
        rebuilt.state(*editions)


def test_who_approves_is_shown_what_they_put_their_name_to(rebuilt: Rebuilt) -> None:
    shown = rebuilt.shown(rebuilt.state(rebuilt.published("one"), rebuilt.published("two")))
    assert (shown.stated_by, shown.why) == ("Ann", WHY)
    told = [(each.number, each.first, each.end, each.offences, each.figures) for each in shown.editions]
    week = (BURGLARIES.first, BURGLARIES.end)
    assert told == [(1, *week, ("burglary",), 1), (2, *week, ("vehicle theft",), 1)]
    with rebuilt.house.open() as opened:
        entries = [opened.kit.ledger.entry(each.entry_index) for each in shown.editions]
    assert [entry.facts["table"] for entry in entries] == [each.table for each in shown.editions]
    other = rebuilt.shown(rebuilt.state())
    assert (other.editions, other.digest == shown.digest) == ((), False)


def test_a_copy_of_the_copy_is_asked_again(rebuilt: Rebuilt, tmp_path: Path) -> None:
    rebuilt.approve(rebuilt.state(rebuilt.published("one"), rebuilt.published("two")))
    (tmp_path / "again").mkdir()
    third = restored(rebuilt.copy, tmp_path / "again", after=lambda: publish(rebuilt.copy, "three", BOTH))
    again = Rebuilt(rebuilt.copy, third)
    refused(again)
    again.approve(again.state(again.published("three")))
    assert publish(third, "four", BOTH).edition == 4
