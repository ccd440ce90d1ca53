"""Witnesses set, and enrolments ended, by two people, through the commands they type."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.line import Line

FILE = """
schema = 1
quorum = {quorum}
[[witness]]
folder = "{folder}"
name = "audit.example/w"
"""


@pytest.mark.requirement("L09")
def test_the_witnesses_are_entered_at_the_beginning_and_changed_by_two(line: Line) -> None:
    first = line.ask("witness", "list")
    assert first["in_force"]["witnesses"][0]["name"] == "peelian.local/witness"
    assert (first["entry"], first["put_forward"]) == (2, None)
    line.ask("ledger", "witness")
    file = line.file("two.toml", FILE.format(quorum=1, folder=line.folder / "elsewhere"))
    assert "Give a file to put it forward" in line.type("witness", "set", who="Adm").err
    line.ask("witness", "set", file, who="Adm")
    waiting = line.type("witness", "list")
    assert "in force: 1 of 1 must have seen a head\n  peelian.local/witness+" in waiting.out
    assert "put forward: 1 of 1 must have seen a head\n  audit.example/w+" in waiting.out
    assert "they are one person" in line.type("witness", "set", "--approve", who="Adm").err
    done = line.ask("witness", "set", "--approve", who="Abe")
    assert (line.home / "witnesses.toml").read_text() == file.read_text()
    assert line.ask("ledger", "verify", who="Aud")["entries"] > done["entry"]
    line.ask("ledger", "witness")
    _verifies_outside(line, line.ask("witness", "list")["in_force"]["witnesses"][0]["vkey"])

    (line.home / "witnesses.toml").unlink()
    put_right = line.type("witness", "list")
    assert put_right.err == f"witnesses.toml was put right: it is as ledger entry {done['entry']} has it.\n"
    (line.home / "witnesses.toml").write_text(
        FILE.format(quorum=1, folder=line.folder).replace("audit", "other")
    )
    refused = line.type("ledger", "verify")
    assert refused.code == 1
    assert "witnesses-as-entered" in refused.err
    assert refused.err.count("\n") == 1


def _verifies_outside(line: Line, witness: str) -> None:
    """The change was seen by the witness that went, and the head by the one that came."""
    bundle = line.folder / "bundle"
    line.ask("ledger", "export", bundle, who="Aud")
    log = next(key for key in (bundle / "vkeys.txt").read_text().splitlines() if key.startswith("test/line+"))
    command = [sys.executable, str(bundle / "verify.py"), str(bundle), "--log", log, "--witness", witness]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_another_witness_in_the_same_folder_does_not_count(line: Line) -> None:
    shutil.rmtree(Path(f"{line.home}-witness"))
    said = line.type("ledger", "witness")
    assert said.code == 1
    assert said.err.count("\n") == 1
    file = line.file("new.toml", FILE.format(quorum=1, folder=line.folder / "elsewhere"))
    line.ask("witness", "set", file, who="Adm")
    done = line.type("witness", "set", "--approve", who="Abe")
    assert (done.code, done.err.count("\n")) == (0, 1), "the lost one could not see it, which is said"
    line.ask("ledger", "witness")


@pytest.mark.requirement("S04")
def test_an_enrolment_is_ended_by_two_and_the_list_says_so(line: Line) -> None:
    assert "people-needed" in line.type("principal", "end", "Ann", "--because", "left", who="Adm").err
    line.ask("principal", "new", "Bea", "--role", "analyst", who="Adm")
    ending = ("principal", "end", "Ann")
    assert "Give --because" in line.type(*ending, who="Adm").err
    assert "is not a known reason" in line.type(*ending, "--because", "lazy", who="Adm").err
    said = line.type(*ending, "--because", "left", who="Adm")
    assert "peelian principal end 'Ann' --approve" in said.out
    assert "they are one person" in line.type(*ending, "--approve", who="Adm").err
    done = line.ask(*ending, "--approve", who="Abe")
    listed = {each["name"]: each["ends"] for each in line.ask("principal", "list")["principals"]}
    assert listed == {"Adm": None, "Ann": done["day"], "Abe": None, "Aud": None, "Bea": None}
    refused = line.type("break-glass", "list", who="Ann")
    assert refused.code == 1
    assert "[enrolment-ended: " in refused.err
    assert refused.err.count("\n") == 1
    line.ask("principal", "new", "Ann", "--role", "analyst", who="Adm")
    assert line.ask("ledger", "verify", who="Aud")["entries"] > done["entry"]
