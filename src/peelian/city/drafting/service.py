"""The door for whoever adds a source: everything here works on the caller's own file, and stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from peelian.city.drafting.draft import draft_mapping
from peelian.city.drafting.page import mapping_page
from peelian.city.drafting.seen import see
from peelian.city.findings import Findings, LoadHeld
from peelian.city.intake.read import open_delivery
from peelian.city.mapping.file import installed_mappings, mapping_named
from peelian.city.mapping.source import SourceMapping
from peelian.city.service import read_own

__all__ = ["Checked", "check_source", "draft_mapping", "installed_mappings", "mapping_named", "source_page"]


@dataclass(frozen=True)
class Checked:
    """What a load of a file would do; `held` says why it would be held back, blank if it would stand."""

    findings: Findings
    held: str

    def lines(self) -> tuple[str, ...]:
        """Return the account, as a person reads it."""
        told = self.findings
        stands = f"{told.read:,} rows read, {told.accepted:,} would be accepted"
        turned = (f"turned away: {count.rows:,} {count.name}" for count in told.rejected)
        notes = (f"note: {count.rows:,} {count.name}" for count in told.notes)
        return (stands, *turned, *notes, self.held or "The load would stand.")


def check_source(mapping: SourceMapping, file: Path, *, today: date) -> Checked:
    """Return what a load of `file` by `mapping` would do, without storing anything."""
    try:
        return Checked(read_own(file, mapping=mapping, today=today, progress=_silent).findings, "")
    except LoadHeld as held:
        return Checked(held.findings, str(held))


def source_page(mapping: SourceMapping, file: Path, *, today: date) -> str:
    """Return the analyst's page: every code with its group, NIBRS offence and origin, beside what the file shows."""
    checked = check_source(mapping, file, today=today)
    delivery = open_delivery(file, mapping=mapping, progress=_silent)
    seen = see(delivery.blocks(), mapping=mapping)
    not_read = delivery.facts().not_read  # known once every block was read
    return mapping_page(mapping, seen=seen, findings=checked.findings, not_read=not_read)


def _silent(done: int, total: int) -> None:
    """Show nothing."""
