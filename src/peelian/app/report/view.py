"""Everything the report shows, as plain values. The wiring fills them in; `render` only writes them down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.plan import LEGAL_EFFECT, Plan
from peelian.domain.surface import RiskSurface
from peelian.domain.time import Period


class Unit(StrEnum):
    """How a figure is written."""

    COUNT = "count"  # whole things: "12,345"
    SHARE = "share"  # a share in [0, 1], written per cent
    NUMBER = "number"  # any other number, three significant digits
    DAYS = "days"


@dataclass(frozen=True)
class Figure:
    """One figure about the data.

    Parameters
    ----------
    label : what was counted.
    value : the figure; None where it is withheld because it stands for too few.
    unit : how it is written.
    note : what a reader should know before using it.
    """

    label: str
    value: float | None
    unit: Unit = Unit.COUNT
    note: str = ""


@dataclass(frozen=True)
class QualityView:
    """What is known of the data: where they come from, and figures that tell no number of incidents."""

    source: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class MarkView:
    """Days that somebody declared unreliable for the offence of this page, where and why."""

    period: Period
    where: str
    reason: str


@dataclass(frozen=True)
class WithoutMarksView:
    """What one model would have expected had the marked days not been observed.

    `top_cells_moved` is the share of the top 1 % of cells that would be others, in [0, 1]; `silent_cells` are those of
    which too little would be left to speak, and they are in neither sum.
    """

    model: str
    days: int
    expected: float
    expected_without: float
    silent_cells: int
    top_cells_moved: float


@dataclass(frozen=True)
class Act:
    """Who did something, when, and the ledger entry that holds it."""

    who: str
    at: datetime
    entry: int


@dataclass(frozen=True)
class Retention:
    """How long one kind of data is kept, counted from the event the register names."""

    data_kind: str
    days: int
    counted_from: str


@dataclass(frozen=True)
class CharterView:
    """The document without which nothing runs. `responsible` holds (role, who) pairs."""

    title: str
    version: int
    digest: str
    purpose: str
    legal_basis: str
    necessity: str
    proportionality: str
    retention: tuple[Retention, ...]
    responsible: tuple[tuple[str, str], ...]
    approvals: tuple[Act, ...]
    valid_from: date
    expires: date


@dataclass(frozen=True, eq=False)
class ForecastView:
    """The forecast beside plain counts of the same offence, period, grid and cells.

    Parameters
    ----------
    surface, baseline : the model's surface and that of plain counts.
    committed_at, witnessed_at : when the ledger and the witness took its digest; None if they have not.
    late : whether that was after the period had begun.
    smallest : counts of fewer incidents are not told (the charter's k).
    streets : (n, 2, 2) segments in metres of the grid's projection, drawn faintly; None draws none.
    """

    surface: RiskSurface
    baseline: RiskSurface
    committed_at: datetime | None
    witnessed_at: datetime | None
    late: bool
    smallest: int
    streets: Floats | None = None

    def __post_init__(self) -> None:
        ours, theirs = self.surface, self.baseline
        same = (ours.grid, ours.offence, ours.period) == (theirs.grid, theirs.offence, theirs.period)
        if not (same and np.array_equal(ours.cells, theirs.cells)):
            raise BadInput(
                f"{ours.model} and {theirs.model} do not forecast the same offence, period and cells; "
                "a report sets only like beside like."
            )
        if self.streets is not None and self.streets.shape[1:] != (2, 2):
            raise BadInput(f"Streets of shape {self.streets.shape} cannot be drawn; give (n, 2, 2) metres.")

    def told_from(self) -> float:
        """Return the expectation from which on a plain count surely stands for `smallest` incidents, or inf.

        Plain counts are incidents by days observed, so the least that is not none stands for at least one.
        """
        some = self.baseline.mean[self.baseline.mean > 0]
        return self.smallest * float(some.min()) if len(some) else float("inf")


@dataclass(frozen=True)
class EvaluationLine:
    """One row of the evaluation: a metric of one model over past weeks, beside plain counts.

    `coverage` is the share of the area selected, None for metrics of the whole area; lo and hi bound the
    interval; `baseline` is the metric of plain counts and `diff` ours minus theirs; `origins` counts the
    forecasts scored, `left_out` the places of a few homes that nobody was judged by, None where dwellings were not
    known. A figure that is undefined is nan.
    """

    offence: str
    model: str
    metric: str
    coverage: float | None
    value: float
    lo: float
    hi: float
    baseline: float
    diff: float
    diff_lo: float
    diff_hi: float
    origins: int
    left_out: int | None = None


@dataclass(frozen=True)
class PlanView:
    """A plan with who proposed it and who approved it; without an approval it stays a proposal.

    `travel_kmh` is the speed it reckons with, in a straight line from place to place.
    """

    plan: Plan
    proposed: Act
    approvals: tuple[Act, ...]
    travel_kmh: float


@dataclass(frozen=True)
class ScoreLine:
    """One metric of a forecast whose period is over; lo and hi are None where one period gives none."""

    metric: str
    coverage: float | None
    value: float
    lo: float | None
    hi: float | None
    baseline: float


@dataclass(frozen=True)
class ScoreView:
    """How the forecast of an earlier period turned out; no `lines` where too few incidents were recorded since."""

    offence: str
    period: Period
    model: str
    lines: tuple[ScoreLine, ...]
    committed: Act
    witnessed_at: datetime | None
    scored: Act


@dataclass(frozen=True)
class ReceiptView:
    """One ledger entry behind this page, with its C2SP tlog-proof where a witness has covered it."""

    entry: int
    kind: str
    meaning: str
    time: datetime
    leaf_hash: str
    proof: str | None


@dataclass(frozen=True)
class CheckpointView:
    """The signed head the receipts stand on, and who else saw it."""

    text: str
    witness: str
    witnessed_at: datetime


@dataclass(frozen=True, eq=False)
class ReportView:
    """The whole page.

    `home_note` says whose workspace made it; `how_to_verify` holds shell commands in the order to run them;
    `marks` are those that concern the forecast's offence, `without_marks` what they change;
    `not_shown` holds sentences on what the numbers do not show, beyond those every report carries.
    """

    title: str
    synthetic: bool
    made_at: datetime
    home_note: str
    charter: CharterView
    quality: QualityView
    forecast: ForecastView
    evaluation: tuple[EvaluationLine, ...]
    plan: PlanView | None
    score: ScoreView | None
    receipts: tuple[ReceiptView, ...]
    checkpoint: CheckpointView | None
    how_to_verify: tuple[str, ...]
    marks: tuple[MarkView, ...] = ()
    without_marks: tuple[WithoutMarksView, ...] = ()
    not_shown: tuple[str, ...] = ()
    legal_effect: str = LEGAL_EFFECT

    def __post_init__(self) -> None:
        if self.plan and self.plan.plan.surface_digest != self.forecast.surface.digest():
            raise BadInput(
                f"Plan {self.plan.plan.plan_id} was made from another forecast than the one on this page; "
                "report it beside its own."
            )
