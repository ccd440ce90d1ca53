"""Words worn out: the same note beside a reason, by one person, over and over, says as little as a vague code.

Requirement H05. A note is sealed for the oversight body, so the figure opens it; what it says goes no further. The
numbers are the house's own.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.governance.prohibition.names import unmask

WITHIN = timedelta(days=30)
OFTEN = 5
"""A note that its writer gave more often than this within the time, in over half of all, is worn out."""


@dataclass(frozen=True)
class Note:
    """A note that somebody gave: its entry, by whom, when, and what it says; None where its bytes are gone."""

    entry: int
    by: str
    at: datetime
    says: str | None


def worn_out(notes: Iterable[Note]) -> frozenset[int]:
    """Return the entries of notes, given in order of time, that were worn out when they were given."""
    recent: dict[str, deque[tuple[datetime, str]]] = {}
    found = set()
    for note in notes:
        if note.says is None:
            continue
        own = recent.setdefault(note.by, deque())
        words = _plain(note.says)
        own.append((note.at, words))
        while own[0][0] <= note.at - WITHIN:
            own.popleft()
        times = Counter(each for _, each in own)[words]
        if times > OFTEN and 2 * times > len(own):
            found.add(note.entry)
    return frozenset(found)


def _plain(text: str) -> str:
    """Return the words alone: case, blanks, signs and numbers aside, which are changed to seem to say another thing."""
    return " ".join("".join(sign if sign.isalpha() else " " for sign in unmask(text).casefold()).split())
