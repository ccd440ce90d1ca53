"""Which charters stand: each file held against its digest, its submission and its approvals against the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.domain.canonical import digest
from peelian.domain.errors import PeelianError, Tampered
from peelian.governance.charter import Charter, check_charter, kept_charter, known_part
from peelian.governance.kit import Kit
from peelian.governance.people import Approved, person_of, valid_approvals
from peelian.governance.principals import Principal
from peelian.storage.rows import CharterRow

CONTEXT = "charter-approval"


@dataclass(frozen=True)
class Chartered:
    """A submitted charter, who submitted it, its valid approvals, and what a rule that came later has against it."""

    charter: Charter
    author: Principal
    approvals: tuple[Approved, ...]
    objection: PeelianError | None

    @property
    def approved(self) -> bool:
        """Return whether as many people approved it as it itself demands."""
        return len({approval.person.id for approval in self.approvals}) >= self.charter.review.approvals


def local_day(kit: Kit) -> date:
    """Return today's civil day where the deployment is; charters begin and expire at its midnight."""
    return kit.clock.now().astimezone(ZoneInfo(kit.store.workspace.settings.zone)).date()


def charters(kit: Kit) -> tuple[Chartered, ...]:
    """Return every submitted charter, oldest first."""
    return tuple(_chartered(kit, row, index) for row, index in kit.store.charters())


def charters_in_force(kit: Kit) -> tuple[Charter, ...]:
    """Return the charters that hold today: of each, only the highest approved version whose day has come.

    A new version replaces the old one whole; what it no longer names is no longer permitted. One that a rule of today
    would refuse holds no longer: a new version is needed, and until then its house can be opened and keeps its terms.
    """
    today = local_day(kit)
    newest: dict[str, Charter] = {}
    everything = charters(kit)
    for found in everything:
        charter = found.charter
        if found.approved and charter.valid_from <= today:
            newest[charter.id] = max(newest.get(charter.id, charter), charter, key=lambda c: c.version)
    refused = {found.charter.digest for found in everything if found.objection is not None}
    held = (charter for charter in newest.values() if today < charter.expires)
    return tuple(charter for charter in held if charter.digest not in refused)


def charter_path(kit: Kit, charter_digest: str) -> Path:
    """Return where a charter's file lies."""
    return kit.store.workspace.folder("charters") / f"{charter_digest}.toml"


def charter_text(kit: Kit, charter_digest: str) -> str:
    """Return the text of a submitted charter, refusing a file that is not the one with this digest."""
    path = charter_path(kit, charter_digest)
    content = path.read_bytes() if path.is_file() else b""
    if digest(content) != charter_digest:
        raise Tampered(
            f"The charter at {path} is missing or was changed after it was submitted; nothing runs on it. Restore the "
            "file from a backup."
        )
    return content.decode()


def _chartered(kit: Kit, row: CharterRow, entry_index: int) -> Chartered:
    entry = kit.ledger.proven(entry_index)
    if entry.facts.get("charters") != [row.digest]:
        raise Tampered(
            f"The charter {row.charter_id} version {row.version} is not the one that was submitted by ledger entry "
            f"{entry_index}; nothing runs on it. Restore the records from a backup."
        )
    text = charter_text(kit, row.digest)
    author = person_of(kit, entry.actor)
    document = {"digest": row.digest}
    approvals = valid_approvals(kit, row.digest, document=document, context=CONTEXT, author=author)
    charter = kept_charter(text)
    objection: PeelianError | None = kit.remembered.recall(
        f"objection to the charter {row.digest}", stamp=row.digest, read=lambda: _objection(kit, charter)
    )
    return Chartered(charter, author, approvals, objection)


def _objection(kit: Kit, charter: Charter) -> PeelianError | None:
    """Return why today's rules would refuse it; a capability that the register has lost is suspended, no more."""
    try:
        left = known_part(charter, register=kit.register)
        if left.capabilities:
            check_charter(left, register=kit.register)
    except PeelianError as objection:
        return objection
    return None
