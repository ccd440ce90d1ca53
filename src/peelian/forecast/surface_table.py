"""Risk surfaces as rows of the warehouse, and back; the digest tells whether anything was lost or changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peelian.domain.dwellings import left_out_from
from peelian.domain.place import Grid
from peelian.domain.surface import Contribution, Model, RiskSurface, Scale
from peelian.domain.time import Cutoff, period_from_document

SCHEMA = pa.schema(
    [
        pa.field("forecast_id", pa.string(), nullable=False),
        pa.field("offence", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("ix", pa.int32(), nullable=False),
        pa.field("iy", pa.int32(), nullable=False),
        pa.field("mean", pa.float64(), nullable=False),
        pa.field("lo", pa.float64(), nullable=False),
        pa.field("hi", pa.float64(), nullable=False),
        pa.field("abstained", pa.bool_(), nullable=False),
        pa.field("contributions", pa.list_(pa.float64()), nullable=False),
    ]
)


def surface_rows(surface: RiskSurface, *, forecast_id: str) -> pa.Table:
    """Return a surface as rows; its cells must be in order of (ix, iy), so that they come back in that order."""
    n = len(surface.cells)
    parts = [part.values for part in surface.contributions]
    lists = np.stack(parts, axis=1).tolist() if parts else [[]] * n
    columns = {
        "forecast_id": [forecast_id] * n,
        "offence": [surface.offence] * n,
        "model": [surface.model.name] * n,
        "ix": surface.cells[:, 0],
        "iy": surface.cells[:, 1],
        "mean": surface.mean,
        "lo": surface.lo,
        "hi": surface.hi,
        "abstained": surface.abstained,
        "contributions": lists,
    }
    return pa.table(columns, schema=SCHEMA)


def surface_from_rows(rows: pa.Table, *, header: Mapping[str, Any]) -> RiskSurface:
    """Return the surface of the header's offence and model from the rows of its forecast."""
    wanted = pc.and_(
        pc.equal(rows["offence"], header["offence"]), pc.equal(rows["model"], header["model"]["name"])
    )
    mine = rows.filter(wanted).sort_by([("ix", "ascending"), ("iy", "ascending")])
    names = header["contributions"]
    flat = np.array(mine["contributions"].combine_chunks().flatten().to_numpy(), dtype=np.float64)
    parts = flat.reshape(mine.num_rows, len(names)) if names else np.zeros((mine.num_rows, 0))
    cutoff, model = header["cutoff"], header["model"]
    return RiskSurface(
        grid=Grid(**header["grid"]),
        offence=header["offence"],
        period=period_from_document(header["period"]),
        cutoff=Cutoff(date.fromisoformat(cutoff["day"]), cutoff["basis"]),
        cells=np.stack([mine["ix"].to_numpy(), mine["iy"].to_numpy()], axis=-1).astype(np.int32),
        mean=mine["mean"].to_numpy(),
        lo=mine["lo"].to_numpy(),
        hi=mine["hi"].to_numpy(),
        level=header["level"],
        contributions=tuple(Contribution(name, parts[:, i].copy()) for i, name in enumerate(names)),
        scale=Scale(header["scale"]),
        abstained=mine["abstained"].to_numpy(zero_copy_only=False),
        model=Model(model["name"], model["version"], tuple(model["parameters"].items())),
        data_hash=header["data_hash"],
        left_out=left_out_from(header.get("left_out")),
    )
