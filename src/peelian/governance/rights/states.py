"""The life of a request as data: which step may follow in which state, and who takes it.

What is not in the table cannot happen. The page `docs/reference/rights.md` is drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from peelian.domain.errors import Refused


class State(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"  # about a person; who asks is not proven yet
    IDENTIFIED = "identified"  # who asks is proven, or need not be: anybody may ask about a place
    ANSWERED = "answered"  # what is held and was decided was put together and told
    ORDERED = "ordered"  # somebody independent found that something must be put right
    DECIDED = "decided"  # somebody independent found that nothing more is due, with reasons
    FULFILLED = "fulfilled"  # what was ordered is done, and what was made from it was made anew
    CLOSED = "closed"  # the certificate was given
    WITHDRAWN = "withdrawn"  # whoever asked took the request back


class Step(StrEnum):
    """What moves a request on."""

    ASK = "ask"
    PROVE = "prove"
    ANSWER = "answer"
    ORDER = "order"
    DECIDE = "decide"
    FULFIL = "fulfil"
    CLOSE = "close"
    CONTEST = "contest"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Transition:
    """One line of the table; `before` is None where the request begins, `kind` the ledger entry of the step."""

    before: State | None
    step: Step
    after: State
    kind: str
    meaning: str


_OPEN = (State.RECEIVED, State.IDENTIFIED, State.ANSWERED)
TABLE: tuple[Transition, ...] = (
    Transition(None, Step.ASK, State.RECEIVED, "rights.requested", "about a person; the clock starts"),
    Transition(None, Step.ASK, State.IDENTIFIED, "rights.requested", "about a place; the clock starts"),
    Transition(
        State.RECEIVED, Step.PROVE, State.IDENTIFIED, "rights.identified", "an officer saw who asks"
    ),
    Transition(
        State.IDENTIFIED, Step.ANSWER, State.ANSWERED, "rights.answered", "with facts, rule, decider, remedy"
    ),
    Transition(
        State.ANSWERED, Step.ORDER, State.ORDERED, "rights.decided", "correct, erase or restrict; another officer"
    ),
    Transition(
        State.ANSWERED, Step.DECIDE, State.DECIDED, "rights.decided", "nothing more is due; another officer"
    ),
    Transition(
        State.ORDERED, Step.FULFIL, State.FULFILLED, "rights.fulfilled", "names the acts, and what was made anew"
    ),
    Transition(State.FULFILLED, Step.CLOSE, State.CLOSED, "rights.closed", "with the certificate"),
    Transition(State.DECIDED, Step.CLOSE, State.CLOSED, "rights.closed", "with the certificate"),
    Transition(
        State.CLOSED, Step.CONTEST, State.IDENTIFIED, "rights.contested", "others answer and decide anew; a new clock"
    ),
    *(
        Transition(before, Step.WITHDRAW, State.WITHDRAWN, "rights.withdrawn", "by whoever asked")
        for before in _OPEN
    ),
)  # fmt: skip

_AFTER: Mapping[tuple[State | None, Step], tuple[Transition, ...]] = {
    key: tuple(line for line in TABLE if (line.before, line.step) == key)
    for key in {(line.before, line.step) for line in TABLE}
}
ENDED = frozenset({State.CLOSED, State.WITHDRAWN})
"""Where no clock runs."""


def in_table(before: State, step: Step, after: State) -> bool:
    """Return whether the table has this line."""
    return any(line.after is after for line in _AFTER.get((before, step), ()))


def transition(before: State, step: Step) -> Transition:
    """Return the line of the table for a step in a state, or refuse with the steps that are open."""
    found = _AFTER.get((before, step))
    if not found:
        possible = [line.step.value for line in TABLE if line.before is before]
        raise Refused(
            f"A request that is {before} cannot {step}.",
            rule="rights-steps",
            citation="house rule: the table of steps in docs/reference/rights.md",
            remedy=f"What can follow is: {', '.join(possible)}." if possible else "It has ended; ask anew.",
        )
    return found[0]
