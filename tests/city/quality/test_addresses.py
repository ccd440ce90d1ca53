"""How well a source's addresses could be placed, told over as many of its last deliveries as it takes."""

from __future__ import annotations

from typing import Any

import pytest

from peelian.city.quality.addresses import addresses


def load(asked: int, placed: int, *, source: str = "cad") -> dict[str, Any]:
    """Return what the record of a load says of its addresses: each stands in one row."""
    rate = {"source": source, "asked": asked, "placed": placed, "queued": asked - placed}
    return {
        "source": source,
        "load_id": f"{source}-{asked}-{placed}",
        "read": max(asked, 1),
        "reasons": {"place-unknown": asked - placed},
        "geocoding": rate | {"by_rule": {}, "by_reason": {}, "by_library": 0},
    }


@pytest.mark.parametrize(
    ("loads", "told"),
    [
        # a feed: one good address does not make up for a thousand bad loads, nor one bad one for good loads
        ([load(20, 2)] * 1000 + [load(1, 1)], ("alarm", "51 (10.2%)", "26 deliveries")),
        ([load(20, 20)] * 1000 + [load(2, 1)], ("note", "501 (99.8%)", "26 deliveries")),
        # what was long ago is not asked
        ([load(1000, 0), load(500, 500)], ("note", "500 (100.0%)", "1 delivery")),
        # a load without a new address changes nothing
        ([load(20, 2)] * 1000 + [load(0, 0)], ("alarm", "50 (10.0%)", "26 deliveries")),
        # a handful tells nothing that could alarm
        ([load(4, 1)], ("note", "1 (25.0%)", "1 delivery")),
    ],
)
def test_the_last_addresses_are_told(loads: list[dict[str, Any]], told: tuple[str, str, str]) -> None:
    (finding,) = addresses(loads)
    severity, placed, looked_at = told
    assert finding.severity.value == severity
    assert f"in the last {looked_at}, {placed} were placed" in finding.sentence


def test_each_source_is_told_by_itself_and_one_without_addresses_is_not() -> None:
    loads = [
        load(100, 99),
        load(100, 10, source="rms"),
        {"source": "stops", "load_id": "x", "read": 1, "reasons": {}},
    ]
    found = addresses([*loads, load(0, 0, source="none")])
    assert [(one.source, one.severity.value) for one in found] == [("cad", "note"), ("rms", "alarm")]
    assert found[1].effect is not None
    assert found[1].effect.rows_share == pytest.approx(0.9)
