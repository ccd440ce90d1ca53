"""Cleaning a file: every row is accepted or turned away with a reason, or the whole load is held back.

`accepted + rejected == read`, always. Nothing is guessed: a row whose time or place cannot be used is turned
away, a code nobody knows stops the load, and so does anything that happens to too many rows at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.civil_time import Moments
from peelian.city.codes import Codes
from peelian.city.findings import Count, Findings, LoadHeld, Reason
from peelian.city.incident_table import ACCEPTED, INSTANT, REJECTED
from peelian.city.judge import KEPT, REASONS, Verdicts, judge_rows, problems_of
from peelian.city.mapping import SourceMapping
from peelian.city.parse import TIME_ROLES, Flags, Times, read_words
from peelian.city.read import RawFile
from peelian.city.understand import Understood, understand
from peelian.domain.incident import TimeNote


@dataclass(frozen=True, eq=False)
class Cleaned:
    """What became of a file: `accepted` (schema ACCEPTED), `rejected` (schema REJECTED), and the account of it."""

    accepted: pa.Table
    rejected: pa.Table
    findings: Findings


def clean(raw: RawFile, *, mapping: SourceMapping, key: bytes, epsg: int, loaded_on: date) -> Cleaned:
    """Return the rows of `raw`, accepted or turned away.

    Parameters
    ----------
    key : the deployment's secret for identities; the same file under the same key gives the same identities.
    epsg : the deployment's projected system, in metres.
    loaded_on : civil day of the load; nothing can have been recorded after it (one day of grace for zones).

    Raises
    ------
    LoadHeld : an unknown code, exchanged coordinates, or an assertion of the mapping that does not hold.
    """
    understood = understand(raw.table, mapping=mapping, key=key, epsg=epsg)
    verdicts = judge_rows(understood, mapping=mapping, loaded_on=loaded_on)
    findings = _account(raw, verdicts, understood.codes, mapping=mapping)
    problems = problems_of(
        findings,
        mapping=mapping,
        filled=_filled(raw.table, mapping),
        first=_first(raw, verdicts, mapping),
        repeated=int(understood.identities.repeated.sum()),
    )
    if problems:
        raise LoadHeld(replace(findings, problems=problems))
    kept = verdicts == KEPT
    return Cleaned(
        accepted=_accepted(understood, mapping).filter(pa.array(kept)),
        rejected=_rejected(raw, verdicts),
        findings=replace(findings, notes=_notes(understood, kept, mapping)),
    )


def _account(raw: RawFile, verdicts: Verdicts, codes: Codes, *, mapping: SourceMapping) -> Findings:
    counts = np.bincount(verdicts, minlength=KEPT + 1)
    counts[REASONS.index(Reason.FIELDS)] = len(raw.wrong_fields)
    rejected = [Count(reason.value, int(rows)) for reason, rows in zip(REASONS, counts, strict=False) if rows]
    return Findings(mapping.id, raw.rows, int(counts[KEPT]), tuple(rejected), unknown_codes=codes.unknown)


def _filled(table: pa.Table, mapping: SourceMapping) -> dict[str, float]:
    """Return by role the share of rows in which its column is not blank."""
    rows, roles = max(table.num_rows, 1), mapping.columns.by_role()
    return {role: 1 - read_words(table[roles[role]]).null_count / rows for role in mapping.assertions.filled}


def _first(raw: RawFile, verdicts: Verdicts, mapping: SourceMapping) -> dict[str, str]:
    """Return by reason the first row turned away for it, in words, with its time where that is the trouble."""
    first: dict[str, str] = {}
    if raw.wrong_fields:
        first[Reason.FIELDS] = f"row {raw.wrong_fields[0].row_number:,}"
    for place, reason in enumerate(REASONS):
        if len(rows := np.flatnonzero(verdicts == place)):
            first[reason] = f"row {raw.row_numbers[rows[0]]:,}"
            if reason is Reason.TIME_UNREADABLE:
                roles = mapping.columns.by_role()
                texts = [raw.table[roles[role]][int(rows[0])] for role in TIME_ROLES if role in roles]
                first[reason] += "".join(f", {text.as_py()!r}" for text in texts if text.is_valid)
    return first


def _accepted(understood: Understood, mapping: SourceMapping) -> pa.Table:
    """Return every row in the columns of ACCEPTED; rows that are not accepted may hold nonsense."""
    start, rows = understood.start, len(understood)
    codes, places, times = understood.codes, understood.places, understood.parsed.times
    columns = {
        "key_hmac": understood.identities.key_hmac,
        "content_hash": understood.identities.content_hash,
        **{role: _instants(times.get(role), rows) for role in TIME_ROLES},
        "local_date": pa.array(start.local.astype("M8[D]"), pa.date32()),
        "local_hour": pa.array(_hours(start.local), pa.int8(), mask=start.day_only | np.isnat(start.local)),
        "time_note": _time_notes(start),
        "lon": pa.array(places.lon),
        "lat": pa.array(places.lat),
        "x_m": pa.array(places.x_m),
        "y_m": pa.array(places.y_m),
        "precision_m": pa.array(np.full(rows, mapping.precision_m, dtype=np.float32)),
        "offence_published": codes.published,
        "offence": codes.offence,
        "origin": codes.origin,
        "source": pa.repeat(pa.scalar(mapping.id), rows),
        "withdrawn": pa.array(codes.withdrawn),
    }
    return pa.Table.from_pydict(columns, schema=ACCEPTED)


def _instants(times: Times | None, rows: int) -> pa.Array:
    return pa.nulls(rows, INSTANT) if times is None else pa.array(times.instant, INSTANT)


def _hours(local: Moments) -> NDArray[np.int64]:
    hours: NDArray[np.int64] = (local.astype("M8[h]") - local.astype("M8[D]")).astype(np.int64)
    return np.where(np.isnat(local), 0, hours)


def _time_notes(times: Times) -> pa.Array:
    notes = np.array([TimeNote.PLAIN.value, TimeNote.AMBIGUOUS.value, TimeNote.GAP.value], dtype=object)
    return pa.array(notes[times.ambiguous + 2 * times.gap], pa.string())


def _rejected(raw: RawFile, verdicts: Verdicts) -> pa.Table:
    """Return the rows turned away, in the order of the file, each with its mapped columns as published."""
    away = np.flatnonzero(verdicts != KEPT)
    texts = {name: read_words(raw.table[name].take(pa.array(away))) for name in raw.table.column_names}
    told = [
        (int(raw.row_numbers[row]), REASONS[verdicts[row]].value, fields)
        for row, fields in zip(away, pa.table(texts).to_pylist(), strict=True)
    ]
    told += [
        (row.row_number, Reason.FIELDS.value, {"fields": row.found, "expected": row.expected})
        for row in raw.wrong_fields
    ]
    told.sort(key=lambda row: row[0])
    rows = [(number, reason, json.dumps(fields, ensure_ascii=False)) for number, reason, fields in told]
    return pa.table([list(column) for column in zip(*rows, strict=True)] or [[], [], []], schema=REJECTED)


def _notes(understood: Understood, kept: Flags, mapping: SourceMapping) -> tuple[Count, ...]:
    """Return what was kept and still deserves a word; rows turned away are not counted here."""
    start, parsed = understood.start, understood.parsed
    flags = {
        TimeNote.AMBIGUOUS.value: start.ambiguous,
        TimeNote.GAP.value: start.gap,
        "equals-an-earlier-row": understood.identities.repeated,
        "recorded-before-it-occurred": parsed.times.get("recorded", start).instant < start.instant,
    }
    counts = [Count(name, int((flag & kept).sum())) for name, flag in flags.items()]
    by_hand = [
        Count(f"corrected {each.column} {each.old!r} to {each.new!r}", rows)
        for each, rows in zip(mapping.corrections, parsed.corrected, strict=True)
    ]
    return (*(count for count in counts if count.rows), *by_hand)
