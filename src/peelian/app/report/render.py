"""Writes the report: a view in, one self-contained HTML document out, the same bytes for the same view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from jinja2 import Environment
from markupsafe import Markup

from peelian.app.report import places, wording
from peelian.app.report.evaluation import Group, calibration_plot, difference_plot, groups
from peelian.app.report.page import environment, policy, style_sheet, write_whole
from peelian.app.report.plots import parts_bar
from peelian.app.report.riskmap import CLASSES, class_bounds, risk_map, swatch, weekly
from peelian.app.report.view import EvaluationLine, ForecastView, ReportView
from peelian.domain.plural import plural
from peelian.domain.time import iso


@dataclass(frozen=True)
class Drawings:
    """The map, the map of plain counts in the same classes, and their legend as (square, words) pairs."""

    forecast: Markup
    counts: Markup
    legend: tuple[tuple[Markup, str], ...]


def render(view: ReportView) -> str:
    """Return the report as one HTML document that needs nothing from elsewhere."""
    style = style_sheet("style.css")
    shown = places.top_places(view.forecast, plan=view.plan)
    visits = places.visits(view.forecast, view.plan) if view.plan else ()
    compared = groups(view.evaluation, offence=view.forecast.surface.offence)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            view=view,
            surface=view.forecast.surface,
            counts=view.forecast.baseline,
            style=style,
            policy=policy(style),
            places=shown,
            visits=visits,
            drawings=_drawings(view, shown, visits),
            compared=compared,
            other_offences=_other_offences(view),
            charter=view.charter,
        )
    )


def render_index(names: Sequence[str]) -> str:
    """Return the page that lists reports by file name."""
    style = style_sheet("style.css")
    page = _environment().get_template("index.html.j2")
    return page.render(names=names, style=style, policy=policy(style))


def write_report(view: ReportView, path: Path) -> None:
    """Write the report to `path` whole or not at all."""
    write_whole(render(view), path)


def _drawings(
    view: ReportView, shown: tuple[places.Place, ...], visits: tuple[places.Visit, ...]
) -> Drawings:
    surface, baseline = view.forecast.surface, view.forecast.baseline
    large = np.where(baseline.mean >= view.forecast.told_from(), weekly(baseline), 0.0)
    bounds = class_bounds(weekly(surface), large)
    planned = {visit.place: visit.stop.cell for visit in visits if visit.place is not None}
    marks = sorted(planned.items()) or [(place.rank, place.cell) for place in shown]
    stamp = "SYNTHETIC" if view.synthetic else ""
    what = f"expected recorded incidents of {surface.offence} per cell and week"
    return Drawings(
        forecast=risk_map(
            surface,
            bounds=bounds,
            title=f"Forecast map, {surface.model}",
            description=f"{what}; the table of places gives the highest cells as numbers",
            name="forecast",
            streets=view.forecast.streets,
            marks=marks,
            stamp=stamp,
        ),
        counts=risk_map(
            baseline,
            bounds=_told(bounds, view.forecast),
            title=f"Plain counts map, {baseline.model}",
            description=f"{what}, by plain counts, in the same classes",
            name="counts",
            stamp=stamp,
        ),
        legend=_legend(bounds, abstained=bool(surface.abstained.any() or baseline.abstained.any())),
    )


def _told(bounds: tuple[float, ...], forecast: ForecastView) -> tuple[float, ...]:
    """Return the classes in which plain counts are drawn: in those below, a colour would tell a small count."""
    least = forecast.told_from() * 7 / forecast.baseline.period.days
    return tuple(bound for bound in bounds if bound >= least)


def _legend(bounds: tuple[float, ...], *, abstained: bool) -> tuple[tuple[Markup, str], ...]:
    first = CLASSES - len(bounds)
    words = [f"{low:g} to {high:g}" for low, high in pairwise(bounds)]
    words += [f"{low:g} or more" for low in bounds[-1:]]
    rows = [(swatch(first + i), text) for i, text in enumerate(words)]
    return (*rows, *([(swatch(None), "forecast abstains")] if abstained else []))


def _other_offences(view: ReportView) -> tuple[tuple[str, tuple[Group, ...]], ...]:
    lines: tuple[EvaluationLine, ...] = view.evaluation
    names = dict.fromkeys(line.offence for line in lines)
    return tuple(
        (name, groups(lines, offence=name)) for name in names if name != view.forecast.surface.offence
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    names = ("number", "count", "share", "figure", "day", "span", "instant", "local", "metric", "headline")
    return environment(
        filters={**{name: getattr(wording, name) for name in names}, "iso": iso, "plural": plural},
        functions={
            "position": wording.position,
            "interval": wording.interval,
            "house_defaults": wording.house_defaults,
            "homes_sentence": wording.homes_sentence,
            "judged_sentence": wording.judged_sentence,
            "parts_bar": parts_bar,
            "difference_plot": difference_plot,
            "calibration_plot": calibration_plot,
        },
    )
