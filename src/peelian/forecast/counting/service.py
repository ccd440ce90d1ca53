"""The door for counts: dense daily histories out of the stored incidents, at the sitting of whoever forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from peelian.city.environment.service import dwellings
from peelian.city.extracts import COUNTS
from peelian.city.features import coarseness, recording
from peelian.domain.dwellings import Cell, LeftOut
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.domain.time import Basis, local_midnight
from peelian.forecast.area import cells_besides, cells_with_incidents
from peelian.forecast.features import cell_day_counts, weekly_features
from peelian.forecast.history import History, history_from_counts
from peelian.forecast.kept import BASELINE
from peelian.forecast.models import catalogue
from peelian.forecast.models.base import Forecaster
from peelian.governance.desk import Condition, Operator, Sitting
from peelian.governance.prohibition.households import LEAST_DWELLINGS, RULE, too_few_dwellings

MOST_COARSE = 0.05
"""Largest share of incidents whose place may be too coarse for the cells they are counted in."""

__all__ = ["models_named", "require_exact", "require_known", "stored_histories", "stored_span"]


def models_named(names: Sequence[str]) -> tuple[Forecaster, ...]:
    """Return the forecasters of these names, plain counts among them, each once."""
    known = catalogue()
    if unknown := sorted(set(names) - set(known)):
        raise BadInput(
            f"The charter names the unknown model {unknown[0]!r}; there are {', '.join(sorted(known))}."
        )
    return tuple(known[name]() for name in dict.fromkeys((*names, BASELINE)))


def stored_histories(
    sitting: Sitting,
    *,
    grid: Grid,
    zone: str,
    end_day: date,
    offences: Sequence[str],
    basis: Basis | None = None,
    area_before: date | None = None,
) -> tuple[History, ...]:
    """Count the incidents of each offence by cell and day, in the area that all offences make up.

    Places that are the homes of a few, as far as was known when the area was fixed, are not in it: every forecast,
    evaluation and audit of stored incidents gets its cells here, and nowhere else.
    """
    known = basis or _basis(sitting)
    until = [Condition("local_date", Operator.LT, end_day)]
    if known == "recorded":
        until.append(Condition("recorded", Operator.LT, local_midnight(end_day, zone)))
    everything = sitting.read(COUNTS, where=until, expression=lambda t: cell_day_counts(t, grid=grid))
    fixed = area_before or end_day
    homes, left_out = _homes(sitting, grid=grid, zone=zone, known=fixed)
    cells = cells_besides(cells_with_incidents(everything, before=fixed), homes)
    first_day = pc.min(everything["day"]).as_py()
    needs_features = any(model.needs_features for model in models_named(sitting.charter.models))
    histories = []
    for offence in offences:
        where = (*until, Condition("offence", Operator.EQ, offence))
        counts = sitting.read(COUNTS, where=where, expression=lambda t: cell_day_counts(t, grid=grid))
        features = None
        if needs_features:
            features = sitting.read(
                COUNTS,
                where=where,
                expression=lambda t: weekly_features(
                    cell_day_counts(t, grid=grid), cells=cells, first_day=first_day, end_day=end_day
                ),
            )
        history = history_from_counts(
            counts,
            grid=grid,
            offence=offence,
            zone=zone,
            basis=known,
            cells=cells,
            first_day=first_day,
            end_day=end_day,
            features=features,
            left_out=left_out,
        )
        histories.append(history)
    return tuple(histories)


def _homes(
    sitting: Sitting, *, grid: Grid, zone: str, known: date
) -> tuple[tuple[Cell, ...], LeftOut | None]:
    """Return the cells that are the homes of a few, as known when the civil day `known` began, and what told so."""
    counted = dwellings(sitting, day=known, zone=zone)
    if counted is None:
        return (), None
    homes = too_few_dwellings(counted.by_cell(grid))
    return homes, LeftOut(RULE, counted.set_id, counted.as_of, LEAST_DWELLINGS, len(homes))


def _basis(sitting: Sitting) -> Basis:
    """Return whether the stored incidents tell when they were recorded, all of them."""
    span = stored_span(sitting)
    return "recorded" if span["recorded"] == span["rows"] else "occurred"


def require_known(sitting: Sitting, *, until: date, zone: str) -> None:
    """Refuse where what is stored does not reach the midnight that begins `until`: silence is not zero.

    Where records carry the time of recording, some record must be later; else an incident must lie on the last
    day or after it.
    """
    span = stored_span(sitting)
    latest = span["last_recorded"]
    last_day = latest.astimezone(ZoneInfo(zone)).date() if latest else span["last_day"] + timedelta(days=1)
    if last_day < until:
        raise BadInput(
            f"What is stored reaches to {last_day - timedelta(days=1)}, but {until - timedelta(days=1)} is asked "
            "about, and a day without a delivery is not a day without incidents; load the newer delivery first."
        )


def require_exact(sitting: Sitting, *, grid: Grid, days: int) -> None:
    """Refuse cells that the stored places, or days that the stored times, are too coarse for.

    Incidents of single coarse places (an address found by its street alone) are counted up to a share of
    MOST_COARSE; a source that is coarse throughout carries no claim (`city.mapping.precision` says why).
    """
    told: dict[str, int] = sitting.read(COUNTS, expression=coarseness(cell_m=grid.size_m)).to_pylist()[0]
    if told["coarse"] > MOST_COARSE * told["rows"]:
        raise BadInput(
            f"{told['coarse']:,} of {told['rows']:,} stored incidents have places too coarse for cells of "
            f"{grid.size_m:g} m, which must measure twice a place's precision: take larger cells, or another source."
        )
    if told["by_month"]:
        raise BadInput(
            f"Of {told['by_month']:,} of {told['rows']:,} stored incidents the month alone is known, which carries no "
            f"claim on periods of {days} days: use them in releases by month, or take another source."
        )


def stored_span(sitting: Sitting) -> dict[str, Any]:
    """Return (rows, recorded, first_day) of what is stored, refusing an empty store."""
    span: dict[str, Any] = sitting.read(COUNTS, expression=recording).to_pylist()[0]
    if not span["rows"]:
        raise BadInput(
            "No incident that this charter may use is stored; load a delivery with `peelian ingest`."
        )
    return span
