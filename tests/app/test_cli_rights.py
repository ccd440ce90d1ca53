"""Requests through the commands people type."""

from __future__ import annotations

import json

import pytest

from tests.app.line import Line, chartered, loaded

REASONS = (
    *("--facts", "Nothing wrong was found in what is kept."),
    *("--rule", "The charter of this house, necessity and proportionality."),
    *("--decider", "A rights officer of this house."),
    *("--remedy", "You may contest this, or complain to the board."),
)


@pytest.fixture
def office(line: Line) -> Line:
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


def test_a_person_is_answered_neither_yes_nor_no_and_written_to(office: Line) -> None:
    contact = office.file("contact.txt", "Nemo Nobody, 1 Harbour Row\n")
    named = office.file("identifiers.txt", "plate: ZZ99 AAA\nname+birth: Nemo Nobody|1970-01-01\n")
    asked = office.ask("rights", "request", "--about", "person", "--contact", contact, who="Ria")
    request, letter = asked["request_id"], office.folder / "letter.txt"
    office.ask("rights", "prove", request, "--how", "electronic", "--restricted", "offences", who="Ria")
    office.ask("rights", "answer", request, "--identifiers", named, "--out", letter, who="Ria")
    assert "neither confirmed nor denied" in letter.read_text()
    assert office.ask("rights", "contact", request, who="Rob")["contact"] == "Nemo Nobody, 1 Harbour Row"


def test_notices_are_put_off_and_given(office: Line) -> None:
    assert office.ask("rights", "notices", who="Ria") == {"due": []}
    stranger = "01985a00-0000-7000-8000-000000000001"
    late = office.type(
        *("rights", "defer-notice", stranger, "--ground", "offences", "--until", "2026-01-01"), who="Ria"
    )
    assert "within 183 days" in late.err
    points = ("controller", "officer", "purpose", "legal_basis", "kept", "recipients", "remedy")
    told = office.file("notice.toml", "".join(f'{name} = "as the law here says"\n' for name in points))
    letter = office.folder / "notice.txt"
    unknown = office.type("rights", "notice", stranger, "--file", told, "--out", letter, who="Ria")
    assert f"There is no subject {stranger}" in unknown.err
    assert not letter.exists()
