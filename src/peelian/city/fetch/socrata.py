"""Socrata Open Data API 2.1 (dev.socrata.com): keyset paging by the row's own `:id`.

`$offset` slows down with depth and loses rows when others are removed meanwhile; `:id > last` does neither. The
order of `:id` is the server's own, so the last one seen is handed back as it came. Empty values are left out of
rows, so the columns are asked of the dataset's description.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peelian.city.fetch.cells import check_present, text_table, top
from peelian.city.fetch.changes import reach
from peelian.city.fetch.client import Line
from peelian.city.fetch.exchange import Answer, Request
from peelian.city.fetch.outcome import Watermark
from peelian.city.fetch.page import Opening, Page, key_hashes
from peelian.city.mapping.fetch_spec import SocrataFetch
from peelian.domain.errors import BadInput

SECRET_HEADER = "X-App-Token"  # noqa: S105  # the name of a header, no secret
SYSTEM = (":id", ":created_at", ":updated_at")
START = "start"


class SocrataPager:
    """Pages of one dataset; since a watermark, the rows updated at that instant or later.

    `now` is how far the next watermark may reach.
    """

    def __init__(
        self,
        spec: SocrataFetch,
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
        self._resource = f"{spec.address.rstrip('/')}/resource/{spec.dataset}.json"

    def open(self) -> Opening:
        """Ask for the description and the count."""
        snapshot = self._describe()
        if self._since is not None and self._since.snapshot is not None and self._since.snapshot == snapshot:
            return Opening(first=None, snapshot=snapshot)
        rows = self.count()
        return Opening(first=START if rows or self._since is None else None, rows=rows, snapshot=snapshot)

    def count(self) -> int | None:
        """Return the number of rows wanted."""
        query = (("$select", "count(*) as rows"), *self._where())

        def judge(answer: Answer, parsed: Any) -> int:
            if answer.status != 200 or not isinstance(parsed, list) or not parsed:
                raise answer.refusal(_said(parsed))
            return int(parsed[0]["rows"])

        return self._line.document(Request(self._resource, query=query), judge=judge)

    def page(self, cursor: str) -> Page:
        """Return the rows after the one whose `:id` is `cursor`."""
        selected = dict.fromkeys((":id", ":updated_at", *map(top, self._columns)))
        query = (
            ("$select", ",".join(selected)),
            ("$order", ":id"),
            ("$limit", str(self._spec.page_rows)),
            *self._where(None if cursor == START else f":id > {_quoted(cursor)}"),
        )
        found = self._line.document(Request(self._resource, query=query), judge=self._page)
        if isinstance(found, BadInput):
            self._describe()  # says which column is not there any more, if that is what it is
            raise found
        return found

    def watermark(self, *, updated: str | None, opening: Opening) -> Watermark:
        """Return the greatest `:updated_at`, or the old one where nothing came."""
        earlier = self._since.updated if self._since else None
        return Watermark(updated=updated or earlier, snapshot=opening.snapshot)

    def _page(self, answer: Answer, parsed: Any) -> Page | BadInput:
        if answer.status != 200 or not isinstance(parsed, list):
            return answer.refusal(_said(parsed))
        table, kinds = text_table(parsed, columns=self._columns, sparse=True)
        updated, notes = reach((row[":updated_at"] for row in parsed), now=self._now)
        behind = answer.header("X-SODA2-Data-Out-Of-Date") == "true"
        return Page(
            content=table,
            sha256=answer.sha256,
            following=parsed[-1][":id"] if parsed else None,
            keys=key_hashes(row[":id"] for row in parsed),
            kinds=kinds,
            updated=updated,
            notes=(*notes, "the publisher says that this answer lags behind its own data")
            if behind
            else notes,
        )

    def _describe(self) -> str | None:
        """Return the publisher's word for the state of the data, once all mapped columns are there."""

        def judge(answer: Answer, parsed: Any) -> str | None:
            if answer.status != 200 or not isinstance(parsed, dict):
                raise answer.refusal(_said(parsed))
            names = [column["fieldName"] for column in parsed.get("columns", [])]
            check_present(self._columns, present=(*names, *SYSTEM))
            changed = parsed.get("rowsUpdatedAt")
            return None if changed is None else str(changed)

        description = f"{self._spec.address.rstrip('/')}/api/views/{self._spec.dataset}.json"
        return self._line.document(Request(description), judge=judge)

    def _where(self, after: str | None = None) -> tuple[tuple[str, str], ...]:
        """Return the condition on the rows wanted, as a pair of the query."""
        conditions = [f"({self._spec.where})"] if self._spec.where else []
        if self._since is not None and self._since.updated is not None:
            conditions.append(f":updated_at >= {_quoted(self._since.updated)}")
        conditions += [after] if after else []
        return (("$where", " AND ".join(conditions)),) if conditions else ()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _said(parsed: Any) -> str:
    return str(parsed.get("message", "")) if isinstance(parsed, dict) else ""
