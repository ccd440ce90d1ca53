"""A planted hole in one area (kind 8 of `docs/quality-defects.md`): found, named, sized, and nothing else."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from tests.city.quality.judging import findings_of, judge
from tests.city.quality.planting import CHICAGO, Kind, hole
from tests.data import DATA, data_folder

pytestmark = data_folder("forecast")


def test_a_hole_in_one_district_is_found() -> None:
    table = CHICAGO.table()
    as_it_is = findings_of(table, CHICAGO, area_of=districts(table))
    assert "coverage-hole" not in {each.name for each in as_it_is}
    kind = Kind(8, "coverage-hole", CHICAGO, lambda table, rng: hole(table, rng, area_of=districts(table)))
    planted, truth = kind.planted()
    found = findings_of(planted, CHICAGO, area_of=districts(planted))
    judge(truth, kind, found, as_it_is)


def districts(table: pa.Table) -> NDArray[np.str_]:
    """Return the police district of each row, "" outside all."""
    content = gzip.decompress((DATA / "forecast" / "policeDistricts.geojson.gz").read_bytes())
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    district = np.full(len(lon), "", dtype="U4")
    for feature in json.loads(content)["features"]:
        outline = shapely.from_geojson(json.dumps(feature["geometry"]))
        shapely.prepare(outline)
        district[shapely.contains_xy(outline, lon, lat)] = feature["properties"]["District"]
    return district
