"""The stop button: it works past every lock, halts within a second, survives a kill, and takes two people to lift."""

from __future__ import annotations

import multiprocessing
import random
import time
from datetime import timedelta
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, Refused
from peelian.governance.card import Action
from peelian.governance.circumstances.safe_state import GOES_ON, makes_new
from peelian.governance.circumstances.stop_file import lying, stop_file
from peelian.governance.reconciled import hold_against_ledger
from peelian.governance.stopping.stop import approve_resumption, press, propose_resumption, standing
from tests.governance.acting import idle_until_stopped, plan_until_killed, press_again_and_again
from tests.houses import PURPOSE, TestHouse, charter, found

WHY = "The sensor of the north gate reports what nobody sees."
SAFE = "The sensor was taken down and its findings were looked through."


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def propose(house: TestHouse) -> None:
    """Do an act that makes something new."""
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
        facts = {"plan": sitting.new_id()}
        sitting.act("plan.proposed", action="propose", resource="plan", facts=facts)


def pressed(house: TestHouse, *, name: str = "Col") -> bool:
    return press(house.home, name=name, why=WHY, clock=house.clock).signed


@pytest.mark.requirement("H01")
def test_stopped_the_house_makes_nothing_new_and_still_answers(house: TestHouse) -> None:
    propose(house)
    assert pressed(house)
    with pytest.raises(Refused, match=r"\[stopped: .*Article 14\(4\)\(e\).*peelian resume"):
        propose(house)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
        assert sitting.records("plan") == ()
    with house.open() as opened:
        (stop,) = standing(opened.kit)
        assert stop.why == WHY
        assert stop.pressed_by == opened.signer("Col").principal.id
        hold_against_ledger(opened.kit)


SAFE_STATE = [
    # act                         halts
    ("commit forecast", True),
    ("propose plan", True),
    ("approve plan", True),
    ("export plan", True),
    ("publish report", True),
    ("publish release", True),
    ("read incident", False),
    ("collect incident", False),
    ("score score", False),
    ("erase incident", False),
    ("submit erasure-order", False),
    ("audit ledger", False),
    ("export ledger", False),
    ("approve charter", False),
    ("enroll principal", False),
]


@pytest.mark.parametrize(("act", "halts"), SAFE_STATE)
def test_what_the_safe_state_halts(act: str, halts: bool) -> None:
    assert makes_new(*act.split()) is halts


def test_an_act_that_the_table_does_not_name_halts() -> None:
    assert makes_new("arrest", "incident")
    assert {row.action for row in GOES_ON} <= set(Action)


FILES = [
    # what lies there                                                            who pressed it
    (b"", None),
    (b"stop, now!", None),
    (b"[1, 2]", None),
    (b'{"at":"2026-03-02T09:00:00+00:00","why":"x","pressed_by":"Col","signature":"00"}', None),
    (b"\xff" * 30_000, None),
]


@pytest.mark.parametrize(("content", "by"), FILES)
def test_a_file_that_nobody_signed_stops_all_the_same_and_says_so(
    house: TestHouse, content: bytes, by: str | None
) -> None:
    stop_file(house.home).write_bytes(content)
    with pytest.raises(Refused, match="stopped"):
        propose(house)
    with house.open() as opened:
        (stop,) = standing(opened.kit)
        entry = opened.kit.ledger.entry(stop.entry_index)
    assert (stop.pressed_by, entry.facts["signed"]) == (by, False)


def test_a_signature_under_another_reason_is_none(house: TestHouse) -> None:
    pressed(house)
    path = stop_file(house.home)
    path.write_bytes(path.read_bytes().replace(b"north", b"south"))
    with house.open() as opened:
        assert standing(opened.kit)[0].pressed_by is None


def test_a_stop_says_why_in_1_to_500_characters(house: TestHouse) -> None:
    for why in ("", " \n", "x" * 501):
        with pytest.raises(BadInput, match=r"^Say in 1 to 500 characters why everything is to stop\.$"):
            press(house.home, name="Col", why=why, clock=house.clock)
        assert not lying(house.home)
    press(house.home, name="Col", why="x" * 500, clock=house.clock)
    assert lying(house.home)


def test_who_is_not_enrolled_stops_without_a_signature(house: TestHouse) -> None:
    assert not pressed(house, name="Nobody")
    with pytest.raises(Refused, match="stopped"):
        propose(house)


def test_a_stop_file_that_is_taken_away_does_not_lift_the_stop(house: TestHouse) -> None:
    pressed(house)
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="patrol.plan") as sitting:
        stop_file(house.home).unlink()
        with pytest.raises(Refused, match="stopped"):
            sitting.act("plan.proposed", action="propose", resource="plan", facts={})
    with house.open():
        assert lying(house.home), "it is written again"


