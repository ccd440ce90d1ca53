"""A request with all that became of it, put together from its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peelian.domain.canonical import Document
from peelian.domain.errors import Tampered
from peelian.domain.time import iso
from peelian.governance.clocks import due, term
from peelian.governance.rights.reasons import Reasons, reasons_from
from peelian.governance.rights.request import Outcome, RightsRequest
from peelian.governance.rights.states import ENDED, State, Step, in_table


@dataclass(frozen=True)
class Taken:
    """A step that was taken: when, by whom (id of the principal), in which ledger entry, and what it recorded."""

    step: Step
    after: State
    at: datetime
    by: str
    entry_index: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class RightsCase:
    """A request and its steps, oldest first; every state follows from the one before by the table.

    `first_entry` is the ledger entry by which the request was recorded, `state` where it began.
    """

    request: RightsRequest
    begins: State
    first_entry: int
    taken_in_by: str
    steps: tuple[Taken, ...]

    def __post_init__(self) -> None:
        state = self.begins
        for taken in self.steps:
            if not in_table(state, taken.step, taken.after):
                raise Tampered(
                    f"Entry {taken.entry_index} of request {self.request.request_id} is a step that the table does "
                    "not have; tell the auditor."
                )
            state = taken.after

    @property
    def state(self) -> State:
        """Return where the request stands."""
        return self.steps[-1].after if self.steps else self.begins

    @property
    def due(self) -> datetime:
        """Return the first instant at which it is late; contesting starts a new clock."""
        contested = self.last(Step.CONTEST)
        return self.request.due if contested is None else datetime.fromisoformat(contested.body["due"])

    def overdue(self, now: datetime) -> bool:
        """Return whether the answer is late at `now`."""
        return self.state not in ENDED and now >= self.due

    def unproven(self, now: datetime, *, zone: str) -> bool:
        """Return whether it is time to ask the person again to show who they are."""
        waited = due(term("identity"), start=self.request.received, zone=zone)
        return self.state is State.RECEIVED and now >= waited

    def last(self, *steps: Step) -> Taken | None:
        """Return the newest of these steps, or None."""
        return next((taken for taken in reversed(self.steps) if taken.step in steps), None)

    @property
    def outcome(self) -> Outcome | None:
        """Return what was decided last."""
        decided = self.last(Step.ORDER, Step.DECIDE)
        return None if decided is None else Outcome(decided.body["outcome"])

    @property
    def reasons(self) -> Reasons | None:
        """Return the reasons of the last decision."""
        decided = self.last(Step.ORDER, Step.DECIDE)
        return None if decided is None else reasons_from(decided.body["reasons"])

    @property
    def involved(self) -> frozenset[str]:
        """Return who may not decide: who answered or decided before, and who made or approved what it is about."""
        acted = {taken.by for taken in self.steps if taken.step in (Step.ANSWER, Step.ORDER, Step.DECIDE)}
        named = {each for taken in self.steps for each in taken.body.get("involved", ())}
        return frozenset(acted | named)

    def document(self) -> Document:
        """Return the case for a machine to read."""
        return {
            **self.request.document(),
            "state": self.state.value,
            "due": iso(self.due),
            "outcome": self.outcome,
            "entries": [self.first_entry, *(taken.entry_index for taken in self.steps)],
        }
