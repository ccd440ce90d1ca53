"""The quality page: one self-contained HTML file with every finding, its picture and what it would do to a forecast.

For: the analyst and the auditor, before any map is drawn.
Not for: the public. Counts of small areas by day stand on it, and no cell is withheld.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from peelian.app.report import wording
from peelian.app.report.quality_plots import amount, picture
from peelian.city.quality.service import Examination, Finding, Severity
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


def render_quality(page: QualityPage) -> str:
    """Return the page as one HTML document that needs nothing from elsewhere; the same page gives the same bytes."""
    style = _style()
    template = _environment().get_template("quality.html.j2")
    return template.render(page=page, seen=page.examination, style=style, policy=_policy(style))


def write_quality_page(page: QualityPage, path: Path) -> None:
    """Write the page to `path` whole or not at all; a reader never meets half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(render_quality(page).encode())
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def _style() -> str:
    folder = files("peelian.app.report")
    return "\n".join(
        folder.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "quality.css")
    )


def _policy(style: str) -> str:
    """Return the content security policy: nothing from anywhere, this one style sheet by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("peelian.app.report"),
        autoescape=True,  # always: the templates' double suffix would escape a guess by name
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(wording, name) for name in ("number", "count", "share", "span", "instant")
    }
    environment.filters |= {"iso": iso, "picture": picture, "amount": amount}
    return environment
