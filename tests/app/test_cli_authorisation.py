"""Leave to identify persons, through the commands people type, in a house whose card tells whose a plate is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peelian.domain.time import SimulatedClock
from tests.app.line import Line
from tests.governance.authorisations.made import (
    CASE,
    COURT,
    NUMBER,
    TELL,
    WHY,
    TellingHouse,
    charter_text,
    with_the_card,
)
from tests.houses import PURPOSE

ASKED = ("--capability", TELL, "--purpose", PURPOSE, "--case", CASE)
RULED = ("--authority", COURT, "--reference", NUMBER)


@pytest.fixture
def office(line: Line, tmp_path: Path) -> Iterator[Line]:
    with with_the_card():
        line.ask("principal", "new", "Col", "--role", "commander", who="Adm")
        written = tmp_path / "telling.toml"
        written.write_text(charter_text(TellingHouse(tmp_path, SimulatedClock(datetime.now(UTC)), tmp_path)))
        digest = line.ask("charter", "submit", written, who="Ann")["digest"]
        line.ask("charter", "approve", digest, who="Abe")
        line.ask(
            *("case", "open", CASE, "--purpose", PURPOSE, "--unit", "North", "--officer", "Ann"), who="Col"
        )
        yield line


@pytest.mark.requirement("R04")
def test_it_is_asked_for_decided_listed_and_shown(office: Line) -> None:
    told = office.type("authorisation", "request", "--route", "at-once", *ASKED, "--why", WHY, who="Ann")
    assert "is not a known route" in told.err
    one = office.ask("authorisation", "request", "--route", "urgent", *ASKED, "--why", WHY, who="Ann")
    assert datetime.fromisoformat(one["due"]) - datetime.now(UTC) > timedelta(hours=23, minutes=50)
    listed = office.ask("authorisation", "list", who="Aud")
    assert (listed["urgent"], listed["authorisations"][0]["state"]) == (1, "requested")
    assert listed["authorisations"][0]["time_left"].startswith("23 h")
    asked = ("authorisation", "decide", one["authorisation"])
    assert "they are one person" in office.type(*asked, "--refused", *RULED, who="Ann").err
    until = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%dT%H:%M}"
    office.ask(*asked, "--granted", *RULED, "--until", until, who="Abe")
    assert office.ask(*asked, "--refused", *RULED, who="Abe")["cleared"]
    shown = office.ask("authorisation", "show", one["authorisation"], who="Aud")
    assert (shown["state"], shown["authority"], shown["asked_by"]) == ("refused", COURT, "Ann")
    assert "There is no authorisation" in office.type("authorisation", "show", "x", who="Aud").err
