"""Evaluation: every model on the same unseen weeks, always beside plain counts, on figures an outsider can redo."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.domain.dwellings import LeftOut
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, project
from peelian.domain.surface import Model
from peelian.forecast.area import cells_with_incidents
from peelian.forecast.evaluate import EvaluationRow, evaluate
from peelian.forecast.features import cell_day_counts
from peelian.forecast.history import History, history_from_counts
from peelian.forecast.models.counts import PlainCounts
from peelian.forecast.models.kde import KernelDensity
from peelian.forecast.models.recency import Recency
from peelian.forecast.split import rolling_origins
from peelian.storage.embedded import EmbeddedEngine
from peelian.storage.engine import Condition, Operator
from tests.data import DATA, data_folder
from tests.forecast.towns import ZONE, history, square, town_counts

SIDE, DAYS = 12, 7 * 40
PAST = history(town_counts(side=SIDE, days=DAYS), square(SIDE))
WEEKS = rolling_origins(last_day=PAST.end_day - timedelta(days=1), horizon_days=7, origins=6, zone=ZONE)


def rows_of(
    *models, jobs=1, histories=(PAST,), origins=WEEKS, coverages=(0.05,)
) -> tuple[EvaluationRow, ...]:
    rng = np.random.default_rng(1)
    return evaluate(histories, models=models, origins=origins, rng=rng, coverages=coverages, jobs=jobs)


def figure(rows, model: str, metric: str) -> EvaluationRow:
    (row,) = (row for row in rows if (row.model, row.metric) == (model, metric))
    return row


def test_plain_counts_are_always_among_the_rows_and_differ_from_themselves_by_nothing():
    for rows in (rows_of(), rows_of(Recency()), rows_of(PlainCounts(), Recency())):
        plain = [row for row in rows if row.model == "plain-counts"]
        assert [row.metric for row in plain] == ["deviance", "calibration", "hit_rate", "pai", "pei"]
        assert all((row.diff, row.diff_lo, row.diff_hi) == (0.0, 0.0, 0.0) for row in plain)


def test_every_figure_stands_beside_the_same_figure_of_plain_counts():
    rows = rows_of(Recency(), KernelDensity())
    for row in rows:
        assert row.baseline == figure(rows, "plain-counts", row.metric).value
        assert row.diff == pytest.approx(row.value - row.baseline)
        assert row.lo <= row.value <= row.hi


def test_a_hit_rate_can_be_redone_by_hand():
    row, hits, events = figure(rows_of(), "plain-counts", "hit_rate"), 0, 0
    for origin in WEEKS:
        day = (origin.cutoff.day - PAST.first_day).days
        week = PAST.counts[day : day + 7].sum(axis=0)
        had = PAST.counts[:day].sum(axis=0)
        hits += week[np.argsort(-had, kind="stable")[:7]].sum()  # 5 % of 144 cells; cells are in name order
        events += week.sum()
    assert (row.events, row.origins, row.cell_m) == (events, 6, 250.0)
    assert row.value == pytest.approx(hits / events)


@dataclass(frozen=True)
class Witness:
    """A forecaster that remembers how far each history it was handed reached."""

    seen: list[date] = field(default_factory=list)
    needs_features = False

    @property
    def model(self):
        return Model("witness", 1)

    def fit(self, past: History):
        self.seen.append(past.end_day)
        return PlainCounts().fit(past)


def test_a_model_is_handed_nothing_but_what_was_before_each_cutoff():
    witness = Witness()
    rows_of(witness)
    assert witness.seen == [origin.cutoff.day for origin in WEEKS]


def test_workers_change_nothing():
    assert rows_of(Recency(), KernelDensity(), jobs=2) == rows_of(Recency(), KernelDensity())


def test_progress_is_told_after_each_offence_and_model():
    told = []
    evaluate(
        [PAST],
        models=[Recency()],
        origins=WEEKS,
        rng=np.random.default_rng(1),
        progress=lambda done, of: told.append((done, of)),
    )
    assert told == [(1, 2), (2, 2)]


def test_rows_have_the_fields_that_others_rely_on_and_are_json_even_where_undefined():
    quiet = history(np.zeros((DAYS, 4), np.int32), square(2))
    rows = rows_of(histories=(quiet,))
    names = "offence model metric coverage cell_m origins events value lo hi baseline diff diff_lo diff_hi"
    assert {" ".join(row.document()) for row in rows} == {names}
    assert figure(rows, "plain-counts", "hit_rate").value is None
    assert figure(rows, "plain-counts", "deviance").value > 0
    json.dumps([row.document() for row in rows], allow_nan=False)


def test_rows_tell_how_many_homes_nobody_was_judged_by():
    homes = LeftOut("no-household-place", "s", date(2026, 1, 1), least=10, places=3)
    rows = rows_of(histories=(replace(history(np.zeros((DAYS, 4), np.int32), square(2)), left_out=homes),))
    assert {row.document()["left_out"] for row in rows} == {3}


def test_weeks_the_history_does_not_hold_are_refused():
    later = rolling_origins(last_day=PAST.end_day + timedelta(days=3), horizon_days=7, origins=1, zone=ZONE)
    with pytest.raises(BadInput, match="does not hold the whole"):
        rows_of(origins=later)
    with pytest.raises(BadInput, match="nothing to evaluate"):
        rows_of(histories=())


# --- a real city -----------------------------------------------------------------------------------------

CHICAGO = DATA / "forecast" / "chicago_2016_2017Q3.parquet"
FIRST, END = date(2016, 1, 1), date(2017, 10, 1)
CHICAGO_GRID = Grid(epsg=32616, size_m=250.0)  # UTM 16N, origin (0, 0)


@pytest.fixture(scope="module")
def chicago() -> pa.Table:
    table = pq.read_table(CHICAGO)
    x_m, y_m = project(table["lon"], table["lat"], source="EPSG:4326", target="EPSG:32616")
    return pa.table(
        {
            "local_date": table["t"].to_numpy().astype("datetime64[D]"),
            "offence": table["category"].cast(pa.string()),
            "x_m": x_m,
            "y_m": y_m,
        }
    )


def counted_by_hand(incidents: pa.Table, offence: str) -> tuple[float, int]:
    """Return hit rate at 1 % of area and incidents of the last 13 weeks, without any code of ours."""
    day = incidents["local_date"].to_numpy().astype("datetime64[D]")
    cell = (np.floor(incidents["x_m"].to_numpy() / 250) * 1_000_000).astype(np.int64)
    cell += np.floor(incidents["y_m"].to_numpy() / 250).astype(np.int64)
    first_origin = np.datetime64(END) - 91
    area = np.unique(cell[(day < first_origin) & (day >= first_origin - 730)])
    mine = incidents["offence"].to_numpy(zero_copy_only=False) == offence
    hits = events = 0
    for week in range(13):
        start = first_origin + 7 * week
        past = mine & (day < start) & (day >= start - 365)
        had = np.bincount(np.searchsorted(area, cell[past & np.isin(cell, area)]), minlength=len(area))
        chosen = area[np.argsort(-had, kind="stable")[: len(area) // 100]]
        happened = cell[mine & (day >= start) & (day < start + 7)]
        hits, events = hits + np.isin(happened, chosen).sum(), events + len(happened)
    return hits / events, events


@data_folder("forecast")
@pytest.mark.parametrize(
    ("offence", "about"), [("THEFT", 0.19), ("BATTERY", 0.08), ("ASSAULT", 0.07), ("CRIMINAL DAMAGE", 0.05)]
)
def test_plain_counts_of_chicago_hit_what_an_independent_count_says(chicago, offence, about):
    engine = EmbeddedEngine(memory_limit="1GB")
    everything = engine.run(chicago, lambda t: cell_day_counts(t, grid=CHICAGO_GRID))
    weeks = rolling_origins(
        last_day=END - timedelta(days=1), horizon_days=7, origins=13, zone="America/Chicago"
    )
    past = history_from_counts(
        engine.run(
            chicago,
            lambda t: cell_day_counts(t, grid=CHICAGO_GRID),
            where=[Condition("offence", Operator.EQ, offence)],
        ),
        grid=CHICAGO_GRID,
        offence=offence,
        zone="America/Chicago",
        basis="occurred",
        cells=cells_with_incidents(everything, before=weeks[0].cutoff.day),
        first_day=FIRST,
        end_day=END,
    )
    row = figure(rows_of(histories=(past,), origins=weeks, coverages=(0.01,)), "plain-counts", "hit_rate")
    by_hand, events = counted_by_hand(chicago, offence)
    assert row.events == events
    assert row.value == pytest.approx(by_hand, abs=1e-12)
    assert row.value == pytest.approx(about, abs=0.015)
    assert row.lo < about + 0.015
    assert row.hi > about - 0.015