@pytest.mark.requirement("H01")
def test_two_people_lift_a_stop_with_a_reason(house: TestHouse) -> None:
    pressed(house)
    with house.open() as opened:
        kit, col, abe = opened.kit, opened.signer("Col"), opened.signer("Abe")
        with pytest.raises(BadInput, match="says too little"):
            propose_resumption(kit, actor=col, why="ok now")
        with pytest.raises(BadInput, match="Nobody has put forward"):
            approve_resumption(kit, actor=abe)
        with pytest.raises(Refused, match="default-deny"):
            propose_resumption(kit, actor=opened.signer("Ann"), why=SAFE)
        propose_resumption(kit, actor=abe, why=SAFE)
        with pytest.raises(Refused, match="two-persons"):
            approve_resumption(kit, actor=abe)
        propose_resumption(kit, actor=col, why=SAFE)
        with pytest.raises(Refused, match="two-persons"):
            approve_resumption(kit, actor=col)
        assert standing(kit)
        approve_resumption(kit, actor=abe)
        assert standing(kit) == ()
        with pytest.raises(BadInput, match="Nothing is stopped"):
            approve_resumption(kit, actor=abe)
    propose(house)
    with house.open() as opened:
        hold_against_ledger(opened.kit)


def test_a_stop_pressed_after_the_lift_was_put_forward_still_stands(house: TestHouse) -> None:
    pressed(house)
    with house.open() as opened:
        propose_resumption(opened.kit, actor=opened.signer("Col"), why=SAFE)
        stop_file(house.home).unlink()
        press(house.home, name="Aud", why="The findings are still wrong.", clock=house.clock)
        approve_resumption(opened.kit, actor=opened.signer("Abe"))
        (left,) = standing(opened.kit)
        assert left.why == "The findings are still wrong."
    with pytest.raises(Refused, match="stopped"):
        propose(house)


@pytest.mark.requirement("H01")
def test_new_findings_halt_within_one_second_in_a_process_that_holds_the_house(
    house: TestHouse, tmp_path: Path
) -> None:
    """The other process proposes plans as fast as it can and holds the lock; this one presses. Three times."""
    delays = []
    for number in range(3):
        house.clock.advance(timedelta(hours=1))
        made = tmp_path / f"made-{number}"
        context = multiprocessing.get_context("spawn")
        arguments = (str(house.home), house.clock, str(made))
        worker = context.Process(target=plan_until_killed, args=arguments, daemon=True)
        worker.start()
        _wait(made)
        pressed(house)
        at = time.time()
        worker.join(timeout=20)
        assert worker.exitcode == 0, "it ended by the refusal"
        delays.append(float(made.read_text().split()[-1]) - at)
        house.clock.advance(timedelta(hours=1))
        with house.open() as opened:
            assert standing(opened.kit), "the process that held the ledger entered it"
            entries = "\n".join(entry.kind for entry in opened.kit.ledger.entries())
            assert "plan.proposed" not in entries.rpartition("stop.pressed")[2]
            _resume(opened)
    print(f"last plan after the button: {max(delays) * 1000:.0f} ms at most")
    assert max(delays) < 1.0


@pytest.mark.requirement("H01")
def test_a_process_that_holds_the_house_and_does_nothing_enters_the_stop_within_a_second(
    house: TestHouse, tmp_path: Path
) -> None:
    ready, entered = tmp_path / "ready", tmp_path / "entered"
    house.clock.advance(timedelta(hours=1))
    arguments = (str(house.home), house.clock, str(ready), str(entered))
    worker = multiprocessing.get_context("spawn").Process(
        target=idle_until_stopped, args=arguments, daemon=True
    )
    worker.start()
    _wait(ready)
    pressed(house)
    at = time.time()
    worker.join(timeout=20)
    assert worker.exitcode == 0
    took = float(entered.read_text()) - at
    print(f"entered by an idle process {took * 1000:.0f} ms after the button")
    assert took < 1.0
    house.clock.advance(timedelta(hours=1))
    with house.open() as opened:
        assert [e.kind for e in opened.kit.ledger.entries()].count("stop.pressed") == 1
        hold_against_ledger(opened.kit)


@pytest.mark.fault
def test_stopped_stays_stopped_whenever_it_is_killed(house: TestHouse, tmp_path: Path) -> None:
    """A process presses, enters and opens again until it is killed; whatever was cut off, the stop stands."""
    chance = random.Random(1829)
    context = multiprocessing.get_context("spawn")
    for number in range(6):
        house.clock.advance(timedelta(hours=1))
        ready = tmp_path / f"ready-{number}"
        worker = context.Process(
            target=press_again_and_again, args=(str(house.home), house.clock, str(ready)), daemon=True
        )
        worker.start()
        _wait(ready)
        time.sleep(chance.uniform(0, 0.1))
        worker.kill()
        worker.join()
        house.clock.advance(timedelta(hours=1))
        with pytest.raises(Refused, match="stopped"):
            propose(house)
        with house.open() as opened:
            hold_against_ledger(opened.kit)
            _resume(opened)
        propose(house)


def _resume(opened: object) -> None:
    propose_resumption(opened.kit, actor=opened.signer("Col"), why=SAFE)  # type: ignore[attr-defined]
    approve_resumption(opened.kit, actor=opened.signer("Abe"))  # type: ignore[attr-defined]


def _wait(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.002)
