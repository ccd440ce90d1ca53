"""Terms end when they should: drawn cases on awkward days, and laws over zones, leap days and clocks put back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput
from peelian.domain.time import SimulatedClock
from peelian.governance.clocks import TERMS, Bound, SteadyClock, Unit, day_begins, due, is_over, term
from peelian.governance.prohibition.prohibited import Mark
from tests.houses import found

# What starts when, in which zone, by the clock on the wall there; and when the term is over, there.
# Havana puts its clocks forward over midnight and back over it; Apia had no 30 December 2011; Beirut's
# midnight of 26 March 2023 does not exist.
OVER = """
authorisation-urgent  Europe/Berlin      2026-06-10 09:30  2026-06-11 09:30
authorisation-urgent  Europe/Berlin      2026-03-28 12:00  2026-03-29 13:00
authorisation-urgent  Europe/Berlin      2026-10-24 12:00  2026-10-25 11:00
authorisation-post    America/Chicago    2026-03-06 23:30  2026-03-09 00:30
authorisation-post    America/Chicago    2026-03-07 01:30  2026-03-09 02:30
urgent-second-read    Europe/Berlin      2026-03-29 01:30  2026-03-29 03:30
breach-notification   UTC                2028-02-27 00:00  2028-03-01 00:00
answer                Europe/Berlin      2026-01-31 00:00  2026-03-01 00:00
answer                Europe/Berlin      2028-01-31 23:59  2028-03-01 00:00
answer                Europe/Berlin      2026-03-15 10:00  2026-04-16 00:00
answer                Europe/Berlin      2026-12-31 10:00  2027-02-01 00:00
answer                America/Havana     2026-02-07 10:00  2026-03-08 01:00
answer                America/Havana     2026-09-30 10:00  2026-10-31 00:00
answer                America/Havana     2026-10-01 10:00  2026-11-02 00:00
answer                Asia/Beirut        2023-02-25 10:00  2023-03-26 01:00
answer                Pacific/Apia       2011-11-29 10:00  2011-12-31 00:00
identity              Europe/Berlin      2026-03-20 10:00  2026-04-04 00:00
log-deployer          Europe/Berlin      2026-08-31 12:00  2027-03-01 00:00
log-deployer          Europe/Berlin      2027-08-31 12:00  2028-03-01 00:00
intelligence-review   America/Chicago    2024-02-29 08:00  2029-03-01 00:00
intelligence-review   America/Chicago    2023-03-01 08:00  2028-03-02 00:00
"""

ZONES = (
    "UTC",
    "America/Chicago",
    "America/Havana",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
)
zones = st.sampled_from(ZONES)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
terms = st.sampled_from(sorted(TERMS))
TIMELINES = 5 * settings().max_examples
"""Ten thousand in the long proofs."""


@pytest.mark.parametrize("line", OVER.strip().splitlines(), ids=lambda line: " ".join(line.split()))
def test_when_a_term_is_over(line: str) -> None:
    name, zone, day, at, over_day, over_at = line.split()
    local = ZoneInfo(zone)
    start = datetime.combine(date.fromisoformat(day), time.fromisoformat(at), local)
    over = due(term(name), start=start, zone=zone).astimezone(local)
    assert f"{over:%Y-%m-%d %H:%M:%S}" == f"{over_day} {over_at}:00"


@pytest.mark.requirement("T05")
@settings(max_examples=TIMELINES)
@given(terms, zones, instants, st.lists(st.integers(-72 * 3600, 90 * 86400), min_size=1, max_size=12))
def test_no_timeline_lets_a_term_end_early_late_or_twice(
    name: str, zone: str, start: datetime, steps: list[int]
) -> None:
    """A machine whose clock jumps about: once over a term stays over, and it is over exactly from `due` on."""
    machine = SimulatedClock(start)
    steady = SteadyClock(machine, seen=start)
    over_before, seen = False, start
    for step in steps:
        machine.advance(timedelta(seconds=step))
        now = steady.now()
        over = is_over(term(name), start=start, zone=zone, now=now)
        seen = max(seen, machine.now())
        assert now == seen
        assert over == (seen >= due(term(name), start=start, zone=zone))
        assert over or not over_before
        over_before = over


@given(terms, zones, instants)
def test_the_end_is_the_same_date_at_a_civil_midnight_or_so_many_hours_on(
    name: str, zone: str, start: datetime
) -> None:
    asked, local = term(name), ZoneInfo(zone)
    over = due(asked, start=start, zone=zone)
    if asked.unit is Unit.HOURS:
        assert over - start == timedelta(hours=asked.length)
        return
    first, last = start.astimezone(local).date(), (over - timedelta(seconds=1)).astimezone(local).date()
    assert over.astimezone(local).date() > last
    if asked.unit is Unit.DAYS:
        assert (last - first).days in (
            asked.length,
            asked.length - 1,
        )  # one fewer where a zone left a day out
        return
    months = asked.length * (12 if asked.unit is Unit.YEARS else 1)
    assert (last.year - first.year) * 12 + last.month - first.month == months
    assert last.day == first.day or (last + timedelta(days=1)).day == 1 or zone == "Pacific/Apia"


@given(zones, st.dates(date(1990, 1, 2), date(2060, 1, 1)))
def test_a_day_begins_once_and_for_good(zone: str, day: date) -> None:
    local, begins = ZoneInfo(zone), day_begins(day, zone=zone)
    assert (begins - timedelta(seconds=1)).astimezone(local).date() < day
    for minutes in range(0, 180, 10):
        assert (begins + timedelta(minutes=minutes)).astimezone(local).date() >= day


@given(terms, zones, instants, st.integers(0, 86400 * 400))
def test_what_starts_later_is_never_over_earlier(name: str, zone: str, start: datetime, later: int) -> None:
    after = start + timedelta(seconds=later)
    assert due(term(name), start=start, zone=zone) <= due(term(name), start=after, zone=zone)


def test_a_clock_put_back_gives_nobody_more_time_and_one_put_forward_stays_there() -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    machine = SimulatedClock(start)
    steady = SteadyClock(machine, seen=start + timedelta(days=2))  # the ledger has seen later
    assert steady.now() == start + timedelta(days=2)
    machine.set(start + timedelta(days=3))
    assert steady.now() == start + timedelta(days=3)
    machine.set(start)
    assert steady.now() == start + timedelta(days=3)


def test_a_house_knows_from_its_ledger_that_its_machine_s_clock_was_put_back(tmp_path: Path) -> None:
    house = found(tmp_path)
    with house.open() as opened:
        last = list(opened.kit.ledger.entries())[-1].time
    house.clock.set(last - timedelta(days=400))
    with house.open() as opened:
        assert opened.kit.clock.now() == last
        house.clock.set(last + timedelta(hours=1))
        assert opened.kit.clock.now() == last + timedelta(hours=1)


def test_every_term_says_whose_it_is_and_law_stands_in_the_statutes_own_words() -> None:
    for name, each in TERMS.items():
        assert name == each.id
        assert each.length > 0
        assert each.words
        assert (each.mark is Mark.HOUSE) == each.citation.startswith("house rule")
        if each.mark is Mark.LAW:
            spelt = {1: "one", 6: "six"}.get(each.length, str(each.length))
            assert spelt in each.words
            assert each.unit.value.rstrip("s") in each.words
    assert [each.id for each in TERMS.values() if each.bound is Bound.AT_LEAST] == ["log-deployer"]


def test_an_unknown_term_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"no term 'fortnight'; the terms are authorisation-urgent, "):
        term("fortnight")
