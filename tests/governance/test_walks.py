"""Random walks through a real house, disks full and locked on the way: nothing is shown without its entry.

`PEELIAN_WALKS` sets how many (10,000 in `make prove`, 8 in a normal run), `PEELIAN_WALKS_FROM` from which on. What
kills and power cuts do to the same promise stands in test_lost_writes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from peelian.city.erasure.service import Ground, carry_out_erasure, order_erasure
from peelian.city.extracts import COUNTS
from peelian.city.feed.service import merge_parts
from peelian.city.mapping.file import parse_mapping
from peelian.domain.errors import PeelianError, Refused
from peelian.domain.time import SimulatedClock
from peelian.governance.commitment import commitment_of
from peelian.governance.desk import Desk, NewRecord
from peelian.governance.examine.service import LogPurpose, list_entries
from peelian.governance.house import House
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.persons.subjects import Subject
from peelian.governance.policy import Policy
from peelian.governance.service import hold_against_ledger
from peelian.storage.engine import Condition, Operator
from tests.governance import walking
from tests.governance.persons.made import PLATE, STATED, FileHouse, with_files
from tests.governance.walking import Shown
from tests.houses import MAPPING, PURPOSE

WALKS, FIRST = int(os.environ.get("PEELIAN_WALKS", "8")), int(os.environ.get("PEELIAN_WALKS_FROM", "0"))
AT_ONCE = 250
"""So many are told of together."""

STEPS = 12
people = st.sampled_from(["Ann", "Ann", "Ann", "Abe", "Col", "Aud", "Adm"])
faults = st.sampled_from(walking.FAULTS)
pages = st.integers(0, 3)
NOTHING = Shown([], [], [])


@dataclass
class Tally:
    """What happened on all walks."""

    walks: int = 0
    steps: int = 0
    shown: int = 0
    refused: int = 0
    broken: int = 0


class Walk(RuleBasedStateMachine):
    """One walk: a copy of the template, opened, and steps in it, each held against its entries at once."""

    template: ClassVar[tuple[FileHouse, Subject]]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        made, self.subject = self.template
        self.folder = Path(tempfile.mkdtemp(dir=made.home.parent))
        shutil.copytree(made.home, self.folder / "home")
        self.house = FileHouse(self.folder / "home", SimulatedClock(made.clock.now()), made.witness_home)
        self.stack = ExitStack()
        self.opened: House = self.stack.enter_context(self.house.open())
        self.tally.walks += 1

    def step(
        self, fault: Callable[..., object], pages: int, look: Callable[[Desk], Shown], name: str
    ) -> None:
        """Take one step under a fault, and hold what it showed against the entries it left."""
        self.house.clock.advance(timedelta(minutes=1))
        ledger, tally = self.opened.kit.ledger, self.tally
        before, shown, refusal = ledger.size, NOTHING, None
        desk = self.opened.desk(self.opened.signer(name))
        with fault(self.opened, pages):  # type: ignore[attr-defined]  # a context manager
            try:
                shown = look(desk)
            except Refused as refused:
                refusal = refused
            except PeelianError:
                tally.broken += 1
        entries = list(ledger.entries(before))
        walking.require_covered(shown, entries)
        if refusal is not None:
            assert any(e.kind == "request.refused" and e.rule == refusal.rule for e in entries)
            tally.refused += 1
        tally.steps += 1
        tally.shown += len(shown.extracts) + len(shown.records) + sum(count for _, count in shown.grouped)

    # --- looks

    @rule(name=people, offence=st.sampled_from(["burglary", "arson"]), fault=faults, pages=pages)
    def read(self, name: str, offence: str, fault: Callable[..., object], pages: int) -> None:
        def look(desk: Desk) -> Shown:
            with desk.open(purpose=PURPOSE, capability="forecast.place") as sitting:
                table = sitting.read(COUNTS, where=[Condition("offence", Operator.EQ, offence)])
            (entry,) = [e for e in self.opened.kit.ledger.entries() if e.kind == "extract.read"][-1:]
            salt = self.opened.kit.ledger.blob(entry.index)
            assert salt is not None
            return Shown([(table.num_rows, commitment_of(table, salt=salt))], [], [])

        self.step(fault, pages, look, name)

    @rule(
        name=people,
        asked=st.sampled_from([("load", "city.load"), ("load-held", "city.load"), ("plan", "city.load")]),
        fault=faults,
        pages=pages,
    )
    def records(self, name: str, asked: tuple[str, str], fault: Callable[..., object], pages: int) -> None:
        kind, capability = asked

        def look(desk: Desk) -> Shown:
            with desk.open(purpose=PURPOSE, capability=capability) as sitting:
                found = sitting.records(kind)
            return walking.shown_records(kind, found, about_people=False)

        self.step(fault, pages, look, name)

    @rule(name=people, fault=faults, pages=pages)
    def persons(self, name: str, fault: Callable[..., object], pages: int) -> None:
        def look(desk: Desk) -> Shown:
            with desk.open(purpose=PURPOSE, capability="file.keep") as sitting:
                sitting.find_subject(PLATE)
                found = sitting.records("sighting", subject=self.subject.subject_id)
            return walking.shown_records("sighting", found, about_people=True)

        self.step(fault, pages, look, name)

    @rule(name=people, fault=faults, pages=pages)
    def rejected(self, name: str, fault: Callable[..., object], pages: int) -> None:
        def look(desk: Desk) -> Shown:
            with desk.open(purpose=PURPOSE, capability="city.load") as sitting:
                loads = sitting.records("load")
                rows = sitting.rejections(loads[0])
            return walking.shown_rejections(loads[0], rows)

        self.step(fault, pages, look, name)

    @rule(name=people, fault=faults, pages=pages)
    def ledger(self, name: str, fault: Callable[..., object], pages: int) -> None:
        def look(desk: Desk) -> Shown:
            actor = self.opened.signer(name)
            before = self.opened.kit.ledger.size
            seen = list_entries(self.opened.kit, actor=actor, purpose=LogPurpose.LAWFULNESS, start=before)
            assert self.opened.kit.ledger.entry(before).facts["seen"] == len(seen.entries) == 0
            return NOTHING

        self.step(fault, pages, look, name)

    # --- acts

    @rule(name=people, about=st.booleans(), fault=faults, pages=pages)
    def act(self, name: str, about: bool, fault: Callable[..., object], pages: int) -> None:
        def do(desk: Desk) -> Shown:
            capability, kind = ("file.keep", "sighting") if about else ("city.load", "load-held")
            with desk.open(purpose=PURPOSE, capability=capability) as sitting:
                record_id = sitting.new_id()
                body = {"held": "test" * 900}
                subject, stated = (self.subject.subject_id, STATED) if about else ("test", None)
                new = NewRecord(record_id, kind, subject, body, stated)
                act = "record.kept" if about else "load.held"
                resource = kind if about else "incident"
                sitting.act(act, action="collect", resource=resource, facts={}, records=[new])
            return NOTHING

        self.step(fault, pages, do, name)

    @rule(name=people, fault=faults, pages=pages)
    def merge(self, name: str, fault: Callable[..., object], pages: int) -> None:
        self.step(fault, pages, lambda desk: _nothing(merge_parts(desk, purpose=PURPOSE)), name)

    @rule(key=st.sampled_from(["A1", "A2", "B4", "none"]), name=people, fault=faults, pages=pages)
    def erase(self, key: str, name: str, fault: Callable[..., object], pages: int) -> None:
        def do(desk: Desk) -> Shown:
            order = order_erasure(
                self.opened.desk(self.opened.signer("Ann")),
                purpose=PURPOSE,
                mapping=parse_mapping(MAPPING, name="test.yaml"),
                naming_key=self.opened.naming_key,
                ground=Ground.COURT,
                reference="2026-17",
                keys=[key],
            )
            carry_out_erasure(
                desk, purpose=PURPOSE, order_id=order.order_id, naming_key=self.opened.naming_key
            )
            return NOTHING

        self.step(fault, pages, do, name)

    @rule()
    def open_again(self) -> None:
        self.stack.close()
        self.opened = self.stack.enter_context(self.house.open())

    def teardown(self) -> None:
        """At the end ledger, rows and files agree, and every act is done or answered."""
        self.open_again()
        hold_against_ledger(self.opened.kit)
        entries = list(self.opened.kit.ledger.entries())
        answered = {entry.facts["entry"] for entry in entries if entry.kind == "act.abandoned"}
        acted = self.opened.kit.store.act_indices(start=0)
        assert acted | answered == {entry.index for entry in entries if KINDS[entry.kind].act}
        assert not acted & answered
        self.stack.close()
        shutil.rmtree(self.folder)


def _nothing(_: object) -> Shown:
    return NOTHING


@pytest.mark.fault
@pytest.mark.requirement("L07", "L08")
@pytest.mark.parametrize("first", range(FIRST, WALKS, AT_ONCE))
def test_over_random_walks_whatever_was_shown_has_its_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    _, policy = with_files()  # read once, not at every opening of a house
    monkeypatch.setattr(Policy, "load", lambda *_, **__: policy)
    Walk.template, Walk.tally = walking.template(tmp_path), Tally()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=min(AT_ONCE, WALKS - first),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    tally = Walk.tally
    print(
        f"{tally.walks} walks of {tally.steps} steps: {tally.shown} extracts and records shown, each with its entry; "
        f"{tally.refused} steps refused by a rule, {tally.broken} by a full or locked disk"
    )
    assert tally.shown > 0
    assert tally.refused > 0
    assert tally.broken > 0
