"""Whether the time of an answer that neither confirms nor denies tells if anything is held.

Known and unknown persons are searched in turn, the order of each pair drawn by lot. `auc` is the chance that a known
one took longer than an unknown one (Mann and Whitney 1947); .5 tells nothing. Its interval at 95 % is after Hanley and
McNeil (1982). The second row is a control: the ordinary look-up of the same persons, which does more for known ones.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import mannwhitneyu

from benchmarks import report
from peelian.domain.time import SystemClock
from peelian.governance.card import SubjectCategory
from peelian.governance.desk import Desk, Sitting
from peelian.governance.house import create_workspace, open_house
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.principals import Role
from peelian.governance.rights import service as rights
from peelian.governance.rights.taking import CAPABILITY, PURPOSE
from peelian.governance.service import enrol

KNOWN, UNKNOWN = Identifier("plate", "QX19 ZZT"), Identifier("plate", "ZZ99 AAA")
RECORDS = 200
TELLS = 0.05
"""So far from .5 the whole interval may not lie: an observer of one answer would gain less than one guess in twenty."""


def measured(look: Callable[[Identifier], object], *, pairs: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return how well the time of a look tells a known person from an unknown one."""
    taken: dict[Identifier, list[float]] = {KNOWN: [], UNKNOWN: []}
    for _ in range(pairs):
        for identifier in rng.permutation(np.array([KNOWN, UNKNOWN], dtype=object)):
            start = time.perf_counter()
            look(identifier)
            taken[identifier].append(1000 * (time.perf_counter() - start))
    auc = float(mannwhitneyu(taken[KNOWN], taken[UNKNOWN]).statistic) / pairs**2
    half = 1.96 * _standard_error(auc, pairs)
    medians = {
        f"{name}_ms": float(np.median(times))
        for name, times in zip(("known", "unknown"), taken.values(), strict=True)
    }
    return {"pairs": pairs, **medians, "auc": auc, "lo": auc - half, "hi": auc + half}


def _standard_error(auc: float, n: int) -> float:
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (n - 1) * (one - auc**2 + two - auc**2)
    return math.sqrt(spread) / n


def look_up(sitting: Sitting, identifier: Identifier) -> None:
    """Look somebody up as an open answer does."""
    for subject in sitting.find_subjects(identifier, categories=rights.EVERYBODY):
        sitting.records("notice", subject=subject.subject_id)


def furnish(desk: Desk, *, records: int) -> None:
    """Register the known person, with so many records about them."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason="request-of-the-person") as sitting:
        who = sitting.register_subject(category=SubjectCategory.SUSPECT, identifiers=[KNOWN]).subject_id
    until = SystemClock().now() + timedelta(days=9)
    for _ in range(records):
        rights.defer_notice(desk, subject_id=who, ground=rights.Restriction.OTHERS, until=until)


def main() -> int:
    options = report.parser("silence", data=False).parse_args()
    pairs, records = (40, 5) if options.quick else (300, RECORDS)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        create_workspace(home, name="bench/house", zone="UTC", epsg=32616, cell_m=250.0, synthetic=True)
        with open_house(home, witness_home=None, clock=SystemClock()) as house:
            keys = house.folder("keys")
            admin = enrol(house.kit, actor=None, name="Adm", roles=[Role.ADMINISTRATOR], keys=keys)
            officer = enrol(house.kit, actor=admin, name="Ria", roles=[Role.RIGHTS_OFFICER], keys=keys)
            desk = house.desk(officer)
            furnish(desk, records=records)
            with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason="request-of-the-person") as sitting:
                silent = measured(lambda each: sitting.search_silently("r", [each]), pairs=pairs, rng=rng)
                open_ = measured(lambda each: look_up(sitting, each), pairs=max(10, pairs // 10), rng=rng)
    rows = [
        {"what": "neither confirm nor deny", "records": records, **silent},
        {"what": "ordinary look-up (control)", "records": records, **open_},
    ]
    silent_tells = silent["lo"] > 0.5 + TELLS or silent["hi"] < 0.5 - TELLS
    notes = ["One machine, one process: what a network or a postman adds is not in it."]
    notes += ["The time TELLS: the goal is missed."] if silent_tells else []
    report.write("silence", rows, notes=notes, json_path=options.json)
    return int(silent_tells)


if __name__ == "__main__":
    sys.exit(main())
