"""Nodes for proofs, few of them asked for one by one: a complete subtree never changes, so its hash may be kept.

For: proofs out of a large ledger. The upper nodes and those of the right edge are the same in most proofs and are
remembered; the lowest siblings are another set for every entry and come with one query.
Not for: recomputation, which takes every node from the disk.
"""

from __future__ import annotations

from functools import lru_cache

from peelian.governance.ledger.tree import Nodes
from peelian.storage.ledger_store import LedgerStore

REMEMBERED = 1 << 16
"""At about 150 bytes each: 10 MB, all nodes above that of 60 million entries."""

LOW_LEVELS = 10


class NodeCache:
    """Returns stored hashes as `tree` asks for them, from memory where they were asked for before."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._remembered = lru_cache(REMEMBERED)(store.node)

    def __call__(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree."""
        return self._remembered(level, position)

    def around(self, index: int) -> Nodes:
        """Return the same, with the low siblings on the path of leaf `index` read ahead."""
        ahead, remembered = self._store.siblings(index, levels=LOW_LEVELS), self._remembered

        def node(level: int, position: int) -> bytes:
            if level >= LOW_LEVELS:
                return remembered(level, position)
            return ahead.get((level, position)) or remembered(level, position)

        return node
