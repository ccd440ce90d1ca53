"""Authorisations, read: how each stands, which one an entry was made under, and who may see what came of it.

For: the desk, which refuses whoever stands under one that ended, and hides what came of an identification from whoever
does not stand under its authorisation. So whatever is made of it is made under it too, and goes with it. For
asking and deciding see `conduct/authorisation_acts.py`, for the destruction `keeping/unauthorised.py`.
"""

from __future__ import annotations

from datetime import datetime

from peelian.domain.errors import BadInput
from peelian.governance.authorisation import Authorisation, Route, Ruling, State, Use, tag_of
from peelian.governance.card import DataKind
from peelian.governance.circumstances.own_records import OwnRecord, own_records
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Role

KIND = "authorisation"
REQUESTED, RULED, CLEARED = "requested", "ruled", "cleared"
RIGHTS, ASKED = "governance.rights", "request-of-the-person"
"""What a rights officer answers through, or, among what a room keeps, for which reason."""


def authorisations(kit: Kit) -> tuple[Authorisation, ...]:
    """Return every authorisation that was asked for, oldest first."""
    records = own_records(kit, KIND)
    rulings = {r.subject: _ruling(r) for r in records if r.body["state"] == RULED}
    cleared = {r.subject: r.at for r in records if r.body["state"] == CLEARED}
    return tuple(
        _authorisation(record, rulings.get(record.subject), cleared.get(record.subject))
        for record in records
        if record.body["state"] == REQUESTED
    )


def authorisation_named(kit: Kit, authorisation_id: str) -> Authorisation:
    """Return the authorisation with this id, or say that there is none."""
    found = next((each for each in authorisations(kit) if each.authorisation_id == authorisation_id), None)
    if found is None:
        raise BadInput(
            f"There is no authorisation {authorisation_id!r}; see `peelian authorisation list`, or ask for one with "
            "`peelian authorisation request`."
        )
    return found


def use_of(kit: Kit, standing: Standing, *, at: datetime) -> Use:
    """Return how an act on this standing stands to the authorisation it names, or ought to name."""
    named = standing.capability
    identifies = any(each.id == named and each.identifies for each in kit.register.capabilities)
    if standing.authorisation is None:
        return Use.MISSING if identifies else Use.NOT_NEEDED
    held = authorisation_named(kit, standing.authorisation)
    return held.use(capability=standing.capability, purpose=standing.purpose, identifies=identifies, at=at)


def may_see(kit: Kit, standing: Standing, kind: DataKind, *, stored_by: Entry) -> bool:
    """Return whether whoever stands so may be shown what an entry stored of a kind.

    What says nothing of a person is open. Whoever answers a person for the rights office sees what was granted: it is
    held on them.
    """
    tag = tag_of(stored_by)
    if tag in (None, standing.authorisation) or not kind.about_people:
        return True
    if not _answers_a_person(standing):
        return False
    assert tag is not None
    return authorisation_named(kit, tag).state(at=kit.clock.now()) is State.GRANTED


def _answers_a_person(standing: Standing) -> bool:
    officer = Role.RIGHTS_OFFICER in standing.actor.principal.roles
    return standing.capability == RIGHTS or (officer and standing.reason == ASKED)


def _authorisation(record: OwnRecord, ruling: Ruling | None, cleared: datetime | None) -> Authorisation:
    body = record.body
    return Authorisation(
        authorisation_id=record.subject,
        route=Route(body["route"]),
        capability=body["capability"],
        purpose=body["purpose"],
        case=body["case"],
        why=body["why"],
        requested_by=record.actor,
        requested=record.at,
        due=None if body["due"] is None else datetime.fromisoformat(body["due"]),
        ruling=ruling,
        cleared=cleared,
        entry_index=record.entry_index,
    )


def _ruling(record: OwnRecord) -> Ruling:
    body = record.body
    return Ruling(
        granted=body["granted"],
        authority=body["authority"],
        reference=body["reference"],
        until=None if body["until"] is None else datetime.fromisoformat(body["until"]),
        entered_by=record.actor,
        at=record.at,
    )
