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
from peelian.domain.plural import plural

__all__ = ["Checked", "check_source", "draft_mapping", "installed_mappings", "mapping_named", "source_page"]


USUAL_CELL_M, USUAL_DAYS = 250.0, 7
"""What forecasts usually speak of; a source that does not carry it is better known before it is loaded."""


@dataclass(frozen=True)
class Checked:
    """What a load of a file would do.

    Parameters
    ----------
    held : why it would be held back; blank if it would stand.
    claims : what its places and times would not carry, a sentence each.
    """

    findings: Findings
    held: str
    claims: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """Return the account, as a person reads it."""
        told = self.findings
        stands = f"{plural(told.read, 'row')} read, {told.accepted:,} would be accepted"
        turned = (f"turned away: {count.rows:,} {count.name}" for count in told.rejected)
        notes = (f"note: {count.rows:,} {count.name}" for count in told.notes)
        return (stands, *turned, *notes, *self.claims, self.held or "The load would stand.")


def check_source(mapping: SourceMapping, file: Path, *, today: date) -> Checked:
    """Return what a load of `file` by `mapping` would do, without storing anything."""
    claims = tuple(filter(None, (mapping.refuse_cell(USUAL_CELL_M), mapping.refuse_period(USUAL_DAYS))))
    try:
        findings = read_own(file, mapping=mapping, today=today, progress=_silent).findings
        return Checked(findings, "", claims)
    except LoadHeld as held:
        return Checked(held.findings, str(held), claims)


def source_page(mapping: SourceMapping, file: Path, *, today: date) -> str:
    """Return the analyst's page: every code with its group, NIBRS offence and origin, beside what the file shows."""
    checked = check_source(mapping, file, today=today)
    delivery = open_delivery(file, mapping=mapping, progress=_silent)
    seen = see(delivery.blocks(), mapping=mapping)
    not_read = delivery.facts().not_read  # known once every block was read
    return mapping_page(mapping, seen=seen, findings=checked.findings, not_read=not_read)


def _silent(done: int, total: int) -> None:
    """Show nothing."""
