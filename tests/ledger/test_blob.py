"""Erasure: a destroyed side blob leaves no byte behind, and every proof still verifies."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from peelian.domain.errors import Busy, Tampered
from peelian.governance.ledger.verify import leaf_hash, verify_inclusion
from tests.ledger import begin

PIECE = 16
ENTRIES = range(40)
GONE, KEPT = ENTRIES[::2], ENTRIES[1::2]


def secret(number: int, size: int = 9_000) -> bytes:
    """A body made of numbered pieces, so that any left-over part of it is recognised."""
    return b"".join(b"secret-%03d-%05d" % (number, i) for i in range(size // PIECE))


def left_over(folder: Path) -> Counter[int]:
    """How many pieces of each numbered body lie anywhere in the files of the folder."""
    content = b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
    return Counter(int(piece[:3]) for piece in set(re.findall(rb"secret-(\d{3}-\d{5})", content)))


def holds(folder: Path, piece: bytes) -> bool:
    return any(piece in file.read_bytes() for file in folder.iterdir())


@pytest.mark.parametrize("size", [48, 9_000])
def test_destroyed_means_no_byte_in_any_file_while_open_and_after(tmp_path: Path, size: int) -> None:
    path = tmp_path / "ledger" / "ledger.db"
    with begin.ledger(path) as log:
        log.append_all([begin.draft(number, sealed=secret(number, size)) for number in ENTRIES])
        nonces = {number: log._store.blob(number)[0] for number in ENTRIES}  # type: ignore[index]
        proofs = [log.prove_inclusion(number) for number in ENTRIES]
        whole = 0.9 * size // PIECE  # some pieces lie across two pages
        assert all(left_over(path.parent)[number] >= whole for number in ENTRIES)
        assert all(holds(path.parent, nonces[number]) for number in ENTRIES)
        for number in GONE:
            log.destroy_blob(number)
        assert sorted(left_over(path.parent)) == list(KEPT)
        assert not any(holds(path.parent, nonces[number]) for number in GONE)
        assert [log.blob(number) is None for number in ENTRIES] == [True, False] * 20
        for number, proof in enumerate(proofs):
            leaf = leaf_hash(log.entry(number).envelope)
            verify_inclusion(index=number, size=40, leaf=leaf, path=proof, root=log.root())
            assert log.prove_inclusion(number) == proof
        audit = log.verify_all()
        assert (audit.blobs, audit.destroyed) == (20, 20)
    assert all(left_over(path.parent)[number] >= whole for number in KEPT)
    assert sorted(left_over(path.parent)) == list(KEPT)
    assert not any(holds(path.parent, nonces[number]) for number in GONE)


def test_a_blob_reads_back_and_an_exchanged_one_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with begin.ledger(path) as log:
        log.append_all([begin.draft(0, sealed=b"one"), begin.draft(1, sealed=b"two"), begin.draft(2)])
        assert [log.blob(index) for index in range(3)] == [b"one", b"two", None]
        assert log.append(begin.draft(3, sealed=b"")).blob is not None
        assert log.blob(3) == b""
    database = sqlite3.connect(path)
    database.execute("UPDATE blobs SET body = 'no' WHERE idx = 0")
    database.execute("UPDATE blobs SET body = CAST('tow' AS BLOB) WHERE idx = 1")
    database.commit()
    database.close()
    with begin.ledger(path) as log:
        for index in (0, 1):
            with pytest.raises(Tampered):
                log.blob(index)


def test_a_reader_that_keeps_old_pages_alive_is_named_and_erasure_can_be_finished(tmp_path: Path) -> None:
    path = tmp_path / "ledger" / "ledger.db"
    with begin.ledger(path) as log:
        log.append(begin.draft(0, sealed=secret(0)))
        log._store._write.execute("PRAGMA busy_timeout = 20")  # type: ignore[union-attr]
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entries").fetchone()
        with pytest.raises(Busy, match="keeps the old pages alive"):
            log.destroy_blob(0)
        reader.close()
        assert log.blob(0) is None
        log.destroy_blob(0)
        assert left_over(path.parent) == Counter()
