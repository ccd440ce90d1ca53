"""The door of the simulation room: an invented city and its deliveries. It reads and stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from peelian.domain.place import Floats
from peelian.simulate.city import build_city
from peelian.simulate.delivery import write_csv
from peelian.simulate.reporting import SyntheticIncidents, simulate_incidents
from peelian.simulate.spec import CitySpec


@dataclass(frozen=True, eq=False)
class Simulation:
    """A simulated city with its whole history; only what was on record by an instant is ever delivered."""

    spec: CitySpec
    seed: int
    incidents: SyntheticIncidents

    @property
    def last_day(self) -> date:
        """Return the last civil day of the history."""
        return self.spec.start + timedelta(days=self.spec.days - 1)

    @property
    def streets_m(self) -> Floats:
        """Return the (n, 2, 2) street segments in metres of the city's system."""
        return self.incidents.city.streets.segments_m

    def deliver(self, path: Path, *, recorded_before: datetime) -> int:
        """Write what the source had on record at an instant, labelled SYNTHETIC, and return its rows."""
        return write_csv(path, self.incidents, recorded_before=recorded_before)


def simulate(*, seed: int, spec: CitySpec | None = None) -> Simulation:
    """Simulate a city; the same seed and parameters give the same city, to the byte."""
    rng = np.random.default_rng(seed)
    parameters = spec or CitySpec()
    return Simulation(parameters, seed, simulate_incidents(build_city(parameters, rng), rng))
