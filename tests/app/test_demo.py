"""The demonstration does what the README says, and an outsider can check it with one file."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from peelian.app import demo
from peelian.app.journey import entering
from peelian.app.serve import ReportServer
from peelian.app.wiring import house
from peelian.domain.canonical import Document
from peelian.domain.time import SimulatedClock
from peelian.governance.examine.purposes import LogPurpose
from peelian.governance.examine.service import export_ledger


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return demo.run_demo(home=tmp_path_factory.mktemp("demo") / "home", seed=7, json_path="-")


@pytest.fixture
def clock(done: Document) -> SimulatedClock:
    """Return the demonstration's clock, a day after everything in it."""
    return SimulatedClock(datetime.fromisoformat(str(done["ended_at"])) + timedelta(days=next(DAYS)))


DAYS = itertools.count(1)


def test_the_forecast_was_witnessed_in_time_and_the_plan_approved(done: Document) -> None:
    forecast, entries = done["forecast"], done["plan_entries"]
    assert isinstance(forecast, dict)
    assert isinstance(entries, dict)
    assert forecast["late"] is False
    assert entries["proposed"] < entries["approved"]


def test_the_report_says_what_it_is(done: Document) -> None:
    page = Path(str(done["report"])).read_text(encoding="utf-8")
    for words in ("SYNTHETIC", "not by itself a ground", "plain counts", "demo analyst", "demo approver"):
        assert words in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_an_outsider_verifies_the_exported_ledger_with_one_file(
    done: Document, clock: SimulatedClock, tmp_path: Path
) -> None:
    with house(Path(str(done["home"])), clock=clock) as opened:
        auditor, bundle = opened.signer(demo.AUDITOR), tmp_path / "bundle"
        export_ledger(opened.kit, actor=auditor, purpose=LogPurpose.LAWFULNESS, folder=bundle)
        log, witness = str(opened.kit.ledger.vkey), str(opened.kit.ledger.witnesses()[0])
    command = [sys.executable, "-I", "verify.py", ".", "--log", log, "--witness", witness]
    good = subprocess.run(command, cwd=tmp_path / "bundle", capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr + good.stdout
    lines = (tmp_path / "bundle" / "entries.jsonl").read_bytes()
    (tmp_path / "bundle" / "entries.jsonl").write_bytes(lines.replace(b"plan.approved", b"plan.proposed", 1))
    bad = subprocess.run(command, cwd=tmp_path / "bundle", capture_output=True, text=True, check=False)
    assert bad.returncode == 1


def test_opening_a_report_in_the_browser_is_entered_first(done: Document, clock: SimulatedClock) -> None:
    home = Path(str(done["home"]))
    on_open = entering(home, who=demo.ANALYST, purpose=demo.PURPOSE, clock=clock)
    with ReportServer(home / "reports", port=0, on_open=on_open) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        name = Path(str(done["report"])).name
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{name}") as answer:
            assert b"SYNTHETIC" in answer.read()
        server.shutdown()
    clock.advance(timedelta(minutes=1))
    with house(home, clock=clock) as opened:
        last = opened.kit.ledger.entry(opened.kit.ledger.size - 1)
    assert (last.kind, last.facts["channel"]) == ("report.published", "loopback browser")
