"""Numbers with their noun, as people say them: 1 row, 2 rows, 1,000 rows."""

from __future__ import annotations


def plural(number: int, noun: str) -> str:
    """Return the number and its noun, which takes an s unless there is one of it."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
