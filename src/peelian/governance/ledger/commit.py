"""Group commit: many waiting clients, one fsync; nobody returns before their entries are durable."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from peelian.domain.errors import PeelianError
from peelian.governance.ledger.entry import Draft, Entry


@dataclass
class _Ticket:
    drafts: Sequence[Draft]
    entries: tuple[Entry, ...] = ()
    failure: Exception | None = None
    settled: bool = False

    def settle(self, entries: tuple[Entry, ...]) -> None:
        self.entries, self.settled = entries, True

    def fail(self, failure: Exception) -> None:
        if not self.settled:
            self.failure, self.settled = failure, True


class GroupCommit:
    """Whoever finds nobody writing writes for everybody who waits; the others sleep until that is durable.

    `commit` writes drafts in one transaction and returns their entries in order, or raises and keeps nothing;
    then all who rode along are told the same sentence.
    """

    def __init__(self, commit: Callable[[Sequence[Draft]], Sequence[Entry]]) -> None:
        self._commit = commit
        self._turn = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._writing = False

    def submit(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Return the entries of `drafts` once they are durable."""
        ticket = _Ticket(drafts)
        riders: list[_Ticket] = []
        with self._turn:
            self._waiting.append(ticket)
            self._turn.wait_for(lambda: ticket.settled or not self._writing)
            if not ticket.settled:
                self._writing = True
                riders, self._waiting = self._waiting, riders
        if riders:
            self._write_for(riders)
        if ticket.failure is not None:
            raise ticket.failure
        return ticket.entries

    def _write_for(self, riders: list[_Ticket]) -> None:
        failure: Exception = PeelianError(
            "The writing of the ledger was interrupted; whether the last entries are kept shows on reopening."
        )
        try:
            entries = self._commit([draft for ticket in riders for draft in ticket.drafts])
            for ticket in riders:
                mine, entries = entries[: len(ticket.drafts)], entries[len(ticket.drafts) :]
                ticket.settle(tuple(mine))
        except Exception as problem:
            failure = problem
        finally:
            for ticket in riders:
                ticket.fail(failure)
            with self._turn:
                self._writing = False
                self._turn.notify_all()
