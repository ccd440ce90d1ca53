"""What stands in the columns of an unknown file, and what their names say."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.drafting.times import TimesGuess, guess_clock, guess_times
from peelian.city.drafting.words import plain_words
from peelian.city.intake.text import read_numbers, read_words
from peelian.domain.place import Floats

SAMPLE = 400
"""Distinct values of a column that are looked at for times."""

PERSONAL = re.compile(
    r"race|ethnic|descent|\bsex\b|gender|\bage\b|\bdob\b|birth|victim|vict\b|suspect|offender|arrestee|subject|person|"
    r"\bfirst name|last name|surname|phone|officer|narrative|plate|licen[cs]e no|"
    r"prenom|naissance|\bsexe\b|telefon|nom de (la |l |famille)|nacimiento|apellido|\bsexo\b|geburt|geschlecht"
)
"""English words, and some of French, Spanish and German; a person reads the rest."""
NAMES = {
    "occurred_start": r"occ(ur)?|(from|start|begin).*(date|time|dt)|(incident|offen[cs]e).*(date|time)",
    "occurred_end": r"occ.*(to|end|until)|(\bto|end|until).*(date|time|dt)",
    "reported": r"\b(rep(or)?t|rpt).*(date|time|dat|dt)|(date|time|dt).*(report|rpt)|^reported",
    "recorded": r"record.*(date|time)|entered|created|recorded$",
    "x": r"^(long?|lng|x)$|longitude|\b(lon|lng)\b|\bx (ft|m|coord)|coord x|point x|easting",
    "y": r"^(lat|y)$|latitude|\blat\b|\by (ft|m|coord)|coord y|point y|northing",
    "key": r"\b(id|no|number|num|key|uuid|objectid|ccn|case)\b",
    "offence": r"offen[cs]e|ofns|crime|crm|ucr|nibrs|charge|nature|\btype\b|categor|desc|classif",
    "address": r"address|block|location|street|intersection",
}
"""What columns of a role are called, among the words of their name."""


@dataclass(frozen=True, eq=False)
class Column:
    """What stands in one column of n rows.

    Parameters
    ----------
    name, plain : as in the file; and in lower-case words, for comparing.
    values : texts, null where blank.
    distinct : different texts that are not blank.
    times : how it may be read as times; `clock` as times of day; `numbers` as numbers (NaN elsewhere), None: not so.
    """

    name: str
    plain: str
    values: pa.StringArray
    distinct: int
    times: TimesGuess | None
    clock: str | None
    numbers: Floats | None

    @property
    def filled(self) -> float:
        """Return the share of rows in which it is not blank."""
        return 1.0 - int(self.values.null_count) / max(len(self.values), 1)

    def named(self, role: str) -> bool:
        """Return whether its name suggests `role`."""
        return re.search(NAMES[role], self.plain) is not None

    @property
    def personal(self) -> bool:
        """Return whether its name suggests that it is about people."""
        return PERSONAL.search(self.plain) is not None


def look_at(table: pa.Table) -> tuple[Column, ...]:
    """Return what stands in each column of `table`, which is all text."""
    return tuple(_column(name, table[name].combine_chunks()) for name in table.column_names)


def _column(name: str, texts: pa.StringArray) -> Column:
    values = read_words(texts)
    distinct = pc.unique(values.drop_null())
    sample: list[str] = distinct[:: max(len(distinct) // SAMPLE, 1)].to_pylist()[:SAMPLE]
    numbers = _numbers(values)
    times = guess_times(sample) if sample else None
    if times is not None and numbers is not None and times.formats == ("%Y%m%d",) and not _dates(numbers):
        times = None
    clock = guess_clock(sample) if sample and times is None else None
    return Column(name, _plain(name), values, len(distinct), times, clock, numbers)


def _plain(name: str) -> str:
    return plain_words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _numbers(values: pa.StringArray) -> Floats | None:
    """Return the column as numbers; None where under nine in ten of its values are numbers."""
    numbers = read_numbers(values)
    known = int(np.isfinite(numbers).sum())
    return numbers if known and known >= 0.9 * (len(values) - values.null_count) else None


def _dates(numbers: Floats) -> bool:
    """Return whether numbers such as 20240131 lie where dates do."""
    seen = numbers[np.isfinite(numbers)]
    return bool(len(seen)) and bool((seen > 19_000_101).all() and (seen < 21_001_231).all())


def has_decimal_commas(column: Column) -> bool:
    """Return whether the values of the column are numbers that part their decimals with a comma."""
    known = column.values.drop_null()
    return len(known) > 0 and bool(pc.all(pc.match_substring_regex(known, r"^-?[0-9]+,[0-9]+$")).as_py())


def in_degrees(column: Column) -> bool:
    """Return whether the numbers of the column can be degrees."""
    if column.numbers is None:
        return False
    seen = column.numbers[np.isfinite(column.numbers)]
    return bool(len(seen)) and float(np.quantile(np.abs(seen), 0.99)) <= 180.0
