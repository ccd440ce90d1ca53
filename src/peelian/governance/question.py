"""What is asked of the policy, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from peelian.domain.errors import BadInput
from peelian.domain.incident import Origin
from peelian.domain.section import closed
from peelian.governance.card import Action
from peelian.governance.principals import Principal
from peelian.governance.prohibition.prohibited import Mark
from peelian.governance.terms import Charter

FLAGS = (
    *("self_approval", "period_started", "approved"),
    *("stopped", "suspended", "trained", "frozen", "reason_fits"),
    *("read_before", "grounded"),
    *("restricted", "court_ordered"),
    *("authorised",),
    *("departed",),
)
"""What is told as true or false, or left unsaid; what is not told counts against whoever asks."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """May this person do this, to this kind of data, for this purpose, under this charter, today?

    What is left out counts against whoever asks: a rule that needs it refuses.

    Parameters
    ----------
    principal, action : who would do what.
    resource_kind : id of the data kind it would be done to.
    purpose, capability : for what, and through which registered capability.
    charter : the charter it would stand on, approved as it itself demands; None without one.
    today : civil day.
    offences, origins : what the act would touch, where it is about particular ones.
    inputs : names of the forecast inputs or columns it would use.
    target : what it is about, where it is not simply what the capability is about.
    self_approval : whether the person would approve what they proposed themselves.
    period_started : whether the forecast's period has begun.
    approved : whether the plan has the approvals its charter demands, the finding the readings, or the training the
        signature of a third person.
    recipient : to whom something would be handed.
    sources : data kinds that an analysis across sources would draw on.
    cell_m : side of the cells in metres, where the act is about cells.
    dwellings : fewest dwellings of any place it names that has any; left out where none has, or nobody counted them.
    explanations, statistics : names of area figures that would explain a result, or audit it.
    stopped, suspended : whether a stop, or the suspension of its capability, halts this act now.
    trained : whether at least one of the person's roles is in date.
    frozen : whether an elevation of the person's was not reviewed in time.
    reason_fits : whether a reason was given that holds for this data kind.
    case : how the person stands to the case they named (`cases.CaseStanding`).
    read_before : whether the person has judged this finding before.
    grounded : whether the act names a ground that is not the system's own output.
    restricted : whether it is about a person whose data are restricted.
    court_ordered : whether a court or an independent authority ordered it, as the reason says.
    departed : whether the person's enrolment has ended.
    authorised, authorisation : whether the act stands under an authorisation, or needs none; and how it stands to the
        one it names, or ought to name (`authorisation.Use`).
    """

    principal: Principal
    action: str
    resource_kind: str
    purpose: str | None
    charter: Charter | None
    today: date
    capability: str | None = None
    offences: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    target: str | None = None
    self_approval: bool | None = None
    period_started: bool | None = None
    approved: bool | None = None
    recipient: str | None = None
    sources: tuple[str, ...] = ()
    explanations: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    stopped: bool | None = None
    suspended: bool | None = None
    trained: bool | None = None
    frozen: bool | None = None
    reason_fits: bool | None = None
    case: str | None = None
    read_before: bool | None = None
    grounded: bool | None = None
    restricted: bool | None = None
    court_ordered: bool | None = None
    cell_m: float | None = None
    dwellings: int | None = None
    authorised: bool | None = None
    authorisation: str | None = None
    departed: bool | None = None

    def __post_init__(self) -> None:
        closed(self.action, Action, where="the question to the policy", what="action")
        for origin in self.origins:
            closed(origin, Origin, where="the question to the policy", what="origin")
        if type(self.today) is not date:
            raise BadInput(f"The policy is asked about a civil day, not about {self.today!r}; give a date.")
        if type(self.dwellings) not in (int, type(None)):
            raise BadInput(f"The policy is told {self.dwellings!r} dwellings; give a whole number.")
        for flag in FLAGS:
            if type(getattr(self, flag)) not in (bool, type(None)):
                raise BadInput(f"The policy is told {flag} as {getattr(self, flag)!r}; give True or False.")


@dataclass(frozen=True)
class Decision:
    """The answer, with the rule it rests on.

    `also` names further rules that would have refused (or allowed) on their own, in order of id. `makes_new` says
    that a stop halts the act until its entry is durable.
    """

    allowed: bool
    rule: str
    citation: str
    mark: Mark
    says: str
    remedy: str
    also: tuple[str, ...] = ()
    makes_new: bool = False
