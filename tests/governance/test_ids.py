"""Ids for whole columns are those that `domain.identity` gives one by one."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime

from peelian.domain.identity import uuid7
from peelian.domain.time import SimulatedClock
from peelian.governance.ids import uuid7_column

CLOCK = SimulatedClock(datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC))


def test_a_column_of_ids_is_made_of_the_same_ids() -> None:
    entropy = os.urandom(50)
    column = uuid7_column(5, clock=CLOCK, entropy=lambda wanted: entropy[:wanted])
    tens = iter([entropy[start : start + 10] for start in range(0, 50, 10)])
    one_by_one = [uuid7(clock=CLOCK, entropy=lambda _: next(tens)) for _ in range(5)]
    assert [str(uuid.UUID(bytes=name)) for name in column.to_pylist()] == one_by_one
    assert {uuid.UUID(bytes=name).version for name in column.to_pylist()} == {7}


def test_no_ids_are_no_ids_and_many_are_all_different() -> None:
    assert len(uuid7_column(0, clock=CLOCK, entropy=os.urandom)) == 0
    assert len(set(uuid7_column(10_000, clock=CLOCK, entropy=os.urandom).to_pylist())) == 10_000
