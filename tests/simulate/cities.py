"""The cities the tests of this room use: made once, because they are only read."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np

from peelian.simulate.city import City, build_city
from peelian.simulate.process import Occurrences, occurrences
from peelian.simulate.reporting import SyntheticIncidents, simulate_incidents
from peelian.simulate.spec import CitySpec
from peelian.simulate.truth import Truth, truth_of

SEEDS = (11, 12, 13, 14)
SMALL = CitySpec(width_m=3_000.0, height_m=2_000.0, start=date(2024, 1, 1), days=364)


@lru_cache
def city() -> City:
    return build_city(SMALL, np.random.default_rng(7))


@lru_cache
def truth() -> Truth:
    return truth_of(city())


@lru_cache
def history(seed: int) -> Occurrences:
    return occurrences(city(), np.random.default_rng(seed))


@lru_cache
def incidents() -> SyntheticIncidents:
    return simulate_incidents(city(), np.random.default_rng(SEEDS[0]))
