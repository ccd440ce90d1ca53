"""The shared real files: nothing vanishes, a second load adds nothing, and the figures agree with plain counting."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from peelian.city.intake.clean import clean
from peelian.city.intake.incident_table import KEYS
from peelian.city.intake.read import read
from peelian.city.intake.shape import handed_out
from peelian.city.intake.versions import current, plan_load
from peelian.city.mapping.file import mapping_named
from peelian.city.quality.figures import quality_figures
from peelian.domain.place import project
from tests.city.drawn import NOON, ids
from tests.data import DATA, data_folder

pytestmark = data_folder("forecast")

FILES = """
source                  file                                               epsg   rows    rejected  gap  ambiguous
chicago-2016            chicago_2016_2017Q3.parquet                        32616  282850  0         17   34
nyc-2014                nyc_2014_2015.parquet                              32618  191580  0         0    60
portland-theft-of-auto  portland_nij_theft_of_auto_to_2017-02-28.parquet   32610  9037    0         0    0
portland-burglary       portland_nij_burglary_to_2017-02-28.parquet        32610  5096    0         0    0
"""


@pytest.mark.parametrize("line", FILES.strip().splitlines()[1:], ids=lambda line: line.split()[0])
def test_a_real_file_is_accounted_for_and_loads_once(line: str) -> None:
    source, name, *numbers = line.split()
    epsg, rows, rejected, gap, ambiguous = (int(number) for number in numbers)
    mapping = mapping_named(source)
    raw = read(DATA / "forecast" / name, mapping=mapping)
    result = clean(raw, mapping=mapping, key=b"key", epsg=epsg, loaded_on=date(2024, 1, 1))
    assert result.findings.read == raw.rows == rows
    assert result.accepted.num_rows + result.rejected.num_rows == rows
    assert result.rejected.num_rows == rejected
    notes = {note.name: note.rows for note in result.findings.notes}
    assert (notes.get("gap", 0), notes.get("ambiguous", 0)) == (gap, ambiguous)

    first = plan_load(result.accepted, present=KEYS.empty_table(), new_ids=ids(), taken_in=NOON)
    assert first.new.num_rows == rows
    again = plan_load(result.accepted, present=first.new.select(KEYS.names), new_ids=ids(), taken_in=NOON)
    assert (again.new.num_rows, again.corrections.num_rows, again.unchanged) == (0, 0, rows)
    standing = current(first.new)
    assert quality_figures(standing.cast(handed_out(standing.schema))).incidents == rows


def test_the_same_file_in_another_order_is_the_same_incidents() -> None:
    mapping = mapping_named("portland-burglary")
    raw = read(DATA / "forecast" / "portland_nij_burglary_to_2017-02-28.parquet", mapping=mapping)
    turned = type(raw)(raw.name, raw.sha256, raw.size_bytes, raw.table[::-1], raw.row_numbers)
    one, other = (
        clean(each, mapping=mapping, key=b"key", epsg=32610, loaded_on=date(2024, 1, 1))
        for each in (raw, turned)
    )
    assert set(one.accepted["key_hmac"].to_pylist()) == set(other.accepted["key_hmac"].to_pylist())


def test_portland_in_metres_and_by_day_agrees_with_plain_counting() -> None:
    mapping = mapping_named("portland-theft-of-auto")
    path = DATA / "forecast" / "portland_nij_theft_of_auto_to_2017-02-28.parquet"
    result = clean(
        read(path, mapping=mapping), mapping=mapping, key=b"key", epsg=32610, loaded_on=date(2024, 1, 1)
    )
    plain = pq.read_table(path)
    x_m, y_m = project(
        plain["x_ft"].to_numpy(), plain["y_ft"].to_numpy(), source="EPSG:2913", target="EPSG:32610"
    )
    assert np.allclose(result.accepted["x_m"].to_numpy(), x_m)
    assert np.allclose(result.accepted["y_m"].to_numpy(), y_m)
    assert result.accepted["local_hour"].null_count == len(x_m)
    days = plain["date"].to_numpy().astype("M8[D]")
    assert np.array_equal(result.accepted["local_date"].to_numpy().astype("M8[D]"), days)
