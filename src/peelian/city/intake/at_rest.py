"""From understood rows to the columns they are stored in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.civil_time import Moments
from peelian.city.intake.parse import Times
from peelian.city.intake.shape import INSTANT, WORD, Shape
from peelian.city.intake.understand import Understood
from peelian.city.mapping.source import SourceMapping
from peelian.domain.incident import TimeNote


def at_rest(understood: Understood, *, mapping: SourceMapping, shape: Shape) -> pa.Table:
    """Return every row in the columns of its kind but for the identities."""
    start, rows = understood.start, len(understood)
    codes, places, parsed = understood.codes, understood.places, understood.parsed
    columns = {
        **{column: _instants(parsed.times.get(role), rows) for role, column in shape.times.items()},
        shape.published: codes.published,
        shape.group: codes.offence,
        **{role: parsed.words.get(role, pa.nulls(rows, pa.string())) for role in shape.words},
        "local_date": pa.array(start.local.astype("M8[D]"), pa.date32()),
        "local_hour": pa.array(_hours(start.local), pa.int8(), mask=start.day_only | np.isnat(start.local)),
        "time_note": _time_notes(start, by_month=mapping.time_resolution == "month"),
        "lon": pa.array(places.lon),
        "lat": pa.array(places.lat),
        "x_m": pa.array(places.x_m),
        "y_m": pa.array(places.y_m),
        "precision_m": pa.array(np.maximum(places.precision_m, _snapped_m(mapping)), pa.float32()),
        "origin": codes.origin,
        "source": _of_few(np.zeros(rows, dtype=np.int32), [mapping.id]),
        "withdrawn": pa.array(codes.withdrawn),
    }
    schema = pa.schema([field for field in shape.accepted if field.name in columns])
    return pa.table([columns[name].cast(schema.field(name).type) for name in schema.names], schema=schema)


def _instants(times: Times | None, rows: int) -> pa.Array:
    return pa.nulls(rows, INSTANT) if times is None else pa.array(times.instant, INSTANT)


def _hours(local: Moments) -> NDArray[np.int64]:
    hours: NDArray[np.int64] = (local.astype("M8[h]") - local.astype("M8[D]")).astype(np.int64)
    return np.where(np.isnat(local), 0, hours)


def _time_notes(times: Times, *, by_month: bool) -> pa.DictionaryArray:
    if by_month:
        return _of_few(np.zeros(len(times.given), dtype=np.int32), [TimeNote.MONTH.value])
    which = times.ambiguous + 2 * times.gap
    return _of_few(which, [TimeNote.PLAIN.value, TimeNote.AMBIGUOUS.value, TimeNote.GAP.value])


def _snapped_m(mapping: SourceMapping) -> float:
    """Return how exact anonymised points are at best: half the smallest cell that they carry a claim on."""
    return 0.0 if mapping.snapped is None else mapping.snapped.smallest_cell_m / 2


def _of_few(which: NDArray[np.integer], words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), pa.array(words)).cast(WORD)
