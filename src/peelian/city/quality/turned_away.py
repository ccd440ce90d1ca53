"""Rows that cleaning turned away: their value is impossible (no place, (0, 0), no such day), they repeat another row,
or an order forbids them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from peelian.city.findings import Findings, Reason
from peelian.city.intake.judge import WORDS as JUDGED
from peelian.city.quality.chance import ALPHA, bursts
from peelian.city.quality.finding import Bars, Effect, Finding, Measure, Severity
from peelian.domain.place import Floats

TOO_MANY = 0.001
"""Share of a first delivery from which impossible values ask for a decision: they are the part of a broken step at the
publisher's that can be seen, so less of them matters than of a habit."""

ENOUGH_DELIVERIES = 4
"""Deliveries from which a share is judged by what is usual for the source."""

WORDS = {
    **JUDGED,
    Reason.PLACE_MISSING: "have no place",
    Reason.AT_ZERO: "lie at (0, 0), where geocoders put what they cannot find",
    Reason.SWAPPED: "have latitude and longitude exchanged",
    Reason.OUTSIDE_BBOX: "lie outside the city",
    Reason.OUTSIDE_DATES: "have a day that cannot be",
    Reason.DUPLICATE: "repeat an earlier row with the same key",
}
"""What is said of rows turned away for each reason; a load that is held back says it of its mapping instead."""

SEALED = "They were turned away and are kept sealed, for whoever must mend the source."
QUIETER = "They are not counted, so the places where they happened look quieter than they were."

FATES = {
    Reason.ERASED: (
        "They were turned away because an order forbids them, and nothing of them is kept.",
        "They are not counted, as was ordered; that cannot be mended and needs no mending.",
    ),
    Reason.DUPLICATE: (
        "The first row of each such key stands; its repetitions are kept sealed.",
        "None: each of these incidents is counted once.",
    ),
}
"""What became of rows and what that does to a forecast, where it is something else than SEALED and QUIETER."""


@dataclass(frozen=True)
class Account:
    """What became of one delivery: rows read, and rows turned away by reason."""

    delivery: str
    source: str
    read: int
    rejected: Mapping[str, int]


def of_incidents(loads: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the bodies of the loads that delivered incidents: calls and arrests are in no figure of theirs."""
    return [load for load in loads if load["kind"] == "incident"]


def account_of_load(body: Mapping[str, Any]) -> Account:
    """Return the account of a load from the body of its record."""
    return Account(body["load_id"], body["source"], body["read"], dict(body["reasons"]))


def account_of_file(findings: Findings, *, delivery: str) -> Account:
    """Return the account of a file that was only cleaned, whether it stands or is held back."""
    return Account(
        delivery, findings.source, findings.read, {count.name: count.rows for count in findings.rejected}
    )


def turned_away(accounts: Sequence[Account]) -> tuple[Finding, ...]:
    """Return, for the deliveries of one source in order, each reason for which rows of the last were turned away.

    An impossible value needs no test: that it is there is certain. Whether it asks for a decision is judged by the
    source's earlier deliveries, and by TOO_MANY where there are few.
    """
    if not accounts:
        return ()
    last = accounts[-1]
    return tuple(_away(accounts, reason) for reason in Reason if last.rejected.get(reason, 0))


def _away(accounts: Sequence[Account], reason: Reason) -> Finding:
    last = accounts[-1]
    rows = last.rejected[reason]
    fate, consequence = FATES.get(reason, (SEALED, QUIETER))
    counts = np.array([account.rejected.get(reason, 0) for account in accounts], dtype=float)
    totals = np.array([account.read for account in accounts], dtype=float)
    found = bursts(counts, totals)
    judged = len(accounts) >= ENOUGH_DELIVERIES
    grave = bool(found.flagged[-1]) if judged else rows >= TOO_MANY * last.read
    rule = f"turned away by the rule {reason.value}; " + (
        "alarming if above the usual share of the source's deliveries (quasi-Poisson tail, Holm (1979), at "
        f"most {ALPHA} false alarms)"
        if judged
        else f"alarming from {TOO_MANY:.1%} of a delivery on, since fewer than {ENOUGH_DELIVERIES} are known"
    )
    return Finding(
        name=reason.value,
        severity=Severity.ALARM if grave else Severity.NOTE,
        measures=(Measure("rows", rows, "rows"),),
        sentence=f"{rows:,} of {last.read:,} rows ({rows / last.read:.2%}) {WORDS[reason]}. {fate}",
        rule=rule,
        p=float(found.p[-1]) if judged else 0.0,
        place=last.delivery,
        source=last.source,
        plot=_by_delivery(counts) if len(accounts) > 1 else None,
        effect=Effect(consequence, rows / last.read),
    )


def _by_delivery(counts: Floats) -> Bars:
    return Bars(
        title="Such rows by delivery",
        unit="rows",
        labels=tuple(str(number) for number in range(1, len(counts) + 1)),
        values=tuple(counts.tolist()),
        marked=(*[False] * (len(counts) - 1), True),
    )


def by_source(accounts: Iterable[Account]) -> tuple[Finding, ...]:
    """Return the findings of every source's last delivery."""
    sources: dict[str, list[Account]] = {}
    for account in accounts:
        sources.setdefault(account.source, []).append(account)
    return tuple(finding for own in sources.values() for finding in turned_away(own))
