"""Requests through the commands people type."""

from __future__ import annotations

import json

import pytest

from tests.app.test_cli import Line, chartered, line, loaded  # noqa: F401  # `line` is a fixture

REASONS = (
    *("--facts", "Nothing wrong was found in what is kept."),
    *("--rule", "The charter of this house, necessity and proportionality."),
    *("--decider", "A rights officer of this house."),
    *("--remedy", "You may contest this, or complain to the board."),
)


@pytest.fixture
def office(line: Line) -> Line:  # noqa: F811
    chartered(line)
    loaded(line)
    for name in ("Ria", "Rob"):
        line.ask("principal", "new", name, "--role", "rights-officer", who="Adm")
    return line


@pytest.mark.requirement("T05")
def test_a_request_about_a_place_from_asking_to_the_certificate(office: Line) -> None:
    office.ask("forecast", who="Ann", purpose=True)
    asked = office.ask("rights", "request", "--lon", -87.65, "--lat", 41.85, who="Ria")
    request, letter = asked["request_id"], office.folder / "letter.txt"
    answered = office.ask("rights", "answer", request, "--out", letter, who="Ria")
    assert answered["state"] == "answered"
    assert "Of burglary it expected" in letter.read_text()
    own = office.type("rights", "decide", request, "--outcome", "answered", *REASONS, who="Ria")
    assert (own.code, "independent-review" in own.err) == (1, True)
    decided = office.ask("rights", "decide", request, "--outcome", "answered", *REASONS, who="Rob")
    assert decided["outcome"] == "answered"
    none = office.type("rights", "fulfil", request, "--entry", 3, who="Rob")
    assert "A request that is decided cannot fulfil" in none.err
    paper = office.folder / "certificate.json"
    office.ask("rights", "close", request, "--out", paper, who="Rob")
    certificate = json.loads(paper.read_text())
    assert certificate["certificate"]["request_id"] == request
    assert office.ask("rights", "contest", request, who="Ria")["state"] == "identified"
    assert office.ask("rights", "status", request, who="Aud")["state"] == "identified"


def test_a_request_about_a_person_waits_for_who_asks(office: Line) -> None:
    asked = office.ask("rights", "request", "--about", "person", who="Ria")
    request = asked["request_id"]
    early = office.type("rights", "answer", request, "--out", office.folder / "letter.txt", who="Ria")
    assert early.code == 1
    wrong = office.type("rights", "prove", request, "--how", "telephone", who="Ria")
    assert "telephone" in wrong.err
    assert office.ask("rights", "prove", request, "--how", "in-person", who="Ria")["state"] == "identified"
    listed = office.ask("rights", "list", who="Rob")
    assert [each["request_id"] for each in listed["requests"]] == [request]
    assert office.ask("rights", "list", "--overdue", who="Rob")["requests"] == []
    assert office.ask("rights", "withdraw", request, who="Rob")["state"] == "withdrawn"
    analyst = office.type("rights", "status", request, who="Ann")
    assert (analyst.code, "default-deny" in analyst.err) == (1, True)
