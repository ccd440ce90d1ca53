"""What waits, in which order and how long; who has read enough; what counts as words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.domain.finding import GROUNDS, About, Severity
from peelian.governance.review.grounds import Ground, GroundKind
from peelian.governance.review.queue import Queue, Waiting, in_order
from peelian.governance.review.states import State
from peelian.governance.review.verdict import FITTING, Opinion, Verdict, Why, opinion_from_document
from peelian.governance.review.views import shuffled
from peelian.governance.review.words import LONGEST, check_words
from peelian.governance.review.workload import CAPS, check_workload
from tests.governance.made import NOON
from tests.governance.review.made import CONFIRMED, EVIDENCE

# id  severity      state              minutes old   place in the queue, minutes until it escalates
QUEUE = """
a     low           proposed           600           7   840
b     high          proposed           5             4   25
c     high          read once          20            3   10
d     life at risk  proposed           1             2   4
e     low           acted on urgently  70            1   -10
f     medium        proposed           300           5   -60
g     high          confirmed          5             -   -
h     low           called back        5             -   -
i     medium        read once          240           6   0
"""


def drawn() -> list[tuple[Waiting, str, str]]:
    rows = []
    for line in QUEUE.strip().splitlines():
        name, severity, state, old, place, left = (
            line[:6].strip(),
            line[6:20].strip(),
            line[20:39].strip(),
            *line[39:].split(),
        )
        at = NOON - timedelta(minutes=int(old))
        rows.append((Waiting(name, About.PLACE, Severity(severity), State(state), at, at), place, left))
    return rows


def test_the_queue_is_in_order_and_knows_what_is_late() -> None:
    rows = drawn()
    found = in_order(item for item, _, _ in rows)
    assert [item.finding_id for item in found] == [
        item.finding_id for item, place, _ in sorted(rows, key=lambda row: row[1]) if place != "-"
    ]
    for item, _, left in rows:
        if left != "-":
            assert item.due - NOON == timedelta(minutes=int(left))
            assert item.escalated(NOON) is (int(left) <= 0)


def test_a_line_of_the_queue_says_since_when_until_when_and_what_it_is_no_ground_for() -> None:
    made, since = NOON - timedelta(minutes=31), NOON - timedelta(minutes=30)
    waits = Waiting("f", About.SCENE, Severity.HIGH, State.READ_ONCE, made, since)
    line = {
        "finding_id": "f",
        "about": "scene",
        "severity": "high",
        "state": "read once",
        "made_at": "2026-07-01T11:29:00.000Z",
        "due": "2026-07-01T12:00:00.000Z",
        "escalated": True,
        "grounds": GROUNDS,
    }
    assert waits.document(NOON) == line
    assert waits.document(NOON - timedelta(milliseconds=1)) == line | {"escalated": False}
    confirmed = replace(waits, finding_id="g", state=State.CONFIRMED)
    assert Queue((waits,), (confirmed,), NOON).document() == {
        "at": "2026-07-01T12:00:00.000Z",
        "waiting": [line],
        "confirmed": ["g"],
        "grounds": GROUNDS,
    }


@given(st.permutations(drawn()))
def test_the_order_does_not_depend_on_how_the_rows_came(rows: list[tuple[Waiting, str, str]]) -> None:
    assert in_order(item for item, _, _ in rows) == in_order(item for item, _, _ in drawn())


def at(*minutes_ago: float) -> list[datetime]:
    return [NOON - timedelta(minutes=minutes) for minutes in minutes_ago]


@pytest.mark.parametrize(
    ("minutes_ago", "why", "wait"),
    [
        ((), "", 0),
        ((59, 50, 41, 32, 23, 14, 5), "", 0),
        ((60, 51, 42, 33, 24, 15, 6), "has read for 60 minutes without a break", 4),
        ((60.5, 51, 42, 33, 24, 15, 6.5), "has read for 61 minutes without a break", 4),  # begun ones count
        ((60, 51, 42, 33, 24, 15, 9.99), "has read for 60 minutes without a break", 1),
        ((60, 51, 42, 33, 24, 15, 10), "", 0),  # the pause up to now is a break
        ((80, 71, 62, 51, 42, 33, 24, 15, 6), "", 0),  # eleven minutes at 62 were one
        (range(20, 20 + CAPS.per_day), "has been at 120 findings within a day, of at most 120", 1301),
        (range(20, 22 + CAPS.per_day), "has been at 122 findings within a day, of at most 120", 1301),
        (range(1321, 1321 + CAPS.per_day), "", 0),  # the first of them a day ago
        (range(1320, 1320 + CAPS.per_day), "has been at 120 findings within a day, of at most 120", 1),
        (range(20, 19 + CAPS.per_day), "", 0),
        (range(1441, 1441 + CAPS.per_day), "", 0),  # yesterday
    ],
)
def test_who_may_go_on_and_else_when(minutes_ago: Sequence[float], why: str, wait: int) -> None:
    if not wait:
        check_workload(at(*minutes_ago), now=NOON)
        return
    with pytest.raises(Refused) as refusal:
        check_workload(at(*minutes_ago), now=NOON)
    told = refusal.value
    assert (told.rule, told.remedy) == (
        "workload",
        f"Go on in {wait} minutes, or hand over; findings with life at risk are not held up by this.",
    )
    assert f"This reader {why}." in str(told)


@given(st.lists(st.integers(0, 2_000), max_size=150))
def test_after_the_time_that_is_named_one_may_go_on(minutes_ago: list[int]) -> None:
    """The way out that a refusal names is one; what is read in the meantime aside."""
    readings = at(*minutes_ago)
    now = NOON
    for _ in range(2):  # a break first, and then perhaps the day's cap
        try:
            check_workload(readings, now=now)
        except Refused as refusal:
            now += timedelta(minutes=int(refusal.remedy.split()[3]))
    check_workload(readings, now=now)


LONG = " ".join(f"{first}{second}n" for first in "abcdefghijklm" for second in "aeioubcdfghjklmnpqrst" * 2)[
    : LONGEST - 1
].ljust(LONGEST, "s")

FILLERS = [
    "",
    "ok",
    "inv",
    "case",
    ".",
    "n/a",
    "see above",
    "TODO write why this one is confirmed when there is time for it",
    "yes yes yes yes yes yes yes yes yes yes yes yes",
    "aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cc dd ee ff gg hh",
    "\u200b" * 60,
    "😀 " * 30,
    "x" * 2_001,
    "The pane breaks inwards and a figure climbs through\nthe frame afterwards.",
    "The pane \u202ebreaks inwards and a figure climbs through the frame afterwards.",
]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (LONG[:-1] + "\t", "write at most 2000 characters on one line, all of them visible."),
        (LONG + ".", "write at most 2000 characters on one line, all of them visible."),
        (f"{LONG[:99]} n/a <why>", "'words' still holds a blank or a filler; write what is the case."),
        (
            "shown",
            "'words' is too short to be a reason; write at least 40 letters and 8 words that say why.",
        ),
        ("it shows " * 9, "'words' repeats itself instead of giving a reason; write what is the case."),
    ],
)
def test_words_that_are_refused_are_told_why_and_the_longest_are_taken(words: str, says: str) -> None:
    check_words(LONG, where="the note")
    with pytest.raises(BadInput) as refusal:
        check_words(words, where="the note")
    assert str(refusal.value) == f"the note: {says}"


@pytest.mark.requirement("H04")
@pytest.mark.parametrize("words", FILLERS)
def test_words_that_say_nothing_are_no_reason(words: str) -> None:
    with pytest.raises(BadInput):
        Opinion(Verdict.CONFIRMED, Why.SHOWN, words)
    with pytest.raises(BadInput):
        Ground(GroundKind.CALL, "CAD 1", words)


def test_every_verdict_has_its_reasons_and_takes_no_other() -> None:
    assert set(FITTING) == set(Verdict)
    assert set().union(*FITTING.values()) == set(Why)
    for verdict in Verdict:
        for why in Why:
            if why in FITTING[verdict]:
                made = Opinion(verdict, why, CONFIRMED.words)
                assert opinion_from_document(dict(made.document())) == made
            else:
                with pytest.raises(BadInput, match="rests on"):
                    Opinion(verdict, why, CONFIRMED.words)


def test_evidence_is_shown_in_an_order_that_only_the_opening_decides() -> None:
    orders = {tuple(item.reference for item in shuffled(EVIDENCE, seed=str(seed))) for seed in range(60)}
    assert len(orders) == 6
    assert shuffled(EVIDENCE, seed="a") == shuffled(EVIDENCE[::-1], seed="a")
