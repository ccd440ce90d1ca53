"""Reads a rendered page the way a distrustful reader would: every element, attribute and table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Element:
    """One element: name, attributes, and the elements and texts in it, in order."""

    name: str
    attributes: dict[str, str | None]
    parts: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """Return the elements directly in this one."""
        return [part for part in self.parts if isinstance(part, Element)]

    def all(self, name: str | None = None) -> list[Element]:
        """Return every element below this one, in document order, of that name if one is given."""
        below = [each for child in self.children for each in (child, *child.all())]
        return [each for each in below if name in {None, each.name}]

    @property
    def text(self) -> str:
        """Return all text in and below this element, with one space wherever there is space or markup."""
        pieces = (part if isinstance(part, str) else part.text for part in self.parts)
        return re.sub(r"[ \n]+", " ", " ".join(pieces)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"<{self.open[-1].name}> is closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read(html: str) -> Element:
    """Return the page; elements that are not closed in order are an error."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].name}> is never closed"
    return reader.open[0]
