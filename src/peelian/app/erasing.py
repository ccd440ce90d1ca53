"""Erasure and restoring, where two rooms have to come together: rows of one, and what another made from them."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from peelian.app.places import fetch_home
from peelian.app.wiring import house
from peelian.city.erasure.service import Certificate, carry_out_erasure, erasable
from peelian.city.fetch.service import letting_go_of_all
from peelian.domain.errors import BadInput
from peelian.domain.time import Clock
from peelian.forecast.service import DERIVATION
from peelian.governance.backups.backup import bring_up_to_date, restore_backup
from peelian.governance.backups.lost import OpensNoMore, backed_up, opens_no_more
from peelian.governance.backups.none_since import (
    StatedNone,
    approve_none_since,
    state_none_since,
    stated_none_since,
)
from peelian.governance.backups.sealed_keys import open_keys
from peelian.governance.keeping.lacking import rows_lacking

PASSPHRASE = "PEELIAN_PASSPHRASE"  # noqa: S105  # the name of a variable


@dataclass(frozen=True)
class CarriedOut:
    """The certificates of an erasure, and what it cost the backups made before it; None where it cost none."""

    certificates: tuple[Certificate, ...]
    lost: OpensNoMore | None


def carry_out(home: Path, *, order_id: str, who: str, purpose: str, clock: Clock | None = None) -> CarriedOut:
    """Erase what another person ordered; the certificates name the forecasts that had read it.

    What was fetched of the source and not loaded yet is destroyed with it.
    """
    with house(home, clock=clock) as opened:
        before = backed_up(opened.kit)
        done = carry_out_erasure(
            opened.desk(opened.signer(who)),
            purpose=purpose,
            order_id=order_id,
            naming_key=opened.naming_key,
            derivations=(DERIVATION,),
            staged=lambda source: letting_go_of_all(fetch_home(home) / source),
        )
        opened.cosign()
        erased = sum(certificate.rows for certificate in done)
        return CarriedOut(done, opens_no_more(opened.kit, before, erased=erased))


@dataclass(frozen=True)
class Restored:
    """What came of restoring: the ledger entries that opened the copy, or the statement that waits for approval.

    `rows_lacking` were in parts that the keys do not open any more: erased, or in one part with what was.
    """

    entries: tuple[int, ...]
    statement_id: str | None
    rows_lacking: int


def restore(
    folder: Path, home: Path, *, keys: Path, erasures: Path | None, who: str | None, none_since: str | None
) -> Restored:
    """Lay a backup out and bring it up to date.

    Either the newest list of erasures is given, or a person states that there is none, and how that is known; then
    the copy opens when another person has approved it.
    """
    if (erasures is None) == (none_since is None) or (none_since is not None and who is None):
        raise BadInput(
            "Give the newest list of erasures, or a statement (--none-since) with the name of who makes it."
        )
    if not (home / "peelian.toml").is_file():
        _lay_out(folder, home, keys=keys)
    with house(home) as opened:
        lacking = rows_lacking(opened.kit)
        if erasures is not None:
            entries = bring_up_to_date(opened, erasures=erasures, erasable=erasable(opened.naming_key))
            return Restored(tuple(entry.index for entry in entries), None, lacking)
        assert none_since is not None
        assert who is not None
        return Restored((), state_none_since(opened, actor=opened.signer(who), why=none_since), lacking)


def stated(home: Path, *, who: str) -> tuple[StatedNone, ...]:
    """Return what was stated about erasures since the backup and waits for another person's approval."""
    with house(home) as opened:
        return stated_none_since(opened, actor=opened.signer(who))


def approve_statement(home: Path, *, digest: str, who: str) -> int:
    """Approve, by its digest, that nothing was erased since the backup; return the entry that opened the copy."""
    with house(home) as opened:
        return approve_none_since(opened, actor=opened.signer(who), statement_digest=digest).index


def passphrase() -> str:
    """Return the passphrase from the environment: an argument would stand in the list of processes."""
    if not (words := os.environ.get(PASSPHRASE, "")):
        raise BadInput(f"Set {PASSPHRASE} to the passphrase; it is not asked for on the command line.")
    return words


def _lay_out(folder: Path, home: Path, *, keys: Path) -> None:
    if keys.is_dir():
        restore_backup(folder, home, keys=keys)
        return
    with tempfile.TemporaryDirectory() as opened_keys:
        open_keys(keys, Path(opened_keys), passphrase=passphrase())
        restore_backup(folder, home, keys=Path(opened_keys))
