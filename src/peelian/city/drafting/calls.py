"""Columns that only calls for service have: they say that a file may be of calls, and are no times of a report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from peelian.city.drafting.columns import Column
from peelian.city.drafting.words import scalar

CALLED = {
    "dispatched": r"dispatch|assigned",
    "arrived": r"arriv|on scene",
    "cleared": r"\bclear(ed)?\b|closed",
    "priority": r"priority",
    "disposition": r"dispos",
}
"""What the columns of a call are called, by role, among the words of their name."""

TELLING = {"dispatched", "arrived"}
"""Roles that no file of incidents has; a priority or a disposition alone tells nothing."""


def call_roles(columns: Sequence[Column]) -> dict[str, Column]:
    """Return by role the columns called like those of a call; none unless a car was sent or came."""
    free = [each for each in columns if not each.personal]
    called = {
        role: next((each for each in free if re.search(words, each.plain)), None)
        for role, words in CALLED.items()
    }
    found = {role: column for role, column in called.items() if column is not None}
    return found if TELLING & found.keys() else {}


def kind_line(calls: Mapping[str, Column]) -> Iterator[str]:
    """Yield the proposal that every row is a call, for a person to take the sign out."""
    if calls:
        named = ", ".join(f"{role}: {scalar(column.name)}" for role, column in calls.items())
        yield (
            "# kind: call  # check: if each row is a call for service, take the # out, here and of its columns "
            f"({named})"
        )
