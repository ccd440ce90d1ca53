"""What acts took away: each record and person announced before, by an act that may take them, and none back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from peelian.domain.canonical import Document
from peelian.domain.errors import Tampered
from peelian.governance.dropped import dropped_and_gone, require_none_back, require_rightly_taken
from peelian.governance.ledger.entry import Draft, Entry
from peelian.storage.rows import Record, SubjectRow, Writes
from peelian.storage.store import Store
from peelian.storage.workspace import Settings, Workspace
from tests.ledger.begin import START

TAKES = frozenset({"subject.erased"})
HASH = "0" * 64


def entry(
    index: int, kind: str = "load.held", *, actor: str = "ann", time: datetime = START, **facts: object
) -> Entry:
    draft: Document = facts  # type: ignore[assignment]  # a test says what it likes
    return Entry.write(Draft(kind, actor=actor, facts=draft), index=index, time=time, blob=None)


ANNOUNCED = (
    entry(0, records=[["r1", HASH], ["r2", HASH]], subjects=[["s1", "suspect"], ["s2", "victim"]]),
    entry(1, records=[["r3", HASH]], merges=[["s2", "s1"]]),
)


def test_what_was_taken_is_counted_by_the_entry_that_announced_it() -> None:
    acts = (*ANNOUNCED, entry(2, "subject.erased", dropped=[[0, 1], [1, 0]], gone=["s1", "s2"]))
    assert dropped_and_gone(acts, by=TAKES) == {
        "records": Counter({0: 1, 1: 1}),
        "subjects": Counter({0: 2}),
        "merges": Counter({1: 1}),
    }


def test_two_acts_take_one_after_another() -> None:
    acts = (
        *ANNOUNCED,
        entry(2, "subject.erased", dropped=[[0, 0]], gone=["s1"]),
        entry(3, "subject.erased", dropped=[[0, 1]]),
    )
    taken = dropped_and_gone(acts, by=TAKES)
    assert taken == {"records": Counter({0: 2}), "subjects": Counter({0: 1}), "merges": Counter()}


def test_acts_that_took_nothing_away_count_nothing() -> None:
    assert dropped_and_gone(ANNOUNCED, by=TAKES) == {
        "records": Counter(),
        "subjects": Counter(),
        "merges": Counter(),
    }


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("load.held", {"dropped": [[0, 0]]}),
        ("load.held", {"gone": ["s1"]}),
        ("subject.erased", {"dropped": [[0, 2]]}),
        ("subject.erased", {"dropped": [[0, -1]]}),
        ("subject.erased", {"dropped": [[0, 1, 1]]}),
        ("subject.erased", {"dropped": [[7, 0]]}),
        ("subject.erased", {"dropped": [[2, 0]], "records": [["own", HASH]]}),
        ("subject.erased", {"dropped": [[3, 0]]}),
        ("subject.erased", {"gone": ["nobody"]}),
        ("subject.erased", {"gone": ["s1", "nobody"]}),
        ("subject.erased", {"gone": ["own"], "subjects": [["own", "suspect"]]}),
        ("subject.erased", {"gone": ["late"]}),
    ],
    ids=[
        "records, by an act that may not",
        "a person, by an act that may not",
        "a position beyond the last",
        "a position before the first",
        "one position twice",
        "of an entry that is no act",
        "of itself",
        "of a later act",
        "a person nobody registered",
        "one such among others",
        "a person it registered itself",
        "a person registered later",
    ],
)
def test_what_was_not_announced_before_cannot_be_taken(kind: str, facts: dict[str, Any]) -> None:
    later = entry(3, records=[["r9", HASH]], subjects=[["late", "victim"]])
    with pytest.raises(Tampered, match=rf"^Ledger entry 2 \({kind}\) took away a record or a person that no"):
        dropped_and_gone((*ANNOUNCED, entry(2, kind, **facts), later), by=TAKES)


DECISION = entry(2, "rights.decided", actor="abe", outcome="correct", request="q1")
REPLACES: dict[str, Any] = {"dropped": [[0, 1]], "records": [["new", HASH]], "gone": []}
CORRECTS = REPLACES | {"decision": 2, "request": "q1"}
SIX_MONTHS_LATER = datetime(2025, 9, 2, tzinfo=UTC)
"""The end of the day six months after START, where a day ends with UTC's."""


@pytest.mark.parametrize(
    "act",
    [
        entry(3, "record.validated", **REPLACES),
        entry(3, "record.validated", **REPLACES | {"dropped": [[1, 0]]}),
        entry(3, "record.corrected", **CORRECTS),
        entry(3, "subject.lapsed", actor="house", time=SIX_MONTHS_LATER, gone=["s1", "s2"]),
        entry(3, "subject.lapsed", actor="house", gone=["elsewhere"]),
        entry(3, "load.held", dropped=[[0, 1], [1, 0]], gone=["s1"]),
    ],
    ids=[
        "one record in the place of one",
        "of another entry",
        "a correction that another person decided on",
        "persons whose term is over",
        "a person that is accounted for elsewhere",
        "what is no replacement, no correction and no lapse",
    ],
)
def test_what_was_rightly_taken_passes(act: Entry) -> None:
    require_rightly_taken((*ANNOUNCED, DECISION, act), zone="UTC")


