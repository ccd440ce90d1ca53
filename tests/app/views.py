"""A small made report for the tests: every number in it is drawn, none of it is anybody's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

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
from peelian.domain.place import Floats, Grid
from peelian.domain.plan import Limits, Plan, Stop
from peelian.domain.surface import Contribution, Model, RiskSurface, Scale
from peelian.domain.time import Cutoff, Period

ZONE = "America/Chicago"
GRID = Grid(epsg=32616, size_m=250.0)
WEEK = Period(date(2025, 3, 3), date(2025, 3, 10), ZONE)
MONDAY = datetime(2025, 3, 3, 20, 0, tzinfo=UTC)
BEFORE = datetime(2025, 3, 2, 15, 4, tzinfo=UTC)


def a_surface(
    *, width: int = 32, height: int = 24, model: str = "recency", smooth: float = 1.0
) -> RiskSurface:
    """Return a surface with three hot areas, additive, abstaining in one corner."""
    rng = np.random.default_rng(7)
    ix, iy = (axis.ravel() for axis in np.meshgrid(np.arange(width), np.arange(height)))
    cells = np.stack([ix + 1200, iy + 17000], axis=-1).astype(np.int32)
    near = np.zeros(len(cells))
    for cx, cy, peak in ((0.25, 0.3, 0.9), (0.7, 0.65, 1.3), (0.55, 0.2, 0.5)):
        away = ((ix - cx * width) / (width * 0.09)) ** 2 + ((iy - cy * height) / (height * 0.12)) ** 2
        near += peak * np.exp(-away)
    background = 0.01 + 0.05 * rng.random(len(cells))
    recent = near * (0.5 + smooth * rng.random(len(cells)))
    around = 0.35 * near
    mean = background + recent + around
    return RiskSurface(
        grid=GRID,
        offence="burglary",
        period=WEEK,
        cutoff=Cutoff(WEEK.start, "recorded"),
        cells=cells,
        mean=mean,
        lo=np.floor(mean * 0.3),
        hi=np.ceil(mean * 1.9 + 0.4),
        level=0.9,
        contributions=(
            Contribution("long background", background),
            Contribution("last 8 weeks here", recent),
            Contribution("neighbouring cells", around),
        ),
        scale=Scale.SUM,
        abstained=(ix >= width - 3) & (iy <= 2),
        model=Model(model, 1),
        data_hash="0" * 64,
    )


def some_streets(surface: RiskSurface) -> Floats:
    """Return a bent street grid over the surface's cells, as (n, 2, 2) metres."""
    corners = surface.grid.corners(surface.cells).reshape(-1, 2)
    low, high = corners.min(axis=0, initial=2**31), corners.max(axis=0, initial=0)
    lines = []
    for x in np.arange(low[0], high[0], 330.0):
        lines += [
            ((x + 40 * np.sin(y / 900), y), (x + 40 * np.sin((y + 400) / 900), y + 400))
            for y in np.arange(low[1], high[1] - 400, 400)
        ]
    for y in np.arange(low[1], high[1], 410.0):
        lines += [
            ((x, y + 30 * np.cos(x / 700)), (x + 330, y + 30 * np.cos((x + 330) / 700)))
            for x in np.arange(low[0], high[0] - 330, 330)
        ]
    return np.array(lines).reshape(-1, 2, 2)


def a_plan(surface: RiskSurface) -> Plan:
    """Return a plan of two visits to each of the eight highest places."""
    total = float(surface.mean.sum()) or 1.0
    stops = []
    for order, row in enumerate([*surface.top(0.0105), *surface.top(0.0105)]):
        mean = float(surface.mean[row])
        parts = [(part.name, float(part.values[row]) / (mean or 1.0)) for part in surface.contributions]
        stops.append(
            Stop(
                cell=(int(surface.cells[row, 0]), int(surface.cells[row, 1])),
                car=1 + order % 2,
                arrive=MONDAY + timedelta(minutes=22 * order),
                minutes=10 + order % 6,
                share=mean / total,
                expected=mean,
                lo=float(surface.lo[row]),
                hi=float(surface.hi[row]),
                drivers=tuple(sorted(parts, key=lambda part: -part[1])),
                activity="Walk the block, speak with shopkeepers, report unlit doorways",
            )
        )
    return Plan(
        plan_id="0195a1f0-7c1e-7a52-9d1c-0a4b6c1d2e3f",
        offence="burglary",
        period=WEEK,
        shift_start=MONDAY,
        grid=GRID,
        surface_digest=surface.digest(),
        limits=Limits(places=8, visits_per_place=2),
        seed=20250303,
        stops=tuple(stops),
    )


def some_evaluation() -> tuple[EvaluationLine, ...]:
    """Return two models and plain counts on five metrics, one of them established as better, one not."""
    drawn = """
        hit_rate     .01   recency .142 .118 .166   .121   .021  .006  .037
        hit_rate     .01   kde     .131 .107 .155   .121   .010 -.008  .028
        hit_rate     .05   recency .402 .371 .436   .388   .014 -.004  .031
        hit_rate     .05   kde     .411 .380 .444   .388   .023  .005  .041
        pai          .01   recency 14.2 11.8 16.6   12.1   2.1   0.6   3.7
        pai          .01   kde     13.1 10.7 15.5   12.1   1.0  -0.8   2.8
        deviance     -     recency .3368 .325 .349  .3420 -.0052 -.0083 -.0021
        deviance     -     kde     .3391 .327 .351  .3420 -.0029 -.0066 .0008
        calibration  -     recency 1.02  .97 1.08   1.04  -.02  -.04  -.01
        calibration  -     kde     1.08  1.02 1.15  1.04   .04   .02   .06
    """
    rows = [line.split() for line in drawn.strip().splitlines()]
    lines = []
    for metric, covered, model, *rest in rows:
        value, lo, hi, counts, diff, diff_lo, diff_hi = map(float, rest)
        coverage = None if covered == "-" else float(covered)
        figures = (value, lo, hi, counts, diff, diff_lo, diff_hi)
        lines.append(EvaluationLine("burglary", model, metric, coverage, *figures, 13))
    return tuple(lines)


