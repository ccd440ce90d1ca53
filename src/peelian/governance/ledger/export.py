"""The bundle handed to auditors and the public: entries, signed heads and the verifier; no blobs, no nonces."""

from __future__ import annotations

import shutil
from pathlib import Path

from peelian.domain.errors import BadInput
from peelian.governance.ledger import verify
from peelian.governance.ledger.log import Ledger

_README = """\
An export of the ledger {log}: {size} entries.

entries.jsonl   one entry per line, the exact bytes that were hashed
checkpoints/    the signed heads, named by the number of entries they cover
vkeys.txt       the keys as this log knows them; take yours from the register and the witness instead
verify.py       checks all of it: python verify.py . --log VKEY --witness VKEY
"""


def export(ledger: Ledger, folder: Path) -> int:
    """Write the bundle into the new or empty `folder` and return the number of entries in it.

    The present head is signed first, so that the bundle's newest checkpoint covers all its entries. Side
    blobs and their nonces stay behind.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"The folder {folder} is not empty; give a new one, so that old and new do not mix.")
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    size = _head_size(ledger)
    with (folder / "entries.jsonl").open("wb") as lines:
        lines.writelines(entry.envelope + b"\n" for entry in ledger.entries(0, size))
    for head in ledger.checkpoints(size):
        (folder / "checkpoints" / f"{head.size:012d}.txt").write_bytes(head.note.encode())
    vkeys = "".join(f"{vkey}\n" for vkey in (ledger.vkey, *ledger.witnesses()))
    (folder / "vkeys.txt").write_text(vkeys, encoding="utf-8")
    shutil.copyfile(verify.__file__, folder / "verify.py")
    (folder / "README").write_text(_README.format(log=ledger.vkey.name, size=size), encoding="utf-8")
    return size


def _head_size(ledger: Ledger) -> int:
    return verify.open_checkpoint(ledger.checkpoint(), log=ledger.vkey).size
