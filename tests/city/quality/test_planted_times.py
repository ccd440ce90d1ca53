"""Planted defects of times (kinds 9 to 14 of `docs/quality-defects.md`): found, named, sized, and nothing else."""

from __future__ import annotations

import pytest

from tests.city.quality.judging import check_found
from tests.city.quality.planting import KINDS, Kind
from tests.data import data_folder

pytestmark = data_folder("forecast")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if 9 <= kind.number <= 14], ids=lambda kind: kind.name
)
def test_a_planted_defect_is_found(kind: Kind) -> None:
    check_found(kind)
