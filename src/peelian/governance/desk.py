"""The desk: the only way to stored data.

A sitting is one person, one purpose, one charter in force. What it may show is in `reading.py`, what it may do in
`writing.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from peelian.governance.charter import Charter
from peelian.governance.kit import Kit, Standing
from peelian.governance.principals import Signer
from peelian.governance.reading import Kept, NewRejection
from peelian.governance.writing import NewRecord, NewTable, Writing
from peelian.storage.engine import Condition, Operator

__all__ = ["Condition", "Desk", "Kept", "NewRecord", "NewRejection", "NewTable", "Operator", "Sitting"]


class Desk:
    """The desk of one signed-in person; `charters` are those in force, approved and verified."""

    def __init__(self, kit: Kit, *, actor: Signer, charters: tuple[Charter, ...]) -> None:
        self._kit = kit
        self._actor = actor
        self._charters = charters

    @contextmanager
    def open(self, *, purpose: str, capability: str, case: str | None = None) -> Iterator[Sitting]:
        """Open a sitting for `purpose` under the newest charter in force that permits `capability`."""
        fitting = [c for c in self._charters if c.purpose == purpose and capability in c.capabilities]
        charter = max(fitting, key=lambda c: (c.valid_from, c.version), default=None)
        yield Sitting(self._kit, Standing(self._actor, purpose, capability, charter, case))


class Sitting(Writing):
    """One person, one purpose, one charter: reads, acts and disclosures, each with its ledger entry."""
