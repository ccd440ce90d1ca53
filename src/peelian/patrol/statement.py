"""What a plan decided about one place, in words for whoever asks."""

from __future__ import annotations

from collections.abc import Sequence

from peelian.domain.place import cell_holding
from peelian.domain.plan import Plan
from peelian.domain.plural import plural
from peelian.domain.statement import PlaceStatement
from peelian.patrol.approval import Approval


def statement(
    plan: Plan,
    *,
    lon_deg: float,
    lat_deg: float,
    entry_index: int,
    proposer: str,
    approvals: Sequence[Approval],
) -> PlaceStatement | None:
    """Return what a plan decided about the place that holds a point; None where it has no visit there.

    `proposer` is the id of who proposed it. When a car comes, and how much was expected, is not told:
    the plan may not be over, and the number may be small.
    """
    cell = cell_holding(plan.grid, lon_deg=lon_deg, lat_deg=lat_deg)
    stops = [stop for stop in plan.stops if stop.cell == cell]
    if not stops:
        return None
    minutes = sum(stop.minutes for stop in stops)
    agreed = [f"ledger entry {approval.entry_index}" for approval in approvals]
    return PlaceStatement(
        work="plan",
        work_id=plan.plan_id,
        entry_index=entry_index,
        offence=plan.offence,
        period=plan.period,
        says=f"Because of {plan.offence} it had {plural(len(stops), 'visit')} here, {minutes} minutes in all, to: "
        f"{', '.join(sorted({stop.activity for stop in stops}))}. "
        + (f"Approved by {', '.join(agreed)}." if agreed else "Nobody approved it; it was not sent out."),
        grounds=f"The forecast whose surface has the digest {plan.surface_digest[:16]} expected more here than in most "
        "other places.",
        expected=None,
        involved=(proposer, *(approval.principal_id for approval in approvals)),
    )
