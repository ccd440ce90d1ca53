"""CKAN DataStore (docs.ckan.org, `datastore_search`): paging by offset, made safe by an overlap of one record.

Its filters know equality only, so that paging by key is not to be had. Each page therefore begins with the last
record of the page before; if it does not, records were removed or replaced meanwhile and the fetch begins anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from peelian.city.fetch.cells import check_present, text_table, top
from peelian.city.fetch.client import Line
from peelian.city.fetch.exchange import Answer, Request
from peelian.city.fetch.outcome import Watermark
from peelian.city.fetch.page import Opening, Page, key_hashes
from peelian.city.mapping.fetch_spec import CkanFetch
from peelian.domain.canonical import digest
from peelian.domain.errors import BadInput

SECRET_HEADER = "Authorization"  # noqa: S105  # the name of a header, no secret
ROW = "_id"

T = TypeVar("T")


class CkanPager:
    """Pages of one resource. CKAN does not say which records are new, so each fetch takes all, or none."""

    def __init__(
        self, spec: CkanFetch, *, columns: tuple[str, ...], line: Line, since: Watermark | None
    ) -> None:
        self._spec = spec
        self._columns = columns
        self._line = line
        self._since = since

    def open(self) -> Opening:
        """Ask for the resource's description, its fields and its count."""
        snapshot = self._resource()
        if self._since is not None and self._since.snapshot is not None and self._since.snapshot == snapshot:
            return Opening(first=None, snapshot=snapshot)
        return Opening(first=_cursor(0, ""), rows=self.count(), snapshot=snapshot)

    def count(self) -> int | None:
        """Return the number of records, None where the site only estimates it."""

        def read(_answer: Answer, result: Mapping[str, Any]) -> int | None:
            check_present(self._columns, present=[field["id"] for field in result.get("fields", [])])
            return None if result.get("total_was_estimated") else int(result["total"])

        query = (("resource_id", self._spec.resource), ("limit", "0"), ("include_total", "true"))
        return _sure(self._asked("datastore_search", query, read=read))

    def page(self, cursor: str) -> Page:
        """Return the records from an offset on."""
        taken, last = json.loads(cursor)
        overlap = 1 if taken else 0
        query = (
            ("resource_id", self._spec.resource),
            ("fields", ",".join(dict.fromkeys((ROW, *map(top, self._columns))))),
            ("sort", ROW),
            ("offset", str(taken - overlap)),
            ("limit", str(self._spec.page_rows + overlap)),
            ("include_total", "false"),
        )

        def read(answer: Answer, result: Mapping[str, Any]) -> Page:
            check_present(self._columns, present=[field["id"] for field in result.get("fields", [])])
            return self._page(answer, result["records"], taken=taken, last=last)

        found = self._asked("datastore_search", query, read=read)
        if isinstance(found, BadInput):
            self.count()  # says which field is not there any more, if that is what it is
        return _sure(found)

    def watermark(self, *, updated: str | None, opening: Opening) -> Watermark:
        """Return when the resource was last changed."""
        return Watermark(updated=updated, snapshot=opening.snapshot)

    def _page(self, answer: Answer, records: list[Mapping[str, Any]], *, taken: int, last: str) -> Page:
        follows_on = not taken or (bool(records) and _digest(records[0]) == last)
        rows = records[1:] if taken and follows_on else records
        table, kinds = text_table(rows, columns=self._columns)
        return Page(
            content=table,
            sha256=answer.sha256,
            # The site may give fewer than it was asked for: what came is what counts.
            following=_cursor(taken + len(rows), _digest(rows[-1])) if rows else None,
            keys=key_hashes(str(row[ROW]) for row in rows),
            kinds=kinds,
            follows_on=follows_on,
        )

    def _resource(self) -> str | None:
        """Return when the resource was last changed, None where the site does not say."""

        def read(_answer: Answer, result: Mapping[str, Any]) -> str | None:
            changed = result.get("last_modified") or result.get("metadata_modified")
            return None if changed is None else str(changed)

        return _sure(self._asked("resource_show", (("id", self._spec.resource),), read=read))

    def _asked(
        self,
        action: str,
        query: tuple[tuple[str, str], ...],
        *,
        read: Callable[[Answer, Mapping[str, Any]], T],
    ) -> T | BadInput:
        """Return what `read` makes of the result, or the sentence of the error that stands in the answer."""

        def judge(answer: Answer, parsed: Any) -> T | BadInput:
            if isinstance(parsed, dict) and parsed.get("success") is True:
                return read(answer, parsed["result"])
            return answer.refusal(
                json.dumps(parsed.get("error", ""))[:200] if isinstance(parsed, dict) else ""
            )

        address = f"{self._spec.address.rstrip('/')}/api/3/action/{action}"
        return self._line.document(Request(address, query=query), judge=judge)


def _sure(found: T | BadInput) -> T:
    if isinstance(found, BadInput):
        raise found
    return found


def _cursor(taken: int, last: str) -> str:
    return json.dumps([taken, last])


def _digest(record: Mapping[str, Any]) -> str:
    return digest(json.dumps(record, sort_keys=True).encode())
