"""Workers that take parts away and die before their n-th step; run in processes of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import event

from peelian.city.erasure.service import carry_out_erasure
from peelian.city.feed.service import merge_parts
from peelian.domain.time import SimulatedClock
from peelian.governance.house import open_house
from peelian.governance.ledger.log import Ledger
from peelian.storage.store import Store
from tests.houses import PURPOSE


def erase_until_killed(home: str, clock: SimulatedClock, order_id: str, steps: int) -> None:
    """Carry the order out as Abe; be killed before step `steps` (from 0): a sync, a rename, an unlink, a commit."""
    from pathlib import Path

    with open_house(Path(home), witness_home=None, clock=clock) as house:
        desk = house.desk(house.signer("Abe"))
        _count_down(house.kit.store, steps)
        carry_out_erasure(desk, purpose=PURPOSE, order_id=order_id, naming_key=house.naming_key)


def merge_until_killed(home: str, clock: SimulatedClock, steps: int) -> None:
    """Merge parts as Ann; be killed before step `steps`."""
    from pathlib import Path

    with open_house(Path(home), witness_home=None, clock=clock) as house:
        desk = house.desk(house.signer("Ann"))
        _count_down(house.kit.store, steps)
        merge_parts(desk, purpose=PURPOSE)


def sweep_until_killed(home: str, clock: SimulatedClock, steps: int) -> None:
    """Open the house, move the clock to where everything is over, and sweep; be killed before step `steps`."""
    from pathlib import Path

    with open_house(Path(home), witness_home=None, clock=clock) as house:
        clock.advance(timedelta(days=1200))
        _count_down(house.kit.store, steps)
        house.sweeper.sweep()


def _count_down(store: Store, steps: int) -> None:
    numbers = count()

    def step() -> None:
        if next(numbers) == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            step()
            return original(*arguments, **named)

        return run

    for name in ("fsync", "replace", "unlink"):
        setattr(os, name, stepping(getattr(os, name)))
    for owner, method in ((Ledger, "append"), (Store, "write"), (Store, "forget"), (Store, "_truncate_log")):
        setattr(owner, method, stepping(getattr(owner, method)))
    for moment in ("begin", "commit"):
        event.listen(store._engine, moment, lambda _: step())
