"""Fills the report: values from every room's door, nothing computed here, and the entry before the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from peelian.app.journey import without_marked
from peelian.app.report.render import write_report
from peelian.app.report.view import (
    Act,
    CharterView,
    CheckpointView,
    EvaluationLine,
    Figure,
    ForecastView,
    MarkView,
    PlanView,
    QualityView,
    ReceiptView,
    ReportView,
    Retention,
    ScoreLine,
    ScoreView,
    Unit,
    WithoutMarksView,
)
from peelian.app.report.wording import day
from peelian.city import service as city
from peelian.city.environment.service import fewest_dwellings
from peelian.city.quality.service import UnreliableWindow, windows
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.surface import RiskSurface
from peelian.forecast import service as forecasting
from peelian.forecast.service import BASELINE, EvaluationRow, KeptForecast, KeptScore, WithoutMarked
from peelian.governance import service as governance
from peelian.governance.desk import Desk
from peelian.governance.house import House
from peelian.governance.principals import Signer
from peelian.patrol import service as patrol
from peelian.patrol.service import TRAVEL_KMH, KeptPlan

SEED = 1829
WEEKS = 13
NOT_SHOWN = (
    "The comparison over past weeks counts what occurred in them, whenever it was recorded: reports that "
    "came late are in the past counts too, which flatters every model and plain counts alike.",
)


def publish(
    opened: House,
    *,
    actor: Signer,
    purpose: str,
    forecast_id: str,
    offence: str,
    evaluation: tuple[EvaluationRow, ...] | None = None,
    plan_id: str | None = None,
    streets: Floats | None = None,
) -> Path:
    """Write the report of one forecast to `reports/`; that it is published is entered before it is written.

    The file is named after its own entry, so a later report of the same week lies beside this one, not over it.
    The forecast's own score is shown once it has one. `evaluation` is made anew unless it was made just before
    (`evaluate_weeks`). `streets` are (n, 2, 2) metres, drawn as faint context.
    """
    desk = opened.desk(actor)
    forecast = forecasting.read(desk, purpose=purpose, forecast_id=forecast_id)
    scores = forecasting.read_scores(desk, purpose=purpose, forecast_id=forecast_id)
    plan = patrol.read_plan(desk, purpose=purpose, plan_id=plan_id) if plan_id else None
    marks = tuple(mark for mark in windows(desk, purpose=purpose) if mark.concerns(offence))
    without = without_marked(opened, actor=actor, purpose=purpose, forecast=forecast, marks=marks)
    compared = evaluation or evaluate_weeks(opened, actor=actor, purpose=purpose)
    entries = [forecast.entry_index, *(score.entry_index for score in scores[-1:])]
    if plan:
        entries += [plan.entry_index, *(approval.entry_index for approval in plan.approvals)]
    with desk.open(purpose=purpose, capability="report.publish") as sitting:
        name = f"{forecast.period.start}-{offence.replace(' ', '-')}-entry-{opened.kit.ledger.size}.html"
        path = _unwritten(opened.folder("reports") / name)
        facts = {"report": name, "forecast": forecast_id, "plan": plan_id, "channel": "file"}
        shown = forecast.surface(offence)
        told = fewest_dwellings(sitting, grid=shown.grid, cells=_names_of(shown), zone=opened.settings.zone)
        published = sitting.disclose(
            "report.published",
            action="publish",
            resource="report",
            facts=facts,
            case_facts={"dwellings": told},
        )
        charter_digest, least = sitting.charter.digest, sitting.charter.limits.small_number_k
    opened.cosign()
    view = ReportView(
        title=f"Recorded {offence}, {forecast.period.days} days from {day(forecast.period.start)}",
        synthetic=opened.settings.synthetic,
        made_at=published.time,
        home_note=f"Made by {actor.principal.name} in the workspace {opened.settings.name}.",
        charter=_charter(opened, charter_digest),
        quality=_quality(desk, purpose=purpose, zone=opened.settings.zone, least=least),
        forecast=_forecast(forecast, offence=offence, streets=streets, least=least),
        evaluation=tuple(
            _evaluation(row) for row in compared if row.model != BASELINE and row.events >= least
        ),
        plan=_plan(plan) if plan else None,
        score=_score(forecast, scores[-1], offence=offence, least=least) if scores else None,
        receipts=_receipts(opened, entries=[*sorted(entries), published.index]),
        checkpoint=_checkpoint(opened),
        how_to_verify=_how_to_verify(opened, actor=actor),
        marks=tuple(_mark(mark) for mark in marks),
        without_marks=tuple(_without(each) for each in without if each.offence == offence and each.days),
        not_shown=NOT_SHOWN,
    )
    write_report(view, path)
    return path


def _names_of(surface: RiskSurface) -> list[tuple[int, int]]:
    return [(ix, iy) for ix, iy in surface.cells.tolist()]


def _unwritten(path: Path) -> Path:
    """Refuse to write over a report that was published, as where a ledger was taken back to an older copy."""
    if path.exists():
        raise BadInput(
            f"The report {path} was published before; move it to where it is kept, then ask again."
        )
    return path


def evaluate_weeks(opened: House, *, actor: Signer, purpose: str) -> tuple[EvaluationRow, ...]:
    """Compare the charter's models with plain counts on the past weeks a report shows."""
    return forecasting.evaluate_stored(
        opened.desk(actor),
        purpose=purpose,
        grid=opened.settings.grid,
        zone=opened.settings.zone,
        origins=WEEKS,
        rng=np.random.default_rng(SEED),
    )


