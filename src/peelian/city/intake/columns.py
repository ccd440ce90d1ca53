"""Which columns are taken out of a file, and what is said where it does not have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput

FOREIGN = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"PAR1": "Parquet",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\xfd7zX": "an xz archive",
}


def check_not_foreign(start: bytes, *, name: str) -> None:
    """Refuse what begins as something else than text."""
    for mark, what in FOREIGN.items():
        if start.startswith(mark):
            raise BadInput(
                f"{name} is {what}, not CSV; unpack or export it, or correct `format` and `members` of the mapping."
            )


def check_columns(
    present: Sequence[str], *, name: str, mapping: SourceMapping
) -> tuple[list[str], tuple[str, ...]]:
    """Return the columns to take and those that stay unread; one that is absent or double is `BadInput`."""
    return check_present(present, used_as(mapping), name=name, source=mapping.id)


def check_present(
    present: Sequence[str], used: Mapping[str, str], *, name: str, source: str
) -> tuple[list[str], tuple[str, ...]]:
    """Return the columns of `used` and the others; `used` says by column what it is read as."""
    for column, role in used.items():
        if column not in present:
            raise BadInput(
                f"{name} has no column {column!r}, which the mapping {source} reads as {role}"
                f"{_nearest(column, present)} (it has {', '.join(present)})."
            )
        if present.count(column) > 1:
            raise BadInput(
                f"{name} has {present.count(column)} columns called {column!r}; rename all but one."
            )
    return list(used), tuple(column for column in present if column not in used)


def used_as(mapping: SourceMapping) -> dict[str, str]:
    """Return by column of the file what it is read as: a role, or what an origin rule looks at."""
    used = dict.fromkeys(mapping.origins.columns(), "origin, by a rule")
    used |= {column: role for role, column in mapping.columns.by_role().items()}
    parts = [(part, role) for column, role in used.items() for part in mapping.combine.get(column, (column,))]
    roles = dict(parts)
    return {column: roles[column] for column in mapping.columns_read()}


def _nearest(column: str, present: Sequence[str]) -> str:
    near = get_close_matches(column.lower(), [each.lower() for each in present], n=1, cutoff=0.5)
    return next((f"; the nearest is {each!r}" for each in present if each.lower() in near), "")
