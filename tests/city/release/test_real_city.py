"""A year of a real city, by cells of 1 km and quarters: all of it is published and none of it given away."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.release.audit import audit
from peelian.city.release.lattice import Step, cells_over
from peelian.city.release.past import cells_of
from peelian.city.release.protect import protect
from peelian.city.release.spec import ReleaseSpec, tabulate
from peelian.city.service import mapping_named, read_own
from peelian.domain.incident import Origin
from tests.data import DATA, data_folder

FIRST, END = date(2016, 1, 1), date(2017, 1, 1)


@data_folder("forecast")
def test_a_real_year_is_published_whole_in_runs_of_few_places() -> None:
    file = DATA / "forecast" / "chicago_2016_2017Q3.parquet"
    mapping = mapping_named("chicago-2016")
    own = read_own(file, mapping=mapping, today=date(2026, 11, 22), progress=lambda done, total: None)
    days = own.table["local_date"]
    year = own.table.filter(pc.and_(pc.greater_equal(days, FIRST), pc.less(days, END)))
    points = year.append_column("incidents", pa.array(np.ones(year.num_rows, dtype=np.int64)))
    spec = ReleaseSpec(
        title="Chicago, 2016",
        licence="https://example.org/licence",
        url="https://example.org/releases",
        places=cells_over((-87.95, 41.63, -87.5, 42.04), epsg=own.epsg, size_m=1000),
        step=Step.QUARTER,
        first=FIRST,
        end=END,
        offences=("assault", "battery", "criminal-damage", "theft"),
        origins=(Origin.VICTIM_REPORTED,),
    )
    counts = tabulate(points, spec=spec)
    figures = protect(counts, history=(), k=10, edition=1)
    assert audit([], cells_of(figures, lattice=spec.lattice), k=10) is None
    assert sum(figure.count or 0 for figure in figures) == year.num_rows
    occupied = [np.count_nonzero(counts[each.slice][each.first : each.stop]) for each in figures]
    assert np.median(occupied) <= 2
