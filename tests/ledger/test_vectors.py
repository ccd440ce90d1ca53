"""The published vectors: what other implementations accept and refuse, this one accepts and refuses."""

from __future__ import annotations

import pytest

from benchmarks.ledger_vectors import agreement
from peelian.governance.ledger.verify import Note, Unproven, Vkey
from tests.data import DATA, data_folder

NOTE_TEXT = "This is an example message.\n"


@pytest.mark.requirement("L09")
@data_folder("governance")
def test_all_published_merkle_vectors_agree() -> None:
    tables = agreement(DATA / "governance" / "merkle-vectors")
    assert {table.file: table.total for table in tables} == {
        "rfc6962-consistency.json": 65,
        "rfc6962-inclusion.json": 65,
    }
    assert [name for table in tables for name in table.disagreeing] == []


@data_folder("governance")
def test_the_signed_note_of_the_specification_verifies_and_no_changed_one_does() -> None:
    spec = (DATA / "governance" / "tlog-spec" / "signed-note.md").read_text(encoding="utf-8")
    example = spec[spec.index("### Example") :]
    vkey = Vkey.parse(
        next(line for line in example.splitlines() if line.strip().startswith("example.com/foo+"))
    )
    note = Note.parse(example[example.index(NOTE_TEXT) :].partition("\n```")[0] + "\n")
    (signature,) = note.by(vkey)
    vkey.check(signature, NOTE_TEXT.encode())
    assert note.text == NOTE_TEXT
    assert str(vkey) in example
    with pytest.raises(Unproven, match="not genuine"):
        vkey.check(signature, NOTE_TEXT.upper().encode())
