"""What a file shows of a mapping: how its columns are filled, which codes stand in it, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.intake.codes import Codes, read_codes
from peelian.city.intake.combine import combined
from peelian.city.intake.delivery import Block
from peelian.city.intake.parse import Parsed, parse
from peelian.city.intake.text import read_words
from peelian.city.mapping.source import SourceMapping
from peelian.domain.incident import Origin


@dataclass(frozen=True)
class SeenCode:
    """A published code in a file: its rows, and those of each origin."""

    code: str
    rows: int
    origins: tuple[tuple[Origin, int], ...]


@dataclass(frozen=True)
class Seen:
    """What a file shows.

    Parameters
    ----------
    rows : with the right number of fields.
    filled : by role, the rows in which its column is not blank.
    codes : the offence codes, the most frequent first; unknown ones too.
    ruled : for each origin rule of the mapping, the rows it decides.
    corrected : for each correction of the mapping, the rows it changes.
    """

    rows: int
    filled: tuple[tuple[str, int], ...]
    codes: tuple[SeenCode, ...]
    ruled: tuple[int, ...]
    corrected: tuple[int, ...]


def see(blocks: Iterable[Block], *, mapping: SourceMapping) -> Seen:
    """Return what the rows of a delivery show of `mapping`."""
    rows, filled, ruled, corrected = 0, Counter[str](), Counter[int](), Counter[int]()
    coded: Counter[tuple[str, str]] = Counter()
    for block in blocks:
        table = combined(block.table, mapping=mapping)
        parsed = parse(table, mapping=mapping, corrections=mapping.corrections)
        rows += table.num_rows
        filled.update(dict(_filled(table, mapping)))
        ruled.update(dict(enumerate(_ruled(parsed, mapping))))
        corrected.update(dict(enumerate(parsed.corrected)))
        coded.update(_coded(read_codes(parsed, mapping=mapping)))
    return Seen(
        rows=rows,
        filled=tuple((role, filled[role]) for role in mapping.columns.by_role()),
        codes=_by_rows(coded),
        ruled=tuple(ruled[place] for place in range(len(mapping.origins.rules))),
        corrected=tuple(corrected[place] for place in range(len(mapping.corrections))),
    )


def _filled(table: pa.Table, mapping: SourceMapping) -> Iterator[tuple[str, int]]:
    for role, column in mapping.columns.by_role().items():
        yield role, table.num_rows - read_words(table[column]).null_count


def _ruled(parsed: Parsed, mapping: SourceMapping) -> Iterator[int]:
    """Yield the rows that each rule decides: those that no rule before it has."""
    free = pa.array([True] * len(parsed.x))
    for rule in mapping.origins.rules if "origin" not in parsed.words else ():
        hit = pc.is_in(parsed.beside[rule.column], value_set=pa.array(rule.values, pa.string()))
        yield pc.sum(pc.and_(free, hit)).as_py() or 0
        free = pc.and_not(free, hit)


def _coded(codes: Codes) -> dict[tuple[str, str], int]:
    """Return the rows by published code and origin."""
    table = pa.table({"code": codes.published, "origin": codes.origin}).drop_null()
    counted = table.group_by(["code", "origin"]).aggregate([([], "count_all")]).to_pylist()
    return {(each["code"], each["origin"]): each["count_all"] for each in counted}


def _by_rows(coded: Counter[tuple[str, str]]) -> tuple[SeenCode, ...]:
    origins: dict[str, list[tuple[Origin, int]]] = {}
    for (code, origin), rows in coded.most_common():
        origins.setdefault(code, []).append((Origin(origin), rows))
    seen = [SeenCode(code, sum(rows for _, rows in each), tuple(each)) for code, each in origins.items()]
    return tuple(sorted(seen, key=lambda each: (-each.rows, each.code)))
