"""Orders of erasure: the ground, the court's or the request's own reference, and the rows by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput

MOST_ROWS = 10_000
LONGEST_REFERENCE = 200


class Ground(StrEnum):
    """Why rows must go, with where it stands."""

    COURT = "expungement by a court"
    SUBJECT = "request of the data subject, Directive (EU) 2016/680, Article 16(2)"
    RETENTION = "term of storage over, Directive (EU) 2016/680, Article 5"
    NO_AUTHORITY = "collected without authority, Directive (EU) 2016/680, Article 8(1)"


def ground_named(word: str) -> Ground:
    """Return the ground called "court", "subject", "retention" or "no-authority"."""
    words = {ground.name.lower().replace("_", "-"): ground for ground in Ground}
    if word not in words:
        raise BadInput(f"There is no ground {word!r} for an erasure; say {', '.join(words)}.")
    return words[word]


@dataclass(frozen=True)
class ErasureOrder:
    """An order as it is recorded; the rows stand in it by their erasure names only.

    Parameters
    ----------
    kind, source, key_column : data kind, mapping id, and the column that holds the key.
    key_parts : the published columns that `key_column` is combined from; none where it is published as it is.
    ground, reference : why, and under which file number of the court or the request. No names of persons.
    permanent : whether a later delivery that brings the rows again is refused.
    names : erasure names, sorted, each once.
    lasting : names by which the rows are recognised through other mappings of the publisher, sorted; none for rows
        that may come again, and for those that were named by their ids.
    unstored : of the names, how many stood for no stored row on the day of the order: misspelt, or yet to come.
    """

    order_id: str
    kind: str
    source: str
    key_column: str | None
    key_parts: tuple[str, ...]
    ground: Ground
    reference: str
    permanent: bool
    names: tuple[str, ...]
    lasting: tuple[str, ...]
    unstored: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.names) <= MOST_ROWS:
            raise BadInput(
                f"An order names 1 to {MOST_ROWS:,} incidents; this one names {len(self.names):,}."
            )
        if not self.reference.strip() or len(self.reference) > LONGEST_REFERENCE:
            raise BadInput(
                f"An order needs the file number it stands on, in at most {LONGEST_REFERENCE} characters; give that."
            )

    def document(self) -> Document:
        """Return the order as it is recorded; governance reads id, kind, names, lasting names and permanence too."""
        lists: Document = {name: list(getattr(self, name)) for name in ("key_parts", "names", "lasting")}
        return {**vars(self), "ground": self.ground.value, **lists}


def sorted_names(*groups: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all groups, each once, in order: an order tells nothing by the order of its rows."""
    return tuple(sorted({name for group in groups for name in group}))
