"""What is found at start-up: one act may have been cut off, the last, and is answered; anything else is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from peelian.domain.errors import Tampered
from peelian.domain.time import iso
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.ledger.log import Ledger
from peelian.governance.recovery import HOUSE, reconcile
from peelian.storage.rows import Writes
from peelian.storage.store import Store
from peelian.storage.workspace import Settings, Workspace
from tests.ledger import begin

CHARTER = "c" * 64


class Opened:
    """A ledger and the records that stand on it, as both lie there after a crash."""

    def __init__(self, folder: Path) -> None:
        self.ledger: Ledger = begin.ledger(folder / "ledger")
        self.store = Store(Workspace.create(folder / "home", Settings("test/store", "UTC", 32616)))
        self.finished: list[tuple[int, ...]] = []

    def happen(self, drawn: str) -> None:
        """Let happen what is drawn: `A` an act, `x` one cut off after its entry, `.` an entry that is no act."""
        for sign in drawn:
            kind = "extract.read" if sign == "." else "load.held"
            draft = Draft(kind, actor="ann", purpose="burglary-prevention", charter=CHARTER, rule="a-rule")
            entry = self.ledger.append(draft)
            if sign == "A":
                self.store.write(Writes(), entry_index=entry.index, kind=kind, at=iso(entry.time))

    def reconcile(self) -> tuple[int, ...]:
        def finish(entries: Sequence[Entry]) -> None:
            self.finished.append(tuple(entry.index for entry in entries))

        return reconcile(self.ledger, self.store, finish=finish)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    found = Opened(tmp_path)
    yield found
    found.store.close()
    found.ledger.close()


@pytest.mark.parametrize(
    ("drawn", "abandoned"),
    [
        ("", ()),
        ("A", ()),
        ("..", ()),
        ("AA.A.", ()),
        ("x", (0,)),
        ("AAx", (2,)),
        ("A.x", (2,)),
        ("Ax..", (1,)),
    ],
)
def test_an_act_that_was_cut_off_is_answered_once(
    opened: Opened, drawn: str, abandoned: tuple[int, ...]
) -> None:
    opened.happen(drawn)
    assert opened.reconcile() == abandoned
    assert opened.ledger.size == len(drawn) + len(abandoned)
    assert opened.store.reconciled_below() == opened.ledger.size
    assert opened.reconcile() == ()
    assert opened.ledger.size == len(drawn) + len(abandoned)


def test_the_answer_names_the_entry_and_stands_on_what_the_act_stood_on(opened: Opened) -> None:
    opened.happen("A.x")
    opened.reconcile()
    answer = opened.ledger.entry(3)
    assert (answer.kind, answer.actor, answer.rule) == ("act.abandoned", HOUSE, "write-ahead")
    assert (answer.purpose, answer.charter) == ("burglary-prevention", CHARTER)
    assert answer.facts == {"entry": 2, "why": "found at start-up without its act"}
    assert answer.blob is None


def test_an_answer_that_a_crash_left_unmarked_is_not_given_again(opened: Opened) -> None:
    opened.happen("Ax")
    opened.ledger.append(Draft("act.abandoned", actor=HOUSE, facts={"entry": 1}))
    assert opened.reconcile() == ()
    assert opened.ledger.size == 3


@pytest.mark.parametrize(
    ("drawn", "first", "lost"), [("xA", 0, 1), ("AxA", 1, 1), ("Ax.A", 1, 1), ("xx", 0, 2), ("A.x.x", 2, 2)]
)
def test_more_than_the_last_act_missing_is_refused_and_nothing_is_repaired(
    opened: Opened, drawn: str, first: int, lost: int
) -> None:
    opened.happen(drawn)
    stray = opened.store.workspace.folder("staging") / "stray"
    stray.write_bytes(b"kept for whoever looks into it")
    with pytest.raises(Tampered, match=rf"^The acts of {lost} ledger entries \(from {first}\) are missing "):
        opened.reconcile()
    assert (opened.ledger.size, opened.store.reconciled_below(), opened.finished) == (len(drawn), 0, [])
    assert stray.exists()


@pytest.mark.parametrize("beyond", [2, 3])
def test_records_that_stand_beyond_the_end_of_the_ledger_are_refused(opened: Opened, beyond: int) -> None:
    opened.happen("A.")
    opened.store.write(Writes(), entry_index=beyond, kind="load.held", at="2025-03-01T06:00:00.000Z")
    with pytest.raises(
        Tampered,
        match=rf"^The records stand on ledger entry {beyond}, but the ledger ends at 1; it is older ",
    ):
        opened.reconcile()


def test_what_entries_since_the_last_agreement_say_is_gone_is_destroyed_and_strays_are_swept(
    opened: Opened,
) -> None:
    opened.happen("A.")
    stray = opened.store.workspace.folder("staging") / "stray"
    stray.write_bytes(b"left by a crash")
    opened.reconcile()
    assert not stray.exists()
    opened.happen(".Ax")
    opened.reconcile()
    assert opened.finished == [(0, 1), (2, 3, 4)]
