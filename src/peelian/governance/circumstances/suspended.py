"""Which capabilities are suspended or withdrawn, read from governance's own records; nothing is ever struck out.

For: the desk, and the register, in which a withdrawn capability stays with its last day and the reason (as the
Dutch national register keeps the CAS, "out of use" since December 2025). For suspending see suspension.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from peelian.governance.circumstances.countersigned import countersigned
from peelian.governance.circumstances.own_records import OwnRecord, own_records
from peelian.governance.kit import Kit

KIND = "suspension"


class State(StrEnum):
    """In which state a capability is."""

    IN_USE = "in-use"
    SUSPENDED = "suspended"  # it halts; two people can restore it, saying what changed
    WITHDRAWN = "withdrawn"  # it has ended, for good


@dataclass(frozen=True)
class Change:
    """One change of a capability's state: when, by which entry, and why."""

    capability: str
    state: State
    at: datetime
    entry_index: int
    why: str


_PROPOSED = "proposed"
"""The state of a record that makes nothing of a capability yet."""


def changes(kit: Kit) -> tuple[Change, ...]:
    """Return every change of every capability's state, oldest first."""
    return tuple(_change(kit, r) for r in own_records(kit, KIND) if r.body["state"] != _PROPOSED)


def states(kit: Kit) -> Mapping[str, Change]:
    """Return the last change of each capability that was ever suspended or withdrawn."""
    last: dict[str, Change] = {}
    for change in changes(kit):
        if last.get(change.capability) is None or last[change.capability].state is not State.WITHDRAWN:
            last[change.capability] = change
    return last


def halted(kit: Kit, capability: str) -> bool:
    """Return whether a capability may make nothing new."""
    last = states(kit).get(capability)
    return last is not None and last.state is not State.IN_USE


def _change(kit: Kit, record: OwnRecord) -> Change:
    """Return what a record changes; only two people give a capability back, whatever the record calls itself."""
    if record.body["to"] == State.IN_USE:
        countersigned(record, kit)
    return Change(
        capability=record.subject,
        state=State(record.body["to"]),
        at=record.at,
        entry_index=record.entry_index,
        why=record.body["why"],
    )
