"""The lines and rows that commands print, from the values the services return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypeVar

from peelian.app.report.wording import homes_sentence, house_defaults, number, share
from peelian.city.service import LoadReport
from peelian.domain.canonical import Document
from peelian.domain.plan import LEGAL_EFFECT
from peelian.domain.plural import plural
from peelian.domain.time import iso
from peelian.forecast.service import (
    BASELINE,
    EvaluationRow,
    KeptForecast,
    KeptScore,
    MarkedArea,
    ScoreRow,
    WithoutMarked,
)
from peelian.patrol.service import TRAVEL_KMH, KeptPlan, Price

SHARES = ("hit_rate",)
FLATTERED = (
    "  All are measured by this same forecast, which flatters its own choice; whether it is better than plain counts, "
    "the past weeks in the report tell."
)


Judged: TypeAlias = EvaluationRow | ScoreRow
"""One figure beside plain counts: from a rolling-origin evaluation, or from the score of one forecast."""

R = TypeVar("R", EvaluationRow, ScoreRow)

COLUMNS = ("offence", "model", "metric", "value", "95 % interval", "plain counts", "difference")


def load_lines(done: LoadReport, *, name: str) -> tuple[str, ...]:
    """Return what became of a delivery."""
    return (
        f"{name}: read {done.read:,} = accepted {done.accepted:,} + rejected {done.rejected:,}",
        f"accepted: {done.new:,} new, {done.corrected:,} corrected, {done.unchanged:,} already stored unchanged",
        *(f"rejected: {count:,} {reason}" for reason, count in done.reasons),
        *_geocoding_lines(done),
        f"load {done.load_id}, ledger entry {done.entry_index}",
    )


def load_document(done: LoadReport) -> Document:
    """Return the same for machines."""
    geocoding = done.geocoding.document() if done.geocoding else None
    return {**vars(done), "accepted": done.accepted, "reasons": dict(done.reasons), "geocoding": geocoding}


def _geocoding_lines(done: LoadReport) -> tuple[str, ...]:
    """Return what became of the addresses looked up, if there were any."""
    rate = done.geocoding
    if rate is None or not rate.asked:
        return ()
    waiting = "; ".join(f"{count:,} {reason}" for reason, count in rate.by_reason)
    return (
        f"addresses: {rate.asked:,} different ones looked up, {rate.placed:,} placed, {rate.queued:,} waiting"
        + (f" ({waiting})" if waiting else ""),
        *([f"what waits is shown by `peelian address waiting --load {done.load_id}`"] if rate.queued else []),
    )


def judged_rows(rows: Iterable[Judged]) -> list[list[str]]:
    """Return the table of figures, each with its interval and beside plain counts."""
    return [
        [
            row.offence,
            row.model,
            _metric(row),
            _figure(row.metric, row.value),
            _interval(row.metric, row.lo, row.hi),
            _figure(row.metric, row.baseline),
            "" if row.model == BASELINE else _interval(row.metric, row.diff_lo, row.diff_hi),
        ]
        for row in rows
    ]


def headline(rows: Sequence[R], *, coverage: float = 0.01) -> tuple[R, ...]:
    """Return the rows people ask for first: hit rate at one coverage, and the deviance."""
    return tuple(
        row
        for row in rows
        if row.metric == "deviance" or (row.metric == "hit_rate" and row.coverage == coverage)
    )


def forecast_lines(kept: KeptForecast) -> tuple[str, ...]:
    """Return what a commitment says of itself."""
    lines = [
        f"Forecast {kept.forecast_id} of {kept.period}",
        f"committed by {kept.committed_by}, ledger entry",
    ]
    lines[1] += f" {kept.entry_index}, {iso(kept.committed_at)}"
    if kept.witnessed_at is None:
        lines.append("NOT WITNESSED: without a witness the commitment counts as late.")
    else:
        late = "LATE" if kept.late else "before the period begins"
        lines.append(f"witnessed {iso(kept.witnessed_at)}, {late}")
    lines.append(f"  {homes_sentence(kept.surfaces[0].left_out)}")
    for surface in kept.surfaces:
        cutoff = surface.cutoff
        lines.append(
            f"  {surface.offence}: {number(float(surface.mean.sum()))} expected in "
            f"{plural(len(surface.cells), 'cell')} by {surface.model}, cutoff {cutoff.day} ({cutoff.basis}), "
            f"digest {surface.digest()[:16]}"
        )
    return tuple(lines)


def without_marked_lines(found: Iterable[WithoutMarked]) -> tuple[str, ...]:
    """Return what a forecast would have been without the days that were marked as unreliable, and in which areas."""
    lines = []
    for each in found:
        lines.append(
            f"  without the {plural(each.days, 'marked day')} {each.model} expects {number(each.expected_without)} "
            f"{each.offence} instead of {number(each.expected)}; {share(each.top_cells_moved)} of the top 1 % of cells "
            f"would be others"
        )
        if each.silent_cells:
            lines.append(
                f"    of {plural(each.silent_cells, 'cell')} too little is left to speak of; they are in neither sum"
            )
        lines += [_marked_area_line(area) for area in each.areas]
    return tuple(lines)


def _marked_area_line(area: MarkedArea) -> str:
    if not area.cells:
        return f"    {area.layer} {area.area_id}: no cell lies in it on the marked days, so that mark changes nothing"
    return (
        f"    {area.layer} {area.area_id}, {plural(area.days, 'day')}, {plural(area.cells, 'cell')}: "
        f"{number(area.expected_without)} instead of {number(area.expected)}"
    )


def score_sentence(kept: KeptScore) -> str:
    """Return what must be said beside a score."""
    when = "AFTER its period had begun, so it proves nothing" if kept.late else "before its period began"
    return (
        f"The forecast was witnessed {when}; scored against what was recorded by {iso(kept.scored_at)} (ledger "
        f"entry {kept.entry_index}). One week is one draw; recorded crime is not crime."
    )


def plan_lines(kept: KeptPlan) -> tuple[str, ...]:
    """Return what a plan says of itself."""
    plan = kept.plan
    approved = ", ".join(f"{a.name} (entry {a.entry_index})" for a in kept.approvals) or "nobody yet"
    places = len({stop.cell for stop in plan.stops})
    covered = sum({stop.cell: stop.share for stop in plan.stops}.values())
    return (
        f"Plan {plan.plan_id}: {plural(len(plan.stops), 'visit')} to {plural(places, 'place')}, "
        f"{plural(plan.limits.cars, 'car')}, from {iso(plan.shift_start)}",
        f"forecast coverage {share(covered)} of the expected {plan.offence}, seed {plan.seed}",
        f"proposed by {kept.proposed_by} (entry {kept.entry_index}), approved by {approved}",
        house_defaults(plan.limits, travel_kmh=TRAVEL_KMH),
        LEGAL_EFFECT,
    )


def price_lines(prices: Sequence[Price]) -> tuple[str, ...]:
    """Return what the limit on places costs, line by line, and who measured it."""
    lines = [
        f"  {price.choice}: {price.places} of {price.area_cells:,} cells ({share(price.area_share)} of the area), "
        f"forecast coverage {share(price.coverage)} ({price.difference * 100:+.1f} points)"
        for price in prices
    ]
    return (*lines, FLATTERED)


def _metric(row: Judged) -> str:
    name = row.metric.replace("_", " ")
    return name if row.coverage is None else f"{name} at {row.coverage:.0%}"


def _figure(metric: str, value: float | None) -> str:
    if value is None:
        return "undefined"
    return share(value) if metric in SHARES else number(value)


def _interval(metric: str, lo: float | None, hi: float | None) -> str:
    return "none" if lo is None or hi is None else f"{_figure(metric, lo)} to {_figure(metric, hi)}"
