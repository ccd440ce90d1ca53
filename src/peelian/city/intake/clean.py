"""Cleaning a file: every row is accepted or turned away with a reason, or the whole load is held back.

`accepted + rejected == read`, always. Nothing is guessed: a row whose time or place cannot be used is turned
away, a code nobody knows stops the load, and so does anything that happens to too many rows at once.

The file goes by in blocks, and what is kept of each is small; what concerns the file as a whole is judged at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from peelian.city.findings import Count, Findings, LoadHeld, Reason, UnknownCode
from peelian.city.intake.by_address import Place
from peelian.city.intake.delivery import Delivery, read_ahead
from peelian.city.intake.identity import as_column
from peelian.city.intake.incident_table import REJECTED
from peelian.city.intake.judge import KEPT, PLACE_OF, REASONS, problems_of
from peelian.city.intake.judged import (
    PLAIN_NOTES,
    Erased,
    JudgedBlock,
    Rules,
    judge_block,
    note_names,
    offset_notes,
)
from peelian.city.intake.shapes import shape_of
from peelian.city.intake.whole import Whole, see_whole
from peelian.city.mapping.source import SourceMapping


@dataclass(frozen=True, eq=False)
class Cleaned:
    """What became of a file: `accepted` (`Shape.accepted`), `rejected` (schema REJECTED), and the account of it."""

    accepted: pa.Table
    rejected: pa.Table
    findings: Findings


def clean(
    raw: Delivery,
    *,
    mapping: SourceMapping,
    key: bytes,
    epsg: int,
    loaded_on: date,
    place: Place | None = None,
    erased: Erased | None = None,
) -> Cleaned:
    """Return the rows of `raw`, accepted or turned away.

    Parameters
    ----------
    key : the deployment's secret for identities; the same file under the same key gives the same identities.
    epsg : the deployment's projected system, in metres.
    loaded_on : civil day of the load; nothing can have been recorded after it (one day of grace for zones).
    place : looks up the addresses of rows without coordinates; without it such rows have no place.
    erased : tells which rows were erased for good.

    Raises
    ------
    LoadHeld : an unknown code, exchanged coordinates, or an assertion of the mapping that does not hold.
    """
    rules = Rules(mapping, shape_of(mapping), key, epsg, loaded_on, place, erased)
    blocks = [judge_block(block, rules) for block in read_ahead(raw.blocks())]
    whole = see_whole(blocks, rules)
    findings = _account(blocks, whole, mapping)
    problems = problems_of(
        findings,
        mapping=mapping,
        filled=_filled(blocks, rows=len(whole.verdicts)),
        first=_first(blocks, whole),
        repeated=int(whole.repeated.sum()),
        by_group=sum((block.by_group for block in blocks), Counter()),
    )
    if problems:
        raise LoadHeld(replace(findings, problems=problems))
    findings, rejected = replace(findings, notes=_notes(blocks, whole, rules)), _rejected(blocks, whole)
    return Cleaned(_accepted(blocks, whole, rules), rejected, findings)


def _account(blocks: Sequence[JudgedBlock], whole: Whole, mapping: SourceMapping) -> Findings:
    counts = np.bincount(whole.verdicts, minlength=KEPT + 1)
    counts[PLACE_OF[Reason.FIELDS]] = sum(len(block.wrong_fields) for block in blocks)
    rejected = [Count(reason.value, int(rows)) for reason, rows in zip(REASONS, counts, strict=False) if rows]
    read, accepted = int(counts.sum()), int(counts[KEPT])
    return Findings(mapping.id, read, accepted, tuple(rejected), unknown_codes=_unknown(blocks))


def _unknown(blocks: Sequence[JudgedBlock]) -> tuple[UnknownCode, ...]:
    """Return the unknown codes of all blocks: by role, the most frequent first."""
    counted: Counter[tuple[str, str]] = Counter()
    for block in blocks:
        counted.update({(code.role, code.code): code.rows for code in block.unknown})
    roles = list(dict.fromkeys(role for role, _ in counted))
    listed = sorted(counted.items(), key=lambda item: (roles.index(item[0][0]), -item[1], item[0][1]))
    return tuple(UnknownCode(role, code, rows) for (role, code), rows in listed)


def _filled(blocks: Sequence[JudgedBlock], *, rows: int) -> dict[str, float]:
    """Return by role the share of rows in which its column is not blank."""
    given: Counter[str] = Counter()
    for block in blocks:
        given.update(block.given)
    return {role: number / max(rows, 1) for role, number in given.items()}


def _first(blocks: Sequence[JudgedBlock], whole: Whole) -> dict[str, str]:
    """Return by reason the first row turned away for it, in words."""
    first: dict[str, str] = {}
    for (start, end), block in _spans(blocks):
        for reason, where in block.first.items():
            first.setdefault(reason, where)
        for reason in (Reason.KEY_CONFLICT, Reason.DUPLICATE):
            rows = np.flatnonzero(whole.verdicts[start:end] == PLACE_OF[reason])
            if len(rows) and reason not in first:
                first[reason] = f"row {block.text.row_number(rows[0]):,}"
    return first


def _spans(blocks: Sequence[JudgedBlock]) -> Iterator[tuple[tuple[int, int], JudgedBlock]]:
    """Yield where the rows of each block lie among all rows."""
    start = 0
    for block in blocks:
        end = start + len(block.verdicts)
        yield (start, end), block
        start = end


def _accepted(blocks: list[JudgedBlock], whole: Whole, rules: Rules) -> pa.Table:
    """Return the accepted rows, a chunk for each block; the blocks are used up, so that no row is held twice."""
    schema, tables, end = rules.shape.accepted, [], 0
    while blocks:
        block = blocks.pop(0)
        start, end = end, end + len(block.verdicts)
        own = {"key_hmac": whole.keys, "content_hash": whole.contents}
        columns = [
            as_column(own[name][start:end]) if name in own else block.rows[name] for name in schema.names
        ]
        kept = whole.verdicts[start:end] == KEPT
        table = pa.table(columns, schema=schema)
        tables.append(table if kept.all() else table.filter(pa.array(kept)))
    return pa.concat_tables(tables)


def _rejected(blocks: Sequence[JudgedBlock], whole: Whole) -> pa.Table:
    """Return the rows turned away, in the order of the file, each with its mapped columns as published."""
    told = []
    for (start, end), block in _spans(blocks):
        verdicts = whole.verdicts[start:end]
        told += block.text.tell(np.flatnonzero(verdicts != KEPT), verdicts)
        told += [block.text.tell_wrong(row) for row in block.wrong_fields]
    told.sort(key=lambda row: row[0])
    return pa.table([list(column) for column in zip(*told, strict=True)] or [[], [], []], schema=REJECTED)


def _notes(blocks: Sequence[JudgedBlock], whole: Whole, rules: Rules) -> tuple[Count, ...]:
    """Return what was kept and still deserves a word; rows turned away are not counted here."""
    kept = whole.verdicts == KEPT
    bits = whole.notes[kept]
    rows = {
        name: int(np.count_nonzero(bits & np.uint32(1 << bit)))
        for bit, name in enumerate(note_names(rules.shape))
    }
    counts = [Count(name, rows[name]) for name in PLAIN_NOTES]
    counts.append(Count("equals-an-earlier-row", int((whole.repeated & kept).sum())))
    pairs = (offset_notes(role) for role in rules.shape.times)
    mixed = [Count(name, rows[name]) for pair in pairs if all(rows[each] for each in pair) for name in pair]
    by_hand = [
        Count(
            f"corrected {each.column} {each.old!r} to {each.new!r}",
            sum(block.corrected[place] for block in blocks),
        )
        for place, each in enumerate(rules.mapping.corrections)
    ]
    return (*(count for count in counts if count.rows), *mixed, *by_hand)