@pytest.mark.parametrize("kind", ["record.validated", "record.corrected"])
@pytest.mark.parametrize(
    "more",
    [
        {"dropped": []},
        {"dropped": None},
        {"dropped": [[0, 0, 1]]},
        {"dropped": [[0, 0], [1, 0]]},
        {"records": []},
        {"records": [["new", HASH], ["newer", HASH]]},
        {"gone": ["s1"]},
        {"gone": None},
    ],
    ids=[
        "for none",
        "none named",
        "for two of an entry",
        "for two of two",
        "nothing in its place",
        "two",
        "a person",
        "unsaid",
    ],
)
def test_a_replacement_takes_one_record_and_puts_one_there(kind: str, more: dict[str, Any]) -> None:
    with pytest.raises(Tampered, match=rf"^Ledger entry 3 calls itself {kind}, but does more than put one"):
        require_rightly_taken((*ANNOUNCED, DECISION, entry(3, kind, **CORRECTS | more)), zone="UTC")


@pytest.mark.parametrize(
    ("decision", "more"),
    [
        (DECISION, {"decision": 1}),
        (DECISION, {"decision": None}),
        (DECISION, {"request": "q2"}),
        (entry(2, "rights.decided", actor="abe", outcome="erase", request="q1"), {}),
        (entry(2, "rights.decided", actor="abe", request="q1"), {}),
        (entry(2, "rights.decided", actor="ann", outcome="correct", request="q1"), {}),
        (entry(2, "rights.answered", actor="abe", outcome="correct", request="q1"), {}),
        (entry(4, "rights.decided", actor="abe", outcome="correct", request="q1"), {"decision": 4}),
        (entry(3, "rights.decided", actor="abe", outcome="correct", request="q1"), {"decision": 3}),
    ],
    ids=[
        "another entry",
        "none named",
        "on another request",
        "to erase",
        "of no outcome",
        "by whoever corrects",
        "no decision",
        "later",
        "at the same place",
    ],
)
def test_a_correction_follows_another_persons_decision_to_correct(
    decision: Entry, more: dict[str, Any]
) -> None:
    correction = entry(3, "record.corrected", **CORRECTS | more)
    with pytest.raises(
        Tampered, match=r"^Ledger entry 3 corrected a record without another person's decision"
    ):
        require_rightly_taken((*ANNOUNCED, correction, decision), zone="UTC")


@pytest.mark.parametrize(
    "lapse",
    [
        entry(3, "subject.lapsed", actor="house", time=SIX_MONTHS_LATER - timedelta(seconds=1), gone=["s1"]),
        entry(3, "subject.lapsed", actor="ann", time=SIX_MONTHS_LATER, gone=["s1"]),
        entry(3, "subject.lapsed", actor="house", time=SIX_MONTHS_LATER, gone=["s1"], tombstones=["t"]),
    ],
    ids=["a second early", "by somebody", "with a tombstone"],
)
def test_a_lapse_is_the_houses_own_and_waits_for_the_term(lapse: Entry) -> None:
    with pytest.raises(
        Tampered, match=r"^Ledger entry 3 let somebody go before their term was over, or is none"
    ):
        require_rightly_taken((*ANNOUNCED, lapse), zone="UTC")


def test_the_term_of_a_lapse_ends_with_a_day_of_the_house() -> None:
    in_berlin = SIX_MONTHS_LATER - timedelta(hours=2)
    lapse = entry(3, "subject.lapsed", actor="house", time=in_berlin, gone=["s1"])
    require_rightly_taken((*ANNOUNCED, lapse), zone="Europe/Berlin")
    with pytest.raises(Tampered, match="before their term was over"):
        require_rightly_taken((*ANNOUNCED, lapse), zone="UTC")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(Workspace.create(tmp_path / "home", Settings("test/store", "UTC", 32616)))
    yield opened
    opened.close()


def keep(store: Store, index: int, *, records: tuple[str, ...] = (), subjects: tuple[str, ...] = ()) -> None:
    writes = Writes(
        records=tuple(Record(name, "plan", "about", "{}", "2027-01-01T00:00:00.000Z") for name in records),
        subjects=tuple(SubjectRow(name, "suspect", "sealed") for name in subjects),
    )
    store.write(writes, entry_index=index, kind="load.held", at="2025-03-01T06:00:00.000Z")


ERASED = (*ANNOUNCED, entry(2, "subject.erased", dropped=[[0, 1]], gone=["s1"]))


def test_what_stays_is_not_taken_for_what_came_back(store: Store) -> None:
    keep(store, 0, records=("r1",), subjects=("s2",))
    keep(store, 1, records=("r3",))
    require_none_back(store, ERASED, by=TAKES)


def test_the_same_name_under_another_entry_is_another_record(store: Store) -> None:
    keep(store, 1, records=("r2",))
    require_none_back(store, ERASED, by=TAKES)


@pytest.mark.parametrize(
    ("records", "subjects", "what"),
    [(("r1", "r2"), (), "record r2"), ((), ("s1", "s2"), "subject s1"), (("r2",), ("s1",), "record r2")],
)
def test_what_came_back_is_refused_by_name(
    store: Store, records: tuple[str, ...], subjects: tuple[str, ...], what: str
) -> None:
    keep(store, 0, records=records, subjects=subjects)
    with pytest.raises(
        Tampered, match=f"^What ledger entry 2 took away is back past the desk: the {what}. Open"
    ):
        require_none_back(store, ERASED, by=TAKES)
