"""Persons whom records are about, restriction and supervision, through the commands people type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from peelian.app.wiring import house
from peelian.governance.keeping.written import KIND
from tests.app.line import Line, chartered
from tests.app.test_cli_rights import REASONS
from tests.governance.persons.made import found_files, with_files

IDENTIFIERS = "plate: QX19 ZZT\nname+birth: Wilhelmina Quartermaine|1980-02-29\n"
OFFICERS = {
    "Ria": "rights-officer",
    "Rob": "rights-officer",
    "Sue": "supervisor",
    "Sam": "supervisor",
}


@pytest.fixture
def office(line: Line) -> Line:
    chartered(line)
    for name, role in OFFICERS.items():
        line.ask("principal", "new", name, "--role", role, who="Adm")
    return line


def registered(office: Line, category: str = "suspect", text: str = IDENTIFIERS) -> tuple[str, Path]:
    named = office.file(f"{category}-{len(text)}.txt", text)
    told = ("person", "register", "--identifiers", named, "--category", category)
    return office.ask(*told, who="Ann", purpose=True)["subject"], named


@pytest.mark.requirement("R03")
def test_a_person_is_registered_found_merged_and_erased_by_two_people(office: Line) -> None:
    subject, named = registered(office)
    other, _ = registered(office, text="plate: AB12 CDE\n")
    merged = office.ask("person", "merge", other, "--into", subject, who="Ann", purpose=True)
    assert merged == {"subject": other, "into": subject}
    look = ("person", "find", "--identifiers", named)
    bare = office.type(*look, who="Ann", purpose=True)
    assert (bare.code, "reason-required" in bare.err) == (1, True)
    why = ("--reason", "request-of-the-person")
    found = office.ask(*look, *why, who="Ann", purpose=True)["found"]
    assert found == [{"subject": subject, "category": "suspect", "restricted": False}]
    assert office.ask(*look, *why, "--category", "victim", who="Ann", purpose=True) == {"found": []}
    unknown = office.type(*look, *why, "--category", "crook", who="Ann", purpose=True)
    assert (unknown.code, "crook" in unknown.err) == (1, True)

    order = ("person", "order-erasure", subject, "--ground", "asked-for-by-the-person", "--permanent")
    order_id = office.ask(*order, who="Ann", purpose=True)["order"]
    own = office.type("person", "erase", order_id, who="Ann", purpose=True)
    assert (own.code, "two-persons" in own.err) == (1, True)
    erased = office.ask("person", "erase", order_id, who="Abe", purpose=True)["entries"]
    assert len(erased) == 1
    assert office.ask("person", "erase", order_id, who="Abe", purpose=True)["entries"] == []
    (listed,) = office.ask("person", "orders", who="Abe", purpose=True)["orders"]
    assert (listed["order_id"], listed["done"], listed["permanent"]) == (order_id, True, True)
    again = office.type(
        *("person", "register", "--identifiers", named, "--category", "suspect"), who="Ann", purpose=True
    )
    assert "erased-for-good" in again.err
    assert office.ask("ledger", "verify")["entries"] > 10


@pytest.mark.requirement("R02")
def test_a_suspicion_is_validated_by_another_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, (register, policy) = found_files(tmp_path), with_files()
    record = house.keep(house.register(), "suspicion", suspicion="seen at three burgled houses")
    monkeypatch.setattr("peelian.governance.house.installed_register", lambda: register)
    monkeypatch.setattr("peelian.governance.house.Policy.load", lambda: policy)
    monkeypatch.setattr("peelian.app.wiring.SystemClock", lambda: house.clock)
    monkeypatch.setenv("PEELIAN_WITNESS", str(house.witness_home))
    line = Line(tmp_path, capsys)
    told = ("person", "validate", "suspicion", record, "--basis", "the same van was seen there again")
    told = (*told, "--capability", "file.keep", "--reason", "request-of-the-person")
    own = line.type(*told, who="Ann", purpose=True)
    assert (own.code, "no-self-approval" in own.err) == (1, True)
    done = line.ask(*told, who="Abe", purpose=True)
    assert done["replaces"] == record
    assert house.last()[0].kind == "record.validated"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("merge", "nobody", "--into", "none"), "There is no subject nobody"),
        (("order-erasure", "nobody", "--ground", "whim"), "whim"),
        (("erase", "nothing"), "There is no subject-order with the id nothing"),
        (
            (
                "validate",
                "hunch",
                "nothing",
                "--basis",
                "a new witness",
                "--capability",
                "governance.subjects",
            ),
            "hunch",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(office: Line, arguments: tuple[str, ...], says: str) -> None:
    said = office.type("person", *arguments, who="Ann", purpose=True)
    assert said.code == 1
    assert says in said.err
    assert said.err.count("\n") == 1


@pytest.mark.requirement("T05")
def test_a_person_is_restricted_and_the_authority_sees_what_was_sealed(office: Line) -> None:
    subject, named = registered(office)
    request = office.ask("rights", "request", "--about", "person", "--asks", "restriction", who="Ria")[
        "request_id"
    ]
    office.ask("rights", "prove", request, "--how", "in-person", "--restricted", "offences", who="Ria")
    letter = office.folder / "letter.txt"
    office.ask("rights", "answer", request, "--identifiers", named, "--out", letter, who="Ria")
    office.ask("rights", "decide", request, "--outcome", "restrict", *REASONS, who="Rob")
    restrict = ("rights", "restrict", request, "--identifiers", named, "--cause", "contested")
    entries = office.ask(*restrict, who="Ria")["entries"]
    assert len(entries) == 1
    assert office.ask(*restrict, who="Ria")["entries"] == []
    fulfilled = office.ask("rights", "fulfil", request, "--entry", entries[0], who="Ria")
    assert fulfilled["state"] == "fulfilled"
    (mark,) = office.ask("rights", "restrictions", who="Rob")["restricted"]
    assert (mark["subject"], mark["cause"], mark["may_end"]) == (subject, "contested", None)

    notice = office.folder / "notice.txt"
    lifting = ("rights", "propose-lifting", subject, "--why", "The plate was read twice.", "--out", notice)
    office.ask(*lifting, who="Ria")
    assert "read twice" in notice.read_text()
    points = ("controller", "officer", "purpose", "legal_basis", "kept", "recipients", "remedy")
    told = office.file("notice.toml", "".join(f'{name} = "as the law here says"\n' for name in points))
    office.ask("rights", "notice", subject, "--file", told, "--out", office.folder / "told.txt", who="Ria")
    assert files_noted(office, of="notice") == [notice, office.folder / "told.txt"]
    early = office.type("rights", "lift", subject, who="Rob")
    assert (early.code, "told-before-lifting" in early.err) == (1, True)

    asked = ("rights", "ask-to-open", request, "--reference", "DPA 17/2026")
    assert office.type(*asked, who="Ria").code == 1
    opening = office.ask(*asked, who="Sue")["opening"]
    assert "two-persons" in office.type("rights", "open", opening, who="Sue").err
    sealed = office.ask("rights", "open", opening, who="Sam")["sealed"]
    assert sorted(each["known"] for each in sealed) == [False] * 4 + [True] * 2
    assert office.ask("ledger", "verify")["entries"] > 10


def files_noted(office: Line, *, of: str) -> list[Path]:
    """Return the files that the house knows it wrote from records of a kind, so that they end with these."""
    with house(office.home) as opened:
        noted = [json.loads(record.body) for record, _ in opened.kit.store.records(KIND)]
    return [Path(each["path"]) for each in noted if each["kind"] == of]
