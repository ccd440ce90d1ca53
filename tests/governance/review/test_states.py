"""The table of transitions: total and unambiguous, and walked at random beside a history that is judged by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from docs.pages.review import page
from peelian.domain.errors import Refused
from peelian.governance.principals import Principal, Role
from peelian.governance.review.grounds import Ground, GroundKind
from peelian.governance.review.states import (
    HOLDS,
    TABLE,
    Act,
    Case,
    Event,
    Guard,
    Read,
    State,
    leads_on,
    step,
)
from peelian.governance.review.verdict import Verdict
from tests.governance.made import person
from tests.governance.review.made import GROUND

REA, ROB, RIA = (
    person(name, Role.REVIEWER, number=number)
    for number, name in enumerate(("Rea Low", "Rob Day", "Ria Kim"), 1)
)
REA_AGAIN = person("R\u0435a  LOW", Role.REVIEWER, number=4)  # a Cyrillic letter and another account
ROB_S_KEY = replace(person("Max Orr", Role.REVIEWER, number=5), public_key=ROB.public_key)
ANN = person("Ann Lee", Role.ANALYST, Role.REVIEWER, number=6)  # who puts findings forward
MIC = person("Mic Roe", Role.REVIEWER, number=7)  # who made them
COL = person("Col Fox", Role.COMMANDER, number=8)
ACCOUNTS = {
    "rea": (REA, "rea"),
    "rea again": (REA_AGAIN, "rea"),
    "rob": (ROB, "rob"),
    "rob's key": (ROB_S_KEY, "rob"),
    "ria": (RIA, "ria"),
    "ann": (ANN, "ann"),
    "mic": (MIC, "mic"),
    "col": (COL, "col"),
}
"""Every account, and which natural person is behind it."""

CIRCULAR = Ground(
    GroundKind.THING, "clip 4711", "It shows a pane that breaks and somebody who climbs through it."
)


def case(**changes: object) -> Case:
    made = Case(
        finding_id="f",
        two_readers=True,
        life_at_risk=False,
        closed=False,
        proposer=MIC.id,
        put_forward_by=ANN,
        own_outputs=frozenset({"clip 4711"}),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "kind"), [*itertools.product(State, Event)], ids=lambda value: value.name.lower()
)
def test_wherever_a_finding_stands_at_most_one_line_leads_on(state: State, kind: Event) -> None:
    """Every case that can be in a state, and every event: the guards of its lines exclude each other."""
    lines = [line for line in TABLE if (line.start, line.event) == (state, kind)]
    firsts = [()] if state is State.PROPOSED else [(Read(REA, verdict),) for verdict in Verdict]
    for two, life, reads in itertools.product((True, False), (True, False), firsts):
        here = case(state=state, two_readers=two, life_at_risk=life, reads=reads)
        events: list[Read | Act] = [Read(ROB, verdict) for verdict in Verdict]
        if kind is not Event.READ:
            events = [Act(COL, GROUND, urgent=kind is Event.ACT_URGENTLY)]
        for happening in events:
            holding = [line.end for line in lines if HOLDS[line.guard](here, happening)]
            assert len(holding) <= 1
            assert leads_on(here, happening) is bool(holding)
            if kind is Event.READ and lines:
                assert holding, "a reader who may read is never left without an answer"


def test_every_guard_and_state_is_used_and_the_page_draws_every_line() -> None:
    assert {line.guard for line in TABLE} == set(Guard) == set(HOLDS)
    assert {line.start for line in TABLE} | {line.end for line in TABLE} == set(State)
    text = page()
    for line in TABLE:
        assert f"    {line.start.name.lower()} --> {line.end.name.lower()}: {line.guard.value}\n" in text
    assert text.count(" --> ") == len(TABLE) + 1


@pytest.mark.requirement("H02")
@pytest.mark.parametrize(
    ("second", "said"),
    [
        (REA, "two-readers"),
        (REA_AGAIN, "two-readers"),
        (ANN, "proposer-is-no-reader"),
        (MIC, "proposer-is-no-reader"),
        (COL, "qualified-reader"),
    ],
    ids=[
        "the first reader",
        "under another account",
        "who put it forward",
        "who made it",
        "who is no reader",
    ],
)
def test_who_cannot_be_the_second_reader(second: Principal, said: str) -> None:
    once = step(case(), Read(REA, Verdict.CONFIRMED))
    with pytest.raises(Refused) as refused:
        step(once, Read(second, Verdict.CONFIRMED))
    assert refused.value.rule == said
    assert refused.value.remedy


# What two readers make of it, judged by hand: rows the first, columns the second.
TWO = """
              confirmed     unfounded     inconclusive  referred
