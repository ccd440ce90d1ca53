"""Which duties are in force on which day."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput
from peelian.governance.card import RiskClass
from peelian.governance.duties import Seen, duties_on, installed_duties, read_duties

# on the day    high-risk, in the EU                                                              minimal, in the EU
ON = """
2018-05-05    |                                                                                 |
2018-05-06    | led-logging                                                                     | led-logging
2025-02-01    | led-logging                                                                     | led-logging
2025-02-02    | led-logging ai-act-literacy ai-act-prohibited-practices                         | led-logging ai-act-literacy ai-act-prohibited-practices
2026-08-02    | led-logging ai-act-literacy ai-act-prohibited-practices ai-act-disclosure       | led-logging ai-act-literacy ai-act-prohibited-practices
2027-12-01    | led-logging ai-act-literacy ai-act-prohibited-practices ai-act-disclosure       | led-logging ai-act-literacy ai-act-prohibited-practices
2027-12-02    | led-logging ai-act-literacy ai-act-prohibited-practices ai-act-disclosure ai-act-high-risk | led-logging ai-act-literacy ai-act-prohibited-practices
"""  # noqa: E501  # a table


@pytest.mark.requirement("C02")
@pytest.mark.parametrize("line", ON.split("\n")[1:-1])
def test_the_duties_of_a_day(line: str) -> None:
    day, high, minimal = (part.strip() for part in line.split("|"))
    for risk_class, expected in ((RiskClass.HIGH_RISK, high), (RiskClass.MINIMAL, minimal)):
        found = duties_on(date.fromisoformat(day), risk_class=risk_class, jurisdiction="EU")
        assert [duty.id for duty in found] == expected.split()


@settings(deadline=None)
@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)), st.integers(0, 4000))
def test_no_duty_ends_by_waiting(day: date, later: int) -> None:
    assert set(duties_on(day)) <= set(duties_on(day + timedelta(days=later)))


def test_a_date_read_of_elsewhere_says_so() -> None:
    seen = {duty.id: duty.seen for duty in installed_duties()}
    assert seen["ai-act-prohibited-practices"] is Seen.PRIMARY
    assert seen["ai-act-high-risk"] is Seen.SECONDARY


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("binds: [high-risk]", "binds: [prohibited]", "not a known risk class"),
        ("binds: [high-risk]", "binds: []", "must be a list"),
        ("jurisdiction: UK", "jurisdiction: Mars", "not a known jurisdiction"),
        ("since: 2027-12-02", "since: soon", "must be a date"),
        ("    seen: primary", "    seen: heard", "not a known way of knowing"),
        ("id: led-logging", "id: dpa-logging", "two duties one id"),
        ("id: led-logging", "name: led-logging", "lacks the key 'id'"),
    ],
)
def test_duties_that_are_not_whole_are_none(old: str, new: str, says: str) -> None:
    text = (resources.files("peelian.governance") / "policies" / "duties.yaml").read_text("utf-8")
    assert old in text
    with pytest.raises(BadInput, match=rf"^duties\.yaml\b.*{says}"):
        read_duties(text.replace(old, new, 1))
