"""Cells of a CSV that people will open in a spreadsheet: what a publisher wrote must not run there as a formula.

After OWASP, "CSV Injection": a cell that begins with = + - @, a tab, a carriage return or a line feed (or with the
full-width form of one of the signs) is taken for a formula by common spreadsheets. Stored values stay as published;
only what leaves the house for a spreadsheet is made harmless, visibly, by an apostrophe before it.
"""

from __future__ import annotations

import re

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def neutral_cell(text: str) -> str:
    """Return the text of a cell so that no spreadsheet computes it; a plain number, which computes to itself, stays.

    Blanks before the sign do not help it past: spreadsheets trim them. Quoting is left to the CSV writer.
    """
    if NUMBER.fullmatch(text):
        return text
    return (
        f"'{text}"
        if text.startswith(STARTS_A_FORMULA) or text.lstrip().startswith(STARTS_A_FORMULA)
        else text
    )
