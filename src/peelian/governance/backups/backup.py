"""Backups: made by an administrator, entered before a byte is copied, and brought up to date before they are used.

An old backup still holds what was erased since. So a restored workspace refuses all work until the erasures since
its backup were carried out in it too, or two people have stated, into the ledger, that there were none (see
`none_since`). That the ledger went back is no secret in any case: the witness remembers a longer one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Busy, Tampered
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import authorise, carry_out_as_house, enter
from peelian.governance.backups.erasure_list import read_list, write_list
from peelian.governance.backups.past_decisions import decide_again
from peelian.governance.backups.past_rulings import rule_again
from peelian.governance.complete import ERASED
from peelian.governance.ends import Ends, note_ends
from peelian.governance.house import House
from peelian.governance.keeping.erase import PastErasure, erase_again
from peelian.governance.keeping.holds import holds_in_force
from peelian.governance.keeping.named_rows import Erasable
from peelian.governance.keeping.restored_holds import restore_holds
from peelian.governance.keeping.stopped_uses import destroy_stopped
from peelian.governance.kit import Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.note import load_or_create_key, log_vkey, proving
from peelian.governance.ledger.verify import open_checkpoint
from peelian.governance.persons.subject_erasure import erase_person_again
from peelian.governance.principals import Signer
from peelian.governance.service import hold_against_ledger
from peelian.storage.backup import (
    Awaiting,
    Manifest,
    Sealing,
    awaiting,
    copy_files,
    lay_out,
    no_longer_awaiting,
    write_manifest,
)
from peelian.storage.rows import Writes
from peelian.storage.workspace import Workspace

PURPOSE, CAPABILITY = "governance", "governance.backup"
LOG_KEY = "ledger.pem"
RESTORED = "restored-copy"


def make_backup(house: House, *, actor: Signer, folder: Path) -> Manifest:
    """Copy the workspace, without its keys, into the new `folder`, each file sealed under a key that stays here.

    Raises `Busy`, and leaves nothing, where somebody acted meanwhile: records and ledger would not be of one moment.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"The folder {folder} is not empty; give each backup a new one.")
    backup_id = uuid7(clock=house.kit.clock, entropy=house.kit.entropy)
    entry = _enter(house, actor, facts={"backup": backup_id, "holds": "workspace without keys"})
    try:
        files = copy_files(house.workspace, folder, sealing=_sealing(house, backup_id))
        size, head = house.kit.ledger.size, house.kit.ledger.checkpoint()
        if size != entry.index + 1:
            raise Busy("Somebody worked while the backup was made; nothing was kept of it, so make it again.")
        manifest = Manifest(backup_id, iso(entry.time), size, head, files)
        write_manifest(manifest, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return manifest


def _sealing(house: House, backup_id: str) -> Sealing:
    """Return how a backup is sealed: its frame for the term of backups, what is held until the last hold ends."""
    kit, now = house.kit, house.kit.clock.now()
    note_ends(kit, Ends(kit))
    term = timedelta(days=kit.register.data_kind("backup").retention_days_max)
    held = max((hold.ends for hold in holds_in_force(kit, at=now)), default=now)
    return Sealing(
        backup_id=backup_id,
        keys=kit.backup_keys,
        keep_until=iso(now + term),
        held_until=iso(held),
        now=iso(now),
        entropy=kit.entropy,
    )


def export_erasures(house: House, *, actor: Signer, path: Path) -> None:
    """Write the signed list of all erasures, to be kept where the backups are; do so after every erasure."""
    _enter(house, actor, facts={"holds": "list of erasures"})
    write_list(house, path)


def restore_backup(folder: Path, home: Path, *, keys: Path) -> Manifest:
    """Lay a backup out as the workspace `home`, with the key files in the folder `keys` (see `sealed_keys`).

    Every file is held against the manifest first. The workspace can be opened, and refuses all work until
    `bring_up_to_date` was called, or `none_since.approve_none_since`.
    """
    if not (keys / LOG_KEY).is_file():
        raise BadInput(
            f"The folder {keys} holds no {LOG_KEY}; name the folder with the workspace's own keys."
        )
    manifest = lay_out(folder, home, keys=keys)
    _check_head(Workspace.open(home), manifest)
    return manifest


def bring_up_to_date(
    house: House, *, erasures: Path, erasable: Callable[[Mapping[str, Any]], Erasable]
) -> tuple[Entry, ...]:
    """Set in a restored copy the holds that stand, carry out what was erased and decided since, and open it for work.

    Parameters
    ----------
    erasures : the list that `export_erasures` wrote last, signed by this ledger's key.
    erasable : how a room names the rows of an order, given the order's record.

    It can be called again where it was cut off.
    """
    waiting = require_awaiting(house)
    hold_against_ledger(house.kit)
    listed = read_list(erasures, log=house.kit.ledger.vkey)
    if listed.ledger_size < waiting.ledger_size:
        raise BadInput(
            f"The list of erasures is older than the backup (entry {listed.ledger_size} before entry "
            f"{waiting.ledger_size}); export a newer one from the present workspace."
        )
    newer = [_as_of(waiting, past) for past in listed.erasures if past.entry_index >= waiting.ledger_size]
    cited: Document = {"restored": waiting.backup_id, "list": listed.digest, "list_size": listed.ledger_size}
    entries: list[Entry] = list(restore_holds(house.kit, listed.holds, facts=cited, rule=RESTORED))
    for past in newer:
        facts: Document = {**cited, "of_entry": past.entry_index}
        rows = erasable(past.body)
        entries += erase_again(house.kit, past, erasable=rows, facts=facts, rule=RESTORED)
    persons = [past for past in listed.persons if past.entry_index >= waiting.ledger_size]
    for person in persons:
        told: Document = {**cited, "of_entry": person.entry_index}
        entries += erase_person_again(
            house.kit, person, before=waiting.ledger_size, facts=told, rule=RESTORED
        )
    ruled = [past for past in listed.rulings if past.entry_index >= waiting.ledger_size]
    entries += rule_again(house.kit, ruled, facts=cited, rule=RESTORED)
    entries += decide_again(house.kit, listed.decisions, facts=cited, rule=RESTORED)
    entries += destroy_stopped(house.kit)
    entries.append(open_for_work(house, facts={**cited, "erasures": len(newer) + len(persons)}))
    return tuple(entries)


def _as_of(waiting: Awaiting, past: PastErasure) -> PastErasure:
    """Return a past erasure without the works that came after the backup: this copy has none of them."""
    return replace(past, works=tuple(work for work in past.works if work.entry_index < waiting.ledger_size))


def open_for_work(house: House, *, facts: Document) -> Entry:
    """Enter that all that was erased since the backup is accounted for, and let people work."""
    entry = carry_out_as_house(house.kit, ERASED, rule=RESTORED, facts={**facts, "rows": 0}, writes=Writes())
    hold_against_ledger(house.kit)
    no_longer_awaiting(house.workspace)
    return entry


def _check_head(workspace: Workspace, manifest: Manifest) -> None:
    """Refuse a ledger that is not the one whose signed head the backup carries, or that another key signed."""
    vkey = log_vkey(workspace.settings.name, load_or_create_key(workspace.folder("keys") / LOG_KEY))
    with proving():
        head = open_checkpoint(manifest.head, log=vkey)
    with Ledger.read(workspace.folder("ledger") / "ledger.db", vkey=str(vkey)) as ledger:
        if (ledger.size, ledger.root()) != (head.size, head.root):
            raise Tampered(
                "The ledger in the backup is not the one whose head was signed. Use another backup."
            )


def require_awaiting(house: House) -> Awaiting:
    """Return what a restored workspace waits for, or refuse where it waits for nothing."""
    waiting = awaiting(house.workspace)
    if waiting is None:
        raise BadInput(
            f"The workspace {house.workspace.home} was not restored just now; it waits for nothing."
        )
    return waiting


def _enter(house: House, actor: Signer, *, facts: Document) -> Entry:
    """Enter that data leave the house; only who keeps the machine may make copies of it."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None, reason="keeping-copies")
    decision = authorise(house.kit, standing, action="export", resource="backup")
    return enter(house.kit, standing, "backup.made", decision=decision, facts=facts)
