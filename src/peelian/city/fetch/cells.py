"""From the values of a JSON answer to columns of text, stopping at whatever changed shape.

Numbers keep the text they were sent as: a key of twenty digits and a coordinate of fifteen stay what they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

import pyarrow as pa

from peelian.domain.errors import BadInput

Row: TypeAlias = Mapping[str, Any]

ABSENT = object()
"""Stands for a value whose name is not there, which says that the publisher has no such column (any more)."""

NO_PARENT = object()
"""Stands for a part of an empty value, which says nothing about whether the part has that name."""

EMPTY = (None, "", ABSENT, NO_PARENT)


class Number(str):
    """A JSON number, as the text it was written in."""

    __slots__ = ()


def check_present(columns: Sequence[str], *, present: Sequence[str]) -> None:
    """Refuse the first mapped column that the publisher does not have, naming the nearest one it has."""
    for column in columns:
        if column not in present and top(column) not in present:
            raise missing(column, present=present)


def top(column: str) -> str:
    """Return the column a path begins in: `location` of `location.latitude`."""
    return column.partition(".")[0]


def missing(column: str, *, present: Sequence[str]) -> BadInput:
    """Return the sentence for a mapped column that is not there."""
    near = get_close_matches(column.lower(), [each.lower() for each in present], n=1, cutoff=0.4)
    hint = next((f"; the nearest is {each!r}" for each in present if each.lower() in near), "")
    return BadInput(
        f"the column {column!r}, which the mapping names, is not there{hint}. If the publisher renamed it, "
        "correct the mapping."
    )


def text_table(
    rows: Sequence[Row], *, columns: Sequence[str], sparse: bool = False
) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the mapped columns of `rows` as text, and what each holds: "text", "number", "truth value" or "".

    `sparse`: the publisher leaves empty values out of its rows, so that an absent column says nothing.
    """
    arrays, kinds = [], []
    for column in columns:
        values = [value_at(row, column) for row in rows]
        found = {id(value) for value in values}
        if not sparse and id(ABSENT) in found and found <= {id(ABSENT), id(NO_PARENT)}:
            raise missing(column, present=_names_beside(rows, column))
        kinds.append(_kind(values, column=column))
        arrays.append(pa.array([_text(value) for value in values], pa.string()))
    return pa.Table.from_arrays(arrays, names=list(columns)), tuple(kinds)


def check_kinds(kinds: Sequence[str], *, before: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Return what each column holds as far as is known now, refusing one that holds something else than `before`."""
    for column, now, earlier in zip(columns, kinds, before, strict=True):
        if now and earlier and now != earlier:
            raise BadInput(
                f"the column {column!r} holds a {now} where earlier pages hold a {earlier}. The publisher changed "
                "it; look at what it means now and correct the mapping."
            )
    return tuple(now or earlier for now, earlier in zip(kinds, before, strict=True))


def value_at(row: Row, column: str) -> Any:
    """Return the value of a column or of a path into a nested one, ABSENT or NO_PARENT where there is none."""
    if column in row:
        return row[column]
    value: Any = row
    for step in column.split("."):
        if value is None:
            return NO_PARENT
        if isinstance(value, Mapping):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def _names_beside(rows: Sequence[Row], column: str) -> list[str]:
    """Return the names that stand where the last step of `column` was looked for."""
    above, _, _ = column.rpartition(".")
    parents = [value_at(row, above) if above else row for row in rows]
    names = {name: None for parent in parents if isinstance(parent, Mapping) for name in parent}
    return [f"{above}.{name}" if above else name for name in names]


def _kind(values: Sequence[Any], *, column: str) -> str:
    """Return what the values are, "" where all are empty."""
    kinds = {_NAMES[type(value)]: value for value in values if value not in (None, ABSENT, NO_PARENT)}
    for nested in ("object", "list"):
        if nested in kinds:
            inside = (
                f", such as {column}.{min(kinds[nested])}" if kinds[nested] and nested == "object" else ""
            )
            raise BadInput(
                f"the column {column!r} holds an {nested} where text or a number is wanted; the publisher changed it, "
                f"or the mapping should name a part of it{inside}.".replace("an list", "a list")
            )
    if len(kinds) > 1:
        raise BadInput(
            f"the column {column!r} holds a {' in some rows and a '.join(sorted(kinds))} in others. The publisher "
            "changed it; look at what it means now and correct the mapping."
        )
    return next(iter(kinds), "")


_NAMES: Mapping[type, str] = {
    str: "text",
    Number: "number",
    bool: "truth value",
    dict: "object",
    list: "list",
}


def _text(value: Any) -> str | None:
    """Return the text of a cell; an empty one is None, as in a CSV."""
    if value in EMPTY:
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
