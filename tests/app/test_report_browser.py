"""A real browser opens the report from disk: it complains of nothing and asks nobody for anything."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from peelian.app.report.render import render
from tests.app.page import read
from tests.app.test_report import SECTIONS
from tests.app.views import a_report

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (.ci/run installs it)")


@dataclass(frozen=True)
class Visit:
    """What the browser made of a page: the document, its complaints, the addresses the page asked for."""

    document: str
    complaints: tuple[str, ...]
    asked: tuple[str, ...]


def visit(page: Path, *, scratch: Path) -> Visit:
    """Open `page` as a file; no name resolves, and every attempt to reach one is in the browser's own log."""
    log = scratch / "net.json"
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-dev-shm-usage --enable-logging=stderr --dump-dom"
    )
    ran = subprocess.run(
        [
            CHROMIUM or "chromium",
            *flags.split(),
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={scratch / 'profile'}",
            f"--log-net-log={log}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    complaints = tuple(line for line in ran.stderr.splitlines() if ":CONSOLE" in line)
    return Visit(ran.stdout, complaints, _asked(log))


def _asked(log: Path) -> tuple[str, ...]:
    """Return the addresses that a page asked for; what the browser asks on its own account has no origin."""
    told = json.loads(log.read_text(encoding="utf-8"))
    start = told["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    jobs = [event["params"] for event in told["events"] if event["type"] == start and "params" in event]
    return tuple(job["url"] for job in jobs if "url" in job and job.get("initiator") != "not an origin")


def test_the_report_opens_from_disk_and_asks_for_nothing(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(a_report()), encoding="utf-8")
    seen = visit(page, scratch=tmp_path)
    assert [each.attributes["id"] for each in read(seen.document).all("section")] == SECTIONS
    assert seen.complaints == ()
    assert seen.asked == ()


PLANTED = (
    '<img src="http://planted.invalid/x.png"><p style="color: red">planted</p><script>console.log(1)</script>'
)


def test_were_a_breach_planted_in_it_its_policy_would_hold(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(a_report()).replace("</main>", f"{PLANTED}</main>"), encoding="utf-8")
    seen = visit(page, scratch=tmp_path)
    assert seen.asked == ()
    assert [word in " ".join(seen.complaints) for word in ("img-src", "style-src", "default-src")] == [
        True
    ] * 3


def test_this_test_would_notice_a_page_that_asks(tmp_path: Path) -> None:
    page = tmp_path / "breach.html"
    page.write_text(f"<!doctype html><title>breach</title>{PLANTED}", encoding="utf-8")
    seen = visit(page, scratch=tmp_path)
    assert seen.asked == ("http://planted.invalid/x.png",)
    assert len(seen.complaints) == 1
