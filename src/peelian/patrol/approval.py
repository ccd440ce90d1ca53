"""The approval of a plan by a second person, as it goes with every export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document
from peelian.domain.time import iso


@dataclass(frozen=True)
class Approval:
    """Who approved a plan, when, and where that is written.

    Parameters
    ----------
    principal_id, name : who.
    at : aware UTC instant.
    signature_hex : the approver's signature over the plan's digest.
    entry_index : the ledger entry that records the approval.
    """

    principal_id: str
    name: str
    at: datetime
    signature_hex: str
    entry_index: int

    def document(self) -> Document:
        """Return the approval as a plain document."""
        return {
            "principal_id": self.principal_id,
            "name": self.name,
            "at": iso(self.at),
            "signature": self.signature_hex,
            "ledger_entry": self.entry_index,
        }
