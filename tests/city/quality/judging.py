"""How a planted file is examined and judged: the way a real one comes in, and the tolerances of the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.findings import LoadHeld
from peelian.city.intake.clean import clean
from peelian.city.intake.read import raw_table
from peelian.city.mapping.file import mapping_named
from peelian.city.quality.coverage import Located
from peelian.city.quality.examine import examine
from peelian.city.quality.finding import Finding, Severity
from peelian.city.quality.rows import rows_of
from peelian.city.quality.turned_away import account_of_file, turned_away
from peelian.domain.place import Grid
from tests.city.quality.planting import File, Kind, Truth

LOADED_ON = date(2024, 1, 1)


def findings_of(
    table: pa.Table, file: File, *, area_of: NDArray[np.str_] | None = None
) -> tuple[Finding, ...]:
    """Return what is found in a publisher's table, from its cleaning to the last rule."""
    mapping = mapping_named(file.source)
    if "recorded" in table.column_names:
        mapping = replace(mapping, columns=replace(mapping.columns, recorded="recorded"))
    try:
        cleaned = clean(raw_table(table), mapping=mapping, key=b"key", epsg=file.epsg, loaded_on=LOADED_ON)
    except LoadHeld as held:
        return turned_away([account_of_file(held.findings, delivery="held")])
    away = turned_away([account_of_file(cleaned.findings, delivery="loaded")])
    rows = rows_of(cleaned.accepted, zone=file.zone, epsg=file.epsg)
    located = None if area_of is None else located_in(area_of)
    return (*away, *examine(rows, source=mapping.id, grid=Grid(file.epsg, 250.0), located=located))


def located_in(area_of: NDArray[np.str_]) -> Located:
    """Return the same with numbers for the ids, "" being no area."""
    ids, area = np.unique(area_of, return_inverse=True)
    outside = int(ids[0] == "")
    return Located(tuple(ids[outside:].tolist()), area - outside)


@lru_cache
def untouched(file: File) -> tuple[Finding, ...]:
    """Return what is found in the file as it is."""
    return findings_of(file.table(), file)


def check_found(kind: Kind) -> Finding:
    """Plant a kind of defect, and judge what is found."""
    table, truth = kind.planted()
    return judge(truth, kind, findings_of(table, kind.file), untouched(kind.file))


def judge(truth: Truth, kind: Kind, planted: tuple[Finding, ...], clean_file: tuple[Finding, ...]) -> Finding:
    """Return the one finding that is the planted defect, sized as the plan demands; whatever else alarms must be
    known from the untouched file.
    """
    alarms = [each for each in planted if each.severity is Severity.ALARM]
    (found,) = [each for each in alarms if each.name == kind.name and _overlaps(each, truth)]
    assert abs(found.size.value - truth.size) <= truth.tolerance * truth.size, (found.size, truth)
    assert found.place == truth.place or not truth.place
    if truth.start and truth.end:
        assert found.period is not None
        off = (abs((found.period.start - truth.start).days), abs((found.period.end - truth.end).days))
        assert max(off) <= truth.margin_days, (found.period, truth)
    for name, (value, margin) in truth.others.items():
        assert abs(found.measure(name) - value) <= margin, (name, found.measure(name), value)
    others = [each for each in alarms if each is not found and not _known(each, clean_file)]
    assert not others, others
    return found


def _known(finding: Finding, clean_file: tuple[Finding, ...]) -> bool:
    """Return whether the untouched file raises it too, by this rule or, for the same days, by another."""
    return any(
        (each.name, each.period, each.place) == (finding.name, finding.period, finding.place)
        or bool(each.period and finding.period and each.period.start <= finding.period.end <= each.period.end)
        for each in clean_file
        if each.severity is Severity.ALARM
    )


def _overlaps(finding: Finding, truth: Truth) -> bool:
    if truth.start is None or truth.end is None or finding.period is None:
        return finding.period is None
    return finding.period.start < truth.end and truth.start < finding.period.end
