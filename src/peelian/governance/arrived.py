"""Whether rewritten parts tell truly by which entries their rows arrived.

The note lies in the part, under the hash that its entry names (`storage.arrivals`); what it says is held against what
those entries announced, so that a merge cannot make a row look older or newer than any load that brought so many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from peelian.domain.errors import Tampered
from peelian.governance.ledger.view import LedgerView
from peelian.storage.arrivals import noted
from peelian.storage.parts import Part


def require_arrivals(ledger: LedgerView, parts: Sequence[tuple[Part, int]], files: Sequence[Path]) -> None:
    """Refuse where parts (with their entries) say that more rows of a kind arrived by an entry than it announced."""
    told: Counter[tuple[str, int]] = Counter()
    for (part, index), file in zip(parts, files, strict=True):
        arrivals = noted(file)
        if arrivals is None:
            told[part.kind, index] += part.rows
            continue
        if arrivals.max(initial=index) > index:
            raise Tampered(
                f"The part {part.path} says that rows arrived after it was written; tell the auditor."
            )
        for entry, rows in zip(*np.unique(arrivals, return_counts=True), strict=True):
            told[part.kind, int(entry)] += int(rows)
    for (kind, entry), count in told.items():
        if count > (announced := _announced(ledger, kind, entry)):
            raise Tampered(
                f"Parts say that {count} rows of {kind} arrived by ledger entry {entry}, which announced {announced}; "
                "tell the auditor."
            )


def _announced(ledger: LedgerView, kind: str, index: int) -> int:
    listed = ledger.entry(index).facts.get("parts")
    named = listed if isinstance(listed, list) else []
    return sum(rows for path, _, rows in named if path.startswith(f"{kind}/"))
