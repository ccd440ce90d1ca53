"""How fast the ledger takes entries durably, checks them and proves them.

Appends are measured beside a bare SQLite loop (`ledger_appends`), on the machine's own disk and on one whose fsync
takes 4 ms longer, as that of an ordinary server does. `verify_per_s` recomputes an exported bundle, leaves and root, as
an outsider does: on all processors, and on one. `--only-verifying` measures that alone, `--beside` another verify.py
in turns with this one.
"""

from __future__ import annotations

import importlib.util
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks import ledger_appends, report
from benchmarks.ledger_appends import DRAFT, ORIGIN, begin, seconds
from peelian.domain.errors import BadInput
from peelian.governance.ledger.export import export
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.tiles import export_tiles
from peelian.governance.ledger.verify import Frontier, Trust, Vkey, leaf_hash, verify_bundle, verify_inclusion
from peelian.governance.ledger.view import LedgerView
from peelian.storage.ledger_store import EntryRow, LedgerStore, NodeRow

SLOWER_MS = 4.0
"""What ordinary servers' disks take for an fsync, where this machine's takes a fraction of a millisecond."""
TURNS = 5


def proving_large(folder: Path, *, size: int, proofs: int = 5_000) -> list[dict[str, Any]]:
    """Proofs of random entries of a ledger of `size` made-up leaves, written through the real store."""
    path = folder / "huge.db"
    store = LedgerStore.writing(path)
    frontier = Frontier()
    for start in range(0, size, 50_000):
        leaves = [sha256(number.to_bytes(8)).digest() for number in range(start, min(size, start + 50_000))]
        nodes = [frontier.add(leaf) for leaf in leaves]
        store.append(
            [EntryRow(start + place, b"", leaf) for place, leaf in enumerate(leaves)],
            nodes=[
                NodeRow(level, start + place >> level, node)
                for place, completed in enumerate(nodes)
                for level, node in enumerate(completed, start=1)
            ],
        )
    store.close()
    with LedgerView(LedgerStore.reading(path), vkey=Vkey(ORIGIN, 1, bytes(32))) as view:
        rng, waits = random.Random(1), []
        for _ in range(proofs):
            index = rng.randrange(size)
            begun = time.perf_counter()
            view.prove_inclusion(index, size)
            waits.append(1e6 * (time.perf_counter() - begun))
        made = {"what": "make an inclusion proof, large ledger", "entries": size}
        return [made | {"proof_us": sorted(waits[len(waits) // 2 :])[len(waits) // 4]}]


@contextmanager
def filled(folder: Path, *, size: int) -> Iterator[Ledger]:
    """A ledger of `size` entries, exported as lines and as tiles beside it."""
    with begin(folder / "large.db") as log:
        for _ in range(size // 1_000):
            log.append_all([DRAFT] * 1_000)
        export(log, folder / "lines")
        export_tiles(log, folder / "tiles")
        yield log


def verifying(folder: Path, trusted: Vkey, *, size: int, beside: Path | None) -> list[dict[str, Any]]:
    """Speed at which the exported forms verify: medians over turns, so that each meets the same moments."""
    ways: dict[str, Callable[[], object]] = {}
    for form, name in (("lines", "bundle"), ("tiles", "tiles")):
        checked = f"exported {name}, order and JSON too"
        verify = partial(verify_bundle, folder / form, Trust(trusted))
        ways |= {checked: verify, f"{checked}, one process": partial(verify, processes=1)}
        if beside:
            other = module(beside)
            trust = other.Trust(other.Vkey.parse(str(trusted)))
            ways[f"{checked}, {beside}"] = partial(other.verify_bundle, folder / form, trust)
    turns = [{way: seconds(work) for way, work in ways.items()} for _ in range(TURNS)]
    found = {way: statistics.median(turn[way] for turn in turns) for way in ways}
    return [{"what": way, "entries": size, "verify_per_s": size / each} for way, each in found.items()]


def module(file: Path) -> Any:
    """Load another verify.py by its path."""
    spec = importlib.util.spec_from_file_location("verify_beside", file)
    if spec is None or spec.loader is None:
        raise BadInput(f"{file} is no Python file; name another verify.py.")
    sys.modules[spec.name] = loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def checking(folder: Path, log: Ledger, *, size: int) -> list[dict[str, Any]]:
    """Speed of recomputation, leaves alone and stored, and of proofs on a log of `size` entries."""
    envelopes = (folder / "lines" / "entries.jsonl").read_bytes().splitlines()
    hashing = seconds(lambda: root(envelopes))
    inside = seconds(log.verify_all)
    indices = range(0, size, max(1, size // 500))
    proving = seconds(lambda: [log.prove_inclusion(index, size) for index in indices])
    growing = seconds(lambda: [log.prove_consistency(index + 1, size) for index in indices])
    proofs = [(index, leaf_hash(envelopes[index]), log.prove_inclusion(index)) for index in indices]
    head = log.root()
    judging = seconds(lambda: judged(proofs, size=size, head=head))
    each = 1e6 / len(indices)
    return [
        {"what": "root from envelopes", "entries": size, "verify_per_s": size / hashing},
        {"what": "stored ledger, everything", "entries": size, "verify_per_s": size / inside},
        {"what": "make an inclusion proof", "entries": size, "proof_us": proving * each},
        {"what": "make a consistency proof", "entries": size, "proof_us": growing * each},
        {"what": "check an inclusion proof", "entries": size, "proof_us": judging * each},
    ]


def judged(proofs: list[tuple[int, bytes, tuple[bytes, ...]]], *, size: int, head: bytes) -> None:
    for index, leaf, path in proofs:
        verify_inclusion(index=index, size=size, leaf=leaf, path=path, root=head)


def root(envelopes: list[bytes]) -> bytes:
    frontier = Frontier()
    for envelope in envelopes:
        frontier.add(leaf_hash(envelope))
    return frontier.root()


def measured(folder: Path, *, quick: bool, only_verifying: bool, beside: Path | None) -> list[dict[str, Any]]:
    size = 20_000 if quick and not only_verifying else 200_000
    with filled(folder, size=size) as log:
        verified = verifying(folder, log.vkey, size=size, beside=beside)
        if only_verifying:
            return verified
        checked = checking(folder, log, size=size)
    scale = 1 if quick else 5
    rows = ledger_appends.measured(scale=scale, slower_ms=0.0)
    rows += ledger_appends.on_slower_disk(scale=scale, slower_ms=SLOWER_MS)
    return rows + verified + checked + proving_large(folder, size=300_000 if quick else 10_000_000)


def main() -> int:
    arguments = report.parser("ledger_speed", data=False)
    arguments.add_argument("--only-verifying", action="store_true", help="measure nothing but verification")
    arguments.add_argument(
        "--beside", type=Path, metavar="FILE", help="another verify.py, in turns with ours"
    )
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(
            Path(folder),
            quick=options.quick,
            only_verifying=options.only_verifying,
            beside=options.beside,
        )
    notes = [
        "Every append is fsynced before it returns; the figures are the disk's as much as the ledger's.",
        "`slower_ms`: a library below the process makes every fsync take so much longer, for loop and ledger alike. "
        "The drafts of entries, like the rows of the loop, are made beforehand.",
        "The large ledger has leaves without envelopes (1.2 GB); its figure is the median of the later 2,500 proofs "
        "of random entries, when the upper nodes are remembered.",
        "Exported forms: medians of five turns; all processors share them from 65,536 entries on.",
        "Envelopes of about 450 bytes; temporary folder on the machine's own disk unless TMPDIR says otherwise.",
    ]
    report.write("ledger_speed", rows, notes=notes, json_path=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
