"""Review through the commands people type, on a house with two reviewers and the clock of the machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peelian.app.wiring import house as open_house_of
from peelian.domain.finding import GROUNDS, About, Severity
from tests.app.commands import Said, run
from tests.governance.review.made import CONFIRMED, GROUND, finding, put_forward_at, staffed
from tests.houses import PURPOSE, TestHouse, found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    house: TestHouse = found(tmp_path, start=datetime.now(UTC) - timedelta(minutes=30))
    with house.open() as opened:
        staffed(opened)
    monkeypatch.setenv("PEELIAN_WITNESS", str(tmp_path / "commands-witness"))
    return house.home


def proposed(home: Path, **changes: object) -> str:
    with open_house_of(home) as opened:
        return put_forward_at(opened.desk(opened.signer("Ann")), **changes)


JUDGED = (
    *("--verdict", CONFIRMED.verdict.value),
    *("--why", CONFIRMED.why.value),
    *("--words", CONFIRMED.words),
)
GROUNDED = ("--ground", GROUND.kind.value, "--reference", GROUND.reference, "--words", GROUND.words)


class Line:
    """Types review commands."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.capsys = capsys

    def type(self, *arguments: object, who: str) -> Said:
        return run(self.capsys, "review", *arguments, "--as", who, "--purpose", PURPOSE, "--home", self.home)


@pytest.fixture
def line(home: Path, capsys: pytest.CaptureFixture[str]) -> Line:
    return Line(home, capsys)


@pytest.mark.requirement("P06", "H02")
def test_the_urgent_route_from_list_to_statistics(line: Line) -> None:
    finding_id = proposed(line.home, about=About.PERSON, severity=Severity.LIFE_AT_RISK)
    listed = line.type("list", who="Rea")
    assert finding_id in listed.out
    blind = line.type("read", finding_id, who="Rea")
    assert "0.87" not in blind.out
    full = line.type("read", finding_id, *JUDGED, who="Rea")
    assert "0.87" in full.out
    acted = line.type("dispose", finding_id, *GROUNDED, "--urgent", who="Col")
    assert f"URGENT: Col acts on one reading of {finding_id}" in acted.out
    for said in (listed, blind, full, acted):
        assert said.code == 0, said.err
        assert GROUNDS in said.out
    handed = line.type(
        "handover",
        *(
            "--to",
            "Ruth",
            "--note",
            "One second reading is due within the hour; the clips lie in the first folder.",
        ),
        who="Rea",
    )
    assert "Rea to Ruth; 1 waiting, 0 too long." in handed.out
    assert line.type("handover", who="Ruth").out == handed.out
    line.type("read", finding_id, who="Ruth")
    asked = line.type("read", finding_id, *JUDGED, "--json", "-", who="Ruth")
    assert json.loads(asked.out)["state"] == "acted on"
    figures = line.type("statistics", who="Aud")
    assert "Urgent acts: 1, of which called back: 0." in figures.out


def test_a_refusal_is_one_sentence_and_exit_1(line: Line) -> None:
    finding_id = proposed(line.home)
    line.type(
        "list", who="Rea"
    )  # at its first opening by a command the house says which witnesses it entered
    for arguments, who, said in [
        (("read", finding_id, "--verdict", "confirmed"), "Rea", "A judgement lacks --why and --words"),
        (("read", finding_id, "--full"), "Rea", "[blind-first:"),
        (("read", finding_id), "Ann", "[default-deny:"),
        (("dispose", finding_id, *GROUNDED), "Col", "[acted-on-after-reading:"),
        (("read", "nobody-knows-it"), "Rea", "There is no finding with the id nobody-knows-it"),
    ]:
        answer = line.type(*arguments, who=who)
        assert (answer.code, answer.out) == (1, "")
        assert said in answer.err
        assert answer.err.count("\n") == 1


@pytest.mark.requirement("H04")
def test_oversight_lays_decoys_in_and_learns_how_many_were_placed(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "decoy.json"
    file.write_text(json.dumps(finding().document()), encoding="utf-8")

    def typed(*arguments: object, who: str) -> Said:
        return run(line.capsys, "review", "decoys", *arguments, "--as", who, "--home", line.home)

    assert "in stock; ledger entry" in typed("add", file, "--false", who="Aud").out
    assert "1 left, 0 placed among 0 findings" in typed("stock", who="Aud").out
    assert "[default-deny" in typed("stock", who="Rea").err
    file.write_text("a decoy", encoding="utf-8")
    assert "cannot be read as JSON" in typed("add", file, "--holds", who="Aud").err
