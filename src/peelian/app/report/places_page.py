"""The page of places: everything taken in of a city's places, from whom, as of when, and how it lies on a map.

For: the analyst who wants to see a layer before relying on it, and whoever must name its publisher.
Not for: single features. They are counted by cell, and small counts are not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from peelian.app.report import wording
from peelian.app.report.page import environment, policy, style_sheet, write_whole
from peelian.domain.plural import plural
from peelian.domain.time import iso

OLD_DAYS = 365
"""Days after which a set is called old: a year's closures, openings and new streets are missing from it."""


@dataclass(frozen=True)
class HeldPlaces:
    """One subject that was taken in, by its newest set.

    Parameters
    ----------
    subject : as on record, e.g. "boundary beat".
    publisher, licence : of the newest set.
    as_of, valid_from : its cutoff, and the first day it speaks of (None: always).
    sets : how many sets there are, this one included.
    counts : rows it brought, by data kind; none where they would tell a cell that the picture withholds.
    entry_index : of the ledger, where it was taken in.
    picture : its small map or series, or what is to be said in its place.
    caption : what the picture shows.
    """

    subject: str
    publisher: str
    licence: str
    as_of: date
    valid_from: date | None
    sets: int
    counts: tuple[tuple[str, int], ...]
    entry_index: int
    picture: Markup | None
    caption: str

    @property
    def name(self) -> str:
        """Return the subject as a word of its own that an address can carry."""
        return self.subject.replace(" ", "-")


@dataclass(frozen=True)
class PlacesPage:
    """Everything the page shows; `made_at` is an aware UTC instant, `today` its civil day in the city."""

    title: str
    made_at: datetime
    today: date
    held: tuple[HeldPlaces, ...]
    synthetic: bool

    def age(self, held: HeldPlaces) -> str:
        """Return how old a set is, in words."""
        days = (self.today - held.as_of).days
        return f"{plural(days, 'day')} old" + (": look for a newer one" if days > OLD_DAYS else "")


def render_places(page: PlacesPage) -> str:
    """Return the page as one HTML document that needs nothing from elsewhere; the same page gives the same bytes."""
    style = style_sheet("style.css", "quality.css", "places.css")
    template = _environment().get_template("places.html.j2")
    return template.render(page=page, style=style, policy=policy(style))


def write_places_page(page: PlacesPage, path: Path) -> None:
    """Write the page to `path` whole or not at all."""
    write_whole(render_places(page), path)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    words = {name: getattr(wording, name) for name in ("count", "day", "instant")}
    return environment(filters={**words, "iso": iso}, functions={})
