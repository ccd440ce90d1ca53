"""A first mapping for a file nobody has mapped yet: what can be seen in it is written down, what cannot is asked.

A draft is YAML for a person to read and correct. `# check` marks a guess; `"?"` a decision that the file does not
make, and a mapping with one of those cannot be used (`domain.strict`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from peelian.city.drafting.calls import call_roles, kind_line
from peelian.city.drafting.codes import propose
from peelian.city.drafting.columns import Column, has_decimal_commas, in_degrees, look_at
from peelian.city.drafting.file import DraftFile, read_for_draft
from peelian.city.drafting.formats import COMBINED, format_lines
from peelian.city.drafting.roles import Roles, guess_roles
from peelian.city.drafting.times import span
from peelian.city.drafting.unused import suggested_times, unused_lines
from peelian.city.drafting.words import ASK, scalar
from peelian.city.mapping.source import WGS84, Columns, Offences, SourceMapping
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, project
from peelian.domain.plural import plural

TAIL = 0.001
"""Share of the points at either end of an axis that do not stretch the bounding box."""

MARGIN = 0.1
"""By how much of its size the box is widened on every side, so that only far strays fall outside."""

ALMOST = 0.99
"""Share of different values from which a column may be a key of which some rows came again."""

LEAST_MARGIN_DEGREES = 0.01
"""Least widening: about a kilometre of latitude."""


@dataclass(frozen=True, eq=False)
class _Found:
    """A file and its columns by role; `system` is the reference system of x and y, None where nobody said it.

    `suggested` are columns that nothing reads yet and that could be times of a role, `calls` those that calls have.
    """

    file: DraftFile
    columns: tuple[Column, ...]
    roles: Roles
    start: Column
    x: Column
    y: Column
    system: str | None
    suggested: Mapping[str, Column]
    calls: Mapping[str, Column]

    @property
    def word(self) -> dict[str, str]:
        """Return the words that the YAML has for roles."""
        degrees = self.system == WGS84
        return {"occurred_start": "time", "x": "lon" if degrees else "x", "y": "lat" if degrees else "y"}


def draft_mapping(
    file: Path, *, id: str, publisher: str, licence: str, zone: str, crs: str | None = None
) -> str:
    """Return a mapping for the CSV or Parquet `file` as YAML text, to be checked by a person.

    Parameters
    ----------
    id, publisher, licence, zone : as in `SourceMapping`; no file tells them.
    crs : reference system of coordinates that are not degrees, such as "EPSG:2913".

    Raises
    ------
    BadInput : no column looks like a time, or no two like coordinates: without them there is nothing to map. An id
        or a zone that no mapping may have; a `crs` that there is not, or for degrees.
    """
    _refuse_as_a_mapping_would(id=id, publisher=publisher, licence=licence, zone=zone)
    _refuse_unknown(crs)
    found = _find(read_for_draft(file), crs=crs)
    rows = found.file.table.num_rows
    head = [
        f"# Drafted from {file.name} ({plural(rows, 'row')}). `# check` marks a guess; every {ASK} is a decision to "
        "make.",
        "schema: 1",
        f"id: {id}",
        f"publisher: {scalar(publisher)}",
        f"licence: {scalar(licence)}",
        f"frequency: {ASK}  # daily, weekly, monthly, yearly or once?",
        f"format: {found.file.format}",
        f"encoding: {found.file.encoding}",
        f"zone: {zone}",
    ]
    parts = (
        kind_line(found.calls),
        format_lines(found.roles, suggested=found.suggested),
        _columns(found),
        _precision(),
        _offences(found),
        _places(found),
        _load(found),
    )
    return "\n".join([*head, *(line for part in parts for line in part)]) + "\n"


def _refuse_as_a_mapping_would(*, id: str, publisher: str, licence: str, zone: str) -> None:
    """Refuse, in the words of `SourceMapping`, what no file tells and the caller gave."""
    SourceMapping(
        id=id,
        publisher=publisher,
        licence=licence,
        frequency="once",
        format="csv",
        zone=zone,
        columns=Columns(occurred_start="time", x="lon", y="lat"),
        offences=Offences(everything="all"),
        precision_m=0.0,
    )


def _refuse_unknown(crs: str | None) -> None:
    try:
        CRS.from_user_input(crs or WGS84)
    except CRSError:
        raise BadInput(f"--crs {crs} is no reference system that PROJ knows, such as EPSG:2913.") from None


def _find(file: DraftFile, *, crs: str | None) -> _Found:
    columns = look_at(file.table)
    roles = guess_roles(columns)
    if roles.x is None or roles.y is None or roles.occurred_start is None:
        _refuse_decimal_commas(columns, name=file.name)
        lacking = "a time" if roles.occurred_start is None else "coordinates"
        raise BadInput(
            f"No column of {file.name} looks like {lacking} (it has {', '.join(file.table.column_names)}): rename the "
            "column in a copy of the file or write the mapping by hand."
        )
    degrees = in_degrees(roles.x) and in_degrees(roles.y)
    if degrees and crs not in (None, WGS84):
        raise BadInput(
            f"{roles.x.name!r} and {roles.y.name!r} of {file.name} are degrees, to which --crs {crs} does not apply: "
            "leave it out, or draft from a copy of the file without these columns if there are others."
        )
    system = WGS84 if degrees else crs
    calls = call_roles(columns)
    suggested = suggested_times(columns, roles, calls=calls)
    return _Found(file, columns, roles, roles.occurred_start, roles.x, roles.y, system, suggested, calls)


def _refuse_decimal_commas(columns: Sequence[Column], *, name: str) -> None:
    for column in columns:
        if has_decimal_commas(column) and (column.named("x") or column.named("y")):
            raise BadInput(
                f"The coordinates of {name} have a comma before their decimals ({column.name!r}); save the file with "
                "points there, which is what is read here."
            )


def _columns(found: _Found) -> Iterator[str]:
    """Yield the roles and their columns, and as comments all other columns."""
    roles = found.roles
    yield "columns:"
    for role in ("key", "occurred_start", "occurred_end", "reported", "recorded", "x", "y", "offence"):
        if (column := getattr(roles, role)) is not None:
            name = COMBINED if column is found.start and roles.clock is not None else column.name
            yield f"  {found.word.get(role, role)}: {scalar(name)}{_doubt(role, roles)}"
    if found.system is None:
        yield f'  crs: {ASK}  # of x and y, such as "EPSG:2913"; the publisher says it'
    elif found.system != WGS84:
        yield f"  crs: {json.dumps(found.system)}"
    if roles.key is None:
        yield _no_key(found)
    yield from unused_lines(
        found.columns, roles, suggested=found.suggested, calls=found.calls, nested=found.file.nested
    )


def _no_key(found: _Found) -> str:
    """Return what to do without a column that is called a key: one may be that has another name."""
    own = [
        each
        for each in found.columns
        if each.distinct == len(each.values) and not each.personal and each not in found.roles.used()
    ]
    if not own and (almost := _almost_own(found)):
        different = f"{almost.distinct:,} of {plural(len(almost.values), 'row')} different"
        told = f"{different}: if it is the publisher's number of the row, take the # out"
        return f"  # key: {scalar(almost.name)}  # {told}"
    if not own:
        return (
            "  # no key: no column has another value in every row, so equal rows are incidents of their own"
        )
    told = "another value in every row: if it is the publisher's number of the row, take the # out"
    return f"  # key: {scalar(own[0].name)}  # {told}"


def _almost_own(found: _Found) -> Column | None:
    """Return a column called a key of which a few values come again, as they do where a file repeats a row."""
    called = [
        each
        for each in found.columns
        if each.named("key") and not each.personal and each.times is None and each not in found.roles.used()
    ]
    best = max(called, key=lambda each: each.distinct, default=None)
    return best if best is not None and best.distinct >= ALMOST * len(best.values) else None


def _doubt(role: str, roles: Roles) -> str:
    if role == "offence" and roles.offence is not None:
        others = ", ".join(f"{scalar(each.name)} ({each.distinct} values)" for each in roles.other_offences)
        return f"  # check: {roles.offence.distinct} values" + (f"; or is it {others}?" if others else "")
    times = roles.occurred_start.times if roles.occurred_start is not None else None
    if role == "occurred_start" and times is not None and times.offset:
        return "  # check: its times carry an offset from UTC; is it true?"
    return "  # check" if role in {"key", "occurred_start", "recorded"} else ""


def _precision() -> Iterator[str]:
    yield f"precision_m: {ASK}  # how exact is a place? 10 for an address, 100 for the middle of a block"


def _offences(found: _Found) -> Iterator[str]:
    """Yield every published code with its rows and what it may mean."""
    if found.roles.offence is None:
        yield f'offences: {{"*": {ASK}}}  # no column looks like an offence: which one is every row?'
    else:
        yield "offences:  # published code -> your group and its NIBRS code"
        counts = found.roles.offence.values.drop_null().value_counts().to_pylist()
        for each in sorted(counts, key=lambda each: (-each["counts"], each["values"])):
            proposed = propose(each["values"])
            meaning = (
                f'{{group: {scalar(proposed.group)}, nibrs: "{proposed.nibrs}"}}'
                if proposed.nibrs
                else scalar(proposed.group)
            )
            yield f"  {scalar(each['values'])}: {meaning}  # check: {plural(each['counts'], 'row')}"
    yield _origin(found.roles.offence)


def _origin(offence: Column | None) -> str:
    """Return the line on origins; a code without a NIBRS code is taken for victim-reported whatever it means."""
    line = "origin: {default: victim-reported}  # offences that police activity finds are set apart by their NIBRS code"
    codes = [] if offence is None else offence.values.drop_null().unique().to_pylist()
    without = sum(propose(code).nibrs is None for code in codes)
    told = f"; {without} codes here have none: say under `by_offence` which of them patrols find"
    return line + told * (without > 0)


def _places(found: _Found) -> Iterator[str]:
    """Yield the box around all points but the outermost, in WGS 84 degrees."""
    x, y = found.x.numbers, found.y.numbers
    if found.system is None or x is None or y is None:
        yield f"bbox: {{west: {ASK}, south: {ASK}, east: {ASK}, north: {ASK}}}  # drafted with a crs, it is computed"
        return
    given = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    lon, lat = project(x[given], y[given], source=found.system, target=WGS84)
    south, north = _span(lat, least=LEAST_MARGIN_DEGREES)
    west, east = _span(lon, least=LEAST_MARGIN_DEGREES / math.cos(math.radians((south + north) / 2)))
    yield (
        f"bbox: {{west: {west}, south: {south}, east: {east}, north: {north}}}  # check: where its points lie, widened "
        "by a tenth on each side; set it to the town's limits"
    )


def _span(degrees: Floats, *, least: float) -> tuple[float, float]:
    """Return the edges that leave `TAIL` of the values out at either end, widened by `MARGIN`, or `least` degrees."""
    low, high = (float(edge) for edge in np.quantile(degrees[np.isfinite(degrees)], [TAIL, 1 - TAIL]))
    margin = max((high - low) * MARGIN, least)
    return math.floor((low - margin) * 1000) / 1000, math.ceil((high + margin) * 1000) / 1000


def _load(found: _Found) -> Iterator[str]:
    """Yield the dates, and what a load must look like, after what this file looks like."""
    rows, times, roles = found.file.table.num_rows, found.start.times, found.roles
    if times is not None:
        first, last = span(found.start.values.drop_null().unique().to_pylist(), times.formats[0])
        seen = f"it runs from {first.date()} to {last.date()}"
        yield f"dates: {{earliest: {first.year}-01-01, latest_days_after_load: 1}}  # check: {seen}"
    mapped = {role: getattr(roles, role) for role in ("key", "occurred_start", "x", "y", "offence")}
    filled = {found.word.get(role, role): _least(each) for role, each in mapped.items() if each is not None}
    yield "assertions:  # a load that breaks one of them is held back"
    yield (
        f"  rows: {{min: 1, max: {rows * 3}}}  # check: this file has {rows:,}; does each file hold everything, or "
        "only what is new? If everything, raise min"
    )
    yield f"  filled: {{{', '.join(f'{word}: {share}' for word, share in filled.items())}}}"


def _least(column: Column) -> float:
    """Return the least share of filled rows to expect: all where all are, else a little under what was seen."""
    return 1.0 if column.values.null_count == 0 else max(math.floor(column.filled * 100 - 2) / 100, 0.0)
