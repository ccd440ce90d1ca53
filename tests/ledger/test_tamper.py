"""A thousand tampers: which ones recomputation finds alone, and which only a witness can.

    class       what was done to the stored ledger                        recomputation   witness or receipt
    flip        one bit of an envelope, leaf hash, node, note, blob       finds it        -
    edit        an envelope exchanged together with its leaf hash         finds it        -
    rebuild     history rewritten with all its nodes, heads kept          finds it        -
    cut         the last entries removed, with or without their nodes     finds it        -
    reorder     two entries exchanged, re-numbered or not                 finds it        -
    insert      an entry put in between or at the end, or said twice      finds it        -
    resign      history rewritten from some entry on, all re-signed       finds nothing   finds it
    rollback    an older state put back, with its own signed heads        finds nothing   finds it

The last two are why the witness must live where the operator cannot reach its key, and why receipts are
handed out. PEELIAN_TAMPERS sets the number for the long run.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from peelian.domain.errors import PeelianError, Tampered
from peelian.governance.ledger.cosigner import Conflict, Cosigner, Request
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.verify import Frontier, Receipt, Unproven, leaf_hash, verify_receipt
from tests.ledger import begin

SIZE = 24
HEADS = (5, 12, 19, SIZE)
TAMPERS = int(os.environ.get("PEELIAN_TAMPERS", "1000"))
WITNESSED_TAMPERS = TAMPERS // 50


@dataclass(frozen=True)
class Original:
    """The honest ledger of 24 entries, its copies after each signed head, and the witness that saw them."""

    path: Path
    copies: dict[int, Path]
    home: Path
    vkey: str


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("tamper")
    path, copies = folder / "ledger.db", {}
    for start, stop in zip((0, *HEADS), HEADS, strict=False):
        with begin.ledger(path) as log:
            sealed = [b"sealed %d" % number if number % 3 == 0 else None for number in range(start, stop)]
            log.append_all([begin.draft(start + i, sealed=body) for i, body in enumerate(sealed)])
            begin.cosigned(log, begin.witness(folder / "witness", log))
            vkey = str(log.vkey)
        copies[stop] = folder / f"{stop}.db"
        shutil.copy(path, copies[stop])
    return Original(path, copies, folder / "witness", vkey)


# --- found by recomputation alone


def flip(database: sqlite3.Connection, rng: random.Random) -> None:
    table, column = rng.choice(
        [
            ("entries", "envelope"),
            ("entries", "leaf_hash"),
            ("nodes", "hash"),
            ("checkpoints", "note"),
            ("checkpoints", "witnessed_at"),
            ("blobs", "nonce"),
            ("blobs", "body"),
        ]
    )
    rows = database.execute(f"SELECT {column} FROM {table}").fetchall()
    value = rng.choice(rows)[0]
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    cast = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
    database.execute(f"UPDATE {table} SET {column} = {cast} WHERE {column} = ?", (bytes(raw), value))


def stored(database: sqlite3.Connection) -> list[Entry]:
    return [Entry.read(row[0]) for row in database.execute("SELECT envelope FROM entries ORDER BY idx")]


def put(database: sqlite3.Connection, index: int, entry: Entry) -> None:
    row = (index, entry.envelope, entry.leaf_hash)
    database.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", row)


def rewritten(entry: Entry, *, index: int, rows: int) -> Entry:
    draft = Draft(entry.kind, actor=entry.actor, purpose=entry.purpose, facts={**entry.facts, "rows": rows})
    return Entry.write(draft, index=index, time=entry.time, blob=entry.blob)


def edit(database: sqlite3.Connection, rng: random.Random) -> None:
    entry = rng.choice(stored(database))
    put(database, entry.index, rewritten(entry, index=entry.index, rows=rng.randrange(100, 200)))


def rebuild(database: sqlite3.Connection, rng: random.Random) -> None:
    edit(database, rng)
    nodes(database, stored(database))


def nodes(database: sqlite3.Connection, entries: list[Entry]) -> None:
    """Store the nodes that these entries would have."""
    database.execute("DELETE FROM nodes")
    frontier = Frontier()
    for entry in entries:
        for level, node in enumerate(frontier.add(leaf_hash(entry.envelope)), start=1):
            database.execute("INSERT INTO nodes VALUES (?, ?, ?)", (level, entry.index >> level, node))


def cut(database: sqlite3.Connection, rng: random.Random) -> None:
    size = rng.randrange(SIZE)
    database.execute("DELETE FROM entries WHERE idx >= ?", (size,))
    if rng.random() < 0.5:
        database.execute("DELETE FROM blobs WHERE idx >= ?", (size,))
        nodes(database, stored(database))


def reorder(database: sqlite3.Connection, rng: random.Random) -> None:
    one, two = rng.sample(stored(database), 2)
    if rng.random() < 0.5:
        put(database, two.index, one)
        put(database, one.index, two)
        return
    put(database, two.index, rewritten(one, index=two.index, rows=one.facts["rows"]))  # type: ignore[arg-type]
    put(database, one.index, rewritten(two, index=one.index, rows=two.facts["rows"]))  # type: ignore[arg-type]
    nodes(database, stored(database))


def insert(database: sqlite3.Connection, rng: random.Random) -> None:
    entries = stored(database)
    place, style = rng.randrange(SIZE), rng.random()
    if style < 0.3:  # one more at the end, without its nodes
        put(database, SIZE, rewritten(entries[-1], index=SIZE, rows=7))
        if rng.random() < 0.5:
            put(database, SIZE + 1, rewritten(entries[-1], index=SIZE + 1, rows=7))
        else:
            database.execute("INSERT INTO nodes VALUES (9, 0, zeroblob(32))")
    elif style < 0.5:  # a node or a blob that belongs to nothing
        table = rng.choice(
            ["nodes VALUES (8, 3, zeroblob(32))", "blobs VALUES (1, zeroblob(32), zeroblob(9))"]
        )
        database.execute(f"INSERT INTO {table}")
    else:  # one in between, everything after it re-numbered, the tree made anew
        for entry in entries[place:]:
            put(database, entry.index + 1, rewritten(entry, index=entry.index + 1, rows=1))
        put(database, place, rewritten(entries[place], index=place, rows=999))
        nodes(database, stored(database))


def contents(database: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    tables = {"entries": 1, "blobs": 1, "nodes": "level, position", "checkpoints": 1}
    database.text_factory = bytes
    rows = [database.execute(f"SELECT * FROM {t} ORDER BY {key}").fetchall() for t, key in tables.items()]
    database.text_factory = str
    return rows


FOUND = (flip, edit, rebuild, cut, reorder, insert)


@pytest.mark.requirement("L09")
@pytest.mark.parametrize("tamper", FOUND, ids=lambda tamper: tamper.__name__)
def test_recomputation_finds_every_tamper_without_the_key(
    original: Original, tmp_path: Path, tamper: Callable[[sqlite3.Connection, random.Random], None]
) -> None:
    path = tmp_path / "ledger.db"
    missed = []
    for seed in range(TAMPERS // len(FOUND)):
        shutil.copy(original.path, path)
        database = sqlite3.connect(path)
        database.execute("PRAGMA synchronous = OFF")  # the tamperer is in no need of durability
        before = contents(database)
        tamper(database, random.Random(seed))
        database.commit()
        changed = contents(database) != before
        database.close()
        with Ledger.read(path, vkey=original.vkey) as view:
            try:
                view.verify_all()
                missed += [seed] * changed
            except Tampered:
                assert changed
    assert missed == []


def test_any_flipped_bit_of_the_file_is_noticed_or_changes_nothing(
    original: Original, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.db"
    sound = original.path.read_bytes()
    with Ledger.read(original.path, vkey=original.vkey) as view:
        truth = (list(view.entries()), view.checkpoints(), [view.blob(i) for i in range(SIZE)])
    noticed = 0
    for seed in range(TAMPERS // 5):
        rng = random.Random(seed)
        spoilt = bytearray(sound)
        spoilt[rng.randrange(len(sound))] ^= 1 << rng.randrange(8)
        path.write_bytes(spoilt)
        try:
            with Ledger.read(path, vkey=original.vkey) as view:
                view.verify_all()
                assert (list(view.entries()), view.checkpoints()) == truth[:2]
                assert [view.blob(i) for i in range(SIZE)] in (truth[2], _erased(truth[2], view))
        except PeelianError:
            noticed += 1
    assert noticed > TAMPERS // 50


def _erased(blobs: list[bytes | None], view: object) -> list[bytes | None]:
    return [view.blob(i) if body is not None else None for i, body in enumerate(blobs)]  # type: ignore[attr-defined]


# --- found by the witness only: the operator has the key and makes everything fit


def resign(original: Original, path: Path, rng: random.Random) -> None:
    """Begin again from an older copy (or from nothing) and write another history to at least the same size."""
    keep = rng.choice([0, *HEADS[:-1]])
    path.unlink(missing_ok=True)
    if keep:
        shutil.copy(original.copies[keep], path)
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(SIZE - keep + rng.randrange(3), start=500))


def rollback(original: Original, path: Path, rng: random.Random) -> None:
    """Put an older copy back, perhaps with fewer new entries than were there."""
    size = rng.choice(HEADS[:-1])
    shutil.copy(original.copies[size], path)
    with begin.ledger(path) as log:
        log.append_all(begin.drafts(rng.randrange(SIZE - size), start=800))


@pytest.mark.requirement("L09")
@pytest.mark.parametrize("tamper", [resign, rollback], ids=lambda tamper: tamper.__name__)
def test_what_the_operator_signs_anew_is_found_by_witness_and_receipt_only(
    original: Original, tmp_path: Path, tamper: Callable[[Original, Path, random.Random], None]
) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.read(original.path, vkey=original.vkey) as honest:
        receipt = Receipt.parse(honest.receipt(SIZE - 1))
    for seed in range(WITNESSED_TAMPERS):
        rng = random.Random(seed)
        tamper(original, path, rng)
        with begin.ledger(path) as log:
            log.checkpoint()
            log.verify_all()  # recomputation alone finds nothing
            witness = begin.witness(original.home, log)
            with pytest.raises((Tampered, Conflict)):
                asked(witness, log)
            index = min(receipt.index, log.size - 1)
            with pytest.raises(Unproven):
                verify_receipt(receipt, leaf=log.entry(index).leaf_hash, log=log.vkey, witness=witness.vkey)


def asked(witness: Cosigner, log: Ledger) -> str:
    """Ask as a cunning operator would: from the size the witness remembers, if the log is that long."""
    old = min(SIZE, log.size)
    return witness.add_checkpoint(Request(old, log.prove_consistency(old), log.checkpoint()).body())
