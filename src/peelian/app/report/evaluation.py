"""The evaluation's lines put in order: by metric and coverage for one offence, and as plots beside a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from peelian.app.report.plots import Interval, interval_plot
from peelian.app.report.view import EvaluationLine
from peelian.app.report.wording import Metric, headline, metric

CALIBRATION = "calibration"
SIDES = {"higher": "Right of the line is better", "lower": "Left of the line is better"}


@dataclass(frozen=True)
class Group:
    """The lines of one offence that can be compared: one metric at one coverage."""

    heading: str
    metric: Metric
    lines: tuple[EvaluationLine, ...]

    @property
    def is_calibration(self) -> bool:
        """Return whether these lines compare expected with recorded volume."""
        return self.lines[0].metric == CALIBRATION

    @property
    def basis(self) -> str:
        """Return what the lines rest on, in words: how many forecasts."""
        return " or ".join(
            f"{n} forecasts scored" for n in dict.fromkeys(line.origins for line in self.lines)
        )

    @property
    def side(self) -> str:
        """Return which side of the line is better, in words."""
        return SIDES.get(self.metric.better, "The line is plain counts")


def groups(lines: Iterable[EvaluationLine], *, offence: str) -> tuple[Group, ...]:
    """Return the comparable lines of `offence`, groups and lines in the order in which they came."""
    together: dict[tuple[str, float | None], list[EvaluationLine]] = {}
    for line in lines:
        if line.offence == offence:
            together.setdefault((line.metric, line.coverage), []).append(line)
    return tuple(
        Group(headline(name, covered), metric(name), tuple(members))
        for (name, covered), members in together.items()
    )


def difference_plot(group: Group) -> Markup | None:
    """Draw each model's difference to plain counts, which have none to themselves; None if nothing is left."""
    lines = (Interval(line.model, line.diff, line.diff_lo, line.diff_hi) for line in group.lines)
    rows = [row for row in lines if row.defined and (row.value, row.lo, row.hi) != (0, 0, 0)]
    if not rows:
        return None
    return interval_plot(
        rows,
        reference=0.0,
        write=group.metric.write_difference,
        title=f"{group.heading}: difference to plain counts",
        description=_aloud(rows, group.metric.write_difference),
    )


def calibration_plot(group: Group) -> Markup | None:
    """Draw expected divided by recorded incidents of each model beside a line at 1; None if undefined."""
    lines = (Interval(line.model, line.value, line.lo, line.hi) for line in group.lines)
    rows = [row for row in lines if row.defined]
    if not rows:
        return None
    return interval_plot(
        rows,
        reference=1.0,
        write=group.metric.write,
        title="Expected divided by recorded incidents",
        description=_aloud(rows, group.metric.write),
    )


def _aloud(rows: Sequence[Interval], write: Callable[[float], str]) -> str:
    """Return the plot as a sentence, for those who hear the page."""
    return "; ".join(
        f"{row.label} {write(row.value)}, interval {write(row.lo)} to {write(row.hi)}" for row in rows
    )
