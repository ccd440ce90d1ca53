"""The ledger as static files (C2SP tlog-tiles): what any web server can offer to auditors and monitors.

    checkpoint              the newest signed head, with the cosignatures it has
    tile/L/x001/234         256 hashes; level 0 are the leaves, each higher level the roots of the tiles below
    tile/entries/x001/234   the 256 envelopes themselves, each behind its length
    tile/.../234.p/17       the last tile of a level, with 17 of its 256

A full tile never changes, so that exporting again writes what is new and nothing else. Side blobs and their nonces
stay behind, as in `export`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from peelian.domain.errors import BadInput, Tampered
from peelian.governance.ledger import verify
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.note import proving, write_durably
from peelian.governance.ledger.verify import TILE, TILE_LEVELS, open_checkpoint, tile_path, tiles_of

LARGEST_ENTRY_BYTES = 2**16 - 1
"""What the two bytes in front of an entry can count."""

_README = """\
The ledger {log} as static files, after C2SP tlog-tiles: checkpoint, tile/<level>/ and tile/entries/.

vkeys.txt   the keys as this log knows them; take yours from the register and the witnesses instead
verify.py   checks all of it: python verify.py . --log VKEY --witness VKEY
"""


@dataclass(frozen=True)
class Tiled:
    """What an export came to: entries covered by its checkpoint, and how many tiles were written for it."""

    entries: int
    written: int


def export_tiles(ledger: Ledger, folder: Path) -> Tiled:
    """Write the ledger's tiles into `folder`, or what is new of them since its checkpoint was written.

    The present head is signed first. The new checkpoint is put in place when all its tiles are on the disk, so that
    whoever reads meanwhile, or after a crash, finds the tiles of the checkpoint that is there.

    Raises `BadInput` for a folder that holds something else, `Tampered` where its checkpoint is not of this history.
    """
    before = _published(ledger, folder)
    with proving():
        size = open_checkpoint(ledger.checkpoint(), log=ledger.vkey).size
    written = sum(_write(ledger, folder / "tile", tile) for tile in _new_tiles(before, size))
    _write_rest(ledger, folder, size=size)
    _drop_partials(folder / "tile", before, size)
    return Tiled(size, written)


def _published(ledger: Ledger, folder: Path) -> int:
    """Return how many entries the checkpoint that lies in `folder` covers; 0 for an empty or absent folder."""
    kept = folder / "checkpoint"
    if not kept.is_file():
        if folder.exists() and any(folder.iterdir()):
            raise BadInput(f"The folder {folder} holds something else than tiles; give a new or empty one.")
        return 0
    with proving():
        head = open_checkpoint(kept.read_bytes().decode(errors="replace"), log=ledger.vkey)
    if head.size > ledger.size or ledger.root(head.size) != head.root:
        raise Tampered(
            f"The tiles in {folder} are of {head.size} entries that this ledger does not begin with: one of the two "
            "was changed or put back. Keep both, and ask a witness for its newest head."
        )
    return head.size


def _new_tiles(before: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield the tiles of a tree of `size` that the one of `before` does not have."""
    for level, index, width in tiles_of(size):
        had = (before >> TILE_LEVELS * level) - index * TILE
        if width > max(0, min(had, TILE)):
            yield level, index, width


def _write(ledger: Ledger, folder: Path, tile: tuple[int, int, int]) -> int:
    """Write a tile of hashes and, on the lowest level, the bundle of its entries; return how many files."""
    level, index, width = tile
    start, path = index * TILE, tile_path(index, width)
    hashes = ledger.hashes(level * TILE_LEVELS, start, start + width)
    _put(folder / str(level) / path, b"".join(hashes))
    if level:
        return 1
    _put(folder / "entries" / path, b"".join(map(_framed, ledger.envelopes(start, start + width))))
    return 2


def _framed(envelope: bytes) -> bytes:
    if len(envelope) > LARGEST_ENTRY_BYTES:
        raise BadInput(
            f"An entry of {len(envelope)} bytes does not fit a tile, which counts to {LARGEST_ENTRY_BYTES}; export "
            "the ledger as lines instead (without --tiles)."
        )
    return len(envelope).to_bytes(2, "big") + envelope


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_rest(ledger: Ledger, folder: Path, *, size: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    vkeys = "".join(f"{vkey}\n" for vkey in (ledger.vkey, *ledger.witnesses()))
    (folder / "vkeys.txt").write_text(vkeys, encoding="utf-8")
    shutil.copyfile(verify.__file__, folder / "verify.py")
    (folder / "README").write_text(_README.format(log=ledger.vkey.name), encoding="utf-8")
    os.sync()  # one for all tiles: they are on the disk before the checkpoint that promises them
    note = ledger.checkpoints(size)[-1].note
    write_durably(folder / "checkpoint", note.encode(), replace=True)
    (folder / "checkpoint").chmod(0o644)  # it is for the public, unlike what else is written so


def _drop_partials(folder: Path, before: int, size: int) -> None:
    """Remove the partial tiles of the former checkpoint whose full tiles are there now."""
    for level, index, width in tiles_of(before):
        if width < TILE and size >> TILE_LEVELS * level >= (index + 1) * TILE:
            for kind in (str(level), "entries") if level == 0 else (str(level),):
                shutil.rmtree((folder / kind / tile_path(index, width)).parent, ignore_errors=True)
