"""Group commit: many waiting clients, one fsync; nobody returns before their entries are durable."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from time import monotonic

from peelian.domain.errors import PeelianError
from peelian.governance.ledger.entry import Draft, Entry

PATIENCE_SECONDS = 0.005
"""So long a writer waits for the other clients at most, and never longer than the last commit took."""


class _Ticket:
    """What one client waits with. A plain class with slots: all that is done here is done once for every append."""

    __slots__ = ("after", "called", "drafts", "entries", "failure", "gone", "leads", "settled")

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self.leads = False
        self.entries: tuple[Entry, ...] = ()
        self.failure: Exception | None = None
        self.settled = False
        self.gone = False
        """Its client was interrupted and waits no longer."""
        self.after: _Ticket | None = None
        """Whom its client wakes when it is woken itself."""
        self.called = threading.Lock()
        """Held until the ticket is settled or it is its turn to write: its client sleeps on it."""
        self.called.acquire()


class GroupCommit:
    """Whoever finds nobody writing writes for everybody who waits; the others sleep until that is durable.

    `commit` writes drafts in one transaction and returns their entries in order, or raises and keeps nothing;
    then all who rode along are told the same sentence.

    Clients that append one entry after another come back together. The writer therefore waits for as many as were
    about at the last commit, though never long: else half of them would ride on each fsync and the other half just
    miss it. A client alone never waits. Those whose entries are durable wake each other one by one: a crowd that is
    woken at once fights for the interpreter, and that costs more than the writing.
    """

    def __init__(self, commit: Callable[[Sequence[Draft]], Sequence[Entry]]) -> None:
        self._commit = commit
        self._guard = threading.Lock()
        self._all_here = threading.Condition(self._guard)
        self._waiting: list[_Ticket] = []
        self._led = False
        self._about = 1
        self._patience = 0.0

    def submit(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Return the entries of `drafts` once they are durable."""
        ticket = _Ticket(drafts)
        try:
            self._enter(ticket)
            if not ticket.leads:
                ticket.called.acquire()
            if ticket.leads:
                self._write(self._gathered())
        finally:
            self._leave(ticket)
        if ticket.failure is not None:
            raise ticket.failure
        return ticket.entries

    def _enter(self, ticket: _Ticket) -> None:
        with self._guard:
            self._waiting.append(ticket)
            if not self._led:
                self._led = ticket.leads = True
            elif len(self._waiting) == self._about:
                self._all_here.notify()

    def _gathered(self) -> list[_Ticket]:
        """Return all who wait, when they are as many as there were about, or patience is at an end."""
        with self._guard:
            self._all_here.wait_for(lambda: len(self._waiting) >= self._about, timeout=self._patience)
            riders, self._waiting = self._waiting, []
        return riders

    def _leave(self, ticket: _Ticket) -> None:
        """Wake the next of those who are done, and give the turn on: also where the client was interrupted."""
        if ticket.after is not None and not ticket.leads:
            ticket.after.called.release()  # settled, and the turn is another's: there is nothing to guard
            return
        with self._guard:
            if not ticket.settled:
                ticket.gone = True
                self._waiting = [other for other in self._waiting if other is not ticket]
            if ticket.after is not None:
                ticket.after.called.release()
            if ticket.leads:
                self._led = bool(self._waiting)
                if self._led:
                    self._waiting[0].leads = True
                    self._waiting[0].called.release()

    def _write(self, riders: list[_Ticket]) -> None:
        failure: Exception = PeelianError(
            "The writing of the ledger was interrupted; whether the last entries are kept shows on reopening."
        )
        begun, entries = monotonic(), None
        try:
            entries = self._commit([draft for ticket in riders for draft in ticket.drafts])
        except Exception as problem:
            failure = problem
        finally:
            with self._guard:
                self._settle(riders, failure if entries is None else entries)
                self._about = len(riders) + len(self._waiting)
                self._patience = min(monotonic() - begun, PATIENCE_SECONDS)

    def _settle(self, riders: list[_Ticket], outcome: Sequence[Entry] | Exception) -> None:
        """Give each its entries, or all the same failure, and say who wakes whom; only while the guard is held."""
        place = 0
        for ticket in riders:
            if isinstance(outcome, Exception):
                ticket.failure = outcome
            else:
                ticket.entries = tuple(outcome[place : place + len(ticket.drafts)])
                place += len(ticket.drafts)
            ticket.settled = True
        for ticket, after in pairwise([ticket for ticket in riders if not ticket.gone]):
            ticket.after = after
