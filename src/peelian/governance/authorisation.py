"""Authorisations of identifications: which states there are, when they end, and who may stand under one.

For: the one question put to an authorisation, at every act: may this be used now? Pure values; the records they are
read from are in `circumstances/authorisation_records.py`.

Source: Regulation (EU) 2024/1689 (AI Act), Article 26(10): whoever identifies a suspect afterwards requests the
authorisation of a judicial authority, or of an administrative one whose decision binds, "ex ante, or without undue
delay and no later than 48 hours"; where it is rejected "the use ... shall be stopped with immediate effect and the
personal data linked to the use ... shall be deleted". Article 5(3) gives an urgent use 24 hours, and has "all the data,
as well as the results and outputs of that use" deleted. This house is stricter: what was not decided by then has
lapsed, as if it had been refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from peelian.governance.ledger.entry import Entry


class Route(StrEnum):
    """When the use may begin, which says how long a decision may take."""

    PRIOR = "prior"  # it waits for the decision, however long that takes
    FOLLOWING = "following"  # it begins with the request
    URGENT = "urgent"  # it begins with the request, and the oversight body is told at once


TERM_OF: Mapping[Route, str] = {Route.FOLLOWING: "authorisation-post", Route.URGENT: "authorisation-urgent"}
"""The term of `clocks` within which a use that has begun must be decided on; a prior request has none."""


class State(StrEnum):
    """How an authorisation stands. The last two end the use and destroy what came of it."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"


DECIDABLE: Mapping[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.GRANTED, State.REFUSED}),
    State.GRANTED: frozenset({State.REFUSED}),  # set aside by a court that reviewed it
    State.REFUSED: frozenset(),
    State.LAPSED: frozenset(),
}
"""What an authority can still decide in each state."""

ENDED = frozenset({State.REFUSED, State.LAPSED})


class Use(StrEnum):
    """How an act stands to the authorisation it names; the policy refuses all but the last two."""

    MISSING = "missing"  # the capability identifies persons and no authorisation was named
    WAITS = "waits"  # nothing may be used before the decision
    OVER = "over"  # it was granted until an instant that has come; what was found may still be read
    ANOTHER = "another"  # it is for another capability or purpose
    REFUSED = "refused"
    LAPSED = "lapsed"
    STANDS = "stands"
    NOT_NEEDED = "not-needed"


UNDER = "authorisation"
"""What an entry's facts call the authorisation it was made under: the tag of all that the entry stores."""


def tag_of(entry: Entry) -> str | None:
    """Return the id of the authorisation under which an entry was made, and all that it stores; None under none."""
    tag = entry.facts.get(UNDER)
    return None if tag is None else str(tag)


@dataclass(frozen=True)
class Ruling:
    """What an authority decided, as somebody entered it.

    Parameters
    ----------
    granted : or refused.
    authority, reference : which court or authority, and the number of its decision.
    until : the first instant at which nobody may be identified under it any more; None where it was refused.
    entered_by : id of the principal who entered it, another than whoever asked.
    at : when it was entered.
    """

    granted: bool
    authority: str
    reference: str
    until: datetime | None
    entered_by: str
    at: datetime


USABLE = frozenset({Use.STANDS, Use.NOT_NEEDED})


@dataclass(frozen=True)
class Authorisation:
    """One request for leave to identify persons, and what became of it.

    Parameters
    ----------
    capability, purpose, case : what is asked for: through which capability, for which purpose, in which case at work.
    why : why it is necessary, in words.
    requested_by, requested : id of the principal who asked, and when the request was entered: the clock starts then.
    due : the first instant at which, undecided, it has lapsed; None for a prior request.
    ruling : the newest decision; None while there is none.
    cleared : when the house had destroyed all that came of it; None where nothing had to be, or while it goes on.
    entry_index : the ledger entry of the request.
    """

    authorisation_id: str
    route: Route
    capability: str
    purpose: str
    case: str
    why: str
    requested_by: str
    requested: datetime
    due: datetime | None
    ruling: Ruling | None
    cleared: datetime | None
    entry_index: int

    def state(self, *, at: datetime) -> State:
        """Return how it stands at an instant, whether or not anybody has noticed that its term is over."""
        if self.ruling is not None:
            return State.GRANTED if self.ruling.granted else State.REFUSED
        return State.LAPSED if self.due is not None and at >= self.due else State.REQUESTED

    def use(self, *, capability: str, purpose: str, identifies: bool, at: datetime) -> Use:
        """Return how an act through `capability`, which identifies persons or not, stands to it at an instant."""
        state = self.state(at=at)
        if state in ENDED:
            return Use(state.value)
        if purpose != self.purpose or (identifies and capability != self.capability):
            return Use.ANOTHER
        if self.ruling is None:
            return Use.WAITS if self.route is Route.PRIOR else Use.STANDS
        over = self.ruling.until is not None and at >= self.ruling.until
        return Use.OVER if identifies and over else Use.STANDS
