"""Steps of the main line of work that need two rooms: values are carried from one door to the next."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.app.keeping import Keeper
from peelian.app.serve import OnOpen, serve
from peelian.app.wiring import house
from peelian.city.boundaries.service import areas
from peelian.city.quality.service import UnreliableWindow, mark_window
from peelian.domain.errors import BadInput
from peelian.domain.plan import Limits
from peelian.domain.surface import RiskSurface
from peelian.domain.time import Clock, Period, utc
from peelian.forecast import service as forecasting
from peelian.forecast.service import BASELINE, KeptForecast, WithoutMarked
from peelian.governance.desk import Desk
from peelian.governance.house import House
from peelian.governance.keeping.written import note_written
from peelian.governance.principals import Signer
from peelian.patrol import service as patrol
from peelian.patrol.service import KeptPlan, Price


def without_marked(
    opened: House, *, actor: Signer, purpose: str, forecast: KeptForecast, marks: Sequence[UnreliableWindow]
) -> tuple[WithoutMarked, ...]:
    """Return what a forecast would have been without the days that `marks` name, in the city or in some areas."""
    desk = opened.desk(actor)
    layers = {
        name: areas(desk, purpose=purpose, layer=name) for name in sorted({m.layer for m in marks} - {""})
    }
    if not marks:
        return ()
    return forecasting.without_marked_days(
        desk,
        purpose=purpose,
        grid=opened.settings.grid,
        forecast=forecast,
        windows=marks,
        layers=layers,
    )


def mark(
    opened: House,
    *,
    actor: Signer,
    purpose: str,
    period: Period,
    reason: str,
    layer: str,
    area_ids: Sequence[str],
    offences: Sequence[str],
) -> UnreliableWindow:
    """Mark days as unreliable; areas must be known to their layer on one of the days, or the mark would do nothing."""
    desk = opened.desk(actor)
    if layer:
        known = areas(desk, purpose=purpose, layer=layer).versions
        held = {each.area_id for each in known if each.first_day < period.end and period.start < each.end_day}
        if unknown := sorted(set(area_ids) - held):
            raise BadInput(
                f"The layer {layer} has no area {unknown[0]!r} in {period}; take an id as the layer's file writes it."
            )
    return mark_window(
        desk,
        purpose=purpose,
        period=period,
        reason=reason,
        layer=layer,
        areas=area_ids,
        offences=offences,
    )


def propose(
    opened: House,
    *,
    actor: Signer,
    purpose: str,
    forecast_id: str,
    offence: str,
    shift_start: datetime,
    places: int,
    seed: int | None,
) -> KeptPlan:
    """Propose a plan from a committed forecast and have the ledger's head witnessed."""
    desk = opened.desk(actor)
    surface = forecasting.read(desk, purpose=purpose, forecast_id=forecast_id).surface(offence)
    local = shift_start.replace(tzinfo=ZoneInfo(opened.settings.zone))
    drawn = secrets.randbelow(2**31) if seed is None else seed
    kept = patrol.propose_plan(
        desk,
        purpose=purpose,
        surface=surface,
        places=places,
        shift_start=utc(local),
        seed=drawn,
    )
    opened.cosign()
    return kept


def prices(
    opened: House, *, actor: Signer, purpose: str, forecast_id: str, offence: str, places: int
) -> tuple[Price, ...]:
    """Return what a limit on the number of places costs, in forecast coverage."""
    forecast = forecasting.read(opened.desk(actor), purpose=purpose, forecast_id=forecast_id)
    baseline = forecast.surface(offence, model=BASELINE)
    return patrol.prices(forecast.surface(offence), Limits(places=places), baseline=baseline)


def approve(opened: House, *, actor: Signer, purpose: str, plan_id: str) -> KeptPlan:
    """Approve a plan after it was checked once more against the forecast it was made from."""
    desk = opened.desk(actor)
    plan = patrol.read_plan(desk, purpose=purpose, plan_id=plan_id).plan
    surface = surface_of(desk, purpose=purpose, surface_digest=plan.surface_digest)
    kept = patrol.approve_plan(desk, purpose=purpose, plan_id=plan_id, surface=surface)
    opened.cosign()
    return kept


def export(
    opened: House, *, actor: Signer, purpose: str, plan_id: str, path: Path, recipient: str
) -> KeptPlan:
    """Write an approved plan as GeoJSON, checked once more against its forecast, for a recipient the charter names."""
    desk = opened.desk(actor)
    plan = patrol.read_plan(desk, purpose=purpose, plan_id=plan_id).plan
    surface = surface_of(desk, purpose=purpose, surface_digest=plan.surface_digest)
    kept = patrol.export_plan(
        desk, purpose=purpose, plan_id=plan_id, surface=surface, path=path, recipient=recipient
    )
    note_written(opened.kit, path, of=plan_id)
    return kept


def surface_of(desk: Desk, *, purpose: str, surface_digest: str) -> RiskSurface:
    """Return the committed surface with this digest."""
    for forecast in forecasting.read_all(desk, purpose=purpose):
        for surface in forecast.surfaces:
            if surface.digest() == surface_digest:
                return surface
    raise BadInput(
        f"No committed forecast holds the surface {surface_digest[:16]}; the plan cannot be checked."
    )


def serve_reports(
    home: Path, *, who: str, purpose: str, port: int, announce: Callable[[str, str | None], None]
) -> None:
    """Show the reports on this machine; before any report is sent, that it is opened is entered.

    `announce` is told a sentence, and with the first one the address.
    """
    with house(home) as opened:
        opened.signer(who)  # whoever has no key is told before a browser is
        folder = opened.folder("reports")
    on_open = entering(home, who=who, purpose=purpose)
    serve(folder, port=port, on_open=on_open, keep=Keeper(home).if_time, announce=announce)


def entering(home: Path, *, who: str, purpose: str, clock: Clock | None = None) -> OnOpen:
    """Return what enters that a report is opened; the house is opened for each, so others can work meanwhile."""

    def on_open(name: str) -> None:
        with house(home, clock=clock) as opened:
            desk = opened.desk(opened.signer(who))
            with desk.open(purpose=purpose, capability="report.publish") as sitting:
                facts = {"report": name, "channel": "loopback browser"}
                sitting.disclose("report.published", action="publish", resource="report", facts=facts)

    return on_open
