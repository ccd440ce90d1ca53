"""What is said at once when somebody acted on one reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document
from peelian.domain.finding import GROUNDS
from peelian.domain.time import iso
from peelian.governance.review.grounds import Ground


@dataclass(frozen=True)
class Announcement:
    """That somebody acted on one reading: said at once, to whoever is on duty."""

    finding_id: str
    by: str
    ground: Ground
    second_read_due: datetime

    def document(self) -> Document:
        """Return the announcement for machines."""
        return {
            "finding_id": self.finding_id,
            "by": self.by,
            "ground": self.ground.document(),
            "second_read_due": iso(self.second_read_due),
            "grounds": GROUNDS,
        }


Announce = Callable[[Announcement], None]
"""How an announcement reaches whoever is on duty; app says."""
