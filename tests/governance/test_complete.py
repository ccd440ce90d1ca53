"""What somebody with the log's key may enter, and no check of a signature finds: each kind of taking away, forged."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from peelian.domain.errors import Tampered
from peelian.domain.time import SimulatedClock
from peelian.governance.complete import carried_out, ordered_by, require_complete
from peelian.governance.house import House
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.recovery import HOUSE
from tests.city.erasure.orders import found_town, order
from tests.houses import TestHouse, week_of_incidents

LATER = "NEW|2026-02-20 10:00:00|2026-02-21 10:00:00|-87.65|41.85|burglary"
ELSEWHERE = ["incident/2026/zz/other.parquet", "0" * 64, 1]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    """A house with two deliveries and one order to erase a row."""
    founded = found_town(tmp_path_factory.mktemp("town"), week_of_incidents(), [LATER])
    order(founded, "K001-0")
    return founded


@dataclass(frozen=True)
class There:
    """The open copy, what its entries say, and how many entries there are before anything is forged."""

    house: House
    parts: list[list[Any]]
    order: Entry
    orders: str
    size: int

    def enter(self, kind: str, *, actor: str, **facts: Any) -> Entry:
        return self.house.kit.ledger.append(Draft(kind, actor=actor, facts=facts))

    def erased(self, *, actor: str = "someone", **facts: Any) -> Entry:
        """Enter an erasure that is as it should be but for `facts`."""
        right = {"rows": 0, "order": self.orders, "order_entry": self.order.index}
        return self.enter("rows.erased", actor=actor, **{**right, **facts})


@pytest.fixture
def there(town: TestHouse, tmp_path: Path) -> Iterator[There]:
    shutil.copytree(town.home.parent, tmp_path, dirs_exist_ok=True)
    copy = TestHouse(tmp_path / "home", SimulatedClock(town.clock.now()), tmp_path / "witness")
    with copy.open() as opened:
        entries = tuple(opened.kit.ledger.entries())
        parts: list[Any] = [named for e in entries if e.kind == "load.accepted" for named in e.facts["parts"]]  # type: ignore[union-attr]
        ordered = next(entry for entry in entries if entry.kind == "erasure.ordered")
        yield There(opened, parts, ordered, str(ordered.facts["order"]), len(entries))


def test_as_it_stands_nothing_is_missing(there: There) -> None:
    require_complete(there.house.kit)
    there.erased()
    require_complete(there.house.kit)


NOT_ORDERED = "erased something without an order that another person gave before"
NO_MERGE = "calls itself a merge, but does more"
NOT_THE_HOUSE_S = "but is none of the house's own"
NO_ACCOUNT = "does not account for what it took away"
NEVER_ANNOUNCED = "which no entry before it announced"

FORGED: list[tuple[str, Callable[[There], object], str]] = [
    ("no order", lambda t: t.erased(order_entry=None, order=None), NOT_ORDERED),
    ("an order that is none", lambda t: t.erased(order_entry=1), NOT_ORDERED),
    ("another order's id", lambda t: t.erased(order="other"), NOT_ORDERED),
    ("their own order", lambda t: t.erased(actor=t.order.actor), NOT_ORDERED),
    (
        "an order that came after it",
        lambda t: (
            t.erased(order_entry=t.size + 1),
            t.enter("erasure.ordered", actor="x", order=t.orders),
        ),
        NOT_ORDERED,
    ),
    ("the house's own", lambda t: t.erased(actor=HOUSE, order_entry=None), NOT_ORDERED),
    (
        "a person's, that says it is a copy's",
        lambda t: t.erased(order_entry=None, restored="B"),
        NOT_ORDERED,
    ),
    (
        "an erased person without an order",
        lambda t: t.enter("subject.erased", actor="someone", order="x", order_entry=1),
        NOT_ORDERED,
    ),
    ("no number of rows", lambda t: t.enter("rows.erased", actor="someone", order_entry=1), NO_ACCOUNT),
    ("parts without rows", lambda t: t.erased(removed=[["a", "b"]]), NO_ACCOUNT),
    ("rejected rows without a number", lambda t: t.erased(discarded=[1]), NO_ACCOUNT),
    ("a part nobody announced", lambda t: t.erased(removed=[ELSEWHERE], rows=1), NEVER_ANNOUNCED),
    (
        "a part with another hash",
        lambda t: t.erased(removed=[[t.parts[0][0], "0" * 64, t.parts[0][2]]], rows=t.parts[0][2]),
        NEVER_ANNOUNCED,
    ),
    (
        "a part it announced itself",
        lambda t: t.erased(removed=[ELSEWHERE], parts=[ELSEWHERE]),
        NEVER_ANNOUNCED,
    ),
    (
        "more rows than the part had",
        lambda t: t.erased(removed=t.parts[:1], rows=t.parts[0][2] + 1),
        "rows were erased, but its parts hold",
    ),
    (
        "fewer rows than the part had",
        lambda t: t.erased(removed=t.parts[:1], rows=t.parts[0][2] - 1),
        "rows were erased, but its parts hold",
    ),
    ("a part that is still there", lambda t: t.erased(removed=t.parts[:1], rows=t.parts[0][2]), "are stored"),
    ("merged into two", lambda t: t.enter("parts.merged", actor=HOUSE, parts=[ELSEWHERE] * 2), NO_MERGE),
    ("merged into none", lambda t: t.enter("parts.merged", actor=HOUSE, removed=t.parts[:1]), NO_MERGE),
    (
        "merged into another folder",
        lambda t: t.enter("parts.merged", actor=HOUSE, removed=t.parts[:1], parts=[ELSEWHERE]),
        NO_MERGE,
    ),
    (
        "merged, and rejected rows gone",
        lambda t: t.enter("parts.merged", actor=HOUSE, parts=[ELSEWHERE], discarded=[[1, 1]]),
        NO_MERGE,
    ),
    (
        "merged, and names struck out",
        lambda t: t.enter("parts.merged", actor=HOUSE, parts=[ELSEWHERE], tombstones=1),
        NO_MERGE,
    ),
    ("swept by a person", lambda t: t.enter("retention.swept", actor="someone", rows=0), NOT_THE_HOUSE_S),
    (
        "swept, and names struck out",
        lambda t: t.enter("retention.swept", actor=HOUSE, rows=0, tombstones=1),
        NOT_THE_HOUSE_S,
    ),
    (
        "swept, and rejected rows by number",
        lambda t: t.enter("retention.swept", actor=HOUSE, rows=0, discarded=[[1, 1]]),
        NOT_THE_HOUSE_S,
    ),
    (
        "lacking in a house that is no copy",
        lambda t: t.enter("backup.lacks", actor=HOUSE, rows=0),
        NOT_THE_HOUSE_S,
    ),
    (
        "more parts announced than are there",
        lambda t: t.enter("load.accepted", actor="someone", parts=[ELSEWHERE]),
        "announced 1 parts, but 0 are stored",
    ),
    (
        "more records announced than are there",
        lambda t: t.enter("load.accepted", actor="someone", records=[["r", "d"], ["s", "d"]]),
        "announced 2 records, but 0 are stored",
    ),
    (
        "more rejected rows announced than are there",
        lambda t: t.enter("load.accepted", actor="someone", rejected=3),
        "announced 3 rejected, but 0 are stored",
    ),
]


@pytest.mark.parametrize(("forge", "says"), [case[1:] for case in FORGED], ids=[case[0] for case in FORGED])
def test_what_was_entered_past_the_desk_is_found(
    there: There, forge: Callable[[There], object], says: str
) -> None:
    forge(there)
    with pytest.raises(Tampered, match=says):
        require_complete(there.house.kit)


def test_an_act_that_was_answered_as_abandoned_was_not_done(there: There) -> None:
    forged = there.enter("load.accepted", actor="someone", parts=[ELSEWHERE])
    answer = there.enter("act.abandoned", actor=HOUSE, entry=forged.index)
    entries = tuple(there.house.kit.ledger.entries())
    done = carried_out(entries)
    assert forged not in done
    assert answer not in done
    assert {entry.index for entry in done} == {entry.index for entry in carried_out(entries[: there.size])}, (
        "and everything else was"
    )
    require_complete(there.house.kit)


@pytest.mark.parametrize(
    ("kind", "actor", "facts", "who"),
    [
        ("erasure.ordered", "ann", {}, "ann"),
        ("rows.erased", HOUSE, {"ordered_by": "ann"}, "ann"),
        ("subject.erased", HOUSE, {"ordered_by": "ann"}, "ann"),
        ("rows.erased", HOUSE, {}, None),
        ("rows.erased", "abe", {"ordered_by": "ann"}, None),
        ("retention.swept", HOUSE, {"ordered_by": "ann"}, None),
    ],
)
def test_who_gave_an_order(
    there: There, kind: str, actor: str, facts: dict[str, str], who: str | None
) -> None:
    assert ordered_by(there.enter(kind, actor=actor, **facts)) == who
