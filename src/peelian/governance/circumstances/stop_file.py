"""The stop button's file: written beside the house without its lock, looked at before anything new is made.

While the file lies there, everything the safe state does not name is halted, in every process, whoever wrote it
and however badly: a file that nobody signed stops all the same. Once it is in the ledger it stands without the
file too, until two people have lifted it. Citation: Regulation (EU) 2024/1689, Article 14(4)(e).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import PeelianError
from peelian.governance.circumstances.countersigned import countersigned
from peelian.governance.circumstances.own_records import OwnRecord, new_record, own_records
from peelian.governance.kit import Kit
from peelian.governance.ledger.note import write_durably
from peelian.governance.people import people
from peelian.governance.principals import Signature, Signer, verify
from peelian.storage.rows import Record

FILE = "stop.json"
KIND = "stop"
PRESSED, LIFTED = "pressed", "approved"
CONTEXT = "stop"
_LONGEST = 20_000


@dataclass(frozen=True)
class StopNotice:
    """What a stop file says. `digest` is the SHA-256 of its bytes, by which it is known from then on.

    `pressed_by` is the id of the person whose signature holds, None where none does; `why` is theirs.
    """

    digest: str
    content: bytes
    pressed_by: str | None
    at: str | None
    why: str


def stop_file(home: Path) -> Path:
    """Return where the stop file of this workspace lies."""
    return home / FILE


def write_stop(home: Path, *, actor: Signer | None, why: str, at: datetime) -> str:
    """Write the stop file durably, signed where somebody signs, and return its digest; one that lies there stays.

    It takes no lock and reads no ledger, so it works while another process holds the house, or has broken it.
    """
    path = stop_file(home)
    said: Document = {"at": at.isoformat(), "why": why}
    if actor is not None:
        signature = actor.sign(said, context=CONTEXT)
        said = {**said, "pressed_by": signature.principal_id, "signature": signature.hex}
    with suppress(FileExistsError):
        write_durably(path, canonical(said), replace=False)
    return digest(_bytes(path))


def lying(home: Path) -> bool:
    """Return whether a stop file lies there; what cannot be looked at counts as one."""
    try:
        stop_file(home).lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def stopped(kit: Kit) -> bool:
    """Return whether the house is stopped now: by the file, or by a stop in the ledger that was not lifted."""
    return lying(kit.store.workspace.home) or bool(standing_stops(kit))


def standing_stops(kit: Kit) -> tuple[OwnRecord, ...]:
    """Return the stops in the ledger that two people have not lifted.

    A lift covers what was entered before it was put forward: a stop pressed after that is another stop.
    """
    records = own_records(kit, KIND)
    proposals = {record.record_id: record.entry_index for record in records}
    lifts = [countersigned(record, kit) for record in records if record.body["state"] == LIFTED]
    return tuple(stop for stop in _pressed(kit) if not any(_lifts(lift, stop, proposals) for lift in lifts))


def _lifts(lift: OwnRecord, stop: OwnRecord, proposals: Mapping[str, int]) -> bool:
    """Return whether a stop was entered before the lift was put forward; by its time where that record is over."""
    proposed = proposals.get(lift.body["proposal"])
    if proposed is None:
        return stop.at <= datetime.fromisoformat(lift.body["at"])
    return stop.entry_index < proposed


def settle_file(kit: Kit) -> None:
    """Clear away a stop file whose stop was lifted, and write one again that is gone although its stop stands."""
    home, standing = kit.store.workspace.home, standing_stops(kit)
    if standing and not lying(home):
        write_durably(stop_file(home), bytes.fromhex(standing[-1].body["file"]), replace=True)
    known = {stop.subject for stop in _pressed(kit)} - {stop.subject for stop in standing}
    if lying(home) and digest(_bytes(stop_file(home))) in known:
        stop_file(home).unlink()


def not_yet_entered(kit: Kit) -> StopNotice | None:
    """Return what the stop file says while the ledger does not say it yet."""
    home = kit.store.workspace.home
    if not lying(home):
        return None
    notice = _notice(kit, _bytes(stop_file(home)))
    known = {stop.subject for stop in _pressed(kit)}
    return None if notice.digest in known else notice


def as_entered(kit: Kit, notice: StopNotice) -> tuple[Document, Record]:
    """Return what the ledger says of a stop, and the record of it; the reason is in the record only."""
    facts: Document = {
        "stop": notice.digest,
        "signed": notice.pressed_by is not None,
        "pressed_by": notice.pressed_by,
        "pressed_at": notice.at,
    }
    body: Document = {"state": PRESSED, **facts, "why": notice.why, "file": notice.content.hex()}
    return facts, new_record(kit, KIND, subject=notice.digest, body=body)


def _pressed(kit: Kit) -> tuple[OwnRecord, ...]:
    return tuple(record for record in own_records(kit, KIND) if record.body["state"] == PRESSED)


def _bytes(path: Path) -> bytes:
    """Return the file's bytes, as far as they can be read; nothing of it matters so much as that it is there."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except OSError:
        return b""


def _notice(kit: Kit, content: bytes) -> StopNotice:
    name = digest(content)
    try:
        said: dict[str, Any] = json.loads(content)
        signature = Signature(said.pop("pressed_by"), said.pop("signature"))
        at, why = str(said["at"]), str(said["why"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return StopNotice(name, content, None, None, "")
    return StopNotice(
        name, content, signature.principal_id if _signed(kit, said, signature) else None, at, why
    )


def _signed(kit: Kit, said: Document, signature: Signature) -> bool:
    try:
        person = next(each for each in people(kit) if each.id == signature.principal_id)
        return verify(person, said, signature, context=CONTEXT)
    except (StopIteration, PeelianError, ValueError, TypeError):
        return False
