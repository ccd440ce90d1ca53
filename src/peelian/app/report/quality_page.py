"""The quality page: one self-contained HTML file with every finding, its picture and what it would do to a forecast.

For: the analyst and the auditor, before any map is drawn.
Not for: the public. Counts of small areas by day stand on it, and no cell is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment

from peelian.app.report import wording
from peelian.app.report.page import environment, policy, style_sheet, write_whole
from peelian.app.report.quality_plots import amount, picture
from peelian.city.quality.service import Examination, Finding, Severity
from peelian.domain.identity import given_at
from peelian.domain.time import iso


@dataclass(frozen=True)
class QualityPage:
    """Everything the page shows.

    Parameters
    ----------
    title : whose data.
    made_at : aware UTC instant.
    examination : what the door of quality returned.
    areas_known : whether areas were looked at one by one.
    synthetic : whether the city is invented; then every page says so.
    """

    title: str
    made_at: datetime
    examination: Examination
    areas_known: bool
    synthetic: bool

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Return the findings that ask for a decision."""
        return tuple(each for each in self.examination.findings if each.severity is Severity.ALARM)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """Return the other findings."""
        return tuple(each for each in self.examination.findings if each.severity is Severity.NOTE)


def called(place: str) -> str:
    """Return what a finding concerns, for its title: of a delivery the day it was taken in and how its id ends."""
    taken_in = given_at(place)
    return place if taken_in is None else f"delivery of {taken_in:%Y-%m-%d} (id ends in {place[-6:]})"


def render_quality(page: QualityPage) -> str:
    """Return the page as one HTML document that needs nothing from elsewhere; the same page gives the same bytes."""
    style = style_sheet("style.css", "quality.css")
    template = _environment().get_template("quality.html.j2")
    return template.render(page=page, seen=page.examination, style=style, policy=policy(style))


def write_quality_page(page: QualityPage, path: Path) -> None:
    """Write the page to `path` whole or not at all."""
    write_whole(render_quality(page), path)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    words = {name: getattr(wording, name) for name in ("number", "count", "share", "span", "instant")}
    return environment(
        filters={**words, "iso": iso, "called": called, "picture": picture, "amount": amount}, functions={}
    )
