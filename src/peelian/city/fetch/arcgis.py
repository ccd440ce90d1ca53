"""Layers of ArcGIS Server and ArcGIS Online: keyset paging by the object id.

`resultOffset` is not offered by every layer and loses features when others are removed meanwhile; "object id
greater than the last" works on all of them. Errors come as HTTP 200 with an `error` inside. Dates come as
milliseconds since 1970 in UTC and are written as ISO 8601.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from peelian.city.fetch.cells import Number, check_present, text_table
from peelian.city.fetch.changes import reach
from peelian.city.fetch.client import PASSING, Line
from peelian.city.fetch.exchange import Again, Answer, Request
from peelian.city.fetch.outcome import Watermark
from peelian.city.fetch.page import Opening, Page, key_hashes
from peelian.city.mapping.fetch_spec import ArcgisFetch
from peelian.domain.errors import BadInput
from peelian.domain.time import iso

SECRET_HEADER = "X-Esri-Authorization"  # noqa: S105  # the name of a header, no secret
POINT = ("geometry.x", "geometry.y")
START = "-1"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Document: TypeAlias = Mapping[str, Any]

T = TypeVar("T")


class ArcgisPager:
    """Pages of one layer; since a watermark, the features edited at that instant or later.

    `now` is how far the next watermark may reach.
    """

    def __init__(
        self,
        spec: ArcgisFetch,
        *,
        columns: tuple[str, ...],
        line: Line,
        since: Watermark | None,
        now: datetime,
    ) -> None:
        self._spec = spec
        self._columns = columns
        self._line = line
        self._since = since
        self._now = now
        self._attributes = tuple(column for column in columns if column not in POINT)
        self._layer: _Layer | None = None

    def open(self) -> Opening:
        """Ask for the layer's description and the count."""
        snapshot = self._described(anew=True).edited
        if self._since is not None and self._since.snapshot is not None and self._since.snapshot == snapshot:
            return Opening(first=None, snapshot=snapshot)
        rows = self.count()
        return Opening(first=START if rows or self._since is None else None, rows=rows, snapshot=snapshot)

    def count(self) -> int | None:
        """Return the number of features wanted."""
        query = (("where", self._where()), ("returnCountOnly", "true"))
        found = self._asked("/query", query, read=lambda _, document: int(document["count"]))
        if isinstance(found, BadInput):
            raise found
        return found

    def page(self, cursor: str) -> Page:
        """Return the features whose object id is greater than `cursor`."""
        layer = self._described()
        fields = dict.fromkeys((layer.object_id, *self._attributes, *filter(None, [self._spec.updated])))
        query = (
            ("where", f"{self._where()} AND {layer.object_id} > {int(cursor)}"),
            ("outFields", ",".join(fields)),
            ("orderByFields", layer.object_id),
            ("returnGeometry", "true" if set(POINT) & set(self._columns) else "false"),
            ("outSR", "4326"),
            *((("resultRecordCount", str(self._spec.page_rows)),) if layer.pages else ()),
        )
        found = self._asked("/query", query, read=self._page)
        if isinstance(found, BadInput):
            self._described(anew=True)  # says which field is not there any more, if that is what it is
            raise found
        return found

    def watermark(self, *, updated: str | None, opening: Opening) -> Watermark:
        """Return the latest edit, or the old one where nothing came."""
        earlier = self._since.updated if self._since else None
        return Watermark(updated=updated or earlier, snapshot=opening.snapshot)

    def _page(self, answer: Answer, document: Document) -> Page:
        layer, features = self._described(), document.get("features", [])
        rows = [
            {**_dated(each["attributes"], layer.dates), "geometry": each.get("geometry")} for each in features
        ]
        table, kinds = text_table(rows, columns=self._columns)
        ids = [str(row[layer.object_id]) for row in rows]
        updates = (row.get(self._spec.updated) for row in rows) if self._spec.updated else ()
        updated, notes = reach((str(each) for each in updates if each is not None), now=self._now)
        return Page(
            content=table,
            sha256=answer.sha256,
            following=ids[-1] if ids else None,
            keys=key_hashes(ids),
            kinds=kinds,
            updated=updated,
            notes=notes,
        )

    def _described(self, *, anew: bool = False) -> _Layer:
        """Return what the layer says of itself, once all mapped columns are there."""
        if self._layer is None or anew:
            found = self._asked("", (), read=_layer)
            if isinstance(found, BadInput):
                raise found
            wanted = (*self._attributes, *filter(None, [self._spec.updated]))
            check_present(wanted, present=found.names)
            self._layer = found
        return self._layer

    def _where(self) -> str:
        conditions = [f"({self._spec.where})"]
        if self._spec.updated and self._since is not None and self._since.updated is not None:
            # Whole seconds are all that every database behind a layer understands; the rows of that second come again.
            second = self._since.updated[:19].replace("T", " ")
            conditions.append(f"{self._spec.updated} >= TIMESTAMP '{second}'")
        return " AND ".join(conditions)

    def _asked(
        self, path: str, query: tuple[tuple[str, str], ...], *, read: Callable[[Answer, Document], T]
    ) -> T | BadInput:
        """Return what `read` makes of the answer, or the sentence of the error that stands in it."""

        def judge(answer: Answer, parsed: Any) -> T | BadInput:
            if not isinstance(parsed, dict):
                raise answer.refusal()
            if "error" not in parsed and answer.status == 200:
                return read(answer, parsed)
            error = parsed.get("error", {})
            status = int(error.get("code", answer.status))
            if status in PASSING:
                raise Again(f"an error {status} in the answer")
            said = " ".join([error.get("message", ""), *error.get("details", [])])
            return answer.refusal(said, status=status)

        return self._line.document(
            Request(self._spec.address + path, query=(*query, ("f", "json"))), judge=judge
        )


@dataclass(frozen=True)
class _Layer:
    """What a layer says of itself.

    Parameters
    ----------
    names, dates : its fields, and those of them that are dates.
    object_id : the field that tells features apart.
    pages : whether it takes a number of features to answer with.
    edited : when anything in it was last edited; None where it keeps no account.
    """

    names: tuple[str, ...]
    dates: frozenset[str]
    object_id: str
    pages: bool
    edited: str | None


def _layer(_answer: Answer, document: Document) -> _Layer:
    types = {field["name"]: field["type"] for field in document.get("fields") or []}
    object_id = document.get("objectIdField") or next(
        (name for name, kind in types.items() if kind == "esriFieldTypeOID"), None
    )
    if object_id is None:
        raise BadInput(
            "the layer has no object id, so its features cannot be told apart; fetch it as a file."
        )
    edited = (document.get("editingInfo") or {}).get("lastEditDate")
    return _Layer(
        names=tuple(types),
        dates=frozenset(name for name, kind in types.items() if kind == "esriFieldTypeDate"),
        object_id=object_id,
        pages=bool((document.get("advancedQueryCapabilities") or {}).get("supportsPagination")),
        edited=None if edited is None else str(edited),
    )


def _dated(attributes: Document, dates: frozenset[str]) -> Document:
    """Return the attributes with their dates as ISO 8601 in UTC."""
    return {name: _iso(value) if name in dates else value for name, value in attributes.items()}


def _iso(value: Any) -> Any:
    """Return milliseconds since 1970 as ISO 8601; what is none, or lies outside the calendar, as it came."""
    if not isinstance(value, Number):
        return value
    try:
        return iso(EPOCH + timedelta(milliseconds=int(value)))
    except (ValueError, OverflowError):
        return str(value)
