"""Group commit: many waiting clients, one fsync; nobody returns before their entries are durable."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from peelian.domain.errors import PeelianError
from peelian.governance.ledger.entry import Draft, Entry


@dataclass(eq=False)
class _Ticket:
    drafts: Sequence[Draft]
    entries: tuple[Entry, ...] = ()
    failure: Exception | None = None
    settled: bool = False
    writes: bool = False
    called: threading.Lock = field(default_factory=threading.Lock)
    """Held while its client sleeps; let go when it is settled, or when it is its turn to write."""

    def settle(self, entries: tuple[Entry, ...]) -> None:
        self.entries, self.settled = entries, True

    def fail(self, failure: Exception) -> None:
        if not self.settled:
            self.failure, self.settled = failure, True


class GroupCommit:
    """Whoever finds nobody writing writes for everybody who waits; the others sleep until that is durable.

    `commit` writes drafts in one transaction and returns their entries in order, or raises and keeps nothing;
    then all who rode along are told the same sentence. Only those whose entries are durable are woken, and the one
    who writes next: to wake everybody each time costs more than the writing.
    """

    def __init__(self, commit: Callable[[Sequence[Draft]], Sequence[Entry]]) -> None:
        self._commit = commit
        self._guard = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._writing = False

    def submit(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Return the entries of `drafts` once they are durable."""
        ticket = _Ticket(drafts)
        with self._guard:
            rides = self._writing
            if rides:
                ticket.called.acquire()
                self._waiting.append(ticket)
            self._writing = True
        if rides:
            self._sleep(ticket)
        if not ticket.settled:
            self._write(ticket)
        if ticket.failure is not None:
            raise ticket.failure
        return ticket.entries

    def _sleep(self, ticket: _Ticket) -> None:
        try:
            ticket.called.acquire()
        except BaseException:  # a client that is interrupted gives its turn on, if it had come
            with self._guard:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                elif ticket.writes:
                    self._next()
            raise

    def _write(self, ticket: _Ticket) -> None:
        with self._guard:
            riders, self._waiting = [ticket, *self._waiting], []
        try:
            self._write_for(riders)
        finally:
            with self._guard:
                self._next()

    def _next(self) -> None:
        """Call the first who waits to write for all, or note that nobody does."""
        if self._waiting:
            ticket = self._waiting.pop(0)
            ticket.writes = True
            ticket.called.release()
        else:
            self._writing = False

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
            for ticket in riders[1:]:
                ticket.called.release()
