"""The page of places: each subject that was taken in, by its newest set, with the picture its kind calls for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from markupsafe import Markup

from peelian.app.report.places_page import HeldPlaces, PlacesPage, write_places_page
from peelian.app.report.places_plots import LEGEND, drawn_areas, drawn_features, drawn_shifts, drawn_streets
from peelian.app.report.quality_plots import bars
from peelian.city.boundaries.service import areas, shifts
from peelian.city.environment.service import PlaceSet, conditions, layer, place_sets
from peelian.city.quality.service import Bars
from peelian.city.streets.service import streets
from peelian.domain.errors import BadInput
from peelian.domain.time import local_midnight
from peelian.governance.desk import Desk
from peelian.governance.house import House
from peelian.governance.principals import Signer

LAYER = "layer "
"""How the subjects begin whose features are counted in cells: the page does not tell how many they are in all."""

MONTHS = 24
"""Of a series, so many months up to this one are drawn."""


def write_page(opened: House, path: Path, *, actor: Signer, purpose: str) -> None:
    """Write the page of everything held of the city's places."""
    desk, settings, now = opened.desk(actor), opened.settings, opened.kit.clock.now()
    today = now.astimezone(ZoneInfo(settings.zone)).date()
    by_subject: dict[str, list[PlaceSet]] = {}
    for each in place_sets(desk, purpose=purpose):
        by_subject.setdefault(each.subject, []).append(each)
    shown = _Shown(desk, purpose, settings.epsg, settings.zone, now, today)
    held = tuple(shown.held(subject, sets) for subject, sets in sorted(by_subject.items()))
    page = PlacesPage(settings.name, now, today, held, settings.synthetic)
    try:
        write_places_page(page, path)
    except OSError as error:
        raise BadInput(
            f"The page could not be written to {path} ({error.strerror}); name another place."
        ) from None


@dataclass(frozen=True, eq=False)
class _Shown:
    """Reads what is held and draws it, as of one instant.

    Parameters
    ----------
    desk, purpose : by which it is read.
    epsg, zone : of the deployment.
    now, today : the instant, and its civil day in the city.
    """

    desk: Desk
    purpose: str
    epsg: int
    zone: str
    now: datetime
    today: date

    def held(self, subject: str, sets: Sequence[PlaceSet]) -> HeldPlaces:
        """Return one subject with its picture; where none can be made, it is said why."""
        newest = max(sets, key=lambda each: (each.as_of, each.entry_index))
        try:
            caption, picture = self._picture(subject)
        except BadInput as error:
            caption, picture = str(error), None
        return HeldPlaces(
            subject=subject,
            publisher=newest.provenance.publisher,
            licence=newest.provenance.licence,
            as_of=newest.as_of,
            valid_from=newest.valid_from,
            sets=len(sets),
            counts=() if subject.startswith(LAYER) else newest.counts,
            entry_index=newest.entry_index,
            picture=picture,
            caption=caption,
        )

    def _picture(self, subject: str) -> tuple[str, Markup | None]:
        kind, _, name = subject.partition(" ")
        if kind == "boundary":
            return self._areas(name)
        if kind == "layer":
            return self._features(name)
        if kind == "condition":
            return self._series(name)
        return self._shifts() if kind == "shift" else self._streets()

    def _areas(self, name: str) -> tuple[str, Markup | None]:
        found = areas(self.desk, purpose=self.purpose, layer=name, as_of=self.today)
        if not len(found):
            return f"No {name} holds today.", None
        title = f"{name}: outlines that hold on {self.today}"
        return title, drawn_areas(found, epsg=self.epsg, title=title)

    def _features(self, name: str) -> tuple[str, Markup | None]:
        found = layer(self.desk, purpose=self.purpose, name=name, day=self.today, known_by=self.now)
        title = f"{name}: what is there on {self.today}, as of {found.of_set.as_of}"
        if not found.features.num_rows:
            return f"{title}: nothing.", None
        return f"{title}. {LEGEND}", drawn_features(found.features, title=title)

    def _streets(self) -> tuple[str, Markup | None]:
        network = streets(self.desk, purpose=self.purpose)
        title = "The newest street network"
        return title, drawn_streets(network, epsg=self.epsg, title=title)

    def _shifts(self) -> tuple[str, Markup | None]:
        held = [
            each
            for each in shifts(self.desk, purpose=self.purpose)
            if each.first_day <= self.today < each.end_day
        ]
        title = f"Shifts worked on {self.today}"
        return (title, drawn_shifts(held, title=title)) if held else ("No shift is worked today.", None)

    def _series(self, name: str) -> tuple[str, Markup | None]:
        first = np.datetime64(self.today, "M") - MONTHS + 1
        begin = local_midnight(first.astype("M8[D]").item(), self.zone)
        spans = conditions(
            self.desk,
            purpose=self.purpose,
            series=name,
            start=begin,
            end=self.now + timedelta(days=1),
            known_by=self.now,
        ).spans
        if not spans.num_rows:
            return f"Nothing is known of {name} in the last {MONTHS} months.", None
        plot = by_month(spans, name=name, first=first)
        return plot.title, bars(plot)


def by_month(spans: pa.Table, *, name: str, first: np.datetime64) -> Bars:
    """Return a series by the month in which its spans begin: the mean of its numbers, or how many they are."""
    starts = spans["start"].cast(pa.timestamp("us")).to_numpy().astype("M8[M]")
    month = np.clip(
        (starts - first).astype(np.int64), 0, MONTHS - 1
    )  # a span that was under way counts at once
    count = np.bincount(month, minlength=MONTHS)
    values = spans["value"].to_numpy()
    known = ~np.isnan(values)
    if known.any():
        counted = np.bincount(month[known], minlength=MONTHS)
        totals = np.bincount(month[known], weights=values[known], minlength=MONTHS)
        title, heights = f"{name}: mean of the months", totals / np.maximum(1, counted)
    else:
        title, heights = f"{name}: how often a month", count.astype(np.float64)
    return Bars(
        title=title,
        unit="a month",
        labels=tuple(str(first + number) for number in range(MONTHS)),
        values=tuple(heights.tolist()),
        marked=(False,) * MONTHS,
    )
