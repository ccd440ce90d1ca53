"""Deliveries: labelled, deterministic, cut by what was recorded, corrected later, never at a time that never was."""

from __future__ import annotations

import csv
import hashlib
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from peelian.domain.incident import Origin
from peelian.domain.place import project
from peelian.simulate.city import build_city
from peelian.simulate.delivery import COLUMNS, write_csv
from peelian.simulate.reporting import NEVER, simulate_incidents
from peelian.simulate.spec import CitySpec
from tests.simulate.cities import SMALL, city, incidents
from tests.simulate.test_city import metres_from_streets

FIRST, SECOND = (datetime(2024, month, 1, 5, tzinfo=UTC) for month in (7, 9))
CHICAGO = ZoneInfo("America/Chicago")
Row = dict[str, str]


def deliver(folder: Path, before: datetime | None = None) -> list[Row]:
    path = folder / "delivery.csv"
    rows = write_csv(path, incidents(), recorded_before=before)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == rows
    return read


def test_every_row_says_that_it_is_synthetic(tmp_path: Path) -> None:
    rows = deliver(tmp_path)
    assert tuple(rows[0]) == COLUMNS
    assert {row["label"] for row in rows} == {"SYNTHETIC"}
    assert len({row["incident_id"] for row in rows}) == len(rows) == len(incidents())


def test_every_incident_lies_on_a_street_of_the_city(tmp_path: Path) -> None:
    rows = deliver(tmp_path)[::25]
    lon, lat = ([float(row[name]) for row in rows] for name in ("lon", "lat"))
    x, y = project(lon, lat, source="EPSG:4326", target=f"EPSG:{SMALL.epsg}")
    assert metres_from_streets(city().streets.segments_m, np.stack([x, y], axis=1)).max() < 0.15
    west, south, east, north = SMALL.bounds_deg
    assert all(west <= value <= east for value in lon)
    assert all(south <= value <= north for value in lat)


def test_lags_are_never_negative_and_records_come_hours_to_weeks_later() -> None:
    made = incidents()
    assert (made.truth.start_s <= made.end_s).all()
    assert (made.end_s < made.reported_s).all()
    assert (made.reported_s < made.recorded_s).all()
    hours = (made.recorded_s - made.reported_s) / 3600
    low, middle, high = np.quantile(hours, [0.05, 0.5, 0.99])
    assert low < 4
    assert 15 < middle < 25
    assert high > 14 * 24


def test_only_some_groups_have_an_interval() -> None:
    made = incidents()
    for index, group in enumerate(SMALL.groups):
        spans = (made.end_s - made.truth.start_s)[made.truth.group == index]
        assert (spans > 0).all() if group.interval_hours else (spans == 0).all()


def test_no_civil_time_is_written_that_never_was(tmp_path: Path) -> None:
    columns = ("occurred_start", "occurred_end", "reported", "recorded")
    written = [datetime.fromisoformat(row[name]) for row in deliver(tmp_path) for name in columns]
    around_the_gap = 0
    for civil in written:
        back = civil.replace(tzinfo=CHICAGO).astimezone(UTC).astimezone(CHICAGO).replace(tzinfo=None)
        assert back == civil
        around_the_gap += civil.date().isoformat() == "2024-03-10"
    assert around_the_gap > 20  # the night of the change is in the file, so the test can fail


def test_a_delivery_holds_what_was_recorded_by_then_and_nothing_else(tmp_path: Path) -> None:
    early, later = deliver(tmp_path, FIRST), deliver(tmp_path, SECOND)
    assert 0 < len(early) < len(later) < len(incidents())
    limit = FIRST.astimezone(CHICAGO).replace(tzinfo=None)
    assert all(datetime.fromisoformat(row["recorded"]) < limit for row in early)
    known = {row["incident_id"] for row in early}
    new = [row for row in later if row["incident_id"] not in known]
    assert all(datetime.fromisoformat(row["recorded"]) >= limit for row in new)
    late = [row for row in new if datetime.fromisoformat(row["occurred_end"]) < limit]
    assert len(late) > 20  # happened before the first delivery, on record only after it


def test_a_later_delivery_reclassifies_some_and_withdraws_some(tmp_path: Path) -> None:
    early = {row["incident_id"]: row for row in deliver(tmp_path, FIRST)}
    later = {row["incident_id"]: row for row in deliver(tmp_path, SECOND)}
    changed = [(row, later[name]) for name, row in early.items() if later[name] != row]
    reclassified = [1 for before, after in changed if before["offence"] != after["offence"]]
    withdrawn = [
        1 for before, after in changed if (before["withdrawn"], after["withdrawn"]) == ("false", "true")
    ]
    assert reclassified
    assert withdrawn
    assert len(reclassified) + len(withdrawn) == len(changed) < 0.02 * len(early)
    assert all({**after, "offence": "", "withdrawn": ""} == {**before, "offence": "", "withdrawn": ""}
               for before, after in changed)  # fmt: skip


def test_the_last_delivery_tells_the_truth_about_the_offence() -> None:
    made = incidents()
    np.testing.assert_array_equal(made.group_at(NEVER), made.truth.group)
    assert made.withdrawn_at(NEVER).mean() == pytest.approx(0.006, abs=0.003)


def test_patrols_find_one_group_and_victims_report_the_others() -> None:
    made = incidents()
    found = made.origin == Origin.ENFORCEMENT_FOUND.value
    for index, group in enumerate(SMALL.groups):
        share = found[made.truth.group == index].mean()
        assert share == pytest.approx(0.95 if group.found_by_patrol else 0.03, abs=0.02)
    assert set(made.origin.tolist()) == {"victim-reported", "enforcement-found", "unknown"}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    digests = []
    for seed in (5, 5, 6):
        made = simulate_incidents(build_city(SMALL, np.random.default_rng(1)), np.random.default_rng(seed))
        write_csv(tmp_path / "x.csv", made, recorded_before=FIRST)
        digests.append(hashlib.sha256((tmp_path / "x.csv").read_bytes()).hexdigest())
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.fault
def test_a_full_disk_leaves_the_former_delivery_and_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "delivery.csv"
    write_csv(path, incidents(), recorded_before=FIRST)
    former = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(former) // 2, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_csv(path, incidents(), recorded_before=SECOND)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == former
    assert list(tmp_path.iterdir()) == [path]


def test_the_default_city_gives_two_years_of_incidents_in_seconds(tmp_path: Path) -> None:
    made = simulate_incidents(build_city(CitySpec(), np.random.default_rng(1)), np.random.default_rng(2))
    assert 20_000 < len(made) < 40_000
    clock_span = (made.truth.start_s.max() - made.truth.start_s.min()) / 86_400
    assert clock_span == pytest.approx(CitySpec().days, abs=1)
    whole = made.city.spec.start + timedelta(days=made.city.spec.days)
    at_the_end = datetime(whole.year, whole.month, whole.day, tzinfo=CHICAGO)
    rows = write_csv(tmp_path / "all.csv", made, recorded_before=at_the_end)
    assert 0.98 * len(made) < rows < len(made)  # what happened last is not on record yet
