"""How a finding goes through review: the table of transitions as data, and `step`, which follows it.

Pure: values in, values out. The diagram in docs/reference/review.md is drawn from `TABLE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from peelian.domain.errors import Refused
from peelian.governance.principals import Principal, Role, check_not_same_person
from peelian.governance.review.grounds import Ground, check_independent
from peelian.governance.review.verdict import Verdict

TWO_READERS = "house rule, after Regulation (EU) 2024/1689 (AI Act), Article 14(5)"


class State(StrEnum):
    """Where a finding stands."""

    PROPOSED = "proposed"
    READ_ONCE = "read once"
    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"
    INCONCLUSIVE = "inconclusive"
    REFERRED = "referred"
    ACTED_ON = "acted on"
    ACTED_URGENTLY = "acted on urgently"
    CALLED_BACK = "called back"


class Event(StrEnum):
    """What can happen to a finding."""

    READ = "a reader commits a judgement"
    ACT = "somebody acts on it"
    ACT_URGENTLY = "somebody acts on one reading, life being at risk"


@dataclass(frozen=True)
class Read:
    """One reader's committed judgement."""

    reader: Principal
    verdict: Verdict

    @property
    def event(self) -> Event:
        """Return what kind of event this is."""
        return Event.READ


@dataclass(frozen=True)
class Act:
    """Somebody acts, on a ground of its own that is not the system's output."""

    actor: Principal
    ground: Ground
    urgent: bool = False

    @property
    def event(self) -> Event:
        """Return what kind of event this is."""
        return Event.ACT_URGENTLY if self.urgent else Event.ACT


@dataclass(frozen=True, kw_only=True)
class Case:
    """A finding as review sees it.

    Parameters
    ----------
    finding_id : which finding.
    two_readers : whether it takes two: it identifies somebody, or the charter says so.
    life_at_risk : whether the urgent route is open.
    closed : nothing may follow from it any more, whatever was read.
    proposer : id of the machine or the principal that made the finding.
    put_forward_by : the principal that brought it here.
    own_outputs : names of what the system itself said: the finding and its evidence.
    state, reads, act : where it stands, and how it came there.
    """

    finding_id: str
    two_readers: bool
    life_at_risk: bool
    closed: bool
    proposer: str
    put_forward_by: Principal
    own_outputs: frozenset[str]
    state: State = State.PROPOSED
    reads: tuple[Read, ...] = ()
    act: Act | None = None


class Guard(StrEnum):
    """What must hold for a transition, in words."""

    NEEDS_SECOND = "two readers are asked for"
    ONE_CONFIRMS = "one reader is enough, and confirms"
    ONE_UNFOUNDED = "one reader is enough, and finds it unfounded"
    ONE_INCONCLUSIVE = "one reader is enough, and cannot tell"
    ONE_REFERS = "one reader is enough, and refers it"
    BOTH_CONFIRM = "both readers confirm"
    BOTH_UNFOUNDED = "both readers find it unfounded"
    BOTH_REFER = "both readers refer it"
    NO_AGREEMENT = "both cannot tell, or they differ"
    NOT_BOTH_CONFIRM = "the second reader does not confirm"
    FIRST_CONFIRMS = "life is at risk, and the first reader confirms"
    ON_A_GROUND = "a ground is named that is not the system's output"


@dataclass(frozen=True)
class Transition:
    """One line of the table."""

    start: State
    event: Event
    guard: Guard
    end: State


TABLE = (
    Transition(State.PROPOSED, Event.READ, Guard.NEEDS_SECOND, State.READ_ONCE),
    Transition(State.PROPOSED, Event.READ, Guard.ONE_CONFIRMS, State.CONFIRMED),
    Transition(State.PROPOSED, Event.READ, Guard.ONE_UNFOUNDED, State.UNFOUNDED),
    Transition(State.PROPOSED, Event.READ, Guard.ONE_INCONCLUSIVE, State.INCONCLUSIVE),
    Transition(State.PROPOSED, Event.READ, Guard.ONE_REFERS, State.REFERRED),
    Transition(State.READ_ONCE, Event.READ, Guard.BOTH_CONFIRM, State.CONFIRMED),
    Transition(State.READ_ONCE, Event.READ, Guard.BOTH_UNFOUNDED, State.UNFOUNDED),
    Transition(State.READ_ONCE, Event.READ, Guard.BOTH_REFER, State.REFERRED),
    Transition(State.READ_ONCE, Event.READ, Guard.NO_AGREEMENT, State.INCONCLUSIVE),
    Transition(State.READ_ONCE, Event.ACT_URGENTLY, Guard.FIRST_CONFIRMS, State.ACTED_URGENTLY),
    Transition(State.ACTED_URGENTLY, Event.READ, Guard.BOTH_CONFIRM, State.ACTED_ON),
    Transition(State.ACTED_URGENTLY, Event.READ, Guard.NOT_BOTH_CONFIRM, State.CALLED_BACK),
    Transition(State.CONFIRMED, Event.ACT, Guard.ON_A_GROUND, State.ACTED_ON),
)
"""Every transition there is; from a state and an event without a line nothing follows."""


