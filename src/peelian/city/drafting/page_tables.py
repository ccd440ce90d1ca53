"""The HTML pieces of the mapping page; everything that comes from a file or a mapping is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Cell:
    """A cell of a table; a number is written with separators and stands to the right."""

    value: str | int

    def html(self, label: str) -> str:
        """Return the cell, with the name of its column for screens too narrow for a table."""
        number = isinstance(self.value, int)
        shown = f"{self.value:,}" if number else text(str(self.value))
        return f'<td data-label="{text(label)}"{" class=number" if number else ""}><span>{shown}</span></td>'


@dataclass(frozen=True)
class Row:
    """A row of a table; `sort` is "apart", "broken" or nothing."""

    cells: tuple[Cell, ...]
    sort: str = ""


def text(words: str) -> str:
    """Return `words` as HTML text that means nothing but itself."""
    return escape(words, quote=True)


def table(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a table."""
    head = "".join(f"<th{' class=number' if name == 'Rows' else ''}>{text(name)}</th>" for name in heads)
    body = "\n".join(
        f"<tr{f' class={row.sort}' if row.sort else ''}>"
        + "".join(cell.html(label) for cell, label in zip(row.cells, heads, strict=True))
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def paragraph(words: str) -> str:
    """Return a quiet paragraph."""
    return f'<p class="quiet">{text(words)}</p>'


def section(title: str, *parts: str) -> str:
    """Return a section under its heading."""
    return f"<section><h2>{text(title)}</h2>{''.join(parts)}</section>"
