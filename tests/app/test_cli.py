"""The whole line of work through the commands people type, on a small invented file and the machine's clock."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.app.commands import run
from tests.app.line import Line, chartered, loaded
from tests.app.page import read
from tests.houses import PURPOSE


@pytest.mark.parametrize("beside", [True, False])
def test_a_witness_beside_the_workspace_is_cautioned_against(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, beside: bool
) -> None:
    if not beside:
        monkeypatch.setenv("PEELIAN_WITNESS", str(tmp_path / "elsewhere" / "witness"))
    where = ("--name", "test/line", "--zone", "America/Chicago", "--epsg", 32616, "--admin", "Adm")
    said = run(capsys, "init", *where, "--home", tmp_path / "home")
    assert said.code == 0, said.err
    assert ("holds both keys" in said.out) is beside


def test_from_a_delivery_to_an_approved_plan_and_a_report(line: Line) -> None:
    chartered(line)
    first = loaded(line)
    assert first["read"] == first["accepted"] + first["rejected"] == first["new"] == 56
    again = loaded(line)
    assert (again["new"], again["corrected"], again["unchanged"]) == (0, 0, 56)
    assert line.ask("quality", who="Ann", purpose=True)["incidents"] == 56

    forecast = line.ask("forecast", who="Ann", purpose=True)
    assert forecast["late"] is False
    assert {s["model"]["name"] for s in forecast["surfaces"]} >= {"plain-counts", "recency"}
    early = line.type("score", "--forecast", forecast["forecast_id"], who="Ann", purpose=True)
    assert early.code == 1
    assert "not over yet" in early.err

    start = datetime.combine(date.fromisoformat(forecast["period"]["start"]), datetime.min.time())
    options = ("--forecast", forecast["forecast_id"], "--offence", "burglary")
    shift = ("--shift-start", start.strftime("%Y-%m-%dT16:00"), "--places", 3, "--seed", 7)
    plan = line.ask("plan", *options, *shift, who="Ann", purpose=True)["plan"]

    geojson = line.folder / "plan.geojson"
    to = ("--to", "Patrol units of the demonstration agency")
    unapproved = line.type("export", plan["plan_id"], geojson, *to, who="Ann", purpose=True)
    assert unapproved.code == 1
    assert "export-needs-approval" in unapproved.err
    assert not geojson.exists()

    self_approved = line.type("approve", plan["plan_id"], who="Ann", purpose=True)
    assert self_approved.code == 1
    assert "two-persons" in self_approved.err

    assert line.ask("approve", plan["plan_id"], who="Abe", purpose=True)["approved_by"] == ["Abe"]
    line.ask("export", plan["plan_id"], geojson, *to, who="Ann", purpose=True)
    elsewhere = line.type("export", plan["plan_id"], geojson, "--to", "FBI", who="Ann", purpose=True)
    assert "recipient-not-listed" in elsewhere.err
    assert "not by itself a ground" in geojson.read_text(encoding="utf-8")
    assert geojson.stat().st_mode & 0o777 == 0o600

    report = line.ask("report", *options, "--plan", plan["plan_id"], who="Ann", purpose=True)["report"]
    assert "Abe" in Path(report).read_text(encoding="utf-8")
    later = line.ask("report", *options, who="Ann", purpose=True)["report"]
    assert Path(report).exists()
    assert later != report, "a published page is never written over"
    published = int(Path(later).stem.rpartition("-")[2])
    assert line.ask("ledger", "prove", published, who="Aud")["index"] == published
    _tells_no_count(Path(report).read_text(encoding="utf-8"))
    assert line.ask("ledger", "verify")["entries"] > 20
    assert line.ask("ledger", "verify", who="Aud")["entries"] > 20
    listed = line.ask("ledger", "list", "--kind", "plan.approved", "--for", "lawfulness", who="Aud")
    assert [each["kind"] for each in listed["entries"]] == ["plan.approved"]
    shown = line.ask("ledger", "show", listed["entry"], "--for", "self-monitoring", who="Aud")["shown"]
    assert shown["facts"] | {"seen": 1} == shown["facts"]
    index = forecast["entry"]
    assert "c2sp.org/tlog-proof@v1" in line.ask("ledger", "prove", index, who="Aud")["receipt"]
    line.ask("ledger", "export", line.folder / "bundle", who="Aud")
    assert (line.folder / "bundle" / "verify.py").is_file()


def _tells_no_count(report: str) -> None:
    """56 incidents, of one offence, in a month: who subtracts a release from any of it would have the others."""
    (data,) = (each for each in read(report).all("section") if each.attributes.get("id") == "data")
    values = [row.all("td")[0].text for row in data.all("tr")[1:]]
    assert set(values) == {"withheld (too few)"}
    assert not any("burglary" in row.text for row in data.all("tr"))
    for element in read(report).all("td"):
        assert not {"56", "56 incidents"} & {element.text, element.text.strip()}


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("quality", "--as", "Ann", "--purpose", PURPOSE), "without a charter in force"),
        (("quality", "--as", "Nobody", "--purpose", PURPOSE), "Nobody named 'Nobody' is enrolled"),
        (("charter", "approve", "00ff", "--as", "Abe"), "No submitted charter has the digest"),
        (("ledger", "export", "bundle", "--as", "Ann"), "default-deny"),
        (("ledger", "list", "--as", "Ann", "--for", "lawfulness"), "default-deny"),
        (("ledger", "list", "--as", "Aud", "--for", "lawfulness", "--kind", "gossip"), "no kind of entry"),
        (("principal", "new", "Ann", "--role", "analyst", "--as", "Adm"), "already a principal named"),
        (("principal", "new", "Eve", "--role", "spy", "--as", "Adm"), "spy"),
        (("principal", "new", "Eve", "--role", "analyst", "--as", "Ann"), "default-deny"),
    ],
)
def test_what_goes_wrong_is_one_sentence_that_says_the_way_out(
    line: Line, command: tuple[str, ...], sentence: str
) -> None:
    said = line.type(*command)
    assert said.code == 1
    assert said.err.startswith("peelian: ")
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_charter_form_is_refused_until_it_is_filled_in(line: Line) -> None:
    path = line.folder / "form.toml"
    assert run(line.capsys, "charter", "new", path).code == 0
    said = run(line.capsys, "charter", "check", path)
    assert said.code == 1
    assert "not filled in" in said.err
    assert run(line.capsys, "charter", "new", path).code == 1


def test_the_list_of_charters_is_whole_at_eighty_columns(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "No charter was submitted" in line.type("charter", "list").out
    chartered(line)
    said = line.type("charter", "list", "--json", "-")
    (listed,) = json.loads(said.out)["charters"]
    assert listed["digest"] in said.err.split(), "in one piece, to be copied"
    assert all(len(row) <= 80 for row in said.err.splitlines())


def test_no_command_without_a_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, "ledger", "verify", "--home", tmp_path / "nowhere")
    assert said.code == 1
    assert "peelian init" in said.err