def a_charter() -> CharterView:
    """Return a charter that answers every question."""
    return CharterView(
        title="Burglary prevention in Riverbend",
        version=2,
        digest="9f2c" * 16,
        purpose="burglary-prevention",
        legal_basis="Riverbend Public Safety Ordinance 2024, section 4(2), after public hearing of 12 Nov 2024.",
        necessity="Repeat burglaries cluster within weeks; the analyst's manual pin map missed four of five of them.",
        proportionality="Short visits of 10 to 16 minutes, no stop powers used, no data on persons.",
        retention=(Retention("incident", 1095, "recorded"), Retention("surface", 730, "committed")),
        responsible=(
            ("Answers for it", "Director of Public Safety, City of Riverbend"),
            ("Operator", "Riverbend Police Department, Analysis Unit"),
            ("Vendor", "none; the software is free"),
            ("Complaints and redress", "Civilian Oversight Board, City Hall room 204"),
        ),
        approvals=(Act("R. Okafor, approver", datetime(2025, 1, 10, 9, 0, tzinfo=UTC), 7),),
        valid_from=date(2025, 1, 13),
        expires=date(2026, 1, 12),
    )


def some_quality() -> QualityView:
    """Return figures of a source."""
    return QualityView(
        source="synthetic city Riverbend, second delivery of 2 Mar 2025. Times are local and were carried to UTC.",
        figures=(
            Figure("Rows read", 23_418),
            Figure("Held back", 0.0213, Unit.SHARE, "unreadable time 312, outside the area 187"),
            Figure("Time exactly midnight", 0.041, Unit.SHARE, "often stands for an unknown time"),
            Figure("Half of the reports were recorded within", 2.4, Unit.DAYS),
            Figure("Exact duplicates", None, Unit.COUNT, "fewer than 10"),
        ),
    )


def a_score() -> ScoreView:
    """Return last week's score on two metrics."""
    return ScoreView(
        offence="burglary",
        period=Period(date(2025, 2, 24), date(2025, 3, 3), ZONE),
        model="recency v1",
        lines=(
            ScoreLine("hit_rate", 0.05, 0.385, 0.294, 0.486, 0.365),
            ScoreLine("calibration", None, 1.07, None, None, 1.11),
        ),
        committed=Act("workspace", datetime(2025, 2, 23, 15, 0, tzinfo=UTC), 31),
        witnessed_at=datetime(2025, 2, 23, 15, 1, tzinfo=UTC),
        scored=Act("A. Lindqvist, analyst", BEFORE, 44),
    )


def some_receipts() -> tuple[ReceiptView, ...]:
    """Return three receipts, the last not yet witnessed."""
    proof = "c2sp.org/tlog-proof@v1\nindex 45\n" + "\n".join(
        ["q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="] * 4
    )
    rows = (
        (45, "forecast.committed", "A forecast's digest was written down before its period began.", proof),
        (46, "plan.proposed", "An analyst proposed a plan.", proof.replace("45", "46")),
        (47, "plan.approved", "A second person approved it.", None),
    )
    return tuple(
        ReceiptView(entry, kind, meaning, BEFORE, f"{entry:02d}ab" * 16, text)
        for entry, kind, meaning, text in rows
    )


def a_report(*, surface: RiskSurface | None = None) -> ReportView:
    """Return the whole made report."""
    surface = surface or a_surface()
    baseline = replace(surface, model=Model("counts", 1), mean=surface.mean[::-1] * 0.2 + surface.mean * 0.75)
    plan = PlanView(
        a_plan(surface),
        Act("A. Lindqvist, analyst", BEFORE + timedelta(minutes=20), 46),
        (Act("M. Adeyemi, commander", BEFORE + timedelta(minutes=55), 47),),
        15.0,
    )
    return ReportView(
        title="Burglary forecast for Riverbend, week of 3 March 2025",
        synthetic=True,
        made_at=datetime(2025, 3, 2, 16, 30, tzinfo=UTC),
        home_note="workspace Riverbend demonstration, simulated clock",
        charter=a_charter(),
        quality=some_quality(),
        forecast=ForecastView(
            surface, baseline, BEFORE, BEFORE + timedelta(minutes=1), False, 10, some_streets(surface)
        ),
        evaluation=some_evaluation(),
        plan=plan,
        score=a_score(),
        receipts=some_receipts(),
        checkpoint=CheckpointView(
            "peelian.example/riverbend\n48\nq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\n\n"
            "— peelian.example/riverbend Az3grlgtzPICa5OS8npVmf1Myq5IZniMpZJurmRDeOoRDe4URYN7u5Zhcyv2q1gGzGku9nTo=",
            "witness.example/simulated",
            BEFORE + timedelta(minutes=56),
        ),
        how_to_verify=(
            "peelian ledger export --to bundle",
            "python bundle/verify.py bundle --log peelian.example/riverbend+1a2b3c4d+AQ... "
            "--witness witness.example/simulated+5e6f7a8b+BA...",
        ),
        marks=(
            MarkView(
                Period(date(2024, 11, 1), date(2024, 11, 15), ZONE),
                "beat 4, 7",
                "the old system was switched off",
            ),
        ),
        without_marks=(WithoutMarksView("recency v1", 14, 96.0, 99.5, 2, 0.125),),
        not_shown=("Two incidents of one night at one address count as two.",),
    )
