"""Numbers with their noun, as people say them: 1 row, 2 rows, 1,000 rows."""

from __future__ import annotations


def plural(number: int, noun: str, many: str | None = None) -> str:
    """Return the number and its noun, which is `many` unless there is one of it, and takes an s where none is told."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"
