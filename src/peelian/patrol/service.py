"""The door of the patrol room: propose a plan, have another person approve it, and only then let it out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from peelian.city.disk import opened_anew
from peelian.city.environment.service import fewest_dwellings
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.plan import Limits, Plan, plan_from_document
from peelian.domain.statement import PlaceStatement
from peelian.domain.surface import RiskSurface
from peelian.governance.charter import Charter
from peelian.governance.desk import Desk, Kept, NewRecord, Sitting
from peelian.patrol.approval import Approval
from peelian.patrol.check import check_plan
from peelian.patrol.geojson import plan_geojson
from peelian.patrol.price import Price, price_of_limits
from peelian.patrol.schedule import propose
from peelian.patrol.statement import statement
from peelian.patrol.travel import TRAVEL_KMH

__all__ = [
    "TRAVEL_KMH",
    "KeptPlan",
    "PlaceStatement",
    "Price",
    "about_place",
    "approve_plan",
    "export_plan",
    "prices",
    "propose_plan",
    "read_plan",
    "within_charter",
]

CAPABILITY = "patrol.plan"
CONTEXT = "plan-approval"


@dataclass(frozen=True)
class KeptPlan:
    """A stored plan with who proposed it, who approved it, and the ledger entries of both."""

    plan: Plan
    proposed_by: str
    proposed_at: datetime
    entry_index: int
    approvals: tuple[Approval, ...]


def propose_plan(
    desk: Desk, *, purpose: str, surface: RiskSurface, places: int, shift_start: datetime, seed: int
) -> KeptPlan:
    """Make a plan of so many places within the charter's limits and keep it as a proposal."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        bounds = sitting.charter.limits
        limits = Limits(
            places=places,
            dwell_min_minutes=bounds.dwell_min_minutes,
            dwell_max_minutes=bounds.dwell_max_minutes,
            revisit_gap_minutes=bounds.revisit_gap_minutes,
        )
        allowed = within_charter(limits, sitting.charter)
        plan = propose(surface, limits=allowed, shift_start=shift_start, seed=seed, plan_id=sitting.new_id())
        check_plan(plan, surface=surface)
        document = plan.document()
        entry = sitting.act(
            "plan.proposed",
            action="propose",
            resource="plan",
            facts={
                "plan": plan.plan_id,
                "digest": plan.digest(),
                "surface": plan.surface_digest,
                "seed": seed,
            },
            records=[NewRecord(plan.plan_id, "plan", plan.surface_digest, document)],
            case_facts={"cell_m": surface.grid.size_m, "dwellings": _fewest_dwellings(sitting, plan)},
        )
        return KeptPlan(plan, sitting.actor.principal.name, entry.time, entry.index, approvals=())


def approve_plan(desk: Desk, *, purpose: str, plan_id: str, surface: RiskSurface) -> KeptPlan:
    """Approve a proposed plan with a signature; whoever proposed it cannot.

    The independent checker looks at the plan once more, against the surface it says it was made from.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        kept = sitting.record("plan", plan_id)
        plan = plan_from_document(kept.body)
        within_charter(plan.limits, sitting.charter)
        check_plan(plan, surface=surface)
        proposer = sitting.author_of(kept)
        sitting.require_other_person(proposer)
        if any(
            a.principal_id == sitting.actor.principal.id for a in _with_approvals(sitting, kept).approvals
        ):
            raise BadInput(
                f"{sitting.actor.principal.name} approved this plan before; one approval each is enough."
            )
        signature = sitting.actor.sign({"digest": plan.digest()}, context=CONTEXT)
        sitting.act(
            "plan.approved",
            action="approve",
            resource="plan",
            facts={"plan": plan_id, "digest": plan.digest()},
            approval=(plan.digest(), signature.hex),
            case_facts={
                "self_approval": proposer.id == sitting.actor.principal.id,
                "dwellings": _fewest_dwellings(sitting, plan),
            },
        )
        return _with_approvals(sitting, kept)


def read_plan(desk: Desk, *, purpose: str, plan_id: str) -> KeptPlan:
    """Return a stored plan and its approvals."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return _with_approvals(sitting, sitting.record("plan", plan_id))


