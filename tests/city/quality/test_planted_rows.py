"""Planted defects of rows and deliveries (kinds 15 to 20 of `docs/quality-defects.md`)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from peelian.city.intake.clean import clean
from peelian.city.intake.read import raw_table
from peelian.city.mapping.file import mapping_named
from peelian.city.quality.drift import drift
from peelian.city.quality.profile import Profile, profile, profile_of_load
from tests.city.quality.judging import LOADED_ON, check_found, findings_of, untouched
from tests.city.quality.planting import CHICAGO, KINDS, THEFT_OF_AUTO, Kind, with_column, with_lag
from tests.data import data_folder

pytestmark = data_folder("forecast")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.number >= 15], ids=lambda kind: kind.name)
def test_a_planted_defect_is_found(kind: Kind) -> None:
    check_found(kind)


def test_a_lag_that_stays_the_same_raises_nothing() -> None:
    table = with_lag(CHICAGO.table(), np.random.default_rng(15), slower_from=None)
    assert [each.name for each in findings_of(table, CHICAGO)] == [each.name for each in untouched(CHICAGO)]


# Kind 16


def histories(table: pa.Table, *, revised: NDArray[np.bool_] | None) -> list[Profile]:
    """Load six deliveries of the whole keyed history to date; of the fifth on, `revised` rows lie elsewhere."""
    mapping = mapping_named(THEFT_OF_AUTO.source)
    keyed = replace(mapping, columns=replace(mapping.columns, key="key"))
    keyed = replace(keyed, assertions=replace(keyed.assertions, rows_min=1))
    stored: dict[str, str] = {}
    profiles = []
    for number, last in enumerate(
        ("2016-09-30", "2016-10-31", "2016-11-30", "2016-12-31", "2017-01-31", "2017-02-28")
    ):
        delivered = table
        if revised is not None and number >= 4:
            x_ft = np.where(revised, table["x_ft"].to_numpy() + 500.0, table["x_ft"].to_numpy())
            delivered = with_column(table, "x_ft", pa.array(x_ft))
        days = delivered["date"].to_numpy().astype("M8[D]")
        part = delivered.filter(pa.array(days <= np.datetime64(last)))
        cleaned = clean(
            raw_table(part), mapping=keyed, key=b"key", epsg=THEFT_OF_AUTO.epsg, loaded_on=LOADED_ON
        )
        says = dict(
            zip(*(cleaned.accepted[name].to_pylist() for name in ("key_hmac", "content_hash")), strict=True)
        )
        changed = [stored.get(key, content) != content for key, content in says.items()]
        stored |= says
        kept = profile(cleaned.accepted, corrections=cleaned.accepted.filter(pa.array(changed)))
        found = profile_of_load({"load_id": f"load {number + 1}", "source": keyed.id, "profile": kept})
        assert found is not None
        profiles.append(found)
    return profiles


def keyed_thefts() -> pa.Table:
    table = THEFT_OF_AUTO.table()
    return table.append_column("key", pa.array([f"K{row}" for row in range(table.num_rows)]))


def test_late_revisions_are_found_and_counted() -> None:
    table = keyed_thefts()
    days = table["date"].to_numpy().astype("M8[D]")
    old = np.flatnonzero(np.datetime64("2017-01-31") - days > np.timedelta64(90, "D"))
    revised = np.isin(np.arange(table.num_rows), np.random.default_rng(16).choice(old, 800, replace=False))
    (found,) = drift(histories(table, revised=revised))
    assert (found.name, found.place, found.size.value) == ("late-revisions", "load 5", 800)


def test_deliveries_of_the_same_history_raise_nothing() -> None:
    assert drift(histories(keyed_thefts(), revised=None)) == ()


# Kind 18


def monthly(*, half: str | None = None) -> list[Profile]:
    """Return the profiles of Chicago in monthly deliveries; of month `half` every second row is missing."""
    mapping = mapping_named(CHICAGO.source)
    accepted = clean(
        raw_table(CHICAGO.table()), mapping=mapping, key=b"key", epsg=CHICAGO.epsg, loaded_on=LOADED_ON
    ).accepted
    months = accepted["local_date"].to_numpy().astype("M8[M]")
    profiles = []
    for month in np.unique(months):
        rows = np.flatnonzero(months == month)
        part = accepted.take(pa.array(rows[::2] if str(month) == half else rows))
        kept = profile_of_load({"load_id": str(month), "source": mapping.id, "profile": profile(part)})
        assert kept is not None
        profiles.append(kept)
    return profiles


def test_half_a_delivery_is_found() -> None:
    (found,) = drift(monthly(half="2016-12"))
    assert (found.name, found.place) == ("volume-drift", "2016-12")
    december = monthly()[11]
    assert december.last_day == date(2016, 12, 31)
    assert found.size.value == pytest.approx(december.rows / 2, rel=0.15)


def test_a_year_of_seasons_is_no_drift() -> None:
    assert drift(monthly()) == ()


def test_a_day_of_which_half_is_missing_is_found_among_years_of_small_deliveries_in_a_moment() -> None:
    """A delivery a day for sixteen years; what is usual beside each is not looked up anew from the beginning."""
    profiles = [
        Profile(
            delivery=str(number),
            source="daily",
            rows=200,
            last_day=date(2010, 1, 1) + timedelta(days=number),
            recent=(*[200] * 34, 100 if number == 3_000 else 200),
            offences={"burglary": 200},
            empty={"recorded": 0},
            old=0,
            old_corrected=0,
        )
        for number in range(6_000)
    ]
    began = time.process_time()
    (found,) = drift(profiles)
    assert (found.name, found.place) == ("volume-drift", "3000")
    assert time.process_time() - began < 3, (
        "a tenth of a second; ten where each is held against all before it"
    )
