"""Two people set which witnesses a ledger has; a house opens with what was entered, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.governance.backups.backup import make_backup, restore_backup
from peelian.governance.conduct import witness_set
from peelian.governance.conduct.witness_set import (
    NAME,
    WitnessSet,
    approve_witnesses,
    last_entered,
    propose_witnesses,
    settle_witnesses,
    waiting,
)
from peelian.governance.house import House, create_workspace, open_house
from peelian.governance.ledger.cosigner import Request
from peelian.governance.ledger.entry import Draft
from peelian.governance.ledger.verify import Vkey
from peelian.governance.ledger.witnesses import NotCosigned, Witnesses
from peelian.governance.reconciled import hold_against_ledger
from peelian.governance.recovery import HOUSE
from tests.houses import TestHouse, found

KEYS = {name: Vkey(name, 4, bytes([number]) * 32) for number, name in enumerate(("here", "one", "two"), 1)}
OTHER = Vkey("one", 4, bytes(range(32)))


@dataclass(frozen=True)
class Fake:
    """A witness that says `says` of itself, or does not answer; `key` is what it is held to."""

    name: str
    says: Vkey | None
    key: Vkey | None = None

    def vkey(self) -> Vkey:
        if self.key is None and self.says is None:
            raise NotCosigned(f"The witness {self.name} is away.")
        return self.key or self.says  # type: ignore[return-value]

    def held_to(self, key: Vkey | None) -> Fake:
        return replace(self, key=key or self.key)

    def ask(self, request: Request, *, log: Vkey) -> str:
        raise NotCosigned("Nobody is asked here.")


def read(text: str | None) -> Witnesses:
    """Read "QUORUM NAME VKEY ...": a name is that of a witness on this machine, a key of one elsewhere."""
    if text is None:
        return Witnesses((Fake("here", KEYS["here"]),), 1)
    quorum, *members = text.split()
    made = [
        Fake(each, KEYS.get(each)) if "+" not in each else Fake(Vkey.parse(each).name, None, Vkey.parse(each))
        for each in members
    ]
    return Witnesses(tuple(made), int(quorum))


BOTH = f"2 {KEYS['one']} {KEYS['two']}"


@dataclass
class WatchedHouse:
    """A house that is opened as commands open it: its witnesses are those the ledger entered."""

    made: TestHouse

    @property
    def file(self) -> Path:
        return self.made.home / NAME

    @contextmanager
    def open(self) -> Iterator[House]:
        self.made.clock.advance(timedelta(minutes=1))
        with open_house(
            self.made.home, witness_home=None, clock=self.made.clock, read_witnesses=read
        ) as opened:
            yield opened

    def change(self, text: str) -> None:
        with self.open() as opened:
            propose_witnesses(opened.kit, actor=opened.signer("Adm"), text=text, read=read)
        with self.open() as opened:
            approve_witnesses(opened.kit, actor=opened.signer("Abe"))


@pytest.fixture
def house(tmp_path: Path) -> WatchedHouse:
    """One that was made before witnesses were entered, and never opened since."""
    return WatchedHouse(found(tmp_path))


def entered(house: WatchedHouse) -> list[str]:
    return [
        kind for kind in house.made.entries() if kind.startswith("witnesses.") or kind == "request.refused"
    ]


def named(*names: str, quorum: int) -> dict:
    return {
        "quorum": quorum,
        "witnesses": [{"name": name, "vkey": str(KEYS[name])} for name in names],
    }


@pytest.mark.requirement("L09")
def test_an_older_house_opens_and_its_witnesses_are_entered_once_and_said(house: WatchedHouse) -> None:
    with house.open() as opened:
        assert opened.said[0].startswith("The witnesses of this house are entered (here; ledger entry ")
        assert "peelian witness set" in opened.said[1]
        entry = opened.kit.ledger.entry(opened.kit.ledger.size - 1)
        assert (entry.kind, entry.actor, entry.rule) == ("witnesses.found", "house", "witnesses-as-entered")
        assert entry.facts["before"] is None
        assert entry.facts["after"] == named("here", quorum=1)
        last = last_entered(opened.kit)
        assert last is not None
        assert (last.text, last.text_before, last.entry_index) == (None, None, entry.index)
        hold_against_ledger(opened.kit)
    with house.open() as opened:
        assert opened.said == ()
        assert opened.kit.witnesses is not None
        assert [member.key for member in opened.kit.witnesses.members] == [KEYS["here"]]
    assert entered(house) == ["witnesses.found"]


def test_nothing_is_entered_in_a_house_in_which_nobody_is_enrolled(tmp_path: Path) -> None:
    made = TestHouse(tmp_path / "home", found(tmp_path / "other").clock, tmp_path / "w")
    create_workspace(made.home, name="new/house", zone="UTC", epsg=32616, cell_m=250.0, synthetic=True)
    with WatchedHouse(made).open() as opened:
        assert (opened.kit.ledger.size, opened.said) == (0, ())
        assert last_entered(opened.kit) is None


def test_a_house_whose_witness_is_away_still_opens_and_enters_it_another_time(house: WatchedHouse) -> None:
    house.file.write_text("1 nobody")
    with house.open() as opened:
        assert opened.said == (
            "The witnesses of this house are not entered yet: The witness nobody is away.",
        )
        assert last_entered(opened.kit) is None
        assert opened.kit.witnesses is not None
        assert opened.kit.witnesses.named == "nobody"
        with pytest.raises(BadInput, match="not entered yet"):
            propose_witnesses(opened.kit, actor=opened.signer("Adm"), text=BOTH, read=read)
    house.file.write_text("1 here")
    with house.open() as opened:
        last = last_entered(opened.kit)
        assert last is not None
        assert last.text == "1 here"


def test_a_witness_that_cosigned_before_is_entered_with_the_key_it_did_it_with(house: WatchedHouse) -> None:
    with house.made.open() as opened:
        key = opened.kit.witnesses.members[0].vkey()  # type: ignore[union-attr]
        opened.cosign()
    house.file.write_text(f"1 {key.name}")
    with house.open() as opened:
        last = last_entered(opened.kit)
        assert last is not None
        assert last.set == WitnessSet(1, (key,))


@pytest.mark.requirement("L09", "S04")
def test_two_people_change_the_witnesses_and_the_ledger_says_from_what_to_what(house: WatchedHouse) -> None:
    with house.open() as opened:
        kit = opened.kit
        with pytest.raises(Refused, match="default-deny"):
            propose_witnesses(kit, actor=opened.signer("Ann"), text=BOTH, read=read)
        assert waiting(kit) is None
        proposed = propose_witnesses(kit, actor=opened.signer("Adm"), text=BOTH, read=read)
        assert not house.file.exists()
        assert waiting(kit) == WitnessSet(2, (KEYS["one"], KEYS["two"]))
        with pytest.raises(Refused, match="two-persons"):
            approve_witnesses(kit, actor=opened.signer("Adm"))
        approved = approve_witnesses(kit, actor=opened.signer("Abe"))
        assert house.file.read_text() == BOTH
        assert waiting(kit) is None
        for entry, kind, by in (
            (proposed, "witnesses.proposed", "Adm"),
            (approved, "witnesses.approved", "Abe"),
        ):
            assert (entry.kind, entry.actor) == (kind, opened.signer(by).principal.id)
            assert entry.facts["before"] == named("here", quorum=1)
            assert entry.facts["after"] == named("one", "two", quorum=2)
        hold_against_ledger(kit)
    with house.open() as opened:
        assert opened.kit.witnesses is not None
        assert (opened.kit.witnesses.quorum, opened.kit.witnesses.named) == (2, "one, two")
        assert opened.said == ()


@pytest.mark.requirement("L09")
@pytest.mark.parametrize(
    "text",
    [
        f"1 {KEYS['one']} {KEYS['two']}",
        f"1 {KEYS['one']}",
        f"2 {OTHER} {KEYS['two']}",
        f"2 {KEYS['one']} {KEYS['two']} here",
        f"2 {KEYS['one']} here",
    ],
    ids=["quorum", "one dropped", "another key", "one added", "one replaced"],
)
def test_a_file_with_other_witnesses_is_refused_until_it_is_removed(house: WatchedHouse, text: str) -> None:
    house.change(BOTH)
    house.file.write_text(text)
    with pytest.raises(Refused, match=r"witnesses-as-entered: .*L09.*Remove witnesses\.toml"), house.open():
        pass
    assert house.file.read_text() == text
    house.file.unlink()
    with house.open() as opened:
        assert "was put right" in opened.said[0]
        assert opened.kit.witnesses is not None
        assert opened.kit.witnesses.named == "one, two"
    assert house.file.read_text() == BOTH
    assert entered(house) == [
        *("witnesses.found", "witnesses.proposed", "witnesses.approved"),
        "request.refused",
    ]


def test_what_is_reached_elsewhere_is_no_change_and_a_local_one_is_held_to_its_key(
    house: WatchedHouse,
) -> None:
    house.change(f"1 here {KEYS['two']}")
    house.file.write_text(f"1 {KEYS['two']} here")
    with house.open() as opened:
        assert opened.said == ()
        assert opened.kit.witnesses is not None
        assert [member.key for member in opened.kit.witnesses.members] == [KEYS["two"], KEYS["here"]]


def test_a_simulated_witness_is_told_apart_by_its_plain_name_only(house: WatchedHouse) -> None:
    shown = Vkey("here-simulated", 4, bytes([9]) * 32)
    entered_so = WitnessSet(1, (shown,))
    assert entered_so.names(read(None))
    assert entered_so.hold(read(None)).members[0].key is None
    with house.open() as opened, pytest.raises(BadInput, match="one name"):
        propose_witnesses(opened.kit, actor=opened.signer("Adm"), text=f"1 here {shown}", read=read)


@pytest.mark.requirement("L09")
def test_cut_off_between_entry_and_file_the_file_is_put_right_at_the_next_start(
    house: WatchedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.change(BOTH)
    with house.open() as opened:
        propose_witnesses(opened.kit, actor=opened.signer("Adm"), text="1 here", read=read)
        with monkeypatch.context() as cut:
            cut.setattr(witness_set, "write_durably", _power_cut)
            with pytest.raises(KeyboardInterrupt):
                approve_witnesses(opened.kit, actor=opened.signer("Abe"))
    assert house.file.read_text() == BOTH
    with house.open() as opened:
        last = last_entered(opened.kit)
        assert last is not None
        assert opened.said == (
            f"witnesses.toml was put right: it is as ledger entry {last.entry_index} has it.",
        )
        assert opened.kit.witnesses is not None
        assert opened.kit.witnesses.named == "here"
        hold_against_ledger(opened.kit)
    assert house.file.read_text() == "1 here"


def _power_cut(path: Path, content: bytes) -> None:
    raise KeyboardInterrupt


def test_where_no_file_was_entered_none_is_to_lie_there(house: WatchedHouse) -> None:
    with house.open() as opened:
        assert settle_witnesses(opened.kit, read=read).said == ()
    house.file.write_text(BOTH)
    with pytest.raises(Refused, match="would have one, two with 2"), house.open():
        pass
    house.file.write_bytes(b"\xff")
    with pytest.raises(BadInput, match="not UTF-8"), house.open():
        pass


def test_what_was_put_forward_before_another_change_is_put_forward_again(house: WatchedHouse) -> None:
    with house.open() as opened:
        adm, abe = opened.signer("Adm"), opened.signer("Abe")
        with pytest.raises(BadInput, match="Nobody has put forward"):
            approve_witnesses(opened.kit, actor=abe)
        propose_witnesses(opened.kit, actor=adm, text="1 here", read=read)
        propose_witnesses(opened.kit, actor=adm, text=BOTH, read=read)
        changed = approve_witnesses(opened.kit, actor=abe)
        with pytest.raises(BadInput, match=f"witness-set since ledger entry {changed.index} decided"):
            approve_witnesses(opened.kit, actor=abe)
        with pytest.raises(BadInput, match="nothing would change"):
            propose_witnesses(opened.kit, actor=adm, text=BOTH, read=read)


def test_what_was_entered_is_entered_anew_before_its_record_is_over(house: WatchedHouse) -> None:
    house.change(BOTH)
    half = timedelta(days=3653) / 2
    with house.open() as opened:
        last = last_entered(opened.kit)
        assert last is not None
    house.made.clock.set(last.at + half - timedelta(minutes=2))
    with house.open() as opened:
        assert last_entered(opened.kit) == last
    house.made.clock.set(last.at + half - timedelta(minutes=1))
    with house.open() as opened:
        again = last_entered(opened.kit)
        assert again is not None
        assert (again.set, again.text, again.text_before) == (last.set, BOTH, BOTH)
        entry = opened.kit.ledger.entry(again.entry_index)
        assert (entry.kind, entry.actor) == ("witnesses.found", "house")
        assert entry.facts["before"] == entry.facts["after"] == named("one", "two", quorum=2)
        assert opened.said == ()
    house.made.clock.advance(timedelta(days=3653))
    with house.open() as opened:
        found_then = last_entered(opened.kit)
        assert found_then is not None
        assert found_then.set == last.set
        standing = [index for _, index in opened.kit.store.records("witness-set")]
        assert standing == [found_then.entry_index]


def test_a_restored_copy_has_the_witnesses_that_the_ledger_in_it_entered(
    house: WatchedHouse, tmp_path: Path
) -> None:
    house.change(BOTH)
    with house.open() as opened:
        make_backup(opened, actor=opened.signer("Adm"), folder=tmp_path / "backup")
    restore_backup(tmp_path / "backup", tmp_path / "copy", keys=house.made.home / "keys")
    copy = WatchedHouse(TestHouse(tmp_path / "copy", house.made.clock, tmp_path / "w"))
    with copy.open() as opened:
        assert opened.kit.witnesses is not None
        assert opened.kit.witnesses.named == "one, two"
        hold_against_ledger(opened.kit)
    assert copy.file.read_text() == BOTH


def test_a_record_taken_away_does_not_make_the_house_forget_that_it_has_witnesses(
    house: WatchedHouse,
) -> None:
    house.change(BOTH)
    with house.open() as opened:  # an act of somebody else's is cut off, and answered at the next start
        opened.kit.ledger.append(Draft("charter.submitted", actor=HOUSE, facts={"charters": []}))
    with house.open() as opened:
        assert opened.kit.ledger.entry(opened.kit.ledger.size - 1).kind == "act.abandoned"
    with sqlite3.connect(house.made.home / "records" / "records.db") as records:
        told = [
            json.loads(body)
            for (body,) in records.execute("SELECT body FROM records WHERE kind = 'witness-set'")
        ]
        assert [each["state"] for each in told] == ["found", "proposed", "approved"]
        records.execute("DELETE FROM records WHERE kind = 'witness-set'")
    records.close()
    house.file.write_text("1 here")
    with pytest.raises(Tampered, match="its record is gone"), house.open():
        pass
