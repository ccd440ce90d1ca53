"""The door of quality: findings are read under a charter, and marks are entered before they stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from peelian.city.quality.service import AskedAreas, findings, lift_window, mark_window, windows
from peelian.city.service import quality
from peelian.domain.errors import BadInput, Refused
from peelian.domain.place import Grid
from peelian.domain.time import Period
from tests.city.erasure.orders import load_calls
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found, week_of_incidents

ZONE = "America/Chicago"
GRID = Grid(32616, 250.0)
DAYS = Period(date(2026, 2, 9), date(2026, 2, 12), ZONE)
WHY = "The records system was changed on these days."


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def test_a_mark_stands_until_it_is_lifted_and_both_are_entered(house: TestHouse) -> None:
    with house.desk() as desk:
        marked = mark_window(desk, purpose=PURPOSE, period=DAYS, reason=WHY, offences=["burglary"])
        assert windows(desk, purpose=PURPOSE) == (marked,)
    with house.desk("Aud") as desk:
        lift_window(desk, purpose=PURPOSE, window_id=marked.window_id, reason="The days were loaded again.")
        assert windows(desk, purpose=PURPOSE) == ()
    assert house.entries().count("window.marked") == 2


def test_who_marked_it_is_known_and_why_stays_out_of_the_ledger(house: TestHouse) -> None:
    with house.open() as opened:
        signer = opened.signer("Ann")
        marked = mark_window(opened.desk(signer), purpose=PURPOSE, period=DAYS, reason=WHY)
        assert marked.marked_by == signer.principal.id
        assert all(WHY not in str(entry) for entry in opened.kit.ledger.entries())


@pytest.mark.parametrize("where", [{"areas": ["0421"]}, {"layer": "beat"}])
def test_areas_are_marked_with_the_layer_they_are_of(
    house: TestHouse, where: dict[str, str | list[str]]
) -> None:
    with house.desk() as desk, pytest.raises(BadInput, match="needs both"):
        mark_window(desk, purpose=PURPOSE, period=DAYS, reason=WHY, **where)  # type: ignore[arg-type]


def test_a_commander_marks_nothing(house: TestHouse) -> None:
    with house.desk("Col") as desk, pytest.raises(Refused):
        mark_window(desk, purpose=PURPOSE, period=DAYS, reason=WHY)
    assert "window.marked" not in house.entries()


def test_only_a_mark_that_stands_is_lifted(house: TestHouse) -> None:
    with house.desk() as desk:
        marked = mark_window(desk, purpose=PURPOSE, period=DAYS, reason=WHY)
        lift_window(desk, purpose=PURPOSE, window_id=marked.window_id, reason="The days were loaded again.")
        with pytest.raises(BadInput, match="No mark that stands"):
            lift_window(
                desk, purpose=PURPOSE, window_id=marked.window_id, reason="The days were loaded again."
            )
        with pytest.raises(BadInput, match="too short"):
            lift_window(desk, purpose=PURPOSE, window_id=marked.window_id, reason="ok")


def test_findings_speak_of_rows_deliveries_and_marks(house: TestHouse) -> None:
    rows = week_of_incidents()
    house.load([*rows, "KX|2026-02-20 12:00:00|2026-02-20 18:00:00|0|0|burglary"])
    with house.desk() as desk:
        marked = mark_window(desk, purpose=PURPOSE, period=DAYS, reason=WHY)
        seen = findings(
            desk,
            purpose=PURPOSE,
            zone=ZONE,
            grid=GRID,
            areas=AskedAreas(("A",), lambda x_m, y_m: np.where(x_m > 0, 0, -1)),
        )
    assert (seen.incidents, seen.sources, seen.windows) == (len(rows), ("test-source",), (marked,))
    (away,) = [each for each in seen.findings if each.name == "at-zero"]
    assert (away.size.value, away.source) == (1, "test-source")


def test_calls_are_in_no_figure_of_incidents_and_their_source_is_not_named(house: TestHouse) -> None:
    rows = week_of_incidents()
    house.load(rows)
    calls = MAPPING.replace("id: test-source", "id: test-calls\nkind: call")
    load_calls(house, [*rows, "KX|2026-02-20 12:00:00|2026-02-20 18:00:00|0|0|burglary"], mapping=calls)
    with house.desk() as desk:
        seen = findings(desk, purpose=PURPOSE, zone=ZONE, grid=GRID)
        stored = quality(desk, purpose=PURPOSE, zone=ZONE)
    assert (seen.sources, stored.sources) == (("test-source",), ("test-source",))
    assert not [each for each in seen.findings if each.source == "test-calls"]
    (rejected,) = stored.figures.rejected
    assert (rejected.n, rejected.of_text) == (0, f"{len(rows)} rows delivered, repeats included")


def test_an_empty_store_has_no_findings(house: TestHouse) -> None:
    with house.desk() as desk:
        seen = findings(desk, purpose=PURPOSE, zone=ZONE, grid=GRID)
    assert (seen.findings, seen.windows, seen.incidents) == ((), (), 0)


def test_a_load_keeps_the_profile_that_later_deliveries_are_held_against(house: TestHouse) -> None:
    done = house.load(week_of_incidents())
    with house.desk() as desk, desk.open(purpose=PURPOSE, capability="city.quality") as sitting:
        (kept,) = sitting.records("load", record_id=done.load_id)
    assert kept.body["profile"]["rows"] == done.accepted == 56
    assert kept.body["profile"]["last_day"] == "2026-03-01"
    assert sum(kept.body["profile"]["recent"]) == 56
