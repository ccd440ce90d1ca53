"""The proof that travels with a file: it shows the entry it stands on, and nothing that was changed passes for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, PeelianError, Tampered
from peelian.governance.attest import entry_proven, proof_of
from peelian.governance.ledger.log import Ledger
from tests.ledger.begin import drafts, ledger

SIZE = 5


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Ledger]:
    with ledger(tmp_path / "ledger.db") as opened:
        opened.append_all(drafts(SIZE))
        yield opened


@pytest.mark.parametrize("index", range(SIZE))
def test_each_entry_is_shown_by_its_proof_whatever_came_after_it(log: Ledger, index: int) -> None:
    proof = proof_of(log, index)
    assert set(proof) == {"entry", "receipt"}
    log.append_all(drafts(3))
    assert proof_of(log, index) == proof, "the same bytes whenever it is asked for"
    assert entry_proven(proof, log=log.vkey) == log.entry(index)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"entry": None}, BadInput),
        ({"receipt": 7}, BadInput),
        ({"more": "x"}, BadInput),
        ({"entry": "{}"}, Tampered),
        ({"receipt": "c2sp.org/tlog-proof@v1\n"}, PeelianError),
    ],
)
def test_what_is_no_proof_is_said_to_be_none(
    log: Ledger, changed: Document, error: type[PeelianError]
) -> None:
    with pytest.raises(error):
        entry_proven({**proof_of(log, 1), **changed}, log=log.vkey)
    nothings: tuple[object, ...] = (None, [], "proof", {})
    for nothing in nothings:
        with pytest.raises(BadInput):
            entry_proven(nothing, log=log.vkey)


def test_the_receipt_of_one_entry_shows_no_other(log: Ledger) -> None:
    first, second = proof_of(log, 1), proof_of(log, 2)
    with pytest.raises(Tampered):
        entry_proven({**first, "receipt": second["receipt"]}, log=log.vkey)


def test_a_proof_by_another_log_proves_nothing(log: Ledger, tmp_path: Path) -> None:
    with ledger(tmp_path / "other.db", seed=2) as other:
        other.append_all(drafts(SIZE))
        with pytest.raises(Tampered):
            entry_proven(proof_of(other, 1), log=log.vkey)
