"""Stop and resume, cases, training, break-glass, breaches and misuse, through the commands people type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.app.line import Line, chartered, loaded
from tests.houses import PURPOSE

TODAY = datetime.now(UTC).date()
SAFE = "The sensor was taken down and its findings were looked through."
NOTE = "Both commanders are at the flood and a child is missing since noon."
SAID = "A notebook with the plans of one week was left in a tram and was not found again."


@pytest.fixture
def office(line: Line) -> Line:
    line.ask("principal", "new", "Col", "--role", "commander", who="Adm")
    chartered(line)
    return line


@pytest.mark.requirement("H01")
def test_stop_and_resume(office: Line) -> None:
    loaded(office)
    assert office.ask("stop", "--why", "False findings at the gate.", who="Col")["entered"]
    told = office.type("forecast", who="Ann", purpose=True)
    assert (told.code, "[stopped: " in told.err) == (1, True)
    assert "--why to put it forward, or --approve" in office.type("resume", who="Col").err
    office.ask("resume", "--why", SAFE, who="Col")
    assert "they are one person" in office.type("resume", "--approve", who="Col").err
    assert office.ask("resume", "--approve", who="Abe")["stops_standing"] == 0
    assert "Nothing is stopped" in office.type("resume", "--approve", who="Abe").err

    told = office.type("stop", "--why", "A drill.", who="Nobody")
    assert "It stops all the same" in told.out


def test_capabilities_and_their_end(office: Line) -> None:
    listed = {row["capability"]: row["state"] for row in office.ask("capability", "list")["capabilities"]}
    assert set(listed.values()) == {"in-use"}
    assert office.ask("capability", "review", who="Ann", purpose=True)["suspended"] == []
    told = office.type("capability", "restore", "patrol.plan", "--why", SAFE, who="Ann")
    assert "is in-use; it cannot be made in-use" in told.err
    office.ask(
        "capability", "withdraw", "patrol.plan", "--why", "Nobody drove a single plan of it.", who="Ann"
    )
    office.ask("capability", "approve", "patrol.plan", who="Abe")
    listed = {row["capability"]: row["state"] for row in office.ask("capability", "list")["capabilities"]}
    assert listed["patrol.plan"] == "withdrawn"


def test_cases_training_and_postings(office: Line) -> None:
    office.ask("principal", "post", "Ann", "--unit", "North", who="Col")
    course = ("--course", "Analysis 2", "--until", TODAY + timedelta(days=90))
    assert (
        office.ask("principal", "train", "Ann", "--role", "analyst", *course, who="Adm")["role"] == "analyst"
    )
    case = ("case", "open", "C-1", "--purpose", PURPOSE, "--unit", "North", "--officer", "Ann")
    office.ask(*case, who="Col")
    office.ask("case", "assign", "C-1", "--officer", "Ann", "--officer", "Col", who="Col")
    office.ask("case", "close", "C-1", who="Col")
    (kept,) = office.ask("case", "list", who="Aud")["cases"]
    assert (kept["case"], kept["officers"], kept["closed"]) == ("C-1", ["Ann", "Col"], kept["opened"])


def test_break_glass_and_its_review(office: Line) -> None:
    asked = ("--role", "commander", "--hours", 1, "--reason", "missing-person", "--note", NOTE)
    office.ask("break-glass", "open", *asked, who="Ann")
    (one,) = office.ask("break-glass", "list", who="Aud")["elevations"]
    assert (one["who"], one["role"], one["outcome"]) == ("Ann", "commander", None)
    found = ("--outcome", "justified", "--note", "The child was found, and the look-ups fit the search.")
    office.ask("break-glass", "review", one["elevation"], *found, who="Aud")
    assert office.ask("break-glass", "list", who="Aud")["elevations"][0]["outcome"] == "justified"


def test_a_breach_from_record_to_evidence(office: Line, tmp_path: Path) -> None:
    known = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    said = (*("--what", SAID), *("--effects", SAID), *("--measures", SAID), "--concerned", "officers")
    where = ("--people", 4, "--first", 0, "--last", 2)
    made = office.ask("breach", "record", "--known", known, *said, *where, who="Adm")
    assert made["due"].startswith(f"{datetime.fromisoformat(known) + timedelta(hours=72):%Y-%m-%dT%H:%M}")
    office.ask("breach", "notify", made["breach"], "--to", "authority", "--reference", "B-7", who="Adm")
    (listed,) = office.ask("breach", "list", who="Aud")["breaches"]
    assert not listed["overdue"]
    out = tmp_path / "evidence"
    office.ask("breach", "export", made["breach"], out, "--to", "DPA", who="Aud")
    assert {path.name for path in out.iterdir()} == {"bundle", "breach.json", "files.json", "proofs.json"}


def test_the_oversight_body_at_work(office: Line, tmp_path: Path) -> None:
    key = ("--key", tmp_path / "oversight.key")
    made = office.ask("audit", "watch", "relatives:Ann", "--identifier", "plate=QX19 ZZT", *key, who="Aud")
    assert made["names"] == 1
    assert office.ask("audit", "misuse", *key, who="Aud")["flags"] == []
    assert office.ask("audit", "vague", who="Aud")["units"] == []
    assert "default-deny" in office.type("audit", "misuse", *key, who="Ann").err