confirmed     confirmed     inconclusive  inconclusive  inconclusive
unfounded     inconclusive  unfounded     inconclusive  inconclusive
inconclusive  inconclusive  inconclusive  inconclusive  inconclusive
referred      inconclusive  inconclusive  inconclusive  referred
"""


def test_what_two_readers_make_of_it() -> None:
    head, *rows = (line.split() for line in TWO.strip().splitlines())
    for first, *ends in rows:
        for second, end in zip(head, ends, strict=True):
            once = step(case(), Read(REA, Verdict(first)))
            assert once.state is State.READ_ONCE
            assert step(once, Read(ROB, Verdict(second))).state is State(end)


def expected(reads: list[tuple[str, Verdict]], acted: str, two: bool) -> State:
    """Where a finding must stand, from its history alone; written without the table."""
    verdicts = [verdict for _, verdict in reads]
    if acted == "urgent":
        if len(reads) == 1:
            return State.ACTED_URGENTLY
        return State.ACTED_ON if verdicts[1] is Verdict.CONFIRMED else State.CALLED_BACK
    if acted:
        return State.ACTED_ON
    if not reads:
        return State.PROPOSED
    if two and len(reads) == 1:
        return State.READ_ONCE
    return State(verdicts[0].value) if len(set(verdicts)) == 1 else State.INCONCLUSIVE


class Walk(RuleBasedStateMachine):
    """Anybody tries anything in any order; what happens is held against the history."""

    steps = 0

    @initialize(two=st.booleans(), life=st.booleans(), closed=st.sampled_from(["no", "no", "no", "yes"]))
    def begin(self, *, two: bool, life: bool, closed: str) -> None:
        self.case = case(two_readers=two, life_at_risk=life, closed=closed == "yes")
        self.reads: list[tuple[str, Verdict]] = []
        self.acted = ""

    @precondition(lambda self: self.acted or self.case.closed or len(self.reads) == 2)
    @rule(two=st.booleans(), life=st.booleans(), closed=st.sampled_from(["no", "no", "no", "yes"]))
    def another(self, *, two: bool, life: bool, closed: str) -> None:
        self.begin(two=two, life=life, closed=closed)

    @rule(
        account=st.sampled_from(sorted(ACCOUNTS)), says=st.sampled_from([*Verdict, "confirmed", "confirmed"])
    )
    def read(self, account: str, says: str) -> None:
        reader, who = ACCOUNTS[account]
        verdict = Verdict(says)
        wanted = 2 if self.case.two_readers else 1
        may = who in {"rea", "rob", "ria"} and who not in dict(self.reads) and len(self.reads) < wanted
        if self._happens(Read(reader, verdict), may=may):
            self.reads.append((who, verdict))

    @rule(own=st.booleans(), urgent=st.booleans())
    def act(self, *, own: bool, urgent: bool) -> None:
        ground = CIRCULAR if own else GROUND
        verdicts = [verdict for _, verdict in self.reads]
        all_confirm = bool(verdicts) and set(verdicts) == {Verdict.CONFIRMED}
        wanted = 2 if self.case.two_readers else 1
        enough = len(verdicts) == wanted
        if urgent:
            enough = self.case.life_at_risk and wanted == 2 and len(verdicts) == 1
        may = not own and not self.case.closed and not self.acted and all_confirm and enough
        if self._happens(Act(COL, ground, urgent=urgent), may=may):
            self.acted = "urgent" if urgent else "acted"

    def _happens(self, happening: Read | Act, *, may: bool) -> bool:
        Walk.steps += 1
        if not may:
            with pytest.raises(Refused):
                step(self.case, happening)
            return False
        self.case = step(self.case, happening)
        return True

    @invariant()
    def stands_where_its_history_says(self) -> None:
        if hasattr(self, "case"):
            assert self.case.state is expected(self.reads, self.acted, self.case.two_readers)
            read_by = [who for who, _ in self.reads]
            assert len(set(read_by)) == len(read_by) == len(self.case.reads)
            if self.case.act is not None:
                assert read_by
                assert not self.case.closed


@pytest.mark.hypothesis
@pytest.mark.requirement("H02", "H03")
def test_random_steps_never_lead_where_the_rules_do_not() -> None:
    Walk.steps = 0
    run_state_machine_as_test(Walk)
    print(f"{Walk.steps:,} random steps, no illegal transition")
    assert Walk.steps > 10 * settings().max_examples


@pytest.mark.requirement("H03")
@given(
    st.sampled_from(["CAD 7", "statement 12", "clip 4711", ""]),
    st.sampled_from(["the officer saw", "the score was", "the model says", "the witness told that"]),
)
def test_no_act_rests_on_what_the_system_said(reference: str, begins: str) -> None:
    assume(reference or begins)
    ground = Ground(
        GroundKind.WITNESS, reference, f"{begins} how the pane of the north shop was broken at night"
    )
    confirmed = case(
        state=State.CONFIRMED, reads=(Read(REA, Verdict.CONFIRMED), Read(ROB, Verdict.CONFIRMED))
    )
    own = reference in {"clip 4711", ""} or begins in {"the score was", "the model says"}
    event("own" if own else "other")
    if own:
        with pytest.raises(Refused):
            step(confirmed, Act(COL, ground))
    else:
        assert step(confirmed, Act(COL, ground)).state is State.ACTED_ON
