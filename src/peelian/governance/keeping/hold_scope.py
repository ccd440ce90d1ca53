"""What a legal hold is about, as a value: a kind, a record, a subject, or rows at a place in a period.

Everything that is given must fit. Where it cannot be told whether a thing fits, because a kind has no places or the
row no day, it is kept: a hold errs on the side of keeping, and ends on its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput

PLACE_COLUMNS = ("lon", "lat")
DAY_COLUMN = "local_date"
"""What the kinds of rows that have a place and a civil day call these columns."""

PERSON = "subject"
"""The data kind of persons whom sealed records are about."""

Bbox = tuple[float, float, float, float]


@dataclass(frozen=True)
class Scope:
    """What a hold keeps.

    Parameters
    ----------
    kind : a data kind; None means every kind.
    record, subject : one record by its id, or those about one subject; rows of parts have neither.
    bbox : west, south, east, north in degrees (WGS 84), bounds included.
    first, end : civil days, the end not included.
    """

    kind: str | None = None
    record: str | None = None
    subject: str | None = None
    bbox: Bbox | None = None
    first: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if not any((self.kind, self.record, self.subject, self.bbox, self.first)):
            raise BadInput("Say what is to be held: a kind, a record, a subject, or a place with a period.")
        if (self.bbox is None) != (self.first is None) or (self.first is None) != (self.end is None):
            raise BadInput(
                "A place is held for a period: give the place, its first day and its end together."
            )
        if self.first is not None and self.end is not None and self.end <= self.first:
            raise BadInput(f"The period held from {self.first} to {self.end} has no day; give a later end.")
        if self.bbox is not None and not (self.bbox[0] <= self.bbox[2] and self.bbox[1] <= self.bbox[3]):
            raise BadInput(
                "The place held has its bounds the wrong way round; give west, south, east, north."
            )

    def document(self) -> Document:
        """Return the scope as it is recorded and signed."""
        return {
            "kind": self.kind,
            "record": self.record,
            "subject": self.subject,
            "bbox": None if self.bbox is None else list(self.bbox),
            "first": None if self.first is None else str(self.first),
            "end": None if self.end is None else str(self.end),
        }

    def words(self) -> str:
        """Return the scope in words."""
        said = [
            f"{name} {value}" for name, value in (("record", self.record), ("subject", self.subject)) if value
        ]
        if self.bbox is not None:
            said.append(
                f"within {', '.join(f'{degree:g}' for degree in self.bbox)} from {self.first} to {self.end}"
            )
        return ", ".join(
            [f"all of {self.kind}" if self.kind and not said else self.kind or "every kind", *said]
        )

    def keeps_record(self, *, kind: str, record_id: str, subject: str | None) -> bool:
        """Return whether a record is kept: of its place nothing is known, so a place does not let it go."""
        if self.kind is None and self.record is None and self.subject is None:
            return False  # a place alone is about rows
        wanted = ((self.kind, kind), (self.record, record_id), (self.subject, subject))
        return all(asked is None or asked == found for asked, found in wanted)

    def keeps_person(self, subject_id: str) -> bool:
        """Return whether a person is kept: by any hold that is about them, or by one on all persons."""
        return self.subject == subject_id or self.keeps_record(
            kind=PERSON, record_id=subject_id, subject=subject_id
        )

    def keeps_all_of(self, kind: str) -> bool:
        """Return whether all rows of a kind are kept, wherever they lie."""
        return self.kind == kind and not (self.record or self.subject or self.bbox)

    def may_keep_rows_of(self, kind: str) -> bool:
        """Return whether some rows of a kind may be kept."""
        return self.kind in (None, kind) and not (self.record or self.subject)

    def keeps_rows(self, rows: pa.Table) -> NDArray[np.bool_]:
        """Return for each row of a table whether it is kept."""
        if self.bbox is None:
            return np.ones(rows.num_rows, dtype=bool)
        if not {*PLACE_COLUMNS, DAY_COLUMN} <= set(rows.column_names):
            return np.full(rows.num_rows, self.kind is not None)
        west, south, east, north = self.bbox
        inside = [
            _between(rows["lon"], west, east),
            _between(rows["lat"], south, north),
            _on_days(rows[DAY_COLUMN], self.first, self.end),
        ]
        kept: NDArray[np.bool_] = np.logical_and.reduce(inside)
        return kept


def scope_from_document(body: Mapping[str, Any]) -> Scope:
    """Return the scope that a recorded hold says."""
    bbox = body["bbox"]
    return Scope(
        kind=body["kind"],
        record=body["record"],
        subject=body["subject"],
        bbox=None if bbox is None else (bbox[0], bbox[1], bbox[2], bbox[3]),
        first=None if body["first"] is None else date.fromisoformat(body["first"]),
        end=None if body["end"] is None else date.fromisoformat(body["end"]),
    )


def _between(column: pa.ChunkedArray, low: float, high: float) -> NDArray[np.bool_]:
    outside = pc.or_(pc.less(column, low), pc.greater(column, high))  # NaN is neither
    return _true_or_unknown(pc.invert(outside))


def _on_days(column: pa.ChunkedArray, first: date | None, end: date | None) -> NDArray[np.bool_]:
    after = pc.greater_equal(column, pa.scalar(first, pa.date32()))
    return _true_or_unknown(pc.and_(after, pc.less(column, pa.scalar(end, pa.date32()))))


def _true_or_unknown(told: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return what was told, a missing answer as yes: what has no place cannot be told to lie elsewhere."""
    filled: NDArray[np.bool_] = pc.fill_null(told, True).to_numpy(zero_copy_only=False).astype(bool)
    return filled
