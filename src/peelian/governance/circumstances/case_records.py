"""The case book of governance itself, for as long as no room brings its own."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import date

from peelian.governance.cases import CaseFacts
from peelian.governance.circumstances.own_records import OwnRecord

KIND = "case"


class RecordedCases:
    """Cases as governance's own records say, each of which holds all of a case from then on, the newest last."""

    def __init__(self, records: Iterable[OwnRecord]) -> None:
        self._cases: dict[str, CaseFacts] = {}
        self._keys: dict[str, bytes] = {}
        for record in records:
            self._take(record)

    def case(self, case_id: str) -> CaseFacts | None:
        """Return the facts of a case; None where none was opened under this id."""
        return self._cases.get(case_id)

    def tag(self, case_id: str) -> str | None:
        """Return HMAC-SHA256 of the id under the case's own key, in hex; None where there is no such case."""
        key = self._keys.get(case_id)
        return None if key is None else hmac.new(key, case_id.encode(), hashlib.sha256).hexdigest()

    def all(self) -> tuple[CaseFacts, ...]:
        """Return every case, in the order in which they were opened."""
        return tuple(self._cases.values())

    def _take(self, record: OwnRecord) -> None:
        body, closed = record.body, record.body["closed"]
        self._keys.setdefault(record.subject, bytes.fromhex(body["tag_key"]))
        self._cases[record.subject] = CaseFacts(
            case_id=record.subject,
            purpose=body["purpose"],
            opened=date.fromisoformat(body["opened"]),
            closed=None if closed is None else date.fromisoformat(closed),
            unit=body["unit"],
            officers=frozenset(body["officers"]),
        )
