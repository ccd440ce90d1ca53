"""Breaches: on record with what the law asks for, on a clock of 72 hours, with evidence that others can check."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.canonical import canonical, digest
from peelian.domain.errors import BadInput, PeelianError, Refused
from peelian.domain.time import iso
from peelian.governance.attest import entry_proven
from peelian.governance.conduct.breach import (
    Breach,
    NewBreach,
    breaches,
    export_breach,
    record_breach,
    record_notification,
)
from tests.houses import START, TestHouse, found

LATE = "The authority's portal was down over the whole weekend, as its own status page of Sunday says."
NEW = NewBreach(
    known=START,
    what="A notebook with an export of the plans of one week was left in a tram and not found again.",
    effects="Whoever finds it can read where patrols went in that week, and nothing about any person.",
    measures="The disk is encrypted, the account was closed, and exports now carry a date of expiry.",
    concerned="officers",
    people=4,
    high_risk=False,
    entries=(0, 3),
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    return found(tmp_path_factory.mktemp("breach"))


SPOILT = [
    ({"known": START + timedelta(days=900)}, "in the future"),
    ({"entries": (3, 0)}, "no range"),
    ({"entries": (0, 10_000)}, "no range"),
    ({"people": -1}, "how many people"),
    ({"what": "lost"}, "'what' is too short"),
    ({"measures": "We did what we could. We did what we could. We did what we could."}, "repeats itself"),
]


def test_what_is_no_record_of_a_breach(house: TestHouse) -> None:
    with house.open() as opened:
        for otherwise, says in SPOILT:
            with pytest.raises(BadInput, match=says):
                record_breach(opened.kit, actor=opened.signer("Adm"), new=replace(NEW, **otherwise))  # type: ignore[arg-type]
        for name in ("Ann", "Aud"):
            with pytest.raises(Refused):
                record_breach(opened.kit, actor=opened.signer(name), new=NEW)


def test_the_clock_runs_from_when_it_was_known(house: TestHouse) -> None:
    with house.open() as opened:
        kit, adm = opened.kit, opened.signer("Adm")
        one = record_breach(kit, actor=adm, new=NEW)
        assert one.due == START + timedelta(hours=72)
        (recorded,) = list(kit.ledger.entries())[-1:]
        told = {name: recorded.facts[name] for name in ("breach", "known", "due", "people", "high_risk")}
        assert (recorded.kind, told) == (
            "breach.recorded",
            {
                "breach": one.breach_id,
                "known": iso(START),
                "due": iso(one.due),
                "people": 4,
                "high_risk": False,
            },
        )
        assert one == Breach(
            one.breach_id,
            **{f.name: getattr(NEW, f.name) for f in fields(NEW)},
            authority_told=None,
            people_told=None,
        )
        record_notification(kit, actor=adm, breach_id=one.breach_id, whom="authority", reference="B-7")
        with pytest.raises(BadInput, match="on record already"):
            record_notification(kit, actor=adm, breach_id=one.breach_id, whom="authority", reference="B-7")
        with pytest.raises(BadInput, match="not to 'press'"):
            record_notification(kit, actor=adm, breach_id=one.breach_id, whom="press", reference="B-7")
        other = record_breach(kit, actor=adm, new=NEW)
    house.clock.set(START + timedelta(hours=72))
    with house.open() as opened:
        found_now = {each.breach_id: each for each in breaches(opened.kit, actor=opened.signer("Aud"))}
        now = opened.kit.clock.now()
        assert not found_now[one.breach_id].overdue(at=now)
        assert found_now[other.breach_id].overdue(at=now)
        told = {"actor": opened.signer("Adm"), "breach_id": other.breach_id, "whom": "authority"}
        with pytest.raises(BadInput, match="reason for the delay"):
            record_notification(opened.kit, **told, reference="B-8")
        done = record_notification(opened.kit, **told, reference=f"B-8. {LATE}")
        assert done.overdue(at=now), "told, and late"
        both = record_notification(
            opened.kit, **(told | {"breach_id": one.breach_id, "whom": "people"}), reference="By letter."
        )
        assert (both.people_told, both.authority_told) == (now, found_now[one.breach_id].authority_told)
        late, last = list(opened.kit.ledger.entries())[-2:]
        assert [
            {name: entry.facts[name] for name in ("breach", "recipient", "late")} for entry in (late, last)
        ] == [
            {"breach": other.breach_id, "recipient": "authority", "late": True},
            {"breach": one.breach_id, "recipient": "people", "late": False},
        ]


def test_evidence_is_checked_by_somebody_who_has_only_it_and_our_key(
    house: TestHouse, tmp_path: Path
) -> None:
    lost = tmp_path / "plan.geojson"
    lost.write_text("{}")
    with house.open() as opened:
        one = record_breach(opened.kit, actor=opened.signer("Adm"), new=NEW)
        aud, told = opened.signer("Aud"), {"breach_id": one.breach_id, "files": [lost]}
        with pytest.raises(BadInput, match="Name the recipient"):
            export_breach(opened.kit, actor=aud, recipient=" ", folder=tmp_path / "x", **told)
        with pytest.raises(BadInput, match="No breach"):
            export_breach(
                opened.kit, actor=aud, recipient="DPA", folder=tmp_path / "x", files=[], breach_id="none"
            )
        with pytest.raises(Refused, match="default-deny"):
            export_breach(
                opened.kit, actor=opened.signer("Col"), recipient="DPA", folder=tmp_path / "x", **told
            )
        out = tmp_path / "for the authority" / "out"
        entry = export_breach(opened.kit, actor=aud, recipient=" DPA ", folder=out, **told)
        assert entry.kind == "breach.exported"
        assert entry.facts == {
            "breach": one.breach_id,
            "recipient": "DPA",
            "first": 0,
            "last": 3,
            "files": digest(canonical({str(lost): digest(b"{}")})),
        }
        written = opened.kit.ledger.size
        with pytest.raises(BadInput, match="exists already"):
            export_breach(opened.kit, actor=aud, recipient="DPA", folder=out, **told)
        assert opened.kit.ledger.size == written, "nothing left the house, and nothing says so"
        vkey = opened.kit.ledger.vkey
    bundle = out / "bundle"
    checked = subprocess.run(
        [sys.executable, "-I", bundle / "verify.py", bundle, "--log", str(vkey)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    proofs = json.loads((out / "proofs.json").read_text())
    assert sorted(map(int, proofs)) == [0, 1, 2, 3]
    for index, proof in proofs.items():
        assert entry_proven(proof, log=vkey).index == int(index)
    spoilt = {**proofs["1"], "entry": proofs["1"]["entry"].replace("principal", "Principal")}
    with pytest.raises(PeelianError):
        entry_proven(spoilt, log=vkey)
    assert json.loads((out / "files.json").read_text()) == {str(lost): digest(b"{}")}
    assert json.loads((out / "breach.json").read_text())["body"] == {
        "state": "recorded",
        "known": iso(START),
        "what": NEW.what,
        "effects": NEW.effects,
        "measures": NEW.measures,
        "concerned": "officers",
        "people": 4,
        "high_risk": False,
        "entries": [0, 3],
    }


@given(
    known=st.integers(1_700_000_000, 1_900_000_000),
    zone=st.sampled_from(["America/Chicago", "Europe/Amsterdam", "Australia/Lord_Howe", "UTC"]),
    late=st.timedeltas(timedelta(hours=-72), timedelta(hours=72)),
)
@settings(deadline=None)
def test_72_hours_are_72_hours_whatever_the_clocks_did(known: int, zone: str, late: timedelta) -> None:
    local = datetime.fromtimestamp(known, ZoneInfo(zone))
    one = Breach("b", local, "", "", "", "", 0, False, (0, 0), None, None)
    passed = one.due.timestamp() - local.timestamp()
    assert passed == 72 * 3600
    assert one.overdue(at=one.due + late) == (late > timedelta(0))
