"""What the desk finds out by itself before it asks the policy: stop, suspension, training, reason, case, authorisation.

None of it is believed from whoever asks. What cannot be found out is left unsaid, and the policy then refuses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from peelian.governance.authorisation import Use
from peelian.governance.cases import CaseBook, CaseStanding, standing_in
from peelian.governance.circumstances.authorisation_records import use_of
from peelian.governance.circumstances.case_records import KIND as CASE
from peelian.governance.circumstances.case_records import RecordedCases
from peelian.governance.circumstances.departures import has_left
from peelian.governance.circumstances.elevations import elevated_roles, frozen
from peelian.governance.circumstances.own_records import own_records
from peelian.governance.circumstances.roles_today import active_roles, unit_of
from peelian.governance.circumstances.safe_state import makes_new
from peelian.governance.circumstances.stop_file import stopped
from peelian.governance.circumstances.suspended import halted
from peelian.governance.kit import Kit, Standing
from peelian.governance.principals import Principal
from peelian.governance.reasons import reason_named


@dataclass(frozen=True)
class Circumstances:
    """What the policy is told besides the question itself.

    Parameters
    ----------
    principal : whoever asks, with the roles they hold today: trained for, or held by break-glass.
    trained : whether at least one of their roles is in date.
    frozen : whether an elevation of theirs was not reviewed in time.
    departed : whether their enrolment has ended.
    stopped, suspended : whether the act is one that a stop, or the suspension of its capability, halts now.
    reason_fits : whether a reason of the vocabulary was given that holds for this data kind; None without one.
    case : how they stand to the case they named.
    authorisation : how the act stands to the authorisation it names, or ought to name.
    """

    principal: Principal
    trained: bool
    frozen: bool
    departed: bool
    stopped: bool
    suspended: bool
    reason_fits: bool | None
    case: CaseStanding
    authorisation: Use


def circumstances(kit: Kit, standing: Standing, *, action: str, kind: str, today: date) -> Circumstances:
    """Find out what the policy must know of who asks, for what, and of the state of the house."""
    person, makes = standing.actor.principal, makes_new(action, kind)
    active = active_roles(kit, person, today=today)
    held = active | elevated_roles(kit, person.id, at=kit.clock.now()) if active else frozenset()
    reason = None if standing.reason is None else reason_named(standing.reason)
    return Circumstances(
        principal=replace(person, roles=held) if held and held != person.roles else person,
        trained=bool(active),
        frozen=frozen(kit, person.id, at=kit.clock.now()),
        departed=has_left(kit, person.id, today=today),
        stopped=makes and stopped(kit),
        suspended=makes and halted(kit, standing.capability),
        reason_fits=None if reason is None else reason.fits(kind),
        case=_case(kit, standing, today=today),
        authorisation=use_of(kit, standing, at=kit.clock.now()),
    )


def case_book(kit: Kit) -> CaseBook:
    """Return the book in which cases are looked up: the one the house was given, else governance's own."""
    return kit.cases if kit.cases is not None else RecordedCases(own_records(kit, CASE))


def _case(kit: Kit, standing: Standing, *, today: date) -> CaseStanding:
    if standing.case is None:
        needed = standing.reason is None or reason_named(standing.reason).needs_case
        return CaseStanding.MISSING if needed else CaseStanding.NOT_NEEDED
    return standing_in(
        case_book(kit).case(standing.case),
        officer=standing.actor.principal.id,
        unit=unit_of(kit, standing.actor.principal.id),
        purpose=standing.purpose,
        today=today,
    )
