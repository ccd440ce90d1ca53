"""The door of the forecasting room: commit a forecast before its period, read it back, score it after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from peelian.city.extracts import COUNTS
from peelian.city.quality.window import UnreliableWindow
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.place import Grid, Ints
from peelian.domain.statement import PlaceStatement
from peelian.domain.surface import RiskSurface
from peelian.domain.time import Period, iso, period_from_document
from peelian.forecast.area import cells_with_incidents, cells_within
from peelian.forecast.counting.service import (
    models_named,
    require_exact,
    require_known,
    stored_histories,
    stored_span,
)
from peelian.forecast.evaluate import COVERAGES, EvaluationRow, evaluate
from peelian.forecast.extracts import SURFACE
from peelian.forecast.features import WINDOWS_DAYS, cell_day_counts, weekly_features
from peelian.forecast.history import history_from_counts
from peelian.forecast.kept import BASELINE, KeptForecast, KeptScore
from peelian.forecast.models import catalogue
from peelian.forecast.models.base import held_to_area
from peelian.forecast.scoring import ScoreRow, score_beside
from peelian.forecast.sensitivity import Layers, MarkedArea, WithoutMarked, without_marked
from peelian.forecast.split import rolling_origins
from peelian.forecast.statement import statements
from peelian.forecast.surface_table import surface_from_rows, surface_rows
from peelian.forecast.unscored import UNSCORED, overdue, unscored_refusal
from peelian.governance.derived import Derivation
from peelian.governance.desk import Condition, Desk, Kept, NewRecord, NewTable, Operator, Sitting
from peelian.governance.own import on_own_table

__all__ = [
    "BASELINE",
    "DERIVATION",
    "EvaluationRow",
    "KeptForecast",
    "KeptScore",
    "MarkedArea",
    "PlaceStatement",
    "ScoreRow",
    "WithoutMarked",
    "about_place",
    "commit",
    "evaluate_incidents",
    "evaluate_stored",
    "read",
    "read_all",
    "read_scores",
    "score",
    "without_marked_days",
]

DERIVATION = Derivation(entry_kind="forecast.committed", id_fact="forecast", aggregates=("surface",))
"""How a forecast commits to what it made from stored rows; it keeps its surfaces, from which it can be shown, checked
against its commitment, and scored."""

LEAST_HISTORY_DAYS = 28
LONGEST_PERIOD_DAYS = 31
LONGEST_SILENCE_DAYS = 7
"""How long before the cutoff the newest delivery may end; longer is no basis for a forecast."""
INPUTS = (
    "cell_day_counts",
    *(f"{column}_{window}" for column in ("own", "ring") for window in WINDOWS_DAYS),
)
"""All that any model here is fitted on; the policy refuses a name the register does not list."""


def commit(
    desk: Desk,
    *,
    purpose: str,
    grid: Grid,
    zone: str,
    start: date | None = None,
    days: int = 7,
    offences: Sequence[str] = (),
) -> KeptForecast:
    """Forecast a period that has not begun, commit every surface to the ledger, and have it witnessed.

    The charter names the models and the offences; plain counts are always among the surfaces. The cutoff is
    the local day on which this is done: what is recorded of earlier days by its midnight, counts. Refused where
    earlier forecasts are left unscored (unscored.py).
    """
    _require_scored(desk, purpose=purpose)
    with desk.open(purpose=purpose, capability="forecast.place") as sitting:
        today = sitting.now().astimezone(ZoneInfo(zone)).date()
        first = start or today + timedelta(days=1)
        period = Period(first, first + timedelta(days=days), zone)
        chosen = tuple(offences) or sitting.charter.offences
        cutoff = min(today, period.start)
        if not 1 <= days <= LONGEST_PERIOD_DAYS:
            raise BadInput(
                f"A period of {days} days cannot be forecast; give 1 to {LONGEST_PERIOD_DAYS} days."
            )
        require_exact(sitting, grid=grid, days=days)
        require_known(sitting, until=cutoff - timedelta(days=LONGEST_SILENCE_DAYS), zone=zone)
        histories = stored_histories(sitting, grid=grid, zone=zone, end_day=cutoff, offences=chosen)
        surfaces = tuple(
            held_to_area(model.fit(history).predict(period), history)
            for history in histories
            for model in models_named(sitting.charter.models)
        )
        kept = _commit(sitting, period=period, surfaces=surfaces)
        sitting.witness()
        return _kept(sitting, kept, surfaces=surfaces)


def without_marked_days(
    desk: Desk,
    *,
    purpose: str,
    grid: Grid,
    forecast: KeptForecast,
    windows: Sequence[UnreliableWindow],
    layers: Layers,
) -> tuple[WithoutMarked, ...]:
    """Return, for each offence that a mark concerns, what a committed forecast would have been without its days.

    `layers` holds the areas, by name of the layer, that the `windows` name. Models that need features are left out:
    they look back by weekday, and a history with days cut out has none.
    """
    with desk.open(purpose=purpose, capability="forecast.place") as sitting:
        offences = [each for each in forecast.offences if any(window.concerns(each) for window in windows)]
        cutoff = forecast.surfaces[0].cutoff
        if not offences:
            return ()
        histories = stored_histories(
            sitting,
            grid=grid,
            zone=forecast.period.zone,
            end_day=cutoff.day,
            offences=offences,
            basis=cutoff.basis,
        )
        models = models_named(sitting.charter.models)
        return tuple(
            compared
            for history in histories
            for compared in without_marked(
                history, models=models, period=forecast.period, windows=windows, layers=layers
            )
        )


def read(desk: Desk, *, purpose: str, forecast_id: str) -> KeptForecast:
    """Return a committed forecast, refusing one whose surfaces are not those that were committed."""
    with desk.open(purpose=purpose, capability="forecast.place") as sitting:
        return _read(sitting, sitting.record("forecast", forecast_id))


def read_all(desk: Desk, *, purpose: str) -> tuple[KeptForecast, ...]:
    """Return every committed forecast, oldest first."""
    with desk.open(purpose=purpose, capability="forecast.place") as sitting:
        return tuple(_read(sitting, kept) for kept in sitting.records("forecast"))


def about_place(desk: Desk, *, purpose: str, lon_deg: float, lat_deg: float) -> tuple[PlaceStatement, ...]:
    """Return what every committed forecast said of the place that holds a point, oldest first.

    Numbers below the charter's smallest are withheld in the words; the exact expectation is for those who oversee.
    """
    with desk.open(purpose=purpose, capability="forecast.place") as sitting:
        k = sitting.charter.limits.small_number_k
        told: list[PlaceStatement] = []
        for kept in sitting.records("forecast"):
            forecast, who = _read(sitting, kept), sitting.author_of(kept).id
            told += statements(forecast, lon_deg=lon_deg, lat_deg=lat_deg, k=k, by=who)
        return tuple(told)


def score(desk: Desk, *, purpose: str, forecast_id: str) -> KeptScore:
    """Score a committed forecast whose period is over, against what is recorded by now."""
    with desk.open(purpose=purpose, capability="forecast.score") as sitting:
        forecast = _read(sitting, sitting.record("forecast", forecast_id))
        period = forecast.period
        if sitting.now() < period.end_utc:
            raise BadInput(f"The period {period} is not over yet; score it from {iso(period.end_utc)} on.")
        require_known(sitting, until=period.end, zone=period.zone)
        rows: list[ScoreRow] = []
        for offence in forecast.offences:
            baseline = forecast.surface(offence, model=BASELINE)
            observed, outside = _observed(sitting, baseline)
            for surface in (surface for surface in forecast.surfaces if surface.offence == offence):
                rng = np.random.default_rng(int(surface.digest()[:12], 16))
                rows += score_beside(
                    surface,
                    baseline=baseline,
                    observed=observed,
                    outside=outside,
                    coverages=COVERAGES,
                    rng=rng,
                )
        return _keep_score(sitting, forecast=forecast, rows=tuple(rows))


def read_scores(desk: Desk, *, purpose: str, forecast_id: str | None = None) -> tuple[KeptScore, ...]:
    """Return the scores a forecast was given (without one, all that any was given), oldest first."""
    with desk.open(purpose=purpose, capability="forecast.score") as sitting:
        return tuple(
            _kept_score(sitting, kept)
            for kept in sitting.records("score")
            if forecast_id is None or kept.subject == forecast_id
        )


def evaluate_stored(
    desk: Desk, *, purpose: str, grid: Grid, zone: str, origins: int, rng: np.random.Generator
) -> tuple[EvaluationRow, ...]:
    """Evaluate the charter's models on up to `origins` past weeks of the stored incidents.

    Fewer weeks are evaluated where the first of them would have had less than four weeks before it; a history
    too young for any gives no rows.

    The counts are of what occurred: what was known at each past origin cannot be told from one count, so
    late reports leak in, and the figures are labelled so.
    """
    with desk.open(purpose=purpose, capability="forecast.score") as sitting:
        today = sitting.now().astimezone(ZoneInfo(zone)).date()
        require_exact(sitting, grid=grid, days=7)
        possible = (today - stored_span(sitting)["first_day"]).days - LEAST_HISTORY_DAYS
        if possible < 7:
            return ()
        weeks = rolling_origins(
            last_day=today - timedelta(days=1),
            horizon_days=7,
            origins=min(origins, possible // 7),
            zone=zone,
        )
        histories = stored_histories(
            sitting,
            grid=grid,
            zone=zone,
            end_day=today,
            offences=sitting.charter.offences,
            basis="occurred",
            area_before=weeks[0].cutoff.day,
        )
        return evaluate(histories, models=models_named(sitting.charter.models), origins=weeks, rng=rng)


def evaluate_incidents(
    incidents: pa.Table,
    *,
    grid: Grid,
    zone: str,
    last_day: date,
    horizon_days: int,
    origins: int,
    coverages: Sequence[float],
    models: Sequence[str],
    boundary: shapely.Geometry | None,
    rng: np.random.Generator,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[EvaluationRow, ...]:
    """Evaluate models on the caller's own incidents (local_date, offence, x_m, y_m); nothing is stored.

    The area is the cells inside `boundary` (in the grid's metres), else those with any incident in the two
    years before the first origin.
    """
    weeks = rolling_origins(last_day=last_day, horizon_days=horizon_days, origins=origins, zone=zone)
    before = weeks[0].cutoff.day
    counts = on_own_table(incidents, lambda t: cell_day_counts(t, grid=grid))
    cells = (
        cells_with_incidents(counts, before=before) if boundary is None else cells_within(boundary, grid=grid)
    )
    forecasters = models_named(models or sorted(catalogue()))
    first_day, end_day = pc.min(counts["day"]).as_py(), last_day + timedelta(days=1)
    histories = []
    for offence in sorted(pc.unique(incidents["offence"]).to_pylist()):
        mine = on_own_table(
            incidents.filter(pc.equal(incidents["offence"], offence)), lambda t: cell_day_counts(t, grid=grid)
        )
        features = None
        if any(model.needs_features for model in forecasters):
            features = on_own_table(
                mine, lambda t: weekly_features(t, cells=cells, first_day=first_day, end_day=end_day)
            )
        history = history_from_counts(
            mine,
            grid=grid,
            offence=offence,
            zone=zone,
            basis="occurred",
            cells=cells,
            first_day=first_day,
            end_day=end_day,
            features=features,
        )
        histories.append(history)
    return evaluate(
        histories,
        models=forecasters,
        origins=weeks,
        coverages=coverages,
        rng=rng,
        jobs=jobs,
        progress=progress,
    )


def _require_scored(desk: Desk, *, purpose: str) -> None:
    """Refuse, and enter the refusal, where `UNSCORED` committed forecasts are long over and have no score.

    Both are looked up in sittings of their own: what a new forecast is made from does not include them. Where the
    charter does not name scoring, there are no scores.
    """
    now = desk.now()
    with desk.open(purpose=purpose, capability="forecast.place") as sitting:
        committed = sitting.records("forecast")
    periods = {kept.record_id: period_from_document(kept.body["period"]) for kept in committed}
    if len(overdue(periods, scored=(), now=now)) < UNSCORED:
        return
    with desk.open(purpose=purpose, capability="forecast.score") as sitting:
        named = purpose in desk.purposes("forecast.score")
        scored = {kept.subject for kept in sitting.records("score")} if named else frozenset()
        if len(waiting := overdue(periods, scored=scored, now=now)) >= UNSCORED:
            raise sitting.refused(unscored_refusal(waiting), facts={"unscored": len(waiting)})


def _commit(sitting: Sitting, *, period: Period, surfaces: Sequence[RiskSurface]) -> Kept:
    forecast_id = sitting.new_id()
    listed: list[Document] = [
        {"digest": surface.digest(), "header": surface.header()} for surface in surfaces
    ]
    body: Document = {"forecast_id": forecast_id, "period": period.document(), "surfaces": listed}
    rows = pa.concat_tables([surface_rows(surface, forecast_id=forecast_id) for surface in surfaces])
    entry = sitting.act(
        "forecast.committed",
        action="commit",
        resource="forecast",
        facts={
            "forecast": forecast_id,
            "period": period.document(),
            "surfaces": [[s.offence, str(s.model), s.digest()] for s in surfaces],
        },
        tables=[NewTable("surface", forecast_id, rows)],
        records=[NewRecord(forecast_id, "forecast", str(period), body)],
        case_facts={
            "period_started": sitting.now() >= period.start_utc,
            "offences": tuple(sorted({surface.offence for surface in surfaces})),
            "inputs": INPUTS,
            "cell_m": surfaces[0].grid.size_m,
        },
    )
    return Kept(forecast_id, "forecast", str(period), body, entry.index, written=entry.time)


def _read(sitting: Sitting, kept: Kept) -> KeptForecast:
    where = [Condition("forecast_id", Operator.EQ, kept.record_id)]
    rows = sitting.read(SURFACE, where=where)
    surfaces = []
    for listed in kept.body["surfaces"]:
        surface = surface_from_rows(rows, header=listed["header"])
        if surface.digest() != listed["digest"]:
            raise Tampered(
                f"The stored surface of {surface.offence} by {surface.model} in forecast {kept.record_id} is not "
                "the one that was committed; it was changed afterwards and cannot be scored."
            )
        surfaces.append(surface)
    return _kept(sitting, kept, surfaces=tuple(surfaces))


def _kept(sitting: Sitting, kept: Kept, *, surfaces: tuple[RiskSurface, ...]) -> KeptForecast:
    return KeptForecast(
        forecast_id=kept.record_id,
        period=surfaces[0].period,
        surfaces=surfaces,
        committed_by=sitting.author_of(kept).name,
        committed_at=kept.written,
        entry_index=kept.entry_index,
        witnessed_at=sitting.witnessed_at(kept.entry_index),
    )


def _observed(sitting: Sitting, surface: RiskSurface) -> tuple[Ints, int]:
    """Return what is recorded by now for the surface's period: counts per cell, and how many outside."""
    period = surface.period
    where = (
        Condition("local_date", Operator.GE, period.start),
        Condition("local_date", Operator.LT, period.end),
        Condition("offence", Operator.EQ, surface.offence),
    )
    counts = sitting.read(COUNTS, where=where, expression=lambda t: cell_day_counts(t, grid=surface.grid))
    history = history_from_counts(
        counts,
        grid=surface.grid,
        offence=surface.offence,
        zone=period.zone,
        basis="occurred",
        cells=surface.cells,
        first_day=period.start,
        end_day=period.end,
    )
    return history.observed(period)


def _keep_score(sitting: Sitting, *, forecast: KeptForecast, rows: tuple[ScoreRow, ...]) -> KeptScore:
    score_id = sitting.new_id()
    body: Document = {
        "score_id": score_id,
        "forecast_id": forecast.forecast_id,
        "period": forecast.period.document(),
        "late": forecast.late,
        "rows": [row.document() for row in rows],
    }
    entry = sitting.act(
        "forecast.scored",
        action="score",
        resource="score",
        case_facts={"offences": forecast.offences},
        facts={"score": score_id, "forecast": forecast.forecast_id, "late": forecast.late},
        records=[NewRecord(score_id, "score", forecast.forecast_id, body)],
    )
    written = Kept(score_id, "score", forecast.forecast_id, body, entry.index, written=entry.time)
    return _kept_score(sitting, written)


def _kept_score(sitting: Sitting, kept: Kept) -> KeptScore:
    return KeptScore(
        forecast_id=kept.body["forecast_id"],
        period=period_from_document(kept.body["period"]),
        late=kept.body["late"],
        rows=tuple(ScoreRow(**row) for row in kept.body["rows"]),
        scored_by=sitting.author_of(kept).name,
        scored_at=kept.written,
        entry_index=kept.entry_index,
    )
