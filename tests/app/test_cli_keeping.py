"""Terms and legal holds through the commands people type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.app.line import Line, chartered

TODAY = datetime.now(UTC).date()


@pytest.mark.requirement("R05")
def test_a_hold_is_set_by_one_approved_by_another_shown_and_lifted(line: Line) -> None:
    chartered(line)
    until = ("--until", TODAY + timedelta(days=30), "--why", "evidence in a pending case")
    what = ("--kind", "incident", "--authority", "Circuit Court, 2026-CR-17")
    made = line.ask("hold", "set", *what, *until, who="Ann")["hold"]
    assert "one person" in line.type("hold", "approve", made, who="Ann").err
    line.ask("hold", "approve", made, who="Abe")
    (shown,) = line.ask("hold", "list", who="Aud")["holds"]
    assert (shown["hold"], shown["state"]) == (made, "in force")
    assert "all of incident" in line.type("hold", "list", who="Aud").out
    line.ask("hold", "lift", made, "--why", "the case was closed", who="Abe")
    (shown,) = line.ask("hold", "list", who="Aud")["holds"]
    assert shown["state"] == "lifted"


def test_what_falls_due_is_shown_to_who_may_see_it(line: Line) -> None:
    chartered(line)
    assert "Nothing had fallen due." in line.type("keep").out
    nothing = {key: [] for key in ("destroyed", "falls_due", "files_over", "files_destroyed")}
    assert line.ask("keep", "--days", "30", who="Ann") == nothing
    assert "may not read" in line.type("keep", who="Adm").err


def test_a_certificate_of_nothing_leaves_no_file(line: Line) -> None:
    chartered(line)
    out = line.folder / "certificate.json"
    assert "Nothing was erased under" in line.type("erasure", "certificate", "7", "--out", out, who="Aud").err
    assert not out.exists()
    out.write_text("mine")
    assert "exists already" in line.type("erasure", "certificate", "7", "--out", out, who="Aud").err
    assert out.read_text() == "mine"
