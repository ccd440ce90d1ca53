"""What an erasure costs the backups made before it: their copy of a part is sealed whole, and opens no more.

So with the row that was erased the rows that stay are lost to them, until a new backup is made (ADR 0022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peelian.domain.plural import plural
from peelian.governance.kit import Kit
from peelian.storage.backup import FRAME, PART, part_key


@dataclass(frozen=True)
class BackedUp:
    """The keys of parts in backups, by what they are called, and the rows of each part that stands."""

    keys: frozenset[str]
    rows: Mapping[str, int]


@dataclass(frozen=True)
class OpensNoMore:
    """How many backups hold parts that open no more, and how many rows of those were not erased."""

    backups: int
    rows: int

    def sentence(self) -> str:
        """Return what is to be done, in one sentence."""
        older = f"{plural(self.rows, 'row')} that stay open no more in {plural(self.backups, 'older backup')}"
        return f"Make a new backup and seal the keys anew: {older}."


def backed_up(kit: Kit) -> BackedUp:
    """Return what backups hold of the parts, to be asked before an erasure."""
    rows = {part_key(part.path): part.rows for part, _ in kit.store.parts()}
    return BackedUp(frozenset(name for name in kit.backup_keys.all() if name.startswith(PART)), rows)


def opens_no_more(kit: Kit, before: BackedUp, *, erased: int) -> OpensNoMore | None:
    """Return what the backups lost since `before` was asked; None where there is none that held any of it.

    Ids of parts and of backups begin with their time: a backup holds what is older than itself.
    """
    names = kit.backup_keys.all()
    gone = [name for name in before.keys if name not in names]
    oldest = min((_part_id(name) for name in gone), default="")
    backups = [name for name in names if name.startswith(FRAME) and name.removeprefix(FRAME) > oldest]
    if not gone or not backups:
        return None
    return OpensNoMore(len(backups), sum(before.rows.get(name, 0) for name in gone) - erased)


def _part_id(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".parquet")
