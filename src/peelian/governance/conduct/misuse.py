"""Look-ups that the oversight body should see: whom they were of, when, how many, in which order, with what reason.

Pure: look-ups in, flags out. A flag is a question to be put to somebody, never a sanction: no act of the house
depends on one. Each statistical rule compares an officer with the others of the same window and says how often it
would flag an honest one. After: the misuse of police look-ups found by audits in many countries (self, relatives,
partners, colleagues, politicians), and bulk look-ups kept under every limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from peelian.governance.cases import CaseFacts
from peelian.governance.conduct.tails import Share, count_tail, share_tail

PEERS_MIN = 20
"""With fewer others to compare with, the statistical rules say nothing."""

RULE_LEVEL = 0.001
"""Chance below which what an officer did is flagged, under the law fitted to the others."""

FALSE_ALARM = 0.005
"""How often each statistical rule flags an honest officer in one window of four weeks, at most: measured on simulated
officers who differ widely, from 21 of them on (tests/governance/conduct/test_misuse.py); more officers, fewer false
alarms."""

RUN_MIN = 12
"""So many records looked at one by one in the very order in which they were stored are no coincidence."""

DAY_HOURS = range(7, 20)
"""Local hours that are not out of hours."""


class Rule(StrEnum):
    """What a flag says of look-ups."""

    WATCHED = "watched-person"
    SEQUENCE = "in-stored-order"
    OUTSIDE_CASE = "outside-case"
    BREADTH = "unusually-many"
    RATE = "unusually-fast"
    VAGUE = "unusually-vague"
    OUT_OF_HOURS = "unusually-out-of-hours"


@dataclass(frozen=True)
class Lookup:
    """One look at a record about a person, as the ledger tells it.

    Parameters
    ----------
    entry, at, officer : its ledger entry, instant, and who looked (a principal's id).
    thing : what was looked at, by a name that says nothing; equal names are the same thing.
    stored : ledger entry by which the thing was stored, None where nothing was found.
    case : the case's name in the ledger, None without one.
    reason : code of the vocabulary, None where none was given.
    watched : names of the oversight body's lists on which the person stands.
    """

    entry: int
    at: datetime
    officer: str
    thing: str
    stored: int | None = None
    case: str | None = None
    reason: str | None = None
    watched: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Flag:
    """A question for the oversight body: which rule, about whom, on which entries, in a sentence.

    `false_alarm` is the chance with which the rule flags an honest officer in one window; None for a rule that
    counts nothing, which is wrong only where the look-up was lawful.
    """

    rule: Rule
    officer: str
    entries: tuple[int, ...]
    says: str
    false_alarm: float | None = None


def flags(
    lookups: Sequence[Lookup], *, cases: Mapping[str, CaseFacts], vague: frozenset[str], zone: str
) -> tuple[Flag, ...]:
    """Return every flag on the look-ups of one window (four weeks, say), by officer.

    `cases` are known by their names in the ledger; `vague` are the reasons that say little; `zone` is where hours and
    days are those of the officers.
    """
    by_officer: dict[str, list[Lookup]] = {}
    for lookup in lookups:
        by_officer.setdefault(lookup.officer, []).append(lookup)
    found = [flag for own in by_officer.values() for flag in _plain(own, cases=cases, zone=zone)]
    found += _counts(by_officer, Rule.BREADTH, _things, "different records")
    found += _counts(by_officer, Rule.RATE, _busiest_hour, "records in the busiest hour")
    found += _shares(
        by_officer, Rule.VAGUE, lambda look: look.reason in vague, "with a reason that says little"
    )
    local = ZoneInfo(zone)
    night = lambda look: look.at.astimezone(local).hour not in DAY_HOURS  # noqa: E731
    found += _shares(by_officer, Rule.OUT_OF_HOURS, night, "out of hours")
    return tuple(sorted(found, key=lambda flag: (flag.officer, flag.rule, flag.entries)))


def _plain(own: Sequence[Lookup], *, cases: Mapping[str, CaseFacts], zone: str) -> Iterable[Flag]:
    """Yield the flags that need nobody to compare with."""
    for name in sorted({name for look in own for name in look.watched}):
        seen = tuple(look.entry for look in own if name in look.watched)
        yield Flag(
            Rule.WATCHED, own[0].officer, seen, f"Looked up somebody on the list {name}, {len(seen)} times."
        )
    outside = tuple(look.entry for look in own if _outside(look, cases, zone))
    if outside:
        says = (
            f"Looked people up in a case before it was opened or after it was closed, {len(outside)} times."
        )
        yield Flag(Rule.OUTSIDE_CASE, own[0].officer, outside, says)
    run = _longest_run(own)
    if len(run) >= RUN_MIN:
        says = f"Looked at {len(run)} records one by one in the order in which they were stored."
        yield Flag(Rule.SEQUENCE, own[0].officer, run, says)


def _outside(look: Lookup, cases: Mapping[str, CaseFacts], zone: str) -> bool:
    case = None if look.case is None else cases.get(look.case)
    if case is None:
        return False
    day: date = look.at.astimezone(ZoneInfo(zone)).date()
    return day < case.opened or (case.closed is not None and day >= case.closed)


def _longest_run(own: Sequence[Lookup]) -> tuple[int, ...]:
    """Return the entries of the longest run of look-ups each of which is of the thing stored next."""
    seen = [look for look in own if look.stored is not None]
    stored = sorted({look.stored for look in seen if look.stored is not None})
    place = {index: number for number, index in enumerate(stored)}
    best: list[int] = []
    run = [look.entry for look in seen[:1]]
    for before, after in pairwise(seen):
        step = place[after.stored or 0] - place[before.stored or 0]
        run = [*run, after.entry] if step == 1 else [after.entry]
        best = max(best, run, key=len)
    return tuple(best)


def _counts(
    by_officer: Mapping[str, Sequence[Lookup]],
    rule: Rule,
    count: Callable[[Sequence[Lookup]], int],
    what: str,
) -> Iterable[Flag]:
    """Yield a flag for each officer whose count is much larger than those of the others."""
    totals = {officer: count(own) for officer, own in by_officer.items()}
    for officer, total in totals.items():
        peers = [other for name, other in totals.items() if name != officer]
        if len(peers) >= PEERS_MIN and count_tail(total, peers) < RULE_LEVEL:
            entries = tuple(look.entry for look in by_officer[officer])
            says = f"Looked at {total} {what}; the others at {sum(peers) / len(peers):.0f} on average."
            yield Flag(rule, officer, entries, says, FALSE_ALARM)


def _things(own: Sequence[Lookup]) -> int:
    return len({look.thing for look in own})


def _busiest_hour(own: Sequence[Lookup]) -> int:
    return max(Counter(look.at.replace(minute=0, second=0, microsecond=0) for look in own).values())


def _shares(
    by_officer: Mapping[str, Sequence[Lookup]], rule: Rule, counts: Callable[[Lookup], bool], how: str
) -> Iterable[Flag]:
    """Yield a flag for each officer of whose look-ups a much larger share counts than of the others'."""
    shares = {name: Share(sum(map(counts, own)), len(own)) for name, own in by_officer.items()}
    for officer, share in shares.items():
        peers = [other for name, other in shares.items() if name != officer]
        if len(peers) >= PEERS_MIN and share_tail(share, peers) < RULE_LEVEL:
            entries = tuple(look.entry for look in by_officer[officer] if counts(look))
            says = f"Looked people up {how} {share.count} of {share.of} times; the others less often."
            yield Flag(rule, officer, entries, says, FALSE_ALARM)
