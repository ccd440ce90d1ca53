"""What a model may learn from: dense daily counts of one offence in one area, up to a cutoff."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.domain.canonical import canonical, digest
from peelian.domain.dwellings import LeftOut
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, Ints
from peelian.domain.time import Basis, Cutoff, Period


@dataclass(frozen=True, eq=False)
class Features:
    """What the days before each sampled day told, per cell.

    Parameters
    ----------
    names : f names, as `features.lags_and_ring` gives them.
    days : (k,) sampled days as numbers from the history's first day, ascending.
    values : (k, n, f) int32; the row of day d knows only days before d.
    """

    names: tuple[str, ...]
    days: Ints
    values: Ints

    def until(self, day: int) -> Features:
        """Return the rows up to and including `day`: they know nothing of `day` itself."""
        keep = int(np.searchsorted(self.days, day, side="right"))
        return replace(self, days=self.days[:keep], values=self.values[:keep])

    def on(self, day: int) -> Ints:
        """Return the (n, f) row of `day`, which must have been sampled."""
        row = int(np.searchsorted(self.days, day))
        if row == len(self.days) or self.days[row] != day:
            raise BadInput(
                f"There are no features for day {day} of the history; they are sampled every seventh day "
                "back from its end, so place the cutoff on one of those days."
            )
        values: Ints = self.values[row]
        return values


@dataclass(frozen=True, eq=False)
class History:
    """Daily counts of one offence per cell of the area, from `first_day` up to but not including `end_day`.

    Parameters
    ----------
    grid, offence, zone : what was counted, on which grid, in whose civil days.
    basis : whether a day counts what had been recorded by the cutoff, or what occurred.
    cells : (n, 2) names of the cells that make up the area, each once.
    first_day : the civil day of row 0.
    counts : (days, n) int32.
    outside : (days,) int32, incidents that fell outside the area.
    features : for models that need them.
    seen_days : (n,) how many days each cell was observed: its newest rows. Rows before them are 0 and mean that
        nobody knows, not that nothing happened. None stands for all days in every cell.
    left_out : why places of a few homes are not among the cells; None where dwellings were not known.

    The arrays cannot be written to. Cells keep the order they came in; no model may depend on it.
    """

    grid: Grid
    offence: str
    zone: str
    basis: Basis
    cells: Ints
    first_day: date
    counts: Ints
    outside: Ints
    features: Features | None = None
    seen_days: Ints | None = None
    left_out: LeftOut | None = None

    def __post_init__(self) -> None:
        if self.cells.ndim != 2 or len(np.unique(self.cells, axis=0)) != len(self.cells):
            raise BadInput(f"The area of {self.offence} names a cell twice; name each cell once.")
        if self.counts.shape != (len(self.outside), len(self.cells)):
            raise BadInput(
                f"The counts of {self.offence} have the shape {self.counts.shape}, but the history has "
                f"{len(self.outside)} days and {len(self.cells)} cells."
            )
        if self.observed_days.shape != (len(self.cells),) or (self.observed_days > self.days).any():
            raise BadInput(
                f"The observed days of {self.offence} do not fit a history of {self.days} days and "
                f"{len(self.cells)} cells; give each cell a number up to that."
            )
        for name in ("cells", "counts", "outside"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def days(self) -> int:
        """Return the number of days."""
        return len(self.counts)

    @cached_property
    def observed_days(self) -> Ints:
        """Return (n,) on how many days each cell was observed."""
        return np.full(len(self.cells), self.days, np.int32) if self.seen_days is None else self.seen_days

    @property
    def end_day(self) -> date:
        """Return the first day that is not in the history."""
        return self.first_day + timedelta(days=self.days)

    @property
    def cutoff(self) -> Cutoff:
        """Return the cutoff of a forecast made from all of this history."""
        return Cutoff(day=self.end_day, basis=self.basis)

    def until(self, cutoff_day: date) -> History:
        """Return the history as it stood when `cutoff_day` began; later days cannot be reached from it.

        Raises
        ------
        BadInput : the day lies outside the history, or the counts were taken from what had been *recorded*
            by a later cutoff: what was recorded by an earlier one can only be counted anew.
        """
        if not self.first_day <= cutoff_day <= self.end_day:
            raise BadInput(
                f"The history of {self.offence} runs from {self.first_day} to {self.end_day}; "
                f"the cutoff {cutoff_day} lies outside it."
            )
        if self.basis == "recorded" and cutoff_day != self.end_day:
            raise BadInput(
                f"These counts hold what was recorded by {self.end_day}; what was recorded by {cutoff_day} "
                "must be counted anew from the incidents."
            )
        day = (cutoff_day - self.first_day).days
        return replace(
            self,
            counts=self.counts[:day],
            outside=self.outside[:day],
            features=self.features.until(day) if self.features else None,
            seen_days=None if self.seen_days is None else np.maximum(0, self.seen_days - (self.days - day)),
        )

    def spans(self, days: int) -> Ints:
        """Return (n,) on how many of the newest `days` days each cell was observed, at least 1, to divide by."""
        spans: Ints = np.maximum(1, np.minimum(days, self.observed_days))
        return spans

    def observed(self, period: Period) -> tuple[Ints, int]:
        """Return the (n,) counts within `period` and how many incidents fell outside the area."""
        start = (period.start - self.first_day).days
        if start < 0 or period.end > self.end_day:
            raise BadInput(
                f"The history of {self.offence} runs from {self.first_day} to {self.end_day}; "
                f"it does not hold the whole of {period}."
            )
        days = slice(start, start + period.days)
        return self.counts[days].sum(axis=0, dtype=np.int32), int(self.outside[days].sum())

    @cached_property
    def data_hash(self) -> str:
        """Return the SHA-256 of everything a model can learn from (the features follow from the counts)."""
        header = canonical(
            {
                "grid": self.grid.document(),
                "offence": self.offence,
                "zone": self.zone,
                "basis": self.basis,
                "first_day": str(self.first_day),
                "days": self.days,
            }
        )
        arrays = [self.cells, self.counts, self.outside]
        if (self.observed_days < self.days).any():
            arrays.append(self.observed_days)  # told only where it tells something
        return digest(header + b"".join(np.ascontiguousarray(a, dtype="<i4").tobytes() for a in arrays))


def history_from_counts(
    counts: pa.Table,
    *,
    grid: Grid,
    offence: str,
    zone: str,
    basis: Basis,
    cells: Ints,
    first_day: date,
    end_day: date,
    features: pa.Table | None = None,
    left_out: LeftOut | None = None,
) -> History:
    """Make the history of the area `cells` from what `features.cell_day_counts` returned.

    Rows before `first_day` or from `end_day` on are left out; rows of other cells are counted as outside.
    `features` is what `features.weekly_features` returned for the same cells and days.
    """
    number = _day_numbers(counts, first_day)
    within = (number >= 0) & (number < (end_day - first_day).days)
    row = _rows_of(_names(counts)[within], cells)
    n = counts["n"].to_numpy()[within]
    dense = np.zeros(((end_day - first_day).days, len(cells)), dtype=np.int32)
    outside = np.zeros(len(dense), dtype=np.int32)
    number, inside = number[within], row >= 0
    np.add.at(dense, (number[inside], row[inside]), n[inside])
    np.add.at(outside, number[~inside], n[~inside])
    return History(
        grid=grid,
        offence=offence,
        zone=zone,
        basis=basis,
        cells=cells,
        first_day=first_day,
        counts=dense,
        outside=outside,
        features=None if features is None else _features(features, cells=cells, first_day=first_day),
        left_out=left_out,
    )


def _features(table: pa.Table, *, cells: Ints, first_day: date) -> Features:
    names = tuple(name for name in table.column_names if name not in ("day", "ix", "iy"))
    days, day_row = np.unique(_day_numbers(table, first_day), return_inverse=True)
    cell_row = _rows_of(_names(table), cells)
    if table.num_rows != len(days) * len(cells) or (cell_row < 0).any():
        raise BadInput(
            f"The features have {table.num_rows} rows for {len(days)} days and {len(cells)} cells; "
            "make them for exactly the cells of the area."
        )
    values = np.empty((len(days), len(cells), len(names)), dtype=np.int32)
    for column, name in enumerate(names):
        values[day_row, cell_row, column] = table[name].to_numpy()
    values.flags.writeable = False
    return Features(names=names, days=days.astype(np.int32), values=values)


def _day_numbers(table: pa.Table, first_day: date) -> NDArray[np.int64]:
    days = table["day"].cast(pa.date32()).to_numpy().astype("datetime64[D]").astype(np.int64)
    numbers: NDArray[np.int64] = days - np.datetime64(first_day, "D").astype(np.int64)
    return numbers


def _names(table: pa.Table) -> Ints:
    return np.stack([table["ix"].to_numpy(), table["iy"].to_numpy()], axis=-1).astype(np.int32)


def _rows_of(names: Ints, cells: Ints) -> NDArray[np.int64]:
    """Return for each named cell its row in `cells`, or -1."""
    keys, wanted = _keys(cells), _keys(names)
    order = np.argsort(keys)
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    row: NDArray[np.int64] = np.where(keys[order[place]] == wanted, order[place], -1)
    return row


def _keys(cells: Ints) -> NDArray[np.int64]:
    """Return one sortable number per cell name."""
    wide = cells.astype(np.int64)
    keys: NDArray[np.int64] = (wide[:, 0] << 32) + wide[:, 1]
    return keys
