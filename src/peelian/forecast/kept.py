"""Forecasts and scores as they are kept: values that the door hands out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.surface import RiskSurface
from peelian.domain.time import Period, iso
from peelian.forecast.models.counts import PlainCounts
from peelian.forecast.scoring import ScoreRow

BASELINE = PlainCounts().model.name


@dataclass(frozen=True, eq=False)
class KeptForecast:
    """A committed forecast: every model's surface and, among them, that of plain counts.

    `late` is True unless a witness vouched for the commitment before the period began.
    """

    forecast_id: str
    period: Period
    surfaces: tuple[RiskSurface, ...]
    committed_by: str
    committed_at: datetime
    entry_index: int
    witnessed_at: datetime | None

    @property
    def late(self) -> bool:
        """Return whether nobody outside vouched for the forecast before its period began."""
        return self.witnessed_at is None or self.witnessed_at >= self.period.start_utc

    @property
    def offences(self) -> tuple[str, ...]:
        """Return the offence groups forecast, each once."""
        return tuple(dict.fromkeys(surface.offence for surface in self.surfaces))

    def surface(self, offence: str, *, model: str | None = None) -> RiskSurface:
        """Return one surface: of the named model, else of the first model that may be used for patrol."""
        for surface in self.surfaces:
            wanted = surface.model.name == model if model else _leads(surface)
            if surface.offence == offence and wanted:
                return surface
        raise BadInput(
            f"Forecast {self.forecast_id} holds no surface of {offence!r}{f' by {model}' if model else ''}; "
            f"it holds {', '.join(f'{s.offence} by {s.model.name}' for s in self.surfaces)}."
        )

    def document(self) -> Document:
        """Return the forecast, without its arrays, as a plain document."""
        return {
            "forecast_id": self.forecast_id,
            "period": self.period.document(),
            "entry": self.entry_index,
            "committed_at": iso(self.committed_at),
            "witnessed_at": None if self.witnessed_at is None else iso(self.witnessed_at),
            "late": self.late,
            "surfaces": [{"digest": surface.digest(), **surface.header()} for surface in self.surfaces],
        }


@dataclass(frozen=True)
class KeptScore:
    """The score of a forecast against what was recorded by `scored_at`."""

    forecast_id: str
    period: Period
    late: bool
    rows: tuple[ScoreRow, ...]
    scored_by: str
    scored_at: datetime
    entry_index: int

    def document(self) -> Document:
        """Return the score as a plain document."""
        return {
            "forecast_id": self.forecast_id,
            "period": self.period.document(),
            "late": self.late,
            "scored_at": iso(self.scored_at),
            "entry": self.entry_index,
            "rows": [row.document() for row in self.rows],
        }


def _leads(surface: RiskSurface) -> bool:
    return surface.selectable_for_patrol and surface.model.name != BASELINE
