"""A bundle longer than a tile: heads, receipts and damage at the seams between one tile of entries and the next."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from peelian.governance.ledger.export import export
from peelian.governance.ledger.note import log_vkey, sign_checkpoint
from peelian.governance.ledger.tiles import export_tiles
from peelian.governance.ledger.verify import (
    Checkpoint,
    Frontier,
    Trust,
    Unproven,
    leaf_hash,
    tile_root,
    verify_bundle,
)
from tests.ledger import begin, naive

SIZE = 600
SEAMS = (1, 100, 255, 256, 257, 300, 511, 512, 513, SIZE)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same ledger as lines and as tiles, with a head kept and a receipt at each seam."""
    folder = tmp_path_factory.mktemp("long")
    with begin.ledger(folder / "ledger.db") as log:
        for before, size in zip((0, *SEAMS), SEAMS, strict=False):
            log.append_all(begin.drafts(size - before, start=before))
            (folder / f"{size}.txt").write_text(log.checkpoint())
            (folder / f"{size}.tlog-proof").write_text(log.receipt_at_once(size - 1))
        export(log, folder / "lines")
        export_tiles(log, folder / "tiles")
    return folder


def trusted() -> Trust:
    return Trust(log_vkey(begin.ORIGIN, begin.key()))


@pytest.mark.parametrize("form", ["lines", "tiles"])
@pytest.mark.parametrize("processes", [1, 2])
def test_heads_and_receipts_at_every_seam_are_reproduced(out: Path, form: str, processes: int) -> None:
    held = [out / f"{size}.txt" for size in SEAMS]
    receipts = [out / f"{size}.tlog-proof" for size in SEAMS]
    verdict = verify_bundle(out / form, trusted(), held=held, receipts=receipts, processes=processes)
    assert (verdict.entries, verdict.receipts) == (SIZE, len(SEAMS))


@pytest.mark.parametrize("form", ["lines", "tiles"])
@pytest.mark.parametrize("size", SEAMS)
def test_a_head_with_another_root_is_not_reproduced(out: Path, tmp_path: Path, form: str, size: int) -> None:
    other = Checkpoint(begin.ORIGIN, size, bytes(32))
    (tmp_path / "other.txt").write_text(sign_checkpoint(other, key=begin.key()))
    with pytest.raises(Unproven, match=f"The first {size} entries do not give the root that other.txt signs"):
        verify_bundle(out / form, trusted(), held=[tmp_path / "other.txt"])


Lines = list[bytes]


def swap(at: int) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]


def drop(at: int) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:at], *lines[at + 1 :]]


def change(at: int, old: bytes, new: bytes) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:at], lines[at].replace(old, new), *lines[at + 1 :]]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (swap(254), "Line 255 of entries.jsonl is out of order"),
        (swap(255), "Line 256 of entries.jsonl is out of order"),
        (swap(511), "Line 512 of entries.jsonl is out of order"),
        (drop(256), "Line 257 of entries.jsonl is out of order"),
        (change(256, b"2025-03-01", b"2025-02-01"), "Line 257 of entries.jsonl is out of order"),
        (change(512, b'"v":1', b'"v":1,"v":1'), "Line 513 of entries.jsonl is not an entry"),
        (change(SIZE - 1, b"\n", b""), f"Line {SIZE} of entries.jsonl was cut off"),
        *((change(at, b"analyst-1", b"analyst-2"), "do not give the root") for at in (0, 255, 256, 511, 599)),
    ],
)
def test_damage_at_a_seam_is_told(
    out: Path, tmp_path: Path, spoil: Callable[[Lines], Lines], sentence: str
) -> None:
    shutil.copytree(out / "lines", tmp_path / "lines")
    file = tmp_path / "lines" / "entries.jsonl"
    file.write_bytes(b"".join(spoil(file.read_bytes().splitlines(keepends=True))))
    for processes in (1, 2):
        with pytest.raises(Unproven, match=sentence):
            verify_bundle(tmp_path / "lines", trusted(), processes=processes)


def test_a_tree_grows_by_tiles_as_it_does_by_leaves() -> None:
    leaves = [leaf_hash(bytes([number % 256, number // 256])) for number in range(5 * 256)]
    by_tiles, by_leaves = Frontier(), Frontier()
    for start in range(0, len(leaves), 256):
        tile = leaves[start : start + 256]
        root = tile_root(tile)
        assert [root, *by_tiles.add(root, 8)] == [by_leaves.add(leaf) for leaf in tile][-1][7:]
        assert by_tiles == by_leaves
    assert by_tiles.root() == naive.mth([bytes([n % 256, n // 256]) for n in range(5 * 256)])
