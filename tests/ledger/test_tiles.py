"""Tiles: the paths and widths of C2SP tlog-tiles, a re-export that writes what is new, and a verifier that sees all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Tampered
from peelian.governance.ledger import tiles
from peelian.governance.ledger.tiles import export_tiles
from peelian.governance.ledger.verify import (
    Trust,
    Unproven,
    bundled,
    leaf_hash,
    main,
    open_checkpoint,
    tile_path,
    tiles_of,
    verify_bundle,
)
from tests.ledger import begin


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in (folder / "tile").rglob("*") if path.is_file())
    return {str(path.relative_to(folder / "tile")): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "000"),
        (7, 256, "007"),
        (999, 256, "999"),
        (1000, 256, "x001/000"),
        (1_234_067, 256, "x001/x234/067"),  # the example of the specification
        (1_234_067, 17, "x001/x234/067.p/17"),
    ],
)
def test_a_tile_lies_where_the_specification_says(index: int, width: int, path: str) -> None:
    assert tile_path(index, width) == path


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    found = list(tiles_of(70_000))
    full = {level: sum(1 for each in found if each[0] == level and each[2] == 256) for level in (0, 1, 2)}
    assert full == {0: 273, 1: 1, 2: 0}
    assert [each for each in found if each[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []


@settings(deadline=None)
@given(st.integers(0, 200_000))
def test_the_partial_tile_of_each_level_is_as_wide_as_the_specification_counts(size: int) -> None:
    counted = {level: size // 256**level % 256 for level in range(3)}
    partial = {level: width for level, _, width in tiles_of(size) if width < 256}
    assert partial == {level: width for level, width in counted.items() if width}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trust]:
    folder = tmp_path_factory.mktemp("tiles")
    with begin.ledger(folder / "ledger.db") as log:
        witness = begin.witness(folder / "witness", log)
        log.append_all(begin.drafts(300))
        begin.cosigned(log, witness)
        export_tiles(log, folder / "out")
        return folder / "out", Trust(log.vkey, (witness.vkey,), 1)


@pytest.mark.requirement("L09", "L10")
def test_hashes_and_entries_are_those_of_the_ledger_and_strangers_prove_them(
    exported: tuple[Path, Trust], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, trust = exported
    found = files(folder)
    assert set(found) == {"0/000", "0/001.p/44", "1/000.p/1", "entries/000", "entries/001.p/44"}
    entries = [*bundled(found["entries/000"], where="a"), *bundled(found["entries/001.p/44"], where="b")]
    assert found["0/000"] + found["0/001.p/44"] == b"".join(map(leaf_hash, entries))
    nodes = [leaf_hash(entry) for entry in entries[:256]]
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        nodes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
    assert found["1/000.p/1"] == nodes[0]
    arguments = [str(folder), "--log", str(trust.log), "--witness", str(trust.witnesses[0])]
    assert main(arguments) == 0
    assert "300 entries recomputed from tile/entries" in capsys.readouterr().out


def flip(path: str, place: int = 40) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        content = bytearray((folder / "tile" / path).read_bytes())
        content[place] ^= 1
        (folder / "tile" / path).write_bytes(content)

    return spoil


def cut(path: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "tile" / path).write_bytes((folder / "tile" / path).read_bytes()[:-1])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (flip("0/000"), "does not hold the hashes"),
        (flip("0/001.p/44"), "does not hold the hashes"),
        (flip("1/000.p/1", 0), "does not hold the hashes"),
        (flip("entries/000"), "not an entry|does not hold|out of order"),
        (flip("entries/001.p/44", 1), "cut off|not an entry|holds|out of order"),
        (cut("entries/001.p/44"), "cut off"),
        (cut("0/000"), "does not hold the hashes"),
        (lambda folder: (folder / "tile" / "entries" / "000").unlink(), "entries/000"),
        (lambda folder: (folder / "tile" / "1" / "000.p" / "1").unlink(), "1/000.p/1"),
        (lambda folder: (folder / "tile" / "entries" / "000").write_bytes(b""), "holds 0 entries, not 256"),
        (lambda folder: (folder / "checkpoint").unlink(), "holds no checkpoint"),
    ],
)
def test_a_spoilt_tile_is_not_proven(
    exported: tuple[Path, Trust], tmp_path: Path, spoil: Callable[[Path], object], sentence: str
) -> None:
    folder, trust = exported
    shutil.copytree(folder, tmp_path / "out")
    spoil(tmp_path / "out")
    for processes in (1, 2):
        with pytest.raises(Unproven, match=sentence):
            verify_bundle(tmp_path / "out", trust, processes=processes)


def test_exporting_again_writes_what_is_new_and_leaves_full_tiles_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with begin.ledger(tmp_path / "ledger.db") as log:
        assert export_tiles(log, out).entries == 0
        log.append_all(begin.drafts(520))
        assert export_tiles(log, out) == tiles.Tiled(520, written=7)
        first, held = files(out), tmp_path / "held.txt"
        shutil.copy(out / "checkpoint", held)
        stamp = (out / "tile" / "0" / "000").stat().st_mtime_ns
        assert export_tiles(log, out) == tiles.Tiled(520, written=0)
        log.append_all(begin.drafts(260, start=520))
        assert export_tiles(log, out) == tiles.Tiled(780, written=5)
        assert (out / "tile" / "0" / "000").stat().st_mtime_ns == stamp
        assert "0/002.p/8" not in files(out)  # its full tile is there
        assert first["1/000.p/2"] == files(out)["1/000.p/3"][:64]
        trust = Trust(log.vkey)
        assert verify_bundle(out, trust, held=[held]).heads == 2
        assert open_checkpoint((out / "checkpoint").read_text(), log=log.vkey).size == 780


def test_tiles_of_another_history_or_a_folder_of_something_else_are_not_written_into(tmp_path: Path) -> None:
    with begin.ledger(tmp_path / "a.db") as log, begin.ledger(tmp_path / "b.db") as fork:
        log.append_all(begin.drafts(9))
        export_tiles(log, tmp_path / "out")
        fork.append_all(begin.drafts(20, start=50))
        with pytest.raises(Tampered, match="does not begin with"):
            export_tiles(fork, tmp_path / "out")
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "letter.txt").write_text("dear")
        with pytest.raises(BadInput, match="something else"):
            export_tiles(log, tmp_path / "other")


def test_an_entry_too_long_for_a_tile_is_said(tmp_path: Path) -> None:
    with begin.ledger(tmp_path / "a.db") as log:
        log.append(begin.Draft("extract.read", actor="a" * 70_000))
        with pytest.raises(BadInput, match="export the ledger as lines"):
            export_tiles(log, tmp_path / "out")
