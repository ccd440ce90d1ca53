"""Certificates of erasure: a stranger checks them with one file and two keys, and finds nobody named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from peelian.domain.canonical import canonical
from peelian.domain.errors import BadInput, Refused
from peelian.governance.keeping.certificate import certify
from peelian.governance.ledger import verify
from tests.city.erasure.orders import carry_out, found_town, order
from tests.houses import TestHouse

ROWS = [
    "A1|2026-02-03 10:00:00|2026-02-04 10:00:00|-87.65|41.85|burglary",
    "A2|2026-02-03 11:00:00|2026-02-04 10:00:00|-87.61|41.86|burglary",
    "bad|never|2026-02-04 10:00:00|-87.6|41.86|burglary",
]


@dataclass
class Given:
    """An erased house, the order, and what an outsider has: the certificate and the two keys."""

    house: TestHouse
    order_id: str
    file: Path
    log: str
    witness: str

    def check(
        self, *, log: str | None = None, witness: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the verifier alone, without peelian to import."""
        keys = ("--log", log or self.log, "--witness", witness or self.witness)
        command = [
            sys.executable,
            "-I",
            str(self.file.with_name("verify.py")),
            "certificate",
            str(self.file),
            *keys,
        ]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60, cwd=self.file.parent
        )

    def change(self, **changes: Any) -> None:
        self.file.write_bytes(canonical({**json.loads(self.file.read_bytes()), **changes}))


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("certified")
    house = found_town(folder, ROWS)
    ordered = order(house, "A2")
    carry_out(house, ordered.order_id)
    house.clock.advance(timedelta(days=91))
    file = folder / "outside" / "certificate.json"
    file.parent.mkdir()
    with house.open() as opened:
        file.write_bytes(certify(opened.kit, actor=opened.signer("Aud"), erasure=ordered.order_id))
        assert opened.kit.witnesses is not None
        (witness,) = opened.kit.witnesses.members
        keys = str(opened.kit.ledger.vkey), str(witness.vkey())
    shutil.copyfile(verify.__file__, file.with_name("verify.py"))
    return Given(house, ordered.order_id, file, *keys)


@pytest.fixture
def given(erased: Given, tmp_path: Path) -> Given:
    shutil.copytree(erased.file.parent, tmp_path, dirs_exist_ok=True)
    return Given(erased.house, erased.order_id, tmp_path / "certificate.json", erased.log, erased.witness)


@pytest.mark.requirement("R03")
def test_a_stranger_verifies_it_offline(given: Given) -> None:
    done = given.check()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds 1 entry of erasure" in done.stdout
    assert "this was destroyed: 1 row, 1 part." in done.stdout
    assert done.stdout.endswith("PROVEN.\n")


def test_it_names_nobody_and_no_row(given: Given) -> None:
    told = json.loads(given.file.read_bytes())
    assert set(told) == {"certificate", "entries", "destroyed"}
    assert set(told["entries"][0]) == {"envelope", "proof"}
    for name in ("Ann", "Abe", "Aud", "Adm", "2026-CR-17", "A2", "-87.61"):
        assert name not in told["entries"][0]["envelope"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"destroyed": {}}, "counts otherwise"),
        ({"entries": []}, "not a certificate"),
        ({"certificate": "another"}, "not a certificate"),
    ],
)
def test_what_was_changed_is_not_proven(given: Given, changes: dict[str, Any], says: str) -> None:
    given.change(**changes)
    done = given.check()
    assert (done.returncode, done.stdout.startswith("NOT PROVEN.")) == (1, True)
    assert says in done.stdout


def test_another_number_of_rows_in_the_entry_is_not_proven(given: Given) -> None:
    entries = json.loads(given.file.read_bytes())["entries"]
    entries[0]["envelope"] = entries[0]["envelope"].replace('"rows":1', '"rows":9')
    given.change(entries=entries)
    assert "NOT PROVEN" in given.check().stdout


def test_an_entry_counted_twice_is_not_proven(given: Given) -> None:
    told = json.loads(given.file.read_bytes())
    twice = {name: 2 * number for name, number in told["destroyed"].items()}
    given.change(entries=told["entries"] * 2, destroyed=twice)
    assert "counts otherwise" in given.check().stdout


def test_another_key_proves_nothing(given: Given) -> None:
    assert given.check(log=given.witness).returncode == 1
    assert given.check(witness=given.log).returncode == 1


def test_a_sweep_is_certified_by_its_entry_and_something_else_is_not(given: Given, tmp_path: Path) -> None:
    with given.house.open() as opened:
        swept = next(e.index for e in opened.kit.ledger.entries() if e.kind == "retention.swept")
        given.file.write_bytes(certify(opened.kit, actor=opened.signer("Ann"), erasure=str(swept)))
        assert opened.kit.ledger.entry(opened.kit.ledger.size - 1).kind == "certificate.issued"
        for nothing in ("0", "01900000-0000-7000-8000-000000000000", ""):
            with pytest.raises(BadInput, match="Nothing was erased under"):
                certify(opened.kit, actor=opened.signer("Ann"), erasure=nothing)
        with pytest.raises(Refused):
            certify(opened.kit, actor=opened.signer("Adm"), erasure=str(swept))
    assert "this was destroyed: 1 sealed row." in given.check().stdout
