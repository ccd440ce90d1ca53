"""The door to audits of forecasts: measure what their inputs tell of groups, and keep what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from peelian.domain.canonical import Document
from peelian.domain.place import Grid
from peelian.forecast.auditing.groups_file import read_groups
from peelian.forecast.counting.service import require_exact, stored_histories
from peelian.forecast.models.boosted import BoostedTrees
from peelian.forecast.proxies import AreaShares, Told, Without, inputs_of_areas, told, without_each
from peelian.governance.desk import Desk, NewRecord

__all__ = ["AreaShares", "ProxyAudit", "Told", "Without", "measure_proxies", "read_groups"]

CAPABILITY = "forecast.audit-proxies"
COVERAGE = 0.05


@dataclass(frozen=True)
class ProxyAudit:
    """What one audit found; the shares it was measured with are not part of it."""

    audit_id: str
    cutoff: date
    told: tuple[Told, ...]
    without: tuple[Without, ...]
    entry_index: int


def measure_proxies(
    desk: Desk, *, purpose: str, grid: Grid, zone: str, areas: AreaShares, rng: np.random.Generator
) -> ProxyAudit:
    """Measure, for each offence of the charter, how well each group's share is told by the inputs of its forecast.

    The inputs are the window sums of `INPUTS`, as the charter's models that use features see them; without each of
    them boosted trees, which use them all, are fitted anew. Counts are of what occurred.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        today = sitting.now().astimezone(ZoneInfo(zone)).date()
        require_exact(sitting, grid=grid, days=7)
        histories = stored_histories(
            sitting, grid=grid, zone=zone, end_day=today, offences=sitting.charter.offences, basis="occurred"
        )
        found: list[Told] = []
        without: list[Without] = []
        for history in histories:
            inputs, covered = inputs_of_areas(history, areas=areas)
            for place, group in enumerate(areas.groups):
                found.append(
                    told(
                        inputs[covered],
                        shares=areas.shares[covered, place],
                        centres=areas.centres[covered],
                        group=group,
                        offence=history.offence,
                        rng=rng,
                    )
                )
            without += without_each(history, model=BoostedTrees(), coverage=COVERAGE)
        audit_id = sitting.new_id()
        body: Document = {
            "audit_id": audit_id,
            "cutoff": str(today),
            "told": [each.document() for each in found],
            "without": [each.document() for each in without],
        }
        entry = sitting.act(
            "proxies.measured",
            action="score",
            resource="proxy-audit",
            facts={
                "audit": audit_id,
                "cutoff": str(today),
                "groups": list(areas.groups),
                "areas": len(areas.shares),
            },
            records=[NewRecord(audit_id, "proxy-audit", str(today), body)],
            case_facts={"statistics": areas.groups, "cell_m": grid.size_m},
        )
        return ProxyAudit(audit_id, today, tuple(found), tuple(without), entry.index)
