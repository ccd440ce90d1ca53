"""How many published RFC 6962 proof vectors the verifier judges as their authors do.

`--data` holds `*inclusion*.json` and `*consistency*.json`: lists of objects with the fields of
transparency-dev/merkle's test data (base64 hashes, `wantErr` true where the proof must be refused).
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import report
from peelian.governance.ledger.verify import Unproven, verify_consistency, verify_inclusion

Vector = Mapping[str, Any]


@dataclass(frozen=True)
class Agreement:
    """One file: how many vectors it holds, and the names of those judged differently."""

    file: str
    total: int
    disagreeing: tuple[str, ...]


def agreement(folder: Path) -> list[Agreement]:
    """Judge every vector of every file in `folder` (also in its sub-folders)."""
    return [_judged(file, folder) for file in sorted(folder.rglob("*.json"))]


def _judged(file: Path, folder: Path) -> Agreement:
    content = json.loads(file.read_text(encoding="utf-8"))
    vectors = content if isinstance(content, list) else [content]
    wrong = [str(v.get("_file", v.get("desc"))) for v in vectors if _accepted(v) == bool(v["wantErr"])]
    return Agreement(str(file.relative_to(folder)), len(vectors), tuple(wrong))


def _accepted(vector: Vector) -> bool:
    check: Callable[[Vector], None] = _inclusion if "leafIdx" in vector else _consistency
    try:
        check(vector)
    except Unproven:
        return False
    return True


def _inclusion(vector: Vector) -> None:
    verify_inclusion(
        index=vector["leafIdx"],
        size=vector["treeSize"],
        leaf=_hash(vector["leafHash"]),
        path=_hashes(vector["proof"]),
        root=_hash(vector["root"]),
    )


def _consistency(vector: Vector) -> None:
    verify_consistency(
        old=vector["size1"],
        new=vector["size2"],
        old_root=_hash(vector["root1"]),
        new_root=_hash(vector["root2"]),
        proof=_hashes(vector["proof"]),
    )


def _hash(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _hashes(texts: list[str] | None) -> list[bytes]:
    return [_hash(text) for text in texts or ()]


def main() -> int:
    options = report.parser("ledger_vectors", data=True).parse_args()
    tables = agreement(options.data)
    rows = [{"file": t.file, "agreed": t.total - len(t.disagreeing), "total": t.total} for t in tables]
    notes = [f"judged differently: {name}" for table in tables for name in table.disagreeing]
    report.write("ledger_vectors", rows, notes=notes, json_path=options.json)
    return int(bool(notes) or not rows)


if __name__ == "__main__":
    sys.exit(main())