def about_place(desk: Desk, *, purpose: str, lon_deg: float, lat_deg: float) -> tuple[PlaceStatement, ...]:
    """Return every plan that had visits to the place that holds a point, approved or not, oldest first."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        told = []
        for kept in sitting.records("plan"):
            entered = _with_approvals(sitting, kept)
            said = statement(
                entered.plan,
                lon_deg=lon_deg,
                lat_deg=lat_deg,
                entry_index=kept.entry_index,
                proposer=sitting.author_of(kept).id,
                approvals=entered.approvals,
            )
            told += [said] if said else []
        return tuple(told)


def export_plan(
    desk: Desk, *, purpose: str, plan_id: str, surface: RiskSurface, path: Path, recipient: str
) -> KeptPlan:
    """Write an approved plan as GeoJSON that carries the legal-effect sentence; an unapproved one never.

    `recipient` is who is handed it, as the charter names them. The independent checker looks at it once more before
    it leaves.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        kept = _with_approvals(sitting, sitting.record("plan", plan_id))
        check_plan(kept.plan, surface=surface)
        if not path.parent.is_dir():
            raise BadInput(
                f"There is no folder {path.parent} to write {path.name} to; make it or name another."
            )
        sitting.disclose(
            "plan.exported",
            action="export",
            resource="plan",
            facts={
                "plan": plan_id,
                "digest": kept.plan.digest(),
                "format": "GeoJSON",
                "recipient": recipient,
            },
            case_facts={
                "approved": len(kept.approvals) >= sitting.charter.review.approvals,
                "recipient": recipient,
                "dwellings": _fewest_dwellings(sitting, kept.plan),
            },
        )
        document = plan_geojson(kept.plan, approvals=kept.approvals)
        with opened_anew(path) as file:
            file.write(f"{json.dumps(document, indent=1, ensure_ascii=False)}\n".encode())
        return kept


def prices(surface: RiskSurface, limits: Limits, *, baseline: RiskSurface) -> tuple[Price, ...]:
    """Return what the limit on places costs, in forecast coverage, and what plain counts would cover."""
    return price_of_limits(surface, limits, baseline=baseline)


def within_charter(limits: Limits, charter: Charter) -> Limits:
    """Return `limits` if the charter allows them, and say which one does not otherwise."""
    bounds = charter.limits
    broken = [
        f"{limits.places} places (at most {bounds.places_max})" * (limits.places > bounds.places_max),
        f"a dwell of {limits.dwell_min_minutes} min (at least {bounds.dwell_min_minutes})"
        * (limits.dwell_min_minutes < bounds.dwell_min_minutes),
        f"a dwell of {limits.dwell_max_minutes} min (at most {bounds.dwell_max_minutes})"
        * (limits.dwell_max_minutes > bounds.dwell_max_minutes),
        f"a revisit gap of {limits.revisit_gap_minutes} min (at least {bounds.revisit_gap_minutes})"
        * (limits.revisit_gap_minutes < bounds.revisit_gap_minutes),
    ]
    if said := "; ".join(filter(None, broken)):
        raise BadInput(
            f"The charter {charter.id!r} does not allow {said}; ask for less or amend the charter."
        )
    return limits


def _fewest_dwellings(sitting: Sitting, plan: Plan) -> int | None:
    """Return the fewest dwellings at any place of the plan: they may have been counted since its forecast was made."""
    cells = {stop.cell for stop in plan.stops}
    return fewest_dwellings(sitting, grid=plan.grid, cells=cells, zone=plan.period.zone)


def _with_approvals(sitting: Sitting, kept: Kept) -> KeptPlan:
    plan = plan_from_document(kept.body)
    if plan.plan_id != kept.record_id:
        raise Tampered(f"The plan stored as {kept.record_id} calls itself {plan.plan_id}; tell the auditor.")
    document: Document = {"digest": plan.digest()}
    author = sitting.author_of(kept)
    approvals = tuple(
        Approval(
            principal_id=approved.person.id,
            name=approved.person.name,
            at=approved.at,
            signature_hex=approved.signature,
            entry_index=approved.entry_index,
        )
        for approved in sitting.approvals(plan.digest(), document=document, context=CONTEXT, author=author)
    )
    return KeptPlan(plan, author.name, kept.written, kept.entry_index, approvals)
