"""Findings about data: what looks wrong, where, how large, how surely, its picture in numbers and its effect.

A finding is about rows of a file, never about a person. It is a proposal to look, not a verdict: a pile of
incidents at one point may be a default address, or a station.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from peelian.domain.canonical import Document
from peelian.domain.time import Period

Flags: TypeAlias = NDArray[np.bool_]


class Severity(StrEnum):
    """Whether the finding asks for a decision before a forecast is made."""

    NOTE = (
        "note"  # surely there, but too small to matter, or a habit that leaves counts by day and cell alone
    )
    ALARM = "alarm"  # look at it before any forecast is made from these rows


MATERIAL = 0.01
"""Share of rows from which a habit asks for a decision. One row in a hundred is what a forecast of the top 1 % of
cells can be moved by; below that a finding is sure, and small. A choice of this house, as an auditor's
materiality is."""


def severity_of(share: float) -> Severity:
    """Return how serious a habit is that touches this share of the rows it is measured on."""
    return Severity.ALARM if share >= MATERIAL else Severity.NOTE


@dataclass(frozen=True)
class Measure:
    """One named number of a finding, e.g. rows, days, metres; `unit` as it is read aloud."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Bars:
    """The numbers of a bar chart: one bar for each label, beside what was to be expected where that is known.

    Parameters
    ----------
    title : what the bars are.
    unit : what they count, e.g. "rows a month" or "share of rows".
    labels, values : one of each for each bar.
    expected : what an undisturbed file would show, None at a bar of which that is not known; or none for all.
    marked : which bars the finding is about.
    """

    title: str
    unit: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    marked: tuple[bool, ...]
    expected: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Spots:
    """The numbers of a small map: points in metres of the working system, with the rows at each.

    The rows stand for size; `marked` says which points the finding is about.
    """

    title: str
    x_m: tuple[float, ...]
    y_m: tuple[float, ...]
    rows: tuple[int, ...]
    marked: tuple[bool, ...]


Plot: TypeAlias = Bars | Spots


@dataclass(frozen=True)
class Effect:
    """What the suspicious rows would do to a forecast.

    Parameters
    ----------
    sentence : for people.
    rows_share : share in [0, 1] of all rows that are suspicious, or missing.
    top_cells_moved : share of the top 1 % of cells by plain counts that are others once the suspicious rows are
        left out (or the missing ones made good); None where it cannot be computed from the rows.
    """

    sentence: str
    rows_share: float
    top_cells_moved: float | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong with the data.

    Parameters
    ----------
    name : of the rule, e.g. "days-without-data"; the same word everywhere.
    severity : whether it asks for a decision.
    measures : its size; the first is the one by which it is judged.
    sentence : what was seen, where, and what it usually is.
    rule : how it was tested and how often a clean file would raise it, with the source of the rule.
    p : probability of something as strange in a clean file, for the single test, before Holm's correction; 0 where
        nothing was estimated because the value itself is impossible.
    period : days it concerns, or None for the whole file.
    place : area, offence, point or delivery it concerns, or "".
    source : id of the mapping the rows came through.
    plot, effect : its picture in numbers, and what it would do to a forecast.
    """

    name: str
    severity: Severity
    measures: tuple[Measure, ...]
    sentence: str
    rule: str
    p: float
    period: Period | None = None
    place: str = ""
    source: str = ""
    plot: Plot | None = None
    effect: Effect | None = None

    @property
    def size(self) -> Measure:
        """Return the measure by which the finding is judged."""
        return self.measures[0]

    def measure(self, name: str) -> float:
        """Return the number called `name`."""
        return {measure.name: measure.value for measure in self.measures}[name]

    def document(self) -> Document:
        """Return the finding as a plain document, without its picture."""
        effect = None if self.effect is None else dict(vars(self.effect))
        return {
            "name": self.name,
            "severity": self.severity.value,
            "measures": [dict(vars(measure)) for measure in self.measures],
            "sentence": self.sentence,
            "rule": self.rule,
            "p": self.p,
            "period": None if self.period is None else self.period.document(),
            "place": self.place,
            "source": self.source,
            "effect": effect,
        }


@dataclass(frozen=True, eq=False)
class MadeGood:
    """What each row weighs once the trouble is made good; of millions of rows a byte each, not a number each.

    Parameters
    ----------
    rows : (n,) the rows whose weight changes.
    weight : theirs: 0 for rows left out, above 1 for rows that stand for missing ones, 1 where counts by cell stay.
    among : (n,) the rows that count as things stand; None for all.
    """

    rows: Flags
    weight: float
    among: Flags | None = None


@dataclass(frozen=True, eq=False)
class Suspicion:
    """A finding before its effect is known.

    Parameters
    ----------
    finding : without effect.
    rows : (n,) the rows it is about; none where rows are missing rather than suspicious.
    consequence : what it would do to a forecast, one sentence.
    made_good : the weights by which its effect is counted; None where stored rows cannot tell.
    missing : rows that should be there and are not, estimated.
    """

    finding: Finding
    rows: Flags
    consequence: str
    made_good: MadeGood | None = None
    missing: float = 0.0