def _one(case: Case, event: Read | Act, *, verdict: Verdict) -> bool:
    return not case.two_readers and _says(event) is verdict


def _both(case: Case, event: Read | Act, *, verdict: Verdict) -> bool:
    return case.reads[0].verdict is verdict and _says(event) is verdict


def _says(event: Read | Act) -> Verdict | None:
    return event.verdict if isinstance(event, Read) else None


def _no_agreement(case: Case, event: Read | Act) -> bool:
    first = case.reads[0].verdict
    return first is Verdict.INCONCLUSIVE or first is not _says(event)


def _not_both_confirm(case: Case, event: Read | Act) -> bool:
    return not _both(case, event, verdict=Verdict.CONFIRMED)


HOLDS: dict[Guard, Callable[[Case, Read | Act], bool]] = {
    Guard.NEEDS_SECOND: lambda case, _: case.two_readers,
    Guard.ONE_CONFIRMS: partial(_one, verdict=Verdict.CONFIRMED),
    Guard.ONE_UNFOUNDED: partial(_one, verdict=Verdict.UNFOUNDED),
    Guard.ONE_INCONCLUSIVE: partial(_one, verdict=Verdict.INCONCLUSIVE),
    Guard.ONE_REFERS: partial(_one, verdict=Verdict.REFERRED),
    Guard.BOTH_CONFIRM: partial(_both, verdict=Verdict.CONFIRMED),
    Guard.BOTH_UNFOUNDED: partial(_both, verdict=Verdict.UNFOUNDED),
    Guard.BOTH_REFER: partial(_both, verdict=Verdict.REFERRED),
    Guard.NO_AGREEMENT: _no_agreement,
    Guard.NOT_BOTH_CONFIRM: _not_both_confirm,
    Guard.FIRST_CONFIRMS: lambda case, _: case.life_at_risk and case.reads[0].verdict is Verdict.CONFIRMED,
    Guard.ON_A_GROUND: lambda _, event: isinstance(event, Act),
}
"""What each guard asks; whether an act's ground is one is checked before the table is asked."""


def step(case: Case, event: Read | Act) -> Case:
    """Return the case after `event`; raise `Refused` where no line of the table leads on, or a person may not."""
    if isinstance(event, Read):
        _check_reader(case, event.reader)
    else:
        _check_act(case, event)
    following = _following(case, event)
    if following is None:
        raise _no_way(case, event)
    if isinstance(event, Read):
        return replace(case, state=following, reads=(*case.reads, event))
    return replace(case, state=following, act=event)


def leads_on(case: Case, event: Read | Act) -> bool:
    """Return whether the table has a line for `event`, whoever comes with it."""
    return _following(case, event) is not None


def _following(case: Case, event: Read | Act) -> State | None:
    for line in TABLE:
        if line.start is case.state and line.event is event.event and HOLDS[line.guard](case, event):
            return line.end
    return None


def _check_reader(case: Case, reader: Principal) -> None:
    if Role.REVIEWER not in reader.roles:
        raise Refused(
            f"{reader.name} is no reviewer today and reads no findings.",
            rule="qualified-reader",
            citation="Regulation (EU) 2024/1689, Article 26(2); who is qualified is the house's own rule",
            remedy="Ask a reviewer whose training is current.",
        )
    if reader.id == case.proposer or same_person(case.put_forward_by, reader):
        raise Refused(
            f"{reader.name} proposed this finding, as far as can be seen, and does not judge it.",
            rule="proposer-is-no-reader",
            citation=TWO_READERS,
            remedy="Leave it to another reviewer.",
        )
    if any(same_person(earlier.reader, reader) for earlier in case.reads):
        raise Refused(
            f"{reader.name} read this finding before, as far as can be seen; a second reading is another person's.",
            rule="two-readers",
            citation=TWO_READERS,
            remedy="Leave it to another reviewer.",
        )


def _check_act(case: Case, act: Act) -> None:
    check_independent(act.ground, own_outputs=case.own_outputs)
    if case.closed:
        raise Refused(
            "This finding is closed after review, and nothing more follows from it.",
            rule="closed-after-review",
            citation="house rule: only what is open is acted on",
            remedy="Act on what you know by other means, or wait for a new finding.",
        )


def same_person(first: Principal, second: Principal) -> bool:
    """Return whether two principals are one person, as far as can be seen."""
    try:
        check_not_same_person(first, second)
    except Refused:
        return True
    return False


def _no_way(case: Case, event: Read | Act) -> Refused:
    done = "judged" if isinstance(event, Read) else "acted on"
    urgently = " by the urgent route" if event.event is Event.ACT_URGENTLY else ""
    return Refused(
        f"A finding that is {case.state.value} cannot be {done}{urgently} now.",
        rule="review-states",
        citation="house rule: the table of transitions, docs/reference/review.md",
        remedy=_REMEDY[event.event],
    )


_REMEDY = {
    Event.READ: "Take another one from `peelian review list`.",
    Event.ACT: "Act on confirmed findings only; have this one read first.",
    Event.ACT_URGENTLY: "The urgent route is for life at risk, after one reader has confirmed.",
}
