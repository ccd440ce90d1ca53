"""Shifts from a small file, and the shift in which an instant falls, on days when the clocks change too."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from peelian.city.civil_time import Moments, to_instants, to_local
from peelian.domain.errors import BadInput
from peelian.domain.shifts import Shift

COLUMNS = ("shift_id", "name", "start", "end", "weekdays")
DAY = np.timedelta64(1, "D")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def read_shifts(path: Path) -> tuple[Shift, ...]:
    """Return the shifts in a CSV with the columns COLUMNS, or in a YAML list `shifts` with the same keys.

    Times are written 22:00, weekdays 12345 (1 is Monday). Days of validity are not part of the file: they are
    those of the delivery.
    """
    try:
        text = path.read_text("utf-8-sig")
        rows = (
            _yaml_rows(text) if path.suffix in {".yaml", ".yml"} else list(csv.DictReader(text.splitlines()))
        )
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from None
    except (UnicodeDecodeError, yaml.YAMLError, csv.Error, TypeError, KeyError) as error:
        raise BadInput(
            f"{path.name} is no list of shifts that can be read ({error}); see its example."
        ) from None
    shifts = tuple(_shift(row, where=f"{path.name}, shift {n}") for n, row in enumerate(rows, start=1))
    ids = [shift.shift_id for shift in shifts]
    if not ids or len(set(ids)) < len(ids):
        raise BadInput(f"{path.name} has the shifts {', '.join(ids) or 'none'}; it needs each id once.")
    return shifts


def _yaml_rows(text: str) -> list[dict[str, str]]:
    # The base loader leaves every value as written; the usual one reads 22:00 as the number 1320.
    rows = yaml.load(text, Loader=yaml.BaseLoader)["shifts"]  # noqa: S506  # it makes nothing but text
    return [{str(key): value for key, value in row.items()} for row in rows]


def _shift(row: dict[str, str], *, where: str) -> Shift:
    if set(row) != set(COLUMNS) or not all(isinstance(value, str) for value in row.values()):
        raise BadInput(f"{where} has {', '.join(map(str, row))}; it must have {', '.join(COLUMNS)}.")
    start, end = (_minute(row[key], where=where) for key in ("start", "end"))
    if not row["weekdays"].isdigit():
        raise BadInput(f"{where} begins on {row['weekdays']!r}; write weekdays as digits, 1 for Monday.")
    weekdays = tuple(sorted({int(digit) for digit in row["weekdays"]}))
    return Shift(row["shift_id"].strip(), row["name"].strip(), start, end, weekdays)


def _minute(word: str, *, where: str) -> int:
    match = _CLOCK.fullmatch(word.strip())
    if match is None:
        raise BadInput(f"{where} has the time {word!r}; write it as 07:00 or 22:30.")
    return 60 * int(match[1]) + int(match[2])


def shift_of(instants: Moments, shifts: Sequence[Shift], *, zone: str) -> NDArray[np.object_]:
    """Return, for p UTC instants, the id of the shift worked at each, None where none was.

    A shift begins and ends by the clock on the wall: the night in which clocks go back is an hour longer. A
    clock time that comes twice that night is its first coming, so shifts still follow on each other without
    gap or overlap. Where shifts overlap, the one that began last counts; of those, the smallest id.
    """
    at = np.asarray(instants, "M8[us]")
    known = at[~np.isnat(at)]
    shifts = sorted(shifts, key=lambda each: each.shift_id, reverse=True)
    ids = np.array([*(each.shift_id for each in shifts), None], dtype=object)
    if not (len(known) and shifts):
        return np.full(len(at), None, dtype=object)
    first, last = to_local(np.array([known.min(), known.max()]), zone=zone).astype("M8[D]")
    start, end, shift = _worked(shifts, first=first - DAY, last=last + DAY, zone=zone)
    edges = np.unique(np.concatenate([start, end]))
    owner = np.full(
        len(edges) + 1, -1, dtype=np.int64
    )  # between edges; before the first and after the last, none
    for begin, stop, each in zip(
        np.searchsorted(edges, start), np.searchsorted(edges, end), shift, strict=True
    ):
        owner[begin + 1 : stop + 1] = each
    found: NDArray[np.object_] = ids[owner[np.searchsorted(edges, at, side="right")]]
    found[np.isnat(at)] = None
    return found


def _worked(
    shifts: Sequence[Shift], *, first: np.datetime64, last: np.datetime64, zone: str
) -> tuple[Moments, Moments, NDArray[np.int64]]:
    """Return begin and end in UTC of every shift worked on the days from first to last, and its row.

    In the order in which later ones take over: by begin, and of those that begin together by row.
    """
    days: Moments = np.arange(first, last + DAY, dtype="M8[D]")
    weekday = (days.astype(np.int64) + 3) % 7 + 1  # 1 January 1970 was a Thursday
    starts, ends, rows = [], [], []
    for row, shift in enumerate(shifts):
        worked = np.isin(weekday, shift.weekdays)
        worked &= (days >= np.datetime64(shift.first_day)) & (days < np.datetime64(shift.end_day))
        midnight: Moments = days[worked].astype("M8[us]")
        local: Moments = midnight + np.timedelta64(shift.start_minute, "m")
        starts.append(local)
        ends.append(local + np.timedelta64(shift.minutes, "m"))
        rows.append(np.full(len(local), row, dtype=np.int64))
    start, end, of = np.concatenate(starts), np.concatenate(ends), np.concatenate(rows)
    begin, stop = to_instants(start, zone=zone).instant, to_instants(end, zone=zone).instant
    order = np.lexsort((of, begin))
    return begin[order], stop[order], of[order]
