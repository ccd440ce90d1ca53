"""The stop button pressed, and lifted: anybody enrolled stops the house at once; two people start it again.

Pressing needs no lock, no ledger and no policy (stop_file.py): it works while another process holds the house, and
that process enters it at its next act. Source: Regulation (EU) 2024/1689, Article 14(4)(e).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.time import Clock, iso
from peelian.governance.act import enter_stop
from peelian.governance.circumstances.stop_file import KIND, settle_file, standing_stops, write_stop
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Principal, Signer, read_key
from peelian.governance.stopping.two_people import Matter, approve, propose
from peelian.governance.wording import check_note
from peelian.storage.store import Store
from peelian.storage.workspace import Workspace

LIFT = Matter(KIND, "governance.stop", ("resumption.proposed", "resumption.approved"))
WHOLE_HOUSE = "house"
"""What a lift is about: all stops together, since each of them halts everything."""

WHY_LONGEST = 500


@dataclass(frozen=True)
class StandingStop:
    """A stop that stands: its digest, when it was entered and by which entry, who pressed it (None: not signed)."""

    digest: str
    entered: datetime
    entry_index: int
    pressed_by: str | None
    why: str


@dataclass(frozen=True)
class Pressed:
    """What came of pressing: the digest by which the stop is known, and whether the person's signature is on it."""

    digest: str
    signed: bool


def press(home: Path, *, name: str, why: str, clock: Clock) -> Pressed:
    """Press the button in the name of an enrolled person; it holds in every process when this returns.

    It is signed where the person's key can be read, and stops in any case: an emergency is no time to mend a key.
    """
    workspace = Workspace.open(home)
    if not why.strip() or len(why) > WHY_LONGEST:
        raise BadInput(f"Say in 1 to {WHY_LONGEST} characters why everything is to stop.")
    signer = _signer(workspace, name)
    return Pressed(write_stop(home, actor=signer, why=why.strip(), at=clock.now()), signer is not None)


def settle(kit: Kit) -> Entry | None:
    """Bring stop file and ledger together when the house is opened; return the entry that this took, if any."""
    entered = enter_stop(kit)
    settle_file(kit)
    return entered


def standing(kit: Kit) -> tuple[StandingStop, ...]:
    """Return the stops that stand, oldest first."""
    return tuple(
        StandingStop(r.subject, r.at, r.entry_index, r.body["pressed_by"], r.body["why"])
        for r in standing_stops(kit)
    )


def propose_resumption(kit: Kit, *, actor: Signer, why: str) -> Entry:
    """Put forward that every stop entered until now be lifted, saying why it is safe."""
    _require_stopped(kit)
    check_note(why, where="the reason for going on")
    said: Document = {"why": why.strip(), "at": iso(kit.clock.now())}
    return propose(kit, LIFT, actor=actor, subject=WHOLE_HOUSE, said=said)


def approve_resumption(kit: Kit, *, actor: Signer) -> Entry:
    """Lift, as the second person, what another put forward; a stop pressed since then still stands."""
    _require_stopped(kit)
    entry = approve(kit, LIFT, actor=actor, subject=WHOLE_HOUSE)
    settle_file(kit)
    return entry


def _require_stopped(kit: Kit) -> None:
    enter_stop(kit)
    if not standing_stops(kit):
        raise BadInput("Nothing is stopped; there is no stop to lift.")


def _signer(workspace: Workspace, name: str) -> Signer | None:
    """Return who presses, with their key; None where either cannot be read, since a stop does not wait for that."""
    try:
        store = Store(workspace)
        try:
            row = next(row for row, _ in reversed(store.principals()) if row.name == name)
        finally:
            store.close()
        person = Principal.from_document(json.loads(row.body))
        return Signer(person, read_key(workspace.folder("keys") / f"{person.id}.pem"))
    except Exception:  # whatever is broken here, the house is stopped
        return None
