"""The risk surface: what a forecast says, in the only form in which it leaves the forecasting room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.dwellings import LeftOut
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Grid, Ints
from peelian.domain.time import Cutoff, Period

Flags = NDArray[np.bool_]


class Scale(StrEnum):
    """How the contributions make the mean."""

    SUM = "sum"  # mean = sum of contributions
    FACTOR = "factor"  # mean = product of contributions (log-link models)
    NONE = "none"  # the model cannot say; such a surface is not selectable for patrol


@dataclass(frozen=True, eq=False)
class Contribution:
    """One named part of the mean, per cell."""

    name: str
    values: Floats


@dataclass(frozen=True)
class Model:
    """Which computation spoke: name, version and every parameter that shaped it."""

    name: str
    version: int
    parameters: tuple[tuple[str, float | int | str], ...] = ()

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


@dataclass(frozen=True, eq=False)
class RiskSurface:
    """Expected recorded incidents of one offence group per cell, for one period.

    A surface is about places. It has no field that could hold a person, and none may be added.

    Parameters
    ----------
    grid, offence, period, cutoff : what is forecast, and the last day it could see.
    cells : (n, 2) cell names.
    mean : (n,) expected incidents per cell in the whole period.
    lo, hi : (n,) bounds of the central predictive interval at `level`.
    contributions, scale : parts of the mean; they reproduce it to 1e-9 on their scale, or scale is NONE.
    abstained : (n,) True where the forecast refuses to speak.
    model : which computation.
    data_hash : digest of the counts it was fitted on.
    left_out : why places of a few homes are not among the cells; None where dwellings were not known.
    """

    grid: Grid
    offence: str
    period: Period
    cutoff: Cutoff
    cells: Ints
    mean: Floats
    lo: Floats
    hi: Floats
    level: float
    contributions: tuple[Contribution, ...]
    scale: Scale
    abstained: Flags
    model: Model
    data_hash: str
    left_out: LeftOut | None = None

    def __post_init__(self) -> None:
        n = len(self.cells)
        lengths = {len(self.mean), len(self.lo), len(self.hi), len(self.abstained)}
        lengths |= {len(part.values) for part in self.contributions}
        if lengths != {n}:
            raise BadInput(
                f"A risk surface of {n} cells came with columns of other lengths: {sorted(lengths)}."
            )
        if not (np.isfinite(self.mean).all() and (self.mean >= 0).all()):
            raise BadInput(
                f"{self.model} gave a negative or undefined expectation; such a forecast is not kept."
            )
        if self.cutoff.day > self.period.start:
            raise BadInput(f"The cutoff {self.cutoff.day} lies inside the forecast period {self.period}.")

    @property
    def selectable_for_patrol(self) -> bool:
        """Return whether the surface explains itself exactly, without which no one may be sent by it."""
        return self.scale is not Scale.NONE

    def ranking(self) -> NDArray[np.int64]:
        """Return row numbers from highest mean to lowest; ties fall by cell name, never by data order."""
        order: NDArray[np.int64] = np.lexsort((self.cells[:, 1], self.cells[:, 0], -self.mean))
        return order

    def top(self, coverage: float) -> NDArray[np.int64]:
        """Return the rows of the highest cells that make up `coverage` (a share in (0, 1]) of the area."""
        if not 0 < coverage <= 1:
            raise BadInput(f"A coverage of {coverage} is not a share of the area; give a number in (0, 1].")
        return self.ranking()[: max(1, math.floor(coverage * len(self.cells) + 1e-9))]

    def header(self) -> Document:
        """Return everything but the arrays, as the document that is committed to."""
        return {
            "offence": self.offence,
            "period": {
                "start": str(self.period.start),
                "end": str(self.period.end),
                "zone": self.period.zone,
            },
            "cutoff": {"day": str(self.cutoff.day), "basis": self.cutoff.basis},
            "grid": self.grid.document(),
            "model": {
                "name": self.model.name,
                "version": self.model.version,
                "parameters": dict(self.model.parameters),
            },
            "level": self.level,
            "scale": self.scale.value,
            "contributions": [part.name for part in self.contributions],
            "data_hash": self.data_hash,
            "cells": len(self.cells),
            **({} if self.left_out is None else {"left_out": self.left_out.document()}),
        }

    def digest(self) -> str:
        """Return the SHA-256 that a commitment holds: header, then every array as little-endian bytes."""
        parts = [canonical(self.header())]
        parts.append(np.ascontiguousarray(self.cells, dtype="<i4").tobytes())
        columns = (self.mean, self.lo, self.hi, *(part.values for part in self.contributions))
        parts.extend(np.ascontiguousarray(column, dtype="<f8").tobytes() for column in columns)
        parts.append(np.ascontiguousarray(self.abstained, dtype="u1").tobytes())
        return digest(b"".join(parts))