def _charter(opened: House, digest: str) -> CharterView:
    found = governance.charter_of(opened.kit, digest)
    charter = found.charter
    kinds = {kind.id: kind for kind in opened.kit.register.data_kinds}
    return CharterView(
        title=charter.title,
        version=charter.version,
        digest=charter.digest,
        purpose=opened.kit.register.purpose(charter.purpose).title,
        legal_basis=charter.legal_basis,
        necessity=charter.necessity,
        proportionality=charter.proportionality,
        retention=tuple(Retention(kind, days, kinds[kind].clock_starts) for kind, days in charter.retention),
        responsible=tuple((role.replace("_", " "), who) for role, who in vars(charter.responsible).items()),
        approvals=tuple(Act(each.person.name, each.at, each.entry_index) for each in found.approvals),
        valid_from=charter.valid_from,
        expires=charter.expires,
    )


def _quality(desk: Desk, *, purpose: str, zone: str, least: int) -> QualityView:
    stored = city.quality(desk, purpose=purpose, zone=zone)
    return QualityView(
        source=", ".join(stored.sources),
        figures=tuple(
            _figure(line, least=least) for line in stored.figures.lines() if not _of_one_offence(line)
        ),
    )


def _of_one_offence(line: city.Share | city.Lag) -> bool:
    return isinstance(line, city.Share) and line.name.startswith("offence-")


def _figure(line: city.Share | city.Lag, *, least: int) -> Figure:
    """Return the figure as the page takes it: a share in whole per cent, of no number told.

    Of 200 `least` rows or more, so that each per cent, that of none too, stands for `least` numbers of them.
    """
    told = line.of >= 200 * least
    if isinstance(line, city.Lag):
        return Figure(line.label, line.days if told else None, Unit.DAYS)
    return Figure(line.label, round(line.n / line.of, 2) if told else None, Unit.SHARE)


def _forecast(kept: KeptForecast, *, offence: str, streets: Floats | None, least: int) -> ForecastView:
    return ForecastView(
        surface=kept.surface(offence),
        baseline=kept.surface(offence, model=BASELINE),
        committed_at=kept.committed_at,
        witnessed_at=kept.witnessed_at,
        late=kept.late,
        smallest=least,
        streets=streets,
    )


def _evaluation(row: EvaluationRow) -> EvaluationLine:
    """Return the row as the page takes it; what is undefined is nan there, and written so."""
    figures = ("value", "lo", "hi", "baseline", "diff", "diff_lo", "diff_hi")
    numbers = {name: _or_nan(getattr(row, name)) for name in figures}
    return EvaluationLine(
        offence=row.offence,
        model=row.model,
        metric=row.metric,
        coverage=row.coverage,
        origins=row.origins,
        left_out=row.left_out,
        **numbers,
    )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _plan(kept: KeptPlan) -> PlanView:
    return PlanView(
        plan=kept.plan,
        proposed=Act(kept.proposed_by, kept.proposed_at, kept.entry_index),
        approvals=tuple(Act(each.name, each.at, each.entry_index) for each in kept.approvals),
        travel_kmh=TRAVEL_KMH,
    )


def _mark(window: UnreliableWindow) -> MarkView:
    where = f"{window.layer} {', '.join(window.areas)}" if window.areas else "the whole city"
    return MarkView(window.period, where, window.reason)


def _without(found: WithoutMarked) -> WithoutMarksView:
    return WithoutMarksView(
        model=found.model,
        days=found.days,
        expected=found.expected,
        expected_without=found.expected_without,
        silent_cells=found.silent_cells,
        top_cells_moved=found.top_cells_moved,
    )


def _score(forecast: KeptForecast, kept: KeptScore, *, offence: str, least: int) -> ScoreView:
    """Return the score as the page takes it, without its lines where they would tell a small number."""
    model = forecast.surface(offence).model
    rows = [row for row in kept.rows if (row.offence, row.model) == (offence, model.name)]
    return ScoreView(
        offence=offence,
        period=kept.period,
        model=model.name,
        lines=tuple(
            ScoreLine(row.metric, row.coverage, _or_nan(row.value), row.lo, row.hi, _or_nan(row.baseline))
            for row in rows
            if row.events >= least
        ),
        committed=Act(forecast.committed_by, forecast.committed_at, forecast.entry_index),
        witnessed_at=forecast.witnessed_at,
        scored=Act(kept.scored_by, kept.scored_at, kept.entry_index),
    )


def _receipts(opened: House, *, entries: list[int]) -> tuple[ReceiptView, ...]:
    found = (governance.receipt(opened.kit, index) for index in entries)
    return tuple(
        ReceiptView(
            entry=receipt.index,
            kind=receipt.kind,
            meaning=receipt.meaning,
            time=receipt.time,
            leaf_hash=receipt.leaf_hash,
            proof=receipt.proof,
        )
        for receipt in found
    )


def _checkpoint(opened: House) -> CheckpointView | None:
    head, witnesses = opened.kit.ledger.newest_witnessed(), opened.kit.witnesses
    if head is None or witnesses is None:
        return None
    return CheckpointView(text=head.note, witness=witnesses.named, witnessed_at=head.time)


def _how_to_verify(opened: House, *, actor: Signer) -> tuple[str, ...]:
    log, *witnesses = (str(key) for key in (opened.kit.ledger.vkey, *opened.kit.ledger.witnesses()))
    trusted = "".join(f" --witness '{key}'" for key in witnesses)
    return (
        f"peelian ledger export bundle --as '{actor.principal.name}' --home {opened.workspace.home.name}",
        f"python bundle/verify.py bundle --log '{log}'{trusted}",
    )
